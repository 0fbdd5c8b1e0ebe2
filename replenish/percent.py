"""A difference in per cent: the number, and the text that is shown of it."""

from typing import TypeVar, cast

import numpy as np

from replenish.arrays import Floats

UNKNOWN = "–"
_LEAST = 1e-12  # of what is compared with: nothing is 0 % above nothing

Number = TypeVar("Number", float, Floats)


def percent_above(ours: Number, theirs: Number) -> Number:
    """Return how far one cost lies above another, in per cent of the other."""
    return cast(Number, 100.0 * (ours - theirs) / np.maximum(theirs, _LEAST))


def percent(value: float) -> str:
    """Return a signed percentage as text, with more decimals where one would show nothing."""
    if not np.isfinite(value):
        return UNKNOWN
    return f"{value:+,.{1 if abs(value) >= 0.05 or value == 0 else 3}f} %"
