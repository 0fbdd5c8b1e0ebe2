"""Names for array types and small checks shared by every frozen type."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]
Ints: TypeAlias = NDArray[np.integer[Any]]
Bools: TypeAlias = NDArray[np.bool_]


def expect_shape(name: str, array: NDArray[Any], shape: tuple[int, ...]) -> None:
    """Raise ``ValueError`` naming the field unless the array has exactly this shape."""
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
