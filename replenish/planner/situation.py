"""Moments of ordering as one block of rows: taken apart, put together from two, scaled."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.forecasting.forecast import CONTEXT, DemandSum, Forecast
from replenish.items import Items
from replenish.observation import Observation
from replenish.state import InventoryState

STOCK, LEVEL, SPREAD, RECORD, PLAN, COSTS = GROUPS = (
    "stock and pipeline",
    "forecast",
    "uncertainty",
    "recent sales",
    "promotion",
    "costs",
)
_PROMOTION = CONTEXT.index("promotion")


def stacked(moments: Sequence[Observation]) -> Observation:
    """Return T moments of K rows as one of T x K rows, one moment after the other."""
    first = moments[0]
    times = np.tile(np.arange(len(first.items)), len(moments))
    states = [moment.state for moment in moments]
    return Observation(
        period=0,
        items=first.items.take(times),
        state=InventoryState(
            np.concatenate([state.on_hand for state in states]),
            np.concatenate([state.on_order for state in states]),
            np.concatenate([state.backorders for state in states]),
        ),
        forecast=_stacked([moment.forecast for moment in moments]),
        recent_sales=np.concatenate([moment.recent_sales for moment in moments]),
        recent_in_stock=np.concatenate([moment.recent_in_stock for moment in moments]),
        periods_to_review=np.concatenate([moment.periods_to_review for moment in moments]),
    )


def _stacked(forecasts: Sequence[Forecast]) -> Forecast:
    totals = [forecast.lead_time_demand for forecast in forecasts]
    contexts = [forecast.context for forecast in forecasts if forecast.context is not None]
    return Forecast(
        np.concatenate([forecast.mean for forecast in forecasts]),
        np.concatenate([forecast.std for forecast in forecasts]),
        DemandSum(
            np.concatenate([total.mean for total in totals]),
            np.concatenate([total.std for total in totals]),
            np.concatenate([total.quantiles for total in totals]),
            totals[0].levels,
        ),
        np.concatenate(contexts) if contexts else None,
    )


def taken(moment: Observation, rows: Ints) -> Observation:
    """Return these rows, in this order, repeats allowed."""
    state = moment.state
    return Observation(
        period=moment.period,
        items=moment.items.take(rows),
        state=InventoryState(state.on_hand[rows], state.on_order[rows], state.backorders[rows]),
        forecast=moment.forecast.take(rows),
        recent_sales=moment.recent_sales[rows],
        recent_in_stock=moment.recent_in_stock[rows],
        periods_to_review=moment.periods_to_review[rows],
    )


def mixed(one: Observation, other: Observation, chosen: Collection[str]) -> Observation:
    """Return one moment with the chosen groups of inputs of another, row by row.

    The forecast is its mean, per period and in sum, and apart from it the way from there to
    its quantiles, so that either can be taken without the other.

    Args:
        one: N rows.
        other: N rows of the same items.
        chosen: Names of `GROUPS`.
    """

    def of(group: str) -> Observation:
        return other if group in chosen else one

    level, spread, record = of(LEVEL).forecast, of(SPREAD).forecast, of(RECORD)
    apart = spread.lead_time_demand.quantiles - spread.lead_time_demand.mean[:, None]
    mean = level.lead_time_demand.mean
    total = DemandSum(
        mean,
        spread.lead_time_demand.std,
        np.maximum(mean[:, None] + apart, 0.0),
        level.lead_time_demand.levels,
    )
    context = _context(record.forecast.context, of(PLAN).forecast.context)
    return Observation(
        period=0,
        items=of(COSTS).items,
        state=of(STOCK).state,
        forecast=Forecast(level.mean, spread.std, total, context),
        recent_sales=record.recent_sales,
        recent_in_stock=record.recent_in_stock,
        periods_to_review=one.periods_to_review,
    )


def _context(record: Floats | None, plan: Floats | None) -> Floats | None:
    """Return the record of one forecast with the plan of another."""
    if record is None or plan is None:
        return record
    both = np.array(record)
    both[:, _PROMOTION] = plan[:, _PROMOTION]
    return both


def with_ratios(items: Items, other: Items) -> Items:
    """Return the items with what others pay for shortages and orders per unit of holding cost.

    Only these ratios move an order; a holding cost of 0 has none, and such items stay.

    Args:
        items: N rows.
        other: N rows, of other items.
    """
    known = (items.holding_cost > 0) & (other.holding_cost > 0)
    scale = items.holding_cost / np.where(known, other.holding_cost, 1.0)
    return replace(
        items,
        shortage_cost=np.where(known, scale * other.shortage_cost, items.shortage_cost),
        fixed_order_cost=np.where(known, scale * other.fixed_order_cost, items.fixed_order_cost),
    )


def at_position(moment: Observation, position: Floats) -> Observation:
    """Return the moment with other stock.

    On hand is what is missing beyond the pipeline; below it, the pipeline shrinks evenly; below
    0 demand waits.

    Args:
        moment: N rows.
        position: (N,) units.
    """
    under_way = np.asarray(moment.state.in_transit)
    share = np.clip(position / np.maximum(under_way, 1e-9), 0.0, 1.0)
    state = InventoryState(
        np.maximum(position - under_way, 0.0),
        moment.state.on_order * share[:, None],
        np.maximum(-position, 0.0),
    )
    return replace(moment, state=state)


def with_forecast(moment: Observation, factor: Floats) -> Observation:
    """Return the moment with (N,) times its forecast: mean, deviation and quantiles."""
    forecast, column = moment.forecast, factor[:, None]
    total = forecast.lead_time_demand
    scaled = DemandSum(
        total.mean * factor, total.std * factor, total.quantiles * column, total.levels
    )
    return replace(
        moment,
        forecast=Forecast(forecast.mean * column, forecast.std * column, scaled, forecast.context),
    )
