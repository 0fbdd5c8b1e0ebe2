"""Each item's own formula, and how much it counts beside the network that all items share.

The network learns from all items what no item shows alone; the formula that leans to what was
best for one item knows what is peculiar to it. Their errors have little in common, and cost is
about convex in the level, so that a level between the two costs less than either. An item that is
new to both is ordered by the network and the one setting that is best for all items.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np

from replenish.arrays import Floats, Ints, expect_shape
from replenish.observation import Observation
from replenish.reference import Levels, Reference


@dataclass(frozen=True, eq=False)
class OwnFormula:
    """Formulas of N items and their shares in the levels that decide.

    Attributes:
        parameters: name -> (N,) parameters of `Reference`.
        share: (N,) from 0 (the network's levels alone) to 1 (the formula's alone).
        common: Name -> the number that holds for an item that is none of the N, its ``share``
            among them; empty = the network alone orders for it.
    """

    parameters: Mapping[str, Floats]
    share: Floats
    common: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, values in {**self.parameters, "share": self.share}.items():
            expect_shape(f"own_formula.{name}", values, (len(self.share),))
            if not np.isfinite(values).all():
                raise ValueError(f"own_formula.{name}: expected finite numbers")
        if ((self.share < 0) | (self.share > 1)).any():
            raise ValueError("own_formula.share: expected numbers from 0 to 1")
        if self.common and self.common.keys() != {*self.parameters, "share"}:
            raise ValueError(f"own_formula.common: expected {sorted(self.parameters)} and share")

    @cached_property
    def formula(self) -> Reference:
        """The N formulas as one policy."""
        return Reference(**self.parameters)

    def averaged(self, levels: Levels, observation: Observation) -> Levels:
        """Return the network's levels, averaged with the formula's.

        Args:
            levels: The network's, N rows.
            observation: The same N rows.
        """
        expect_shape("own_formula.share", self.share, (len(observation.items),))
        own = self.formula.levels(observation.items, observation.forecast)
        return levels.toward(own, self.share)

    def take(self, rows: Ints) -> Self:
        """Return the formulas of these rows; -1 is an item without one of its own."""
        common = self.common or {"share": 0.0}

        def taken(name: str, values: Floats) -> Floats:
            return np.where(rows < 0, common.get(name, 0.0), values[rows])

        parameters = {name: taken(name, values) for name, values in self.parameters.items()}
        return replace(self, parameters=parameters, share=taken("share", self.share))
