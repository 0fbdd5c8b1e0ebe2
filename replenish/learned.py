"""A learned policy: a network that moves the reference policy's levels, and nothing else.

An untrained network answers 0 and is the reference policy; learning can only move away from it
for a reason. The level always moves; where orders have a cap, the cap does too, and where ordering
costs money, the order quantity. After learning, the levels may be averaged with those of a
formula, each item's own (`replenish.own_formula`).
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self, TypeAlias

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.features import Encoder
from replenish.forecasting.forecast import DemandSum
from replenish.observation import Observation
from replenish.own_formula import OwnFormula
from replenish.reference import Levels, Reference, wish_up_to

Network: TypeAlias = Callable[[Floats], Floats]  # (N, F) features -> (N, A) actions in [-1, 1]


@dataclass(frozen=True)
class Move:
    """How far an action in [-1, 1] moves the reference levels.

    Attributes:
        span: The level moves by up to this share of itself, or by one standard deviation of
            lead-time demand where that is more (items that rarely sell have a level near 0).
        quantity_span: The order quantity is multiplied by up to this factor, either way.
        cap_span: The cap of one order is multiplied by up to this factor, either way.
    """

    span: float = 0.6
    quantity_span: float = 3.0
    cap_span: float = 3.0

    def apply(self, levels: Levels, total: DemandSum, actions: Floats) -> Levels:
        """Return the moved levels.

        Args:
            levels: N rows.
            total: Lead-time demand of the N rows.
            actions: (N, A): the last one moves the level, one before it the cap where orders
                have one, the first one the quantity where ordering costs money.
        """
        reach = np.maximum(self.span * levels.reorder_point, total.std)
        reorder_point = np.maximum(levels.reorder_point + actions[:, -1] * reach, 0.0)
        most = levels.most
        if most is not None:
            most = most * self.cap_span ** actions[:, -2]
        if actions.shape[1] == 1 + (most is not None):
            return Levels(reorder_point, reorder_point, most)
        quantity = levels.order_up_to_level - levels.reorder_point
        moved = reorder_point + quantity * self.quantity_span ** actions[:, 0]
        return Levels(reorder_point, moved, most)

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the move that `to_dict` described."""
        return cls(**{name: float(value) for name, value in values.items()})


@dataclass(eq=False)
class LearnedPolicy:
    """A network with everything it needs to act: features, reference levels, move.

    Attributes:
        network: (N, F) float32 features -> (N, A) actions; clipped to [-1, 1] here.
        reference: The policy whose levels are moved.
        move: How far.
        own: Formula of each of the N rows, whose levels the network's are averaged with; None =
            the network alone, for any rows.
    """

    network: Network
    reference: Reference
    move: Move = field(default_factory=Move)
    own: OwnFormula | None = None
    _encoder: Encoder | None = None

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units."""
        return wish_up_to(self.levels(observation), observation.inventory_position)

    def levels(self, observation: Observation) -> Levels:
        """Return the levels that decide, (N,) units each."""
        levels = self.reference.levels(observation.items, observation.forecast)
        actions = np.clip(self.network(self.features(observation, levels)), -1.0, 1.0)
        moved = self.move.apply(levels, observation.forecast.lead_time_demand, actions)
        return moved if self.own is None else self.own.averaged(moved, observation)

    def for_rows(self, rows: Ints) -> "LearnedPolicy":
        """Return the policy for other rows: (N,) numbers of those it has, -1 = one it has not."""
        return replace(self, own=None if self.own is None else self.own.take(rows))

    def features(self, observation: Observation, levels: Levels) -> Floats:
        """Return what the network reads, (N, F)."""
        if self._encoder is None or self._encoder.items is not observation.items:
            self._encoder = Encoder(observation.items)
        return self._encoder.encode(observation, levels)
