"""Simple rules for lost sales, each with its best parameters and its exact cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from replenish.exact.chain import Chain, stationary_cost
from replenish.exact.lost_sales import LostSales, Rule, Space
from replenish.exact.rules import ConstantOrder, OrderUpTo, ProjectedLevel, projection
from replenish.exact.search import Point, lowest
from replenish.exact.sweep import Sweep
from replenish.exact.value_iteration import TabulatedRule

_MOST_PAUSE = 10_000  # units of stock up to which constant orders are looked at
_RARE = 1e-8  # money by which a pause of constant orders may change their cost


@dataclass(frozen=True, eq=False)
class Heuristic:
    """A simple rule at its best.

    Attributes:
        name: Of the rule.
        parameters: Units by name.
        cost: Money per period in the long run.
        rule: The rule with these parameters.
    """

    name: str
    parameters: Mapping[str, float]
    cost: float
    rule: Rule


def best_heuristics(problem: LostSales) -> list[Heuristic]:
    """Return every rule that suits the problem: others with a fixed order cost than without."""
    stock = best_base_stock(problem)
    if problem.fixed_order_cost > 0:
        two = best_reorder_point(problem, stock)
        return [stock, two, best_capped_reorder_point(problem, two), best_constant_order(problem)]
    return [
        stock,
        best_capped_base_stock(problem, stock),
        best_projected_level(problem),
        best_constant_order(problem),
        *myopic(problem),
    ]


def best_base_stock(problem: LostSales) -> Heuristic:
    """Return the best order-up-to level; its cost is convex (Janakiraman and Roundy 2004)."""
    (level,), cost = _lowest(problem, lambda s: OrderUpTo(s, s), [(_high_level(problem),), (0,)])
    return Heuristic("base_stock", {"order_up_to_level": level}, cost, OrderUpTo(level, level))


def best_capped_base_stock(problem: LostSales, base_stock: Heuristic | None = None) -> Heuristic:
    """Return the best order-up-to level and largest order (Xin 2021).

    Args:
        problem: What is ordered for.
        base_stock: The best uncapped rule, where it is known.
    """
    top = int((base_stock or best_base_stock(problem)).parameters["order_up_to_level"])
    caps = sorted({ceil(share * problem.demand.mean) for share in (1.1, 1.5, 2.0, 3.0)})
    make = _capped
    (level, cap), cost = _lowest(problem, make, [(top, cap) for cap in caps])
    parameters = {"order_up_to_level": level, "cap": cap}
    return Heuristic("capped_base_stock", parameters, cost, make(level, cap))


def best_reorder_point(problem: LostSales, base_stock: Heuristic | None = None) -> Heuristic:
    """Return the best (s,S): order up to S once the position is at s or below.

    Args:
        problem: What is ordered for.
        base_stock: The best order-up-to rule, where it is known.
    """
    top = int((base_stock or best_base_stock(problem)).parameters["order_up_to_level"])
    batch = problem.economic_order_quantity
    gaps = sorted({max(1, round(share * batch)) for share in (0.0, 0.5, 1.0, 1.5)})
    starts = [(max(0, top - gap // 2), gap) for gap in gaps] + [(-1, 1)]  # that never orders
    (point, gap), cost = _lowest(problem, _batched, starts)
    parameters = {"reorder_point": point, "order_up_to_level": point + gap}
    return Heuristic("s_S", parameters, cost, _batched(point, gap))


def best_capped_reorder_point(problem: LostSales, two: Heuristic | None = None) -> Heuristic:
    """Return the best modified (s,S,q): (s,S) with orders of at most q (Bijvank et al. 2015).

    Args:
        problem: What is ordered for.
        two: The best (s,S), where it is known.
    """
    known = (two or best_reorder_point(problem)).parameters
    point, top = int(known["reorder_point"]), int(known["order_up_to_level"])
    starts = [(point, top - point, top - point + more) for more in (0, 2, 5)]
    (point, gap, cap), cost = _lowest(problem, _batched, starts)
    parameters = {"reorder_point": point, "order_up_to_level": point + gap, "cap": cap}
    return Heuristic("s_S_q", parameters, cost, _batched(point, gap, cap))


def best_constant_order(problem: LostSales) -> Heuristic:
    """Return the best order that never changes, in whole units below mean demand."""
    best, cost = ConstantOrder(0, 0), np.inf
    for units in range(max(1, ceil(problem.demand.mean))):
        rule, found = _constant(problem, units, cost)
        if found < cost:
            best, cost = rule, found
    return Heuristic("constant_order", {"order_quantity": best.order_quantity}, cost, best)


def best_projected_level(problem: LostSales) -> Heuristic:
    """Return the best level of stock projected to an order's receipt, to 1/64 unit."""
    cover = problem.lead_time * problem.demand.mean
    most = ceil(max(problem.newsvendor_level(1), _high_level(problem) - cover)) + 1
    table = projection(problem, most, most + ceil(cover))
    level, cost = float(most // 2), np.inf
    for step in (2.0, 0.5, 0.125, 0.03125, 0.015625):
        offsets = sorted(range(-6, 7), key=abs)  # near ones first: the others are soon given up
        tried = [level + step * by for by in offsets if 0 <= level + step * by <= most]
        for at in tried:
            found = Chain.of(problem, ProjectedLevel(at, table)).average_cost(enough=cost)
            if found < cost:
                level, cost = at, found
    return Heuristic("projected_level", {"level": level}, cost, ProjectedLevel(level, table))


def myopic(problem: LostSales) -> tuple[Heuristic, Heuristic]:
    """Return the rules that look at the period of an order's receipt, or at that and the next.

    Myopic-1 minimises the expected cost of the period in which the order is received, Myopic-2
    that of two periods, given that the next order is Myopic-1 (Zipkin 2008, section 4).
    """
    space = Space.of(problem)
    space.check_size()
    sweep = Sweep(space)
    idle = sweep.transitions(np.zeros(len(sweep.states), dtype=np.int32))
    cost = sweep.cost  # of the period that is 0, 1, ..., L - 1 periods ahead
    for _ in range(problem.lead_time - 1):
        cost = idle @ cost
    both, one = sweep.improve(cost)
    _, two = sweep.improve(cost + both - sweep.cost)
    found = []
    for name, orders in (("myopic_1", one), ("myopic_2", two)):
        rule = TabulatedRule(space, sweep.table(orders))
        found.append(Heuristic(name, {}, stationary_cost(problem, rule), rule))
    return found[0], found[1]


def _high_level(problem: LostSales) -> int:
    """Return the base-stock level that would be best if demand waited."""
    return problem.newsvendor_level(problem.lead_time + 1)


def _capped(level: int, cap: int) -> OrderUpTo:
    return OrderUpTo(level, level, cap)


def _batched(point: int, gap: int, cap: int | None = None) -> OrderUpTo:
    rule = OrderUpTo(point + gap, point)
    return rule if cap is None else OrderUpTo(point + gap, point, cap)


def _lowest(
    problem: LostSales, make: Callable[..., OrderUpTo], starts: Sequence[Point]
) -> tuple[Point, float]:
    """Return the best parameters of a rule, and its cost."""

    def cost(point: Point, enough: float) -> float:
        if min(point[1:], default=1) < 1 or point[0] < -1:
            return np.inf
        return Chain.of(problem, make(*point)).average_cost(enough=enough)

    return lowest(cost, starts)


def _constant(problem: LostSales, units: int, enough: float) -> tuple[ConstantOrder, float]:
    """Return the rule of a constant order, its pause beyond what matters, and its cost.

    The cost does not depend on the lead time, so it is computed with one period; it is infinite
    where stock would have to grow beyond all bounds to settle, or once it is above ``enough``.
    """
    near = replace(problem, lead_time=1)
    pause, before = 8 * _high_level(near) + 8, np.inf
    while pause < _MOST_PAUSE:
        cost = stationary_cost(near, ConstantOrder(units, pause))
        if abs(cost - before) < _RARE:
            return ConstantOrder(units, pause + units * (problem.lead_time - 1)), cost
        if cost > enough:
            break
        pause, before = 2 * pause, cost
    return ConstantOrder(units, pause), np.inf
