"""Sales that nobody believes, and the history without them.

A forecaster that has seen a wrong booking orders by it for weeks, long after the guard that saw
it has fallen silent.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from replenish.arrays import Bools, Ints
from replenish.data.panel import Panel
from replenish.forecasting.forecast import ForecastTable
from replenish.forecasting.history import History
from replenish.forecasting.point import observed_sales
from replenish.guards.config import GuardConfig
from replenish.guards.finding import Finding
from replenish.guards.series import LEAST, band_of, root_scores, spike_scores

ROUNDS = 4  # a huge sale can hide a large one, which is found once it is gone

Foretell = Callable[[Panel, Ints], History]  # a panel and (K,) rows of it -> their forecasts


@dataclass(frozen=True, eq=False)
class Credible:
    """What is believed of N items' history.

    Attributes:
        panel: Sales, NaN where one cannot be.
        history: Forecasts made without those sales.
        left_out: (N, T) True at those sales.
    """

    panel: Panel
    history: History
    left_out: Bools


def credible(panel: Panel, foretell: Foretell, config: GuardConfig) -> Credible:
    """Return the history without `impossible_sales`, forecast again where there are any.

    Args:
        panel: N items, T periods.
        foretell: Returns forecasts from consecutive origins up to the last period.
        config: Nothing is left out where ``demand_spike`` is off or only flags.
    """
    believed, left_out = panel, np.zeros(panel.sales.shape, dtype=bool)
    history = foretell(panel, np.arange(panel.n_items))
    if config.looks("demand_spike") and config.demand_spike.fallback:
        for _ in range(ROUNDS):
            new = impossible_sales(panel, history.one_ahead, config) & ~left_out
            rows = np.flatnonzero(new.any(axis=1))
            if not len(rows):
                break
            left_out = left_out | new
            believed = without(panel, left_out)
            history = history.with_rows(rows, foretell(believed, rows))
    return Credible(believed, history, left_out)


def without(panel: Panel, sales: Bools) -> Panel:
    """Return the panel with some sales, (N, T), taken as not observed."""
    return replace(panel, sales=np.where(sales, np.nan, panel.sales))


def impossible_sales(panel: Panel, history: ForecastTable, config: GuardConfig) -> Bools:
    """Return (N, T) True at spikes that hardly any other sale of the item comes near.

    Near is half as far above that day's forecast, in square roots, or further. Where more than
    ``recent_periods`` recorded sales are, it is a new level, a promotion, or the item's way. An
    item with a short record is let alone.
    """
    band, found = band_of(panel, history), np.zeros(panel.sales.shape, dtype=bool)
    scores, sales = spike_scores(band), observed_sales(panel)
    known = np.cumsum(~np.isnan(sales), axis=1)[:, band.periods] > LEAST
    far = known & (np.nan_to_num(scores, nan=0.0) > config.demand_spike.threshold)
    for row, column in np.argwhere(far):
        mean, std = band.mean[row, column], band.std[row, column]
        distance = root_scores(sales[row], mean, std)
        half = root_scores(band.sales[row, column], mean, std) / 2.0
        found[row, band.periods[column]] = (distance >= half).sum() <= config.recent_periods
    return found


def left_out_findings(panel: Panel, known: Credible, old: Bools) -> list[Finding]:
    """Return one finding per item with sales left out, that only says so.

    Args:
        panel: N items, with their sales as they were recorded.
        known: What is believed of them.
        old: (N, T) True where no guard speaks of a sale any more.
    """
    band, findings = band_of(panel, known.history.one_ahead), []
    missing = (known.left_out & old)[:, band.periods]
    for row in np.flatnonzero(missing.any(axis=1)):
        columns = np.flatnonzero(missing[row])
        last = columns[-1]
        more = f" and {len(columns) - 1} earlier are" if len(columns) > 1 else " is"
        reason = (
            f"the sale of {band.sales[row, last]:,.10g} on "
            f"{panel.dates[band.periods[last]].date()}, where {band.mean[row, last]:.4g} were "
            f"expected,{more} left out of the forecast"
        )
        findings.append(Finding(int(row), "demand_spike", reason, fallback=False))
    return findings
