"""Lines learnt from a table: ridge regression in closed form, and what a line can stand on."""

from collections.abc import Callable, Sequence

import numpy as np

from forecasters._feature_table import Table
from replenish.arrays import Floats
from replenish.forecasting.linear_map import LinearMap, standardised, waves

LATER = 0.25  # of the table's origins, the last ones, that a penalty is chosen on
LEAST_SIZE = 1e-6  # of a feature: what never varied is left out
MOST = 6.0  # factors beyond it would bend the whole line

Fit = Callable[[Floats, Floats, Floats, float], tuple[float, Floats]]  # x, y, weight, penalty


def standard(table: Table) -> tuple[Floats, Floats]:
    """Return mean and standard deviation (F,) of the features; 1 where one never varied."""
    mean = table.rows.mean(axis=0, dtype=float)
    size = table.rows.std(axis=0, dtype=float)
    return mean, np.where(size > LEAST_SIZE, size, 1.0)


def learnt_line(
    table: Table, penalties: Sequence[float], fit: Fit, directions: Floats, phases: Floats
) -> LinearMap:
    """Return the line whose penalty does best on the later part of the table.

    Args:
        table: Rows to learn from; nothing else is seen.
        penalties: To choose from.
        fit: Returns constant and weights (F + D,).
        directions: (F, D) of random waves, D may be 0.
        phases: (D,).
    """
    mean, size = standard(table)
    told = standardised(table.rows, mean, size)
    x = np.concatenate([told, waves(told, directions, phases)], axis=1)
    y = np.minimum(table.factor, MOST)
    begin = np.quantile(table.origin, 1.0 - LATER)
    early, later = table.origin < begin, table.origin >= begin
    best = penalties[-1]
    if len(penalties) > 1 and early.any():
        lines = [fit(x[early], y[early], table.weight[early], p) for p in penalties]
        missed = [y[later] - constant - x[later] @ weights for constant, weights in lines]
        best = penalties[int(np.argmin([float(table.weight[later] @ e**2) for e in missed]))]
    constant, weights = fit(x, y, table.weight, best)
    width = len(mean)
    return LinearMap(mean, size, constant, weights[:width], directions, phases, weights[width:])


def ridge(x: Floats, y: Floats, weight: Floats, penalty: float) -> tuple[float, Floats]:
    """Return constant and weights that minimise weighted squares + penalty * mean weight.

    ``(X'WX / n + penalty I) w = X'Wy / n`` around weighted means (Hoerl & Kennard 1970).

    Args:
        x: (R, F) standardised features.
        y: (R,).
        weight: (R,).
        penalty: Above 0.
    """
    total = max(float(weight.sum()), 1e-12)
    centre, usual = weight @ x / total, float(weight @ y) / total
    away = x - centre
    square = (away * weight[:, None]).T @ away / total
    square[np.diag_indices_from(square)] += penalty
    weights = np.linalg.solve(square, away.T @ (weight * (y - usual)) / total)
    return usual - float(centre @ weights), weights
