"""What moved two policies' orders on one day, group of inputs by group, with the inputs' values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.forecasting.forecast import CONTEXT
from replenish.items import Items
from replenish.observation import Observation
from replenish.planner.asked import Asked
from replenish.planner.moments import Moments
from replenish.planner.situation import COSTS, GROUPS, LEVEL, PLAN, RECORD, SPREAD, STOCK, taken
from replenish.planner.value import Reason
from replenish.planner.why import background, shares, usual_days


@dataclass(frozen=True, eq=False)
class Why:
    """How agent and formula came to their orders on one day of one item, units each.

    Attributes:
        usual: Mean wish on the item's other days.
        reasons: One per group of inputs, the largest difference first.
        rules: What packs, minimum and maximum added to the wish.
    """

    usual: tuple[float, float]
    reasons: Sequence[Reason]
    rules: tuple[float, float]


def explained(found: Moments, pair: tuple[Asked, Asked], all_items: Items, rows: Ints) -> list[Why]:
    """Return why agent and formula ordered as they did at one row of each of K items.

    Args:
        found: The moments that the day is compared with, itself among them.
        pair: The agent and the formula.
        all_items: I items.
        rows: (K,) rows of the block.
    """
    n, day = len(found.items), taken(found.block, rows)
    compared = np.stack([background(found.rows(place)) for place in range(n)])
    others = usual_days(found.block, compared, all_items, found.items)
    (ours, our_shares), (theirs, their_shares) = (
        shares(asked, day, others, found.items) for asked in pair
    )
    rules = [asked.order(day, found.items) - asked.wish(day, found.items) for asked in pair]
    facts, typical = _facts(found.block), _costs(all_items)
    result = []
    for place, row in enumerate(rows):
        mine = found.rows(place)
        reasons = [
            Reason(
                group,
                _told(group, facts[group], typical, (int(row), mine)),
                float(our_shares[place, number]),
                float(their_shares[place, number]),
            )
            for number, group in enumerate(GROUPS)
        ]
        result.append(
            Why(
                (float(ours[place]), float(theirs[place])),
                sorted(reasons, key=lambda reason: -abs(reason.apart)),
                (float(rules[0][place]), float(rules[1][place])),
            )
        )
    return result


def _told(
    group: str,
    facts: Mapping[str, Floats],
    typical: Mapping[str, Floats],
    where: tuple[int, Ints],
) -> dict[str, tuple[float, float]]:
    """Return name -> value on the day, and the median on the item's days (costs: over items)."""
    row, mine = where
    return {
        name: (
            float(values[row]),
            float(np.median(typical[name] if group == COSTS else values[mine])),
        )
        for name, values in facts.items()
    }


def _facts(block: Observation) -> dict[str, dict[str, Floats]]:
    """Return group -> name -> (M,) numbers that a planner knows the group by."""
    total, context = block.forecast.lead_time_demand, block.forecast.context
    record = np.zeros((len(block.items), len(CONTEXT))) if context is None else context
    counted = block.recent_in_stock & ~np.isnan(block.recent_sales)
    sold = np.where(counted, block.recent_sales, 0.0).sum(axis=1)
    cover = np.asarray(block.items.protection_period, dtype=float)
    return {
        STOCK: {"position": block.inventory_position},
        LEVEL: {"demand": total.mean, "periods": cover},
        SPREAD: {"deviation": total.std},
        RECORD: {
            "sales": sold / np.maximum(counted.sum(axis=1), 1),
            "bias": record[:, CONTEXT.index("bias")],
        },
        PLAN: {"share": record[:, CONTEXT.index("promotion")]},
        COSTS: _costs(block.items),
    }


def _costs(items: Items) -> dict[str, Floats]:
    """Return what a shortage and an order cost, in periods that a unit is held."""
    holding = np.maximum(items.holding_cost, 1e-12)
    return {"shortage": items.shortage_cost / holding, "order": items.fixed_order_cost / holding}
