"""Constants per item out of a grid: all items and all candidates walk through the past at once."""

from collections import deque
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from forecasters._choice import leaning
from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.matching import with_pooled
from replenish.forecasting.point import observed_sales
from replenish.forecasting.smoothing import season_places
from replenish.forecasting.walking import WalkingModel

Model = TypeVar("Model", bound=WalkingModel)
RUN_UP = 1 / 3  # of the past that is not judged: what has just begun tells little of later
ROWS = 20_000  # candidates times items that walk at once: their state stays in the cache


def with_best_constants(
    model: Model, grid: Sequence[Sequence[float]], past: Panel, steps: Ints
) -> Model:
    """Return the model with the constants that forecast each item's past best.

    The score is the squared error of forecasts some periods ahead, each item leaning on what
    suits all (see `forecasters._choice.leaning`).

    Args:
        model: Index and level are as they shall be; the constants are replaced.
        grid: C candidates of K constants.
        past: The history that the model was learnt from.
        steps: (A,) how many periods ahead forecasts are judged.
    """
    candidates = np.array(grid, dtype=float)
    errors, number = squared_errors(model, candidates, past, steps)
    own, pooled = leaning(errors / number[:, None], number)
    return replace(model, constants=with_pooled(candidates[own], candidates[pooled]))


def judged_steps(horizon: int) -> Ints:
    """Return the periods ahead that constants are judged at: the next, halfway and the last.

    The best constants for the next period follow demand too closely for those further ahead.
    """
    return np.unique([1, (1 + horizon) // 2, horizon])


def squared_errors(
    model: WalkingModel, candidates: Floats, past: Panel, steps: Ints
) -> tuple[Floats, Ints]:
    """Return (N, C) sums of squared errors and the (N,) number of periods judged, 1 at least.

    Args:
        model: Gives index and level, (N + 1) rows.
        candidates: (C, K) constants.
        past: (N, T) sales.
        steps: (A,) periods ahead; the errors are averaged over them.
    """
    sales = observed_sales(past)
    first = int(RUN_UP * sales.shape[1])
    number = np.maximum((~np.isnan(sales[:, first:])).sum(axis=1), 1)
    places = season_places(past, past.n_periods + int(steps.max()), model.index.shape[1])
    at_once = max(ROWS // max(len(sales), 1), 1)
    blocks = [
        _walked(model, candidates[block : block + at_once], sales, places, steps)
        for block in range(0, len(candidates), at_once)
    ]
    return np.concatenate(blocks, axis=1), number


def _walked(
    model: WalkingModel, candidates: Floats, sales: Floats, places: Ints, steps: Ints
) -> Floats:
    n_items, count = len(sales), len(candidates)
    state: Any = tiled(model, candidates).begin(np.arange(n_items * count), places)
    total = np.zeros((count, n_items))
    pending: deque[Floats] = deque(maxlen=int(steps.max()))  # (C, N, A), the latest first
    run_up = int(RUN_UP * sales.shape[1])
    for period, now in enumerate(np.ascontiguousarray(sales.T)):
        expected = state.expected(steps).reshape(count, n_items, len(steps))
        pending.appendleft(expected)
        seen = ~np.isnan(now) & (period >= run_up)
        for column, step in enumerate(steps):
            if step <= len(pending):
                missed = np.where(seen, now - pending[step - 1][:, :, column], 0.0)
                total += missed**2 / len(steps)
        state = state.after(np.tile(now, count))
    return total.T


def tiled(model: WalkingModel, candidates: Floats) -> WalkingModel:
    """Return the model with a row per candidate (C, K) and item, candidate after candidate."""
    rows: dict[str, Any] = {
        field.name: np.tile(value[:-1], (len(candidates),) + (1,) * (value.ndim - 1))
        for field in fields(model)
        if isinstance(value := getattr(model, field.name), np.ndarray)
    }
    n_items = len(model.level) - 1
    rows["constants"] = np.repeat(candidates, n_items, axis=0)
    return replace(model, **rows)
