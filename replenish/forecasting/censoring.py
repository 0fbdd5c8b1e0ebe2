"""What demand probably was where the shelf was empty: sales there are a lower bound only.

A censored sale is replaced by the conditional mean of demand given that it was at least that
much. Demand is negative binomial around what exponential smoothing expected that period, so that
only the past is used. By the law of total expectation a level that learns from sales in stock
and from these conditional means learns the mean of demand, where leaving censored periods out
learns too little: stock runs out when demand is high (Nahmias 1994; Tobin 1958).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import betainc
from scipy.stats import nbinom

from replenish.arrays import Bools, Floats
from replenish.data.panel import Panel
from replenish.forecasting.matching import match_items
from replenish.forecasting.point import Seen, planned
from replenish.forecasting.smoothing import Smoothed, SmoothingModel

LEAST_MEAN = 0.02  # units: an item that sold nothing so far may have demand
LEAST_SHARE = 1e-9  # probability below which the bound itself is taken
GOLDEN = 0.6180339887498949  # its multiples spread evenly over 0 to 1


@dataclass(frozen=True, eq=False)
class Watch:
    """What is expected of the next period, of N rows.

    Attributes:
        smoothed: The levels, freed of promotions.
        dispersion: (N,) variance = mean + dispersion * mean ** 2.
        factor: (N, P) of each period: the lift where the plan says promotion, else 1.
    """

    smoothed: Smoothed
    dispersion: Floats
    factor: Floats

    @property
    def mean(self) -> Floats:
        """(N,) units expected of the next period."""
        factor = self.factor[:, self.smoothed.period]
        return np.asarray(np.maximum(self.smoothed.expected(1)[:, 0] * factor, LEAST_MEAN))


@dataclass(frozen=True, eq=False)
class Uncensoring:
    """Replaces censored sales by likely demand, one period after the other.

    Attributes:
        smoothing: What expects demand.
        dispersion: (M + 1,) of demand around it, the last for unknown items.
        lift: (M + 1,) factor on demand while promoted.
    """

    smoothing: SmoothingModel
    dispersion: Floats
    lift: Floats

    def start(self, panel: Panel, periods: int) -> Watch:
        """Return the state before the panel's first period (see `PointModel.start`)."""
        rows = match_items(panel.item_ids, self.smoothing.item_ids)
        shown = promoted(panel, periods)
        factor = np.where(shown, self.lift[rows][:, None], 1.0)
        return Watch(self.smoothing.start(panel, periods), self.dispersion[rows], factor)

    def step(self, state: Watch, seen: Seen) -> tuple[Watch, Seen]:
        """Return the state after a period, and the period with likely demand as its sales."""
        likely = likely_demand(state.mean, state.dispersion, seen.sales, seen.censored)
        freed = likely / state.factor[:, state.smoothed.period]
        return replace(state, smoothed=state.smoothed.after(freed)), replace(seen, sales=likely)

    def panel(self, panel: Panel, periods: int | None = None) -> Panel:
        """Return the panel with likely demand in its first periods, all of them by default."""
        last = panel.n_periods if periods is None else periods
        if not panel.censored[:, :last].any():
            return panel
        sales = panel.sales.astype(float)
        for period, _, likely in self.walk(panel, last):
            flagged = panel.censored[:, period]
            sales[flagged, period] = likely[flagged]
        return replace(panel, sales=sales)

    def drawn(self, panel: Panel) -> Panel:
        """Return the panel with *one possible* demand for each censored sale.

        The draws are spread evenly over the conditional distribution, without chance. Errors
        measured against them are as wide as against true demand; against conditional means they
        would be too narrow, without the censored periods too low.
        """
        if not panel.censored.any():
            return panel
        sales = panel.sales.astype(float)
        for period, mean, _ in self.walk(panel, panel.n_periods):
            rows = np.flatnonzero(panel.censored[:, period] & ~np.isnan(sales[:, period]))
            size = 1.0 / self._dispersion(panel)[rows]
            bound, expected = sales[rows, period], mean[rows]
            share = ((rows + 1) * GOLDEN + (period + 1) * GOLDEN**2) % 1.0
            above = at_least(bound, size, expected / (size + expected))
            wanted = 1.0 - above * (1.0 - share)
            drawn = nbinom.ppf(wanted, size, size / (size + expected))
            sales[rows, period] = np.maximum(np.where(np.isfinite(drawn), drawn, bound), bound)
        return replace(panel, sales=sales, censored=np.zeros_like(panel.censored))

    def _dispersion(self, panel: Panel) -> Floats:
        return self.dispersion[match_items(panel.item_ids, self.smoothing.item_ids)]

    def walk(self, panel: Panel, periods: int) -> Iterator[tuple[int, Floats, Floats]]:
        """Yield period, expected mean (N,) and likely demand (N,)."""
        state = self.start(panel, periods + 1)
        for period in range(periods):
            mean = state.mean
            state, told = self.step(state, Seen.of(panel, period))
            yield period, mean, told.sales


def promoted(panel: Panel, periods: int) -> Bools:
    """Return (N, periods) True where the plan's column ``promotion`` says so; beyond it, not."""
    return planned(panel, "promotion", periods) > 0


def likely_demand(mean: Floats, dispersion: Floats, sales: Floats, censored: Bools) -> Floats:
    """Return (N,) sales, where censored the mean of demand given that it was at least that much.

    ``E[D | D >= s] = m P(D' >= s - 1) / P(D >= s)``, D negative binomial of size r and mean m, D'
    of size r + 1 and the same odds (its first factorial moment; Johnson, Kemp & Kotz 2005, 5.3).

    Args:
        mean: (N,) expected demand in units, above 0.
        dispersion: (N,) variance = mean + dispersion * mean ** 2.
        sales: (N,) units, NaN where nothing is known.
        censored: (N,) where sales are a lower bound.
    """
    rows = np.flatnonzero(censored & ~np.isnan(sales))
    if not len(rows):
        return sales
    size, bound, expected = 1.0 / dispersion[rows], sales[rows], mean[rows]
    odds = expected / (size + expected)
    above = at_least(bound, size, odds)
    moment = expected * at_least(bound - 1.0, size + 1.0, odds)
    conditional = np.where(above > LEAST_SHARE, moment / np.maximum(above, LEAST_SHARE), bound)
    likely = sales.copy()
    likely[rows] = np.maximum(conditional, bound)
    return likely


def at_least(bound: Floats, size: Floats, odds: Floats) -> Floats:
    """Return the probability that a negative binomial is ``bound`` or more; 1 at 0 and below.

    Args:
        bound: Units.
        size: Of the distribution, r.
        odds: mean / (size + mean).
    """
    inside = betainc(np.maximum(bound, 1e-12), size, odds)
    return np.asarray(np.where(bound > 0, inside, 1.0))
