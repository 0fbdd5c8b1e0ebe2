"""Boosted trees at run time: an ONNX graph, so that scikit-learn's objects are never saved."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from replenish.arrays import Floats
from replenish.forecasting.network import session
from replenish.forecasting.point import Parts

GRAPH = "trees.onnx"


@dataclass(frozen=True, eq=False)
class TreeEnsemble:
    """A sum of regression trees.

    Attributes:
        graph: ONNX graph: features (R, F) float32 -> factor (R, 1).
    """

    kind: ClassVar[str] = "trees"
    graph: bytes

    def factor(self, rows: Floats) -> Floats:
        """Return the (R,) prediction for rows (R, F) of features."""
        (found,) = self._session.run(None, {"features": rows})
        return np.asarray(found[:, 0], dtype=float)

    @cached_property
    def _session(self) -> Any:
        return session(self.graph)

    def parts(self) -> Parts:
        """Return the graph."""
        return Parts({}, {}, {GRAPH: self.graph})

    @classmethod
    def assemble(cls, parts: Parts) -> Self:
        """Return the trees that `parts` came from."""
        return cls(parts.files[GRAPH])
