"""Demand: what forecasts are judged by, and what simulations replay where stock ran out."""

import numpy as np

from replenish.arrays import Bools, Floats
from replenish.data.panel import Panel, wholly_closed

WEEKS = 4  # neighbours of the same weekday looked at on either side


def realised_demand(panel: Panel) -> Floats:
    """Return (N, T) units that customers asked for, as far as the records allow; never NaN.

    - Observed and in stock: the sale itself.
    - Censored: the sale or the estimate, whichever is larger; the sale is a lower bound.
    - Not observed between an item's first and last record: the estimate.
    - Before the first record (not launched) and after the last (withdrawn): 0.

    The estimate is the mean sale of the uncensored, open periods of the same weekday up to four
    weeks before and after; where there is none, of any day in those eight weeks; then of the
    item's whole history; then 0. Promotion periods learn from promotion periods and the others
    from the others, as long as the item has any. Weekly panels use the four weeks before and
    after. On closed days it is 0. It may be a fraction of a unit. It uses the future, as a
    simulator's truth may; no forecast or policy sees it. It leans low, because days in stock
    are the calmer ones.

    Args:
        panel: (N, T) sales with their censored flags.
    """
    closed = _closed(panel)
    estimate = np.where(closed, 0.0, _by_promotion(panel, panel.observed & ~closed))
    seen = ~np.isnan(panel.sales)
    recorded = np.where(seen, np.maximum(panel.sales, 0.0), 0.0)
    demand = np.where(panel.censored, np.maximum(recorded, estimate), recorded)
    return np.where(seen, demand, np.where(_offered(seen), estimate, 0.0))


def judged_sales(panel: Panel) -> Floats:
    """Return (N, T) sales, NaN where a forecast cannot be judged by them.

    That is where nothing was observed, where stock ran out (a lower bound of demand only) and
    where the shop was closed.
    """
    use = panel.observed & ~_closed(panel)
    return np.where(use, panel.sales, np.nan).astype(float)


def summed_sales(panel: Panel) -> Floats:
    """Return (N, T) `judged_sales` as sums over periods count them: 0 where the shop was closed."""
    return np.where(_closed(panel), 0.0, judged_sales(panel))


def _closed(panel: Panel) -> Bools:
    """Return (N, T) True where the shop is closed for the whole period."""
    closed = panel.known.get("closed")
    if closed is None:
        return np.zeros(panel.sales.shape, dtype=bool)
    return wholly_closed(closed[:, : panel.n_periods])


def _offered(seen: Bools) -> Bools:
    """Return (N, T) True from an item's first record to its last."""
    started = np.maximum.accumulate(seen, axis=1)
    going_on = np.maximum.accumulate(seen[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(started & going_on)


def _by_promotion(panel: Panel, usable: Bools) -> Floats:
    """Return (N, T) the estimate, promotion periods kept apart from the others."""
    values = np.where(usable, np.nan_to_num(panel.sales), 0.0)
    total, count = values.sum(axis=1, keepdims=True), usable.sum(axis=1, keepdims=True)
    overall = _mean(total, count, np.zeros(total.shape))  # (N, 1)
    if "promotion" not in panel.known:
        return _estimate(values, usable, overall, panel.frequency)
    promoted = panel.known["promotion"][:, : panel.n_periods] > 0
    during, otherwise = (
        _estimate(values, usable & state, overall, panel.frequency)
        for state in (promoted, ~promoted)
    )
    return np.where(promoted, during, otherwise)


def _estimate(sales: Floats, usable: Bools, overall: Floats, frequency: str) -> Floats:
    """Return (N, T) the mean of usable neighbours, from the nearest kind that has any."""
    values = np.where(usable, sales, 0.0)
    total, count = values.sum(axis=1, keepdims=True), usable.sum(axis=1, keepdims=True)
    estimate = np.broadcast_to(_mean(total, count, overall), sales.shape)
    step = 7 if frequency == "D" else 1
    around = [shift for shift in range(-WEEKS * step, WEEKS * step + 1) if shift != 0]
    same = [shift for shift in around if shift % step == 0]
    for shifts in (around, same):
        near = sum((_shifted(values, shift) for shift in shifts), np.zeros(values.shape))
        number = sum((_shifted(usable, shift) for shift in shifts), np.zeros(values.shape))
        estimate = _mean(near, number, estimate)
    return estimate


def _mean(total: Floats, count: Floats, otherwise: Floats) -> Floats:
    """Return total / count where there is something to count."""
    return np.where(count > 0, total / np.maximum(count, 1), otherwise)


def _shifted(values: Floats | Bools, shift: int) -> Floats:
    """Return (N, T) with column t taken from t + shift, 0 beyond the ends."""
    moved = np.zeros(values.shape)
    width = values.shape[1]
    if abs(shift) >= width:
        return moved
    if shift > 0:
        moved[:, : width - shift] = values[:, shift:]
    else:
        moved[:, -shift:] = values[:, : width + shift]
    return moved
