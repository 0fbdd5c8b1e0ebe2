"""ARIMA parameters of many items at once by conditional sum of squares (Box & Jenkins 1970, 7.1).

One-step errors come from the innovations form of the model, which gives the exact errors once
the start is forgotten; regressors run through the same filter and are then fitted by ordinary
least squares (generalised least squares in effect). Gaps are skipped.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from replenish.arrays import Bools, Floats

PHIS = (-0.3, 0.0, 0.3, 0.6, 0.9, 0.97)
THETAS = (-0.98, -0.95, -0.9, -0.8, -0.6, -0.3, 0.0, 0.3)
HALVINGS = 8


@dataclass(frozen=True)
class Order:
    """Which parts the model has.

    Attributes:
        autoregressive: p, 0 or 1.
        difference: d, 0 or 1.
        moving_average: q, 0 or 1.
    """

    autoregressive: int
    difference: int
    moving_average: int

    def grid(self) -> Floats:
        """Return (C, 2) first guesses of (phi, theta)."""
        phis = PHIS if self.autoregressive else (0.0,)
        thetas = THETAS if self.moving_average else (0.0,)
        return np.array([(phi, theta) for phi in phis for theta in thetas])


def one_step_errors(
    series: Iterator[tuple[Floats, Bools]], phi: Floats, theta: Floats, difference: int
) -> Iterator[Floats]:
    """Yield per period the (...) errors of forecasting it one period before, 0 where not seen.

    Args:
        series: Per period the values (...) and which rows were observed.
        phi: Autoregressive coefficients, of a shape that broadcasts with the values.
        theta: Moving-average coefficients.
        difference: 0 or 1; with 1 a row's first value is not forecast but sets its level.
    """
    level: Floats | float = 0.0
    stationary: Floats | float = 0.0  # expected ARMA part of the coming period
    carried = (np.asarray(phi) + theta) * 1.0
    started: Bools | bool = difference == 0
    for values, seen in series:
        use = seen & started
        error = np.where(use, values - level - stationary, 0.0)
        yield error
        if difference:
            moved = level + stationary + error
            level = np.where(started, moved, np.where(seen, values, 0.0))
            started = started | seen
        stationary = phi * stationary + carried * error


def mean_square(noise: Floats, seen: Bools, phi: Floats, theta: Floats, difference: int) -> Floats:
    """Return (N, C) mean squared one-step error for candidates (N, C) or (1, C)."""
    total: Floats = np.zeros(np.broadcast_shapes((len(noise), 1), phi.shape))
    columns = ((noise[:, t, None], seen[:, t, None]) for t in range(noise.shape[1]))
    for error in one_step_errors(columns, phi, theta, difference):
        total = total + error**2
    number = np.maximum(seen.sum(axis=1) - difference, 1)[:, None]
    return np.asarray(total / number + 1e-12)


def search(noise: Floats, seen: Bools, order: Order, shrinkage: float) -> tuple[Floats, Floats]:
    """Return (N, 2) best (phi, theta) of each item and (2,) the best for all.

    A grid first, then a pattern of nine around the best with a step that is halved; on the
    scale of the inverse hyperbolic tangent, which keeps both inside -1 and 1.

    Args:
        noise: (N, T) sales freed of the regression, 0 where not seen.
        seen: (N, T).
        order: Which parts there are.
        shrinkage: How much the item's choice leans on the best for all.
    """
    grid = order.grid()
    number = np.maximum(seen.sum(axis=1), 1)[:, None]
    score = np.log(mean_square(noise, seen, grid[None, :, 0], grid[None, :, 1], order.difference))
    pooled = np.arctanh(grid[int(np.argmin((number * score).sum(axis=0)))])

    def cost(candidates: Floats) -> Floats:  # (N or 1, C, 2) -> (N, C)
        values = np.tanh(candidates)
        square = mean_square(noise, seen, values[..., 0], values[..., 1], order.difference)
        apart = ((candidates - pooled) ** 2).sum(axis=2)
        return np.asarray(number * np.log(square) + shrinkage * apart)

    starts = np.arctanh(grid)[None]
    best = starts[0][np.argmin(cost(starts), axis=1)]  # (N, 2)
    moves = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)], dtype=float)
    moves *= [order.autoregressive, order.moving_average]
    limit = np.arctanh(0.999)
    for halving in range(HALVINGS):
        around = np.clip(best[:, None] + 0.4 * 0.6**halving * moves, -limit, limit)
        best = np.take_along_axis(around, np.argmin(cost(around), axis=1)[:, None, None], 1)[:, 0]
    return np.tanh(best), np.tanh(pooled)


def normal_equations(
    columns: Iterator[tuple[Floats, Bools]], phi: Floats, theta: Floats, difference: int
) -> Floats:
    """Return (N, K + 1, K + 1) products of filtered regressors and, last, filtered sales.

    Args:
        columns: Per period (N, K + 1) regressors and sales, and (N, 1) whether sales were seen.
        phi: (N, 1).
        theta: (N, 1).
        difference: 0 or 1.
    """
    total: Floats | float = 0.0
    for error in one_step_errors(columns, phi, theta, difference):
        total = total + error[:, :, None] * error[:, None, :]
    return np.asarray(total)


def solve_shrunk(products: Floats, number: Floats, weight: float) -> tuple[Floats, Floats]:
    """Return (N, K) effects of each item and (K,) those that all share.

    Ridge regression towards the shared effects, which count for ``weight`` periods.

    Args:
        products: (N, K + 1, K + 1), see `normal_equations`.
        number: (N,) periods observed.
        weight: Periods that the shared effects count for.
    """
    inner, outer = products[:, :-1, :-1], products[:, :-1, -1]
    size = np.einsum("nkk->k", inner) / max(float(number.sum()), 1.0)  # (K,) per period
    ridge = np.diag(np.maximum(size, 1e-9))
    share = 1.0 / np.maximum(products[:, -1, -1] / np.maximum(number, 1), 1e-9)  # per noise
    all_inner = (inner * share[:, None, None]).sum(axis=0) + 1e-6 * ridge
    shared = np.linalg.solve(all_inner, (outer * share[:, None]).sum(axis=0))
    pull = max(weight, 1e-9) * ridge
    right = outer + pull @ shared
    return np.linalg.solve(inner + pull, right[:, :, None])[:, :, 0], shared
