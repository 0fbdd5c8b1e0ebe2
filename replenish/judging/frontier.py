"""Cost-service frontier: how much stock a policy needs for the demand it serves.

Every policy is told a shortage cost from a quarter to four times the true one and orders as
if that were so; what it then holds and serves makes one point. A policy that is cheaper only
because it aims at another service lies on the same curve; a better one lies above it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from replenish.judging.counted import Counted, play_all
from replenish.protocols import Policy
from replenish.scorecard import Calendar
from replenish.simulation import Episode

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True)
class Point:
    """What a policy holds and serves when told this many times the shortage cost.

    Attributes:
        factor: Times the true shortage cost.
        stock: Money (or units) per item at the end of a period.
        fill_rate: Share of demand served from stock.
    """

    factor: float
    stock: float
    fill_rate: float


@dataclass(frozen=True, eq=False)
class Frontier:
    """One curve per policy.

    Attributes:
        unit: ``stock_value``, or ``average_stock`` where unit values are not known.
        curves: Policy -> its points, by rising factor; one where the policy asks for no cost.
    """

    unit: str
    curves: Mapping[str, Sequence[Point]]

    def stock_saved(self, name: str) -> float | None:
        """Return the agent's stock minus a policy's, in per cent of it, at its own fill rate.

        The agent's curve is read off linearly between its points; None beyond its ends.
        """
        (there,) = (point for point in self.curves[name] if point.factor == 1.0)
        ours = sorted(self.curves["agent"], key=lambda point: point.fill_rate)
        rates = [point.fill_rate for point in ours]
        if not rates[0] <= there.fill_rate <= rates[-1] or there.stock <= 0:
            return None
        stock = float(np.interp(there.fill_rate, rates, [point.stock for point in ours]))
        return 100.0 * (stock / there.stock - 1.0)

    def to_dict(self) -> dict[str, Any]:
        """Return the curves as JSON."""
        return {
            "unit": self.unit,
            "curves": {n: [asdict(point) for point in points] for n, points in self.curves.items()},
            "agent_stock_at_equal_fill_rate_percent": {
                name: self.stock_saved(name) for name in self.curves if name != "agent"
            },
        }


def frontier(policies: Mapping[str, Policy], episode: Episode, calendar: Calendar) -> Frontier:
    """Return the frontier of policies that play one episode with one row per item.

    Args:
        policies: Name -> policy; one is named ``agent``.
        episode: Of the test period.
        calendar: Length of a period.
    """
    unit = "stock_value" if episode.items.unit_value.any() else "average_stock"
    curves: dict[str, list[Point]] = {name: [] for name in policies}
    for factor in FACTORS:
        told = replace(episode.items, shortage_cost=factor * episode.items.shortage_cost)
        played = play_all(policies, replace(episode, items=told), calendar)
        for name, counted in played.items():
            curves[name].append(_point(factor, counted, unit, calendar))
    return Frontier(unit, {name: _distinct(points) for name, points in curves.items()})


def _point(factor: float, counted: Counted, unit: str, calendar: Calendar) -> Point:
    total = counted.tally.total(calendar)
    return Point(factor, total[unit], total["fill_rate"])


def _distinct(points: Sequence[Point]) -> list[Point]:
    """Return the true point alone where a policy orders the same whatever it is told."""
    if len({(point.stock, point.fill_rate) for point in points}) > 1:
        return list(points)
    return [point for point in points if point.factor == 1.0]
