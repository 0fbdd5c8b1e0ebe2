"""What was forecast lately, kept small: one period ahead from each origin, all from the last two.

The whole table of 113 origins takes 0.3 MB an item, of which a morning reads a hundredth.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.forecasting.forecast import ForecastTable

AT_ONCE = 256  # items whose whole table is held at a time
_BY_STEP = ("mean", "std", "sum_std", "sum_quantiles")  # (N, O, H) or (N, O, H, Q)


@dataclass(frozen=True, eq=False)
class History:
    """Forecasts of N items from O recent consecutive origins.

    Attributes:
        one_ahead: From each origin one period ahead, without context.
        latest: From the last two origins (one where there is one) all H periods.
    """

    one_ahead: ForecastTable
    latest: ForecastTable

    @classmethod
    def of(cls, table: ForecastTable) -> Self:
        """Return what is kept of a whole table, which nothing holds any longer."""
        short = _changed(replace(table, context=None), lambda values: values[:, :, :1])
        return cls(short, _changed(table.at_origins(slice(-2, None)), lambda values: values))

    @classmethod
    def rolled(cls, roll: Callable[[Ints], ForecastTable], rows: Ints) -> Self:
        """Return the history of (K,) rows, K > 0, made of some of them at a time.

        Args:
            roll: Takes rows and returns their whole table, each from the same origins.
            rows: (K,) numbers of items.
        """
        parts = [cls.of(roll(rows[k : k + AT_ONCE])) for k in range(0, len(rows), AT_ONCE)]
        return cls(_stacked([p.one_ahead for p in parts]), _stacked([p.latest for p in parts]))

    def with_rows(self, rows: Ints, other: "History") -> "History":
        """Return the history with (K,) rows taken from another's K."""
        short, latest = self.one_ahead, self.latest
        return History(short.with_rows(rows, other.one_ahead), latest.with_rows(rows, other.latest))


def _changed(table: ForecastTable, change: Callable[[Floats], Floats]) -> ForecastTable:
    """Return a table of changed arrays, copied so that they are no views of larger ones."""
    arrays: dict[str, Any] = {name: change(getattr(table, name)).copy() for name in _BY_STEP}
    context = None if table.context is None else table.context.copy()
    return replace(table, context=context, singles=None, **arrays)


def _stacked(tables: Sequence[ForecastTable]) -> ForecastTable:
    """Return one table of the items of several that begin at the same origins."""
    first = tables[0]
    if len(tables) == 1:
        return first
    names = _BY_STEP if first.context is None else (*_BY_STEP, "context")
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(t, name) for t in tables]) for name in names
    }
    return replace(first, **arrays)
