"""Parameters that belong to an item by name; an unknown item gets the pooled ones."""

from collections.abc import Sequence

import numpy as np

from replenish.arrays import Floats, Ints


def match_items(wanted: Sequence[str], fitted: Sequence[str]) -> Ints:
    """Return (N,) the row of each wanted item among the M fitted ones, M where it is unknown."""
    rows = {name: row for row, name in enumerate(fitted)}
    return np.array([rows.get(name, len(rows)) for name in wanted], dtype=int)


def with_pooled(values: Floats, pooled: Floats | float) -> Floats:
    """Return (M + 1, ...) the values per fitted item and, last, the pooled one."""
    last = np.broadcast_to(np.asarray(pooled, dtype=float), values.shape[1:])
    return np.concatenate([values, last[None]])
