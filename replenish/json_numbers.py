"""Numbers in JSON, which has neither infinity nor NaN: ``null`` is the one that is meant."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from replenish.arrays import Floats


def to_json(values: Iterable[float]) -> list[float | None]:
    """Return numbers as JSON has them: one that is not finite is null."""
    return [float(value) if np.isfinite(value) else None for value in values]


def from_json(values: Sequence[float | None], null: float = np.inf) -> Floats:
    """Return numbers as an array, null as infinity (no limit) or what else it means."""
    return np.array([null if value is None else value for value in values], dtype=float)


def columns_to_json(columns: Mapping[str, Floats]) -> dict[str, list[float | None]]:
    """Return arrays by name as JSON."""
    return {name: to_json(values) for name, values in columns.items()}


def columns_from_json(
    columns: Mapping[str, Sequence[float | None]], null: float = np.inf
) -> dict[str, Floats]:
    """Return arrays by name."""
    return {name: from_json(values, null) for name, values in columns.items()}


def named_to_json(values: Mapping[str, float]) -> dict[str, float | None]:
    """Return numbers by name as JSON."""
    return dict(zip(values, to_json(values.values()), strict=True))


def named_from_json(values: Mapping[str, float | None]) -> dict[str, float]:
    """Return numbers by name, null as infinity."""
    return {name: np.inf if value is None else float(value) for name, value in values.items()}
