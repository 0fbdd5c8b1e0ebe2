"""The table that a planner gets: one row per item, with the numbers and the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from replenish.arrays import Bools, Floats
from replenish.forecasting.forecast import DemandSum
from replenish.morning.as_of import Today
from replenish.observation import Observation
from replenish.reference import Levels

COLUMNS = (
    "item_id",
    "order",
    "wish",
    "on_hand",
    "on_order",
    "inventory_position",
    "forecast_lead_time_demand",
    "reorder_point",
    "order_up_to_level",
    "days_of_cover",
    "stockout_probability",
    "due_date",
    "reason",
    "flags",
)
_SMALL = 1e-9


@dataclass(frozen=True, eq=False)
class Decided:
    """Orders of N items and what led to them.

    Attributes:
        item_ids: N names.
        observation: What was known.
        levels: Reorder point and order-up-to level that decided, units.
        wish: (N,) units asked for.
        order: (N,) units that the rules let through.
        fallback: (N,) True where the fallback decided.
        causes: (N,) why the fallback decided; empty elsewhere.
        flags: (N,) names of all that was noticed, separated by spaces.
        left_out: Row -> which older sales its forecast leaves out, and why.
    """

    item_ids: Sequence[str]
    observation: Observation
    levels: Levels
    wish: Floats
    order: Floats
    fallback: Bools
    causes: Sequence[str]
    flags: Sequence[str]
    left_out: Mapping[int, str] = field(default_factory=dict)


def order_table(decided: Decided, today: Today) -> pd.DataFrame:
    """Return the table with `COLUMNS`, one row per item.

    ``days_of_cover`` says for how long the inventory position with the order lasts at the mean
    forecast; ``stockout_probability`` how likely demand over lead time + review period exceeds
    it. ``due_date`` is when an order of today arrives.

    Args:
        decided: N items.
        today: The day of ordering.
    """
    observation, days = decided.observation, today.period_days
    total, position = observation.forecast.lead_time_demand, observation.inventory_position
    after = position + decided.order
    daily = total.mean / (observation.items.protection_period * days)
    cover = np.where(daily > _SMALL, np.maximum(after, 0.0) / np.maximum(daily, _SMALL), np.inf)
    due = [today.date_in(int(periods)) for periods in observation.items.lead_time]
    columns = (
        list(decided.item_ids),
        decided.order,
        decided.wish,
        observation.state.on_hand,
        np.asarray(observation.state.in_transit),
        position,
        total.mean,
        decided.levels.reorder_point,
        decided.levels.order_up_to_level,
        np.where(np.isfinite(cover), cover, np.nan),
        exceedance(total, after),
        np.where(decided.order > 0, due, ""),
        reasons(decided, today),
        list(decided.flags),
    )
    table = pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
    digits = dict.fromkeys(COLUMNS[1:9], 3) | {"days_of_cover": 1, "stockout_probability": 4}
    return table.round(digits)


def whole_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with columns that hold whole numbers alone as integers, for reading."""
    whole = {
        name: "Int64"
        for name in table.columns
        if table[name].dtype.kind == "f"
        and bool((table[name].dropna() % 1 == 0).all())
        and not (table[name].abs() >= 2.0**53).any()
    }
    return table.astype(whole)


def exceedance(total: DemandSum, units: Floats) -> Floats:
    """Return the (N,) probability that summed demand is above so many units.

    The inverse of `DemandSum.quantile`: between two stored quantiles the normal score of the
    level is linear in the units, beyond the outermost it goes on with the slope of the last
    pair; where several levels share a quantile the highest one counts.

    Args:
        total: Demand of N items.
        units: (N,).
    """
    scores, quantiles = ndtri(total.levels), total.quantiles  # (Q,), (N, Q)
    rows, last = np.arange(len(units)), quantiles.shape[1] - 1
    right = np.clip((quantiles <= units[:, None]).sum(axis=1), 1, last)
    low, high = quantiles[rows, right - 1], quantiles[rows, right]
    flat = high - low < _SMALL
    beyond = np.where(units >= high, 1.0, -np.inf)
    share = np.where(flat, beyond, (units - low) / np.where(flat, 1.0, high - low))
    score = scores[right - 1] + share * (scores[right] - scores[right - 1])
    return np.asarray(np.where(units < 0, 1.0, ndtr(-score)))


def reasons(decided: Decided, today: Today) -> list[str]:
    """Return one sentence per item, in a planner's words."""
    return [_reason(decided, row, today) for row in range(len(decided.order))]


def _reason(decided: Decided, row: int, today: Today) -> str:
    """Return the sentence for one item."""
    observation, days = decided.observation, today.period_days
    if not observation.may_order[row]:
        following = today.date_in(int(observation.periods_to_review[row]))
        cause = decided.causes[row]
        return f"not reviewed today, next review on {following}" + (f"; {cause}" if cause else "")
    position = f"stock and open orders of {_units(observation.inventory_position[row])}"
    level = _units(decided.levels.order_up_to_level[row])
    point = _units(decided.levels.reorder_point[row])
    ahead = int(observation.items.protection_period[row]) * days
    cover = f"for the next {ahead} days" if ahead > 1 else "for today"
    demand = _units(observation.forecast.lead_time_demand.mean[row])
    if decided.wish[row] > 0:
        where = f"below the level of {level}" if level == point else f"at or below {point}"
        raised = f"raised to {level}"
        gap = decided.levels.order_up_to_level[row] - observation.inventory_position[row]
        if decided.wish[row] < gap - _SMALL:
            raised = (
                f"raised towards {level} by {_units(decided.wish[row])}, the most of one order,"
            )
        text = f"{position} are {where}; {raised} {cover}, expected demand {demand}"
    else:
        text = f"{position} cover {point} {cover}, expected demand {demand}"
    text += _by_the_rules(decided, row)
    if row in decided.left_out:
        text += f"; {decided.left_out[row]}"
    cause = decided.causes[row]
    return f"decided by the fallback because {cause}: {text}" if cause else text


def _by_the_rules(decided: Decided, row: int) -> str:
    """Return what the rules made of the wish, or nothing."""
    items, wish, order = decided.observation.items, decided.wish[row], decided.order[row]
    wish = max(wish, 0.0)
    if abs(order - wish) < _SMALL:
        return ""
    if order <= 0:
        return f"; no order, since {_does_not_fit(decided, row)}"
    if order < wish:
        return f"; cut from {_units(wish)} to {_units(order)} by the item's upper limits"
    least = float(items.min_stock[row] - decided.observation.inventory_position[row])
    least = max(least, 0.0) if items.min_stock[row] > 0 else 0.0  # 0 sets no limit
    why = []
    if least > wish:
        why.append(f"the least stock of {_units(items.min_stock[row])}")
    if items.min_order[row] > max(wish, least):
        why.append(f"the minimum order of {_units(items.min_order[row])}")
    if items.pack_size[row] > 0:
        pack = items.pack_size[row]
        why.append("whole units" if pack == 1 else f"whole packs of {_units(pack)}")
    return f"; rounded up from {_units(wish)} to {_units(order)}: {' and '.join(why)}"


def _does_not_fit(decided: Decided, row: int) -> str:
    """Return which limit leaves no room for an order that was wished for."""
    items, pack = decided.observation.items, decided.observation.items.pack_size[row]
    least = max(float(items.min_order[row]), float(pack))
    least = np.ceil(least / pack - _SMALL) * pack if pack > 0 else least
    most, highest = float(items.max_order[row]), float(items.max_stock[row])
    if most <= 0:
        return "the largest order is 0"
    if least > most:
        return f"the least order, {_units(least)}, is above the largest one, {_units(most)}"
    position = float(decided.observation.inventory_position[row])
    room = (
        f"the most stock of {_units(highest)} leaves room for {_units(max(highest - position, 0))}"
    )
    return f"{room}, less than the least order of {_units(least)}" if position < highest else room


def _units(value: float) -> str:
    """Return units as a planner writes them: at most one decimal."""
    return f"{round(float(value), 1):,.10g}"
