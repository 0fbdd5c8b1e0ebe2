"""What demand probably was where the shelf was empty: sales there are a lower bound only.

A censored sale is replaced by the conditional mean of demand given that it was at least that
much. Demand is negative binomial around what exponential smoothing expected that period, so that
only the past is used. By the law of total expectation a level that learns from sales in stock
and from these conditional means learns the mean of demand, where leaving censored periods out
learns too little: stock runs out when demand is high (Nahmias 1994; Tobin 1958).

Two levels expect demand: that of smoothing, and the highest that it ever was, fading slowly. Each
counts by how likely it makes what was sold, with a small chance in every period that the other
begins to hold (the fixed share of Herbster & Warmuth 1998). As a rule the first holds. But an item
that comes back after months without sales and sells out every day has its demand of before, where
smoothing alone takes such days for chance, and lets too little be ordered for weeks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import betainc, expit, logit
from scipy.stats import nbinom

from replenish.arrays import Bools, Floats
from replenish.data.panel import Panel
from replenish.forecasting.matching import match_items
from replenish.forecasting.point import Seen, planned
from replenish.forecasting.smoothing import Smoothed, SmoothingModel

LEAST_MEAN = 0.02  # units: an item that sold nothing so far may have demand
LEAST_SHARE = 1e-9  # probability below which the bound itself is taken
GOLDEN, SILVER = 0.6180339887498949, 0.41421356237309515  # multiples spread evenly over 0 to 1
MEMORY = 0.9995  # share of the highest level that is left after a period
COMEBACK = 0.1  # chance that the highest level holds, while nothing speaks for either
SWITCH = 0.01  # chance in every period that it is drawn anew which of them holds
SURE = 1e-6  # neither ever has a smaller chance


@dataclass(frozen=True, eq=False)
class Watch:
    """What is expected of the next period, of N rows.

    Attributes:
        smoothed: The levels, freed of promotions.
        highest: (N,) units, the highest that they were since they settled, fading.
        trust: (N,) chance that the highest level holds.
        dispersion: (N,) variance = mean + dispersion * mean ** 2.
        factor: (N, P) of each period: the lift where the plan says promotion, else 1.
    """

    smoothed: Smoothed
    highest: Floats
    trust: Floats
    dispersion: Floats
    factor: Floats

    @cached_property
    def means(self) -> Floats:
        """(2, N) units that smoothing and the highest level expect of the next period."""
        season = self.smoothed.index[:, self.smoothed.places[self.smoothed.period]]
        levels = np.stack([self.smoothed.level, self.highest])
        return np.maximum(levels * season * self.factor[:, self.smoothed.period], LEAST_MEAN)

    @property
    def mean(self) -> Floats:
        """(N,) units expected of the next period."""
        smoothed, highest = self.means
        return np.asarray(smoothed + self.trust * (highest - smoothed))

    def trust_after(self, seen: Seen) -> Floats:
        """Return the (N,) chance that the highest level held in a period that was seen (Bayes)."""
        smoothed, highest = log_evidence(self.means, self.dispersion, seen)
        after = expit(logit(self.trust) + highest - smoothed)
        return np.asarray(np.minimum(np.maximum(after, SURE), 1.0 - SURE))


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
        smoothed = self.smoothing.start(panel, periods)
        trust = np.full(len(rows), COMEBACK)
        return Watch(smoothed, smoothed.level, trust, self.dispersion[rows], factor)

    def step(self, state: Watch, seen: Seen) -> tuple[Watch, Seen]:
        """Return the state after a period, and the period with likely demand as its sales."""
        trust = state.trust_after(seen)
        each = likely_demand(state.means, state.dispersion, seen.sales, seen.censored)
        likely = each[0] + trust * (each[1] - each[0])
        smoothed = state.smoothed.after(likely / state.factor[:, state.smoothed.period])
        faded = MEMORY * state.highest
        told_something = ~np.isnan(seen.sales) & ~(seen.censored & (seen.sales <= 0.0))
        after = replace(
            state,
            smoothed=smoothed,
            highest=np.where(smoothed.settled, np.maximum(smoothed.level, faded), smoothed.level),
            trust=np.where(told_something, trust + SWITCH * (COMEBACK - trust), trust),
        )
        return after, replace(seen, sales=likely)

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
        for period, state, _ in self.walk(panel, panel.n_periods):
            rows = np.flatnonzero(panel.censored[:, period] & ~np.isnan(sales[:, period]))
            share, other = (
                ((rows + 1) * step + (period + 1) * step**2) % 1.0 for step in (GOLDEN, SILVER)
            )
            trust = state.trust_after(Seen.of(panel, period))
            mean = state.means[(other < trust[rows]).astype(int), rows]
            size, bound, expected = 1.0 / state.dispersion[rows], sales[rows, period], mean
            above = at_least(bound, size, expected / (size + expected))
            wanted = 1.0 - above * (1.0 - share)
            drawn = nbinom.ppf(wanted, size, size / (size + expected))
            sales[rows, period] = np.maximum(np.where(np.isfinite(drawn), drawn, bound), bound)
        return replace(panel, sales=sales, censored=np.zeros_like(panel.censored))

    def walk(
        self, panel: Panel, periods: int, state: Watch | None = None
    ) -> Iterator[tuple[int, Watch, Floats]]:
        """Yield period, what is expected before it, and likely demand (N,).

        Args:
            panel: N rows.
            periods: How many are walked.
            state: Before the first of them; that of `start` by default.
        """
        state = state or self.start(panel, periods + 1)
        for period in range(periods):
            after, told = self.step(state, Seen.of(panel, period))
            yield period, state, told.sales
            state = after


def promoted(panel: Panel, periods: int) -> Bools:
    """Return (N, periods) True where the plan's column ``promotion`` says so; beyond it, not."""
    return planned(panel, "promotion", periods) > 0


def likely_demand(mean: Floats, dispersion: Floats, sales: Floats, censored: Bools) -> Floats:
    """Return (..., N) sales, where censored the mean of demand given that it was that much or more.

    ``E[D | D >= s] = m P(D' >= s - 1) / P(D >= s)``, D negative binomial of size r and mean m, D'
    of size r + 1 and the same odds (its first factorial moment; Johnson, Kemp & Kotz 2005, 5.3).

    Args:
        mean: (..., N) expected demand in units, above 0.
        dispersion: (N,) variance = mean + dispersion * mean ** 2.
        sales: (N,) units, NaN where nothing is known.
        censored: (N,) where sales are a lower bound.
    """
    likely = np.empty(mean.shape)
    likely[:] = sales
    rows = np.flatnonzero(censored & ~np.isnan(sales))
    if not len(rows):
        return likely
    size, bound, expected = 1.0 / dispersion[rows], sales[rows], mean[..., rows]
    odds = expected / (size + expected)
    above = at_least(bound, size, odds)
    moment = expected * at_least(bound - 1.0, size + 1.0, odds)
    conditional = np.where(above > LEAST_SHARE, moment / np.maximum(above, LEAST_SHARE), bound)
    likely[..., rows] = np.maximum(conditional, bound)
    return likely


def log_evidence(mean: Floats, dispersion: Floats, seen: Seen) -> Floats:
    """Return (..., N) log likelihood of a period, up to what no mean changes; 0: nothing is known.

    Args:
        mean: (..., N) expected demand in units, above 0.
        dispersion: (N,) variance = mean + dispersion * mean ** 2.
        seen: Sales, a lower bound where censored.
    """
    size, sales = 1.0 / dispersion, np.maximum(seen.sales, 0.0)
    told = sales * np.log(mean) - (size + sales) * np.log(size + mean)
    rows = np.flatnonzero(seen.censored)
    if len(rows):
        few, expected = size[rows], mean[..., rows]
        above = at_least(sales[rows], few, expected / (few + expected))
        told[..., rows] = np.log(np.maximum(above, LEAST_SHARE))
    return np.where(np.isnan(sales), 0.0, told)


def at_least(bound: Floats, size: Floats, odds: Floats) -> Floats:
    """Return the probability that a negative binomial is ``bound`` or more; 1 at 0 and below.

    Args:
        bound: Units.
        size: Of the distribution, r.
        odds: mean / (size + mean).
    """
    inside = betainc(np.maximum(bound, 1e-12), size, odds)
    return np.asarray(np.where(bound > 0, inside, 1.0))
