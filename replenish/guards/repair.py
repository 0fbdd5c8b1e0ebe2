"""What the fallback policy is shown where a record cannot be true."""

from dataclasses import replace

import numpy as np

from replenish.arrays import Bools, Floats
from replenish.forecasting.context import without_errors
from replenish.forecasting.forecast import DemandSum, Forecast
from replenish.observation import Observation
from replenish.state import InventoryState


def repaired(
    observation: Observation,
    bad_forecast: Bools,
    last: Forecast | None,
    on_hand: Floats | None = None,
) -> Observation:
    """Return the observation with every impossible number replaced by a cautious one.

    Where nothing is wrong the numbers are the same. A forecast that is not to be trusted gives
    way to the last one that was; without one, to the mean of recent sales with the spread of
    Poisson demand.

    Args:
        observation: N rows.
        bad_forecast: (N,) True where the forecast is not to be trusted.
        last: The last trusted forecast of the N rows, or None.
        on_hand: (N,) units that should be on hand, NaN where that is unknown; or None.
    """
    forecast = observation.forecast
    if bad_forecast.any():
        other = last if last is not None else _from_recent_sales(observation)
        forecast = forecast_where(bad_forecast, other, forecast)
    state = repaired_state(observation.state, forecast, on_hand)
    return replace(observation, state=state, forecast=forecast)


def repaired_state(
    state: InventoryState, forecast: Forecast, on_hand: Floats | None = None
) -> InventoryState:
    """Return stock without impossible numbers.

    Unknown open orders and backorders become zero. Stock that is unknown or below zero becomes
    what should be on hand. Where that is not known either, below zero becomes zero, as a sale
    booked before its receipt is, and unknown becomes what raises the position to expected
    lead-time demand, so that only the safety stock is ordered: neither nothing nor everything.
    """
    on_order = _whole(state.on_order)
    backorders = _whole(state.backorders)
    known = np.isfinite(state.on_hand)
    on_way = on_order.sum(axis=1) - backorders
    guess = np.maximum(forecast.lead_time_demand.mean - on_way, 0.0)
    guess = np.where(known, 0.0, guess)
    if on_hand is not None:
        guess = np.where(np.isfinite(on_hand), on_hand, guess)
    right = known & (np.where(known, state.on_hand, 0.0) >= 0)
    return InventoryState(np.where(right, state.on_hand, guess), on_order, backorders)


def stock_by_the_books(before: Observation, now: Observation) -> Floats:
    """Return the (N,) units that should be on hand: yesterday's, what was due, less what sold.

    NaN where an order of yesterday's may have arrived already (lead times of 0 and 1), since
    what was ordered is not seen here. An unknown sale counts as the forecast for it. Where
    demand waited since yesterday's stockout it is too much: how much came is not known.
    """
    state, sold = before.state, now.recent_sales[:, -1]
    sold = np.where(np.isfinite(sold) & (sold >= 0), sold, before.forecast.mean[:, 0])
    left = np.maximum(state.on_hand - sold, 0.0)
    due = state.on_order[:, 0] - state.backorders
    return np.asarray(np.where(now.items.lead_time > 1, np.maximum(left + due, 0.0), np.nan))


def _whole(units: Floats) -> Floats:
    """Return units with 0 in place of unknown and negative ones."""
    return np.asarray(np.where(np.isfinite(units), np.maximum(units, 0.0), 0.0))


def _from_recent_sales(observation: Observation) -> Forecast:
    """Return Poisson-like forecasts from the mean of recent in-stock sales; 0 where none is."""
    sales, cover = observation.recent_sales, observation.items.protection_period
    known = np.isfinite(sales) & observation.recent_in_stock & (sales >= 0)
    total = np.where(known, sales, 0.0).sum(axis=1)
    rate = total / np.maximum(known.sum(axis=1), 1)  # (N,) units per period
    shape, levels = observation.forecast.mean.shape, observation.forecast.lead_time_demand.levels
    return Forecast(
        mean=np.broadcast_to(rate[:, None], shape),
        std=np.broadcast_to(np.sqrt(rate)[:, None], shape),
        lead_time_demand=_poisson_like(rate * cover, levels),
    )


def _poisson_like(mean: Floats, levels: Floats) -> DemandSum:
    """Return the gamma distribution with the mean and variance of Poisson demand."""
    from scipy.stats import gamma

    quantiles = np.asarray(gamma.ppf(levels[None, :], np.maximum(mean, 1e-6)[:, None]))
    return DemandSum(mean, np.sqrt(mean), quantiles, levels)


def forecast_where(rows: Bools, there: Forecast, here: Forecast) -> Forecast:
    """Return the rows of one forecast put into another."""
    column, context = rows[:, None], here.context
    if context is not None:  # a forecast of which no errors are known still knows the plan
        theirs = without_errors(context) if there.context is None else there.context
        context = np.where(column, theirs, context)
    new, old = there.lead_time_demand, here.lead_time_demand
    return Forecast(
        np.where(column, there.mean, here.mean),
        np.where(column, there.std, here.std),
        DemandSum(
            np.where(rows, new.mean, old.mean),
            np.where(rows, new.std, old.std),
            np.where(column, new.quantiles, old.quantiles),
            old.levels,
        ),
        context,
    )
