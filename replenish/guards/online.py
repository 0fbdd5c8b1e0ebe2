"""Guards on inputs that an observation alone allows: for the simulator, over rows at once."""

from dataclasses import dataclass

import numpy as np

from replenish.arrays import Bools, Floats
from replenish.forecasting.forecast import DemandSum, Forecast
from replenish.guards.config import GuardConfig
from replenish.guards.records import jumped, range_excess, wrong_forecast, wrong_stock
from replenish.guards.series import root_scores
from replenish.observation import Observation


@dataclass(frozen=True, eq=False)
class FeatureRange:
    """The lowest and highest value of every feature in training, (F,) each."""

    low: Floats
    high: Floats


def observation_flags(observation: Observation, config: GuardConfig) -> dict[str, Bools]:
    """Return guard -> (N,) True where it fires on stock, forecast or recent sales."""
    flags: dict[str, Bools] = {}
    if config.looks("stock_record"):
        tolerance = config.stock_record.threshold
        flags["stock_record"] = wrong_stock(observation.state, tolerance)
    if config.looks("forecast_record"):
        tolerance = config.forecast_record.threshold
        flags["forecast_record"] = wrong_forecast(observation.forecast, tolerance)
    spike, collapse = recent_scores(observation)
    if config.looks("demand_spike"):
        flags["demand_spike"] = spike > config.demand_spike.threshold
    if config.looks("demand_collapse"):
        flags["demand_collapse"] = collapse > config.demand_collapse.threshold
    return flags


def recent_scores(observation: Observation) -> tuple[Floats, Floats]:
    """Return how far recent sales lie above and below today's forecast, (N,) z-scores each.

    The highest single period against the highest period forecast; the sum of the recorded
    periods against as many periods of the mean forecast. Infinite sales are infinitely high.
    """
    sales = observation.recent_sales
    known = observation.recent_in_stock & ~np.isnan(sales)
    number = known.sum(axis=1)
    forecast = observation.forecast
    with np.errstate(invalid="ignore"):
        mean, std = forecast.mean.mean(axis=1), np.sqrt((forecast.std**2).mean(axis=1))
        high = forecast.mean.max(axis=1)
        recorded = np.where(~np.isnan(sales), sales, 0.0)
        up = root_scores(recorded.max(axis=1), high, std)
        total = np.where(known, sales, 0.0).sum(axis=1)
        down = -root_scores(total, number * mean, np.sqrt(number) * std)
    return np.nan_to_num(up, nan=0.0), np.nan_to_num(down, nan=0.0)


def jump_flags(
    now: Forecast, trusted: DemandSum, yesterday: DemandSum, config: GuardConfig
) -> Bools:
    """Return (N,) True where a forecast jumped today, and not yesterday already.

    A level that two days agree on is believed, however far it lies from earlier ones.
    """
    if not config.looks("forecast_jump"):
        return np.zeros(len(now.mean), dtype=bool)
    times, total = config.forecast_jump.threshold, now.lead_time_demand
    return jumped(trusted, total, times) & jumped(yesterday, total, times)


def range_flags(features: Floats, seen: FeatureRange, config: GuardConfig) -> dict[str, Bools]:
    """Return the guard on (N, F) features outside the range of training, by its name."""
    if not config.looks("out_of_range"):
        return {}
    excess = range_excess(features, seen.low, seen.high).max(axis=1)
    return {"out_of_range": np.asarray(excess > config.out_of_range.threshold)}
