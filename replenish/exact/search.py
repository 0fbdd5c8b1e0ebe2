"""The best whole-number parameters of a rule, by descent over ever smaller steps."""

from collections.abc import Callable, Iterable
from itertools import product
from typing import TypeAlias

import numpy as np

Point: TypeAlias = tuple[int, ...]
Cost: TypeAlias = Callable[[Point, float], float]


def lowest(
    cost: Cost, starts: Iterable[Point], steps: tuple[int, ...] = (4, 2, 1)
) -> tuple[Point, float]:
    """Return the point whose cost no neighbour within two units undercuts, and its cost.

    Args:
        cost: Of a point; told what the best so far costs, it may answer anything above that
            for a point that costs more, and infinity where there is no such rule.
        starts: Points to begin from; the best of them is.
        steps: Falling distances between a point and its neighbours.
    """
    known: dict[Point, float] = {}

    def ask(point: Point) -> float:
        if point not in known:
            known[point] = cost(point, min(known.values(), default=np.inf))
        return known[point]

    best = min(starts, key=ask)
    for step in steps:
        best = _descended(ask, best, _directions(len(best), (-step, 0, step)))
    best = _descended(ask, best, _directions(len(best), range(-2, 3)))
    return best, known[best]


def _descended(ask: Callable[[Point], float], point: Point, directions: list[Point]) -> Point:
    """Walk to a better neighbour until there is none."""
    while True:
        around = [tuple(np.add(point, way).tolist()) for way in directions]
        nearest = min(around, key=ask)
        if ask(nearest) >= ask(point):
            return point
        point = nearest


def _directions(length: int, steps: Iterable[int]) -> list[Point]:
    """Return all ways of moving by these steps, but not the one of standing still."""
    return [way for way in product(steps, repeat=length) if any(way)]
