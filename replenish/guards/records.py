"""Guards on single records: numbers that cannot be, and numbers far from what was seen."""

import numpy as np

from replenish.arrays import Bools, Floats
from replenish.forecasting.forecast import DemandSum, Forecast
from replenish.state import InventoryState


def wrong_stock(state: InventoryState, tolerance: float) -> Bools:
    """Return (N,) True where stock, open orders or backorders are unknown or below zero.

    Args:
        state: N rows.
        tolerance: Units below zero that are let pass.
    """
    return np.asarray(
        impossible(state.on_hand, tolerance)
        | impossible(state.backorders, tolerance)
        | impossible(state.on_order, tolerance).any(axis=1)
    )


def wrong_forecast(forecast: Forecast, tolerance: float) -> Bools:
    """Return (N,) True where a forecast is unknown, infinite or below zero.

    Args:
        forecast: N rows.
        tolerance: Units below zero that are let pass.
    """
    total = forecast.lead_time_demand
    return np.asarray(
        impossible(forecast.mean, tolerance).any(axis=1)
        | impossible(forecast.std, tolerance).any(axis=1)
        | impossible(total.mean, tolerance)
        | impossible(total.std, tolerance)
        | impossible(total.quantiles, tolerance).any(axis=1)
    )


def jumped(before: DemandSum, now: DemandSum, times: float) -> Bools:
    """Return (N,) True where a forecast of lead-time demand is far from an earlier one.

    Far is more than so many times, and more than half the earlier forecast's standard deviation
    and half a unit, so that items that rarely sell may go from nothing to something.
    """
    high, low = np.maximum(before.mean, now.mean), np.minimum(before.mean, now.mean)
    floor = 0.5 * np.maximum(before.std, 1.0)
    return np.asarray((high > times * low) & (high - low > floor))


def range_excess(features: Floats, low: Floats, high: Floats) -> Floats:
    """Return (N, F) how far features lie outside the range of training, in widths of it.

    A feature that never moved in training has the width of one thousandth of its size, at
    least a millionth. NaN is infinitely far.
    """
    width = np.maximum(high - low, np.maximum(np.abs(high) * 1e-3, 1e-6))
    excess = np.maximum(np.maximum(low - features, features - high), 0.0) / width
    return np.asarray(np.where(np.isnan(features), np.inf, excess))


def impossible(units: Floats, tolerance: float) -> Bools:
    """Return True where a number of units is unknown, infinite or further below zero."""
    return np.asarray(~np.isfinite(units) | (units < -tolerance))
