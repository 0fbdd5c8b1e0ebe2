"""Where policies order differently in the same situations of an item: when, how, and why."""

from collections.abc import Mapping, Sequence

import numpy as np

from replenish.arrays import Bools, Floats, Ints
from replenish.items import Items
from replenish.planner.asked import Asked
from replenish.planner.moments import Moments
from replenish.planner.reasons import Why, explained
from replenish.planner.situation import at_position, taken, with_forecast
from replenish.planner.value import Curves, Disagreement

_ALIKE = 0.01  # orders that differ by less than this share are the same order
_POINTS = 49  # of a curve
_FACTORS = (0.5, 1.5)
_NEVER = Disagreement(0, 0, 0, "", {}, (0.0, 0.0), (), (0.0, 0.0))


def disagreements(
    found: Moments, policies: Sequence[Asked], all_items: Items, dates: Sequence[str]
) -> list[tuple[Disagreement, Curves | None]]:
    """Return for each of K items how agent and formula differ, and their orders as curves.

    Args:
        found: The agent's moments.
        policies: The agent, the formula, and whoever is to be shown beside them.
        all_items: I items.
        dates: (T,) ISO dates of the periods.
    """
    places = np.unique(found.place)  # an item may have no moment of ordering
    of_some = _differing(found.of_items(places), policies, all_items, dates) if len(places) else []
    results = dict(zip(places.tolist(), of_some, strict=True))
    return [results.get(place, (_NEVER, None)) for place in range(len(found.items))]


def _differing(
    found: Moments, policies: Sequence[Asked], all_items: Items, dates: Sequence[str]
) -> list[tuple[Disagreement, Curves | None]]:
    """Return the same for items that all have moments of ordering."""
    orders = {asked.name: asked.order(found.block, found.who) for asked in policies}
    agent, formula = (orders[asked.name] for asked in policies[:2])
    gap = agent - formula
    apart = np.abs(gap) > _ALIKE * np.maximum(agent, formula)
    places = range(len(found.items))
    rows = np.array([_largest(gap, apart, found.rows(place)) for place in places])
    whys = explained(found, (policies[0], policies[1]), all_items, rows)
    return [
        (
            _disagreement(found, (gap, apart), told, (int(rows[place]), dates), whys[place]),
            _curves(found, asked, int(rows[place]), told) if apart[rows[place]] else None,
        )
        for place in places
        for asked in [[one for one in policies if one.knows(int(found.items[place]))]]
        for told in [{one.name: orders[one.name] for one in asked}]
    ]


def _largest(gap: Floats, apart: Bools, rows: Ints) -> int:
    """Return the row of the largest disagreement among some, the first of several."""
    return int(rows[np.argmax(np.where(apart[rows], np.abs(gap[rows]), 0.0))])


def _disagreement(
    found: Moments,
    gaps: tuple[Floats, Bools],
    orders: Mapping[str, Floats],
    when: tuple[int, Sequence[str]],
    why: Why,
) -> Disagreement:
    """Return one item's; without any difference, no date."""
    (gap, apart), (row, dates) = gaps, when
    mine = found.rows(int(found.place[row]))
    return Disagreement(
        asked=len(mine),
        more=int((apart & (gap > 0))[mine].sum()),
        less=int((apart & (gap < 0))[mine].sum()),
        date=dates[found.period[row]] if apart[row] else "",
        orders={name: float(order[row]) for name, order in orders.items()},
        usual=why.usual,
        reasons=why.reasons,
        rules=why.rules,
    )


def _curves(
    found: Moments, policies: Sequence[Asked], row: int, orders: Mapping[str, Floats]
) -> Curves:
    """Return everybody's orders in the situation of one row with other stock, other forecast."""
    mine = found.rows(int(found.place[row]))
    before = found.block.inventory_position[mine]
    top = max([float((before + order[mine]).max()) for order in orders.values()] + [1.0])
    same, who = taken(found.block, np.full(_POINTS, row)), np.full(_POINTS, found.who[row])
    position = np.linspace(min(float(before.min()), 0.0), 1.1 * top, _POINTS)
    factor = np.linspace(*_FACTORS, _POINTS)
    stocked, told = at_position(same, position), with_forecast(same, factor)
    return Curves(
        position=position,
        at_position=float(found.block.inventory_position[row]),
        by_position={asked.name: asked.order(stocked, who) for asked in policies},
        factor=factor,
        by_factor={asked.name: asked.order(told, who) for asked in policies},
    )
