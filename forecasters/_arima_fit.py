"""Coefficients of many ARIMA models at once: Gauss-Newton with damping on all rows together.

Conditional and exact likelihood are both minimised as ``n log(sum of squares)``: for the exact
one the errors are multiplied by the geometric mean of their deviations (Box & Jenkins 1970, 7.4).
The slopes of the errors come from a small change of each coefficient, run beside the errors in
the same pass, so that a step costs one pass over the history and no error is ever stored.
Damping is that of Levenberg (1944) and Marquardt (1963), row by row.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from forecasters._arima_errors import Series, Squares, conditional_squares, exact_squares
from forecasters._arima_order import LIMIT, Order
from replenish.arrays import Bools, Floats, Ints

CHANGE = 1e-4  # of a free number when a slope is taken
GAIN = 1e-4  # of the criterion (twice the log likelihood) below which a row has arrived
POOL_ITEMS = 200  # items that speak for all when pooled coefficients are sought
STEPS = 15

Errors: TypeAlias = Callable[[Order, Series, Floats, int], Squares]


@dataclass(frozen=True, eq=False)
class Slope:
    """The criterion of N rows and how it changes.

    Attributes:
        cost: (N,) n log(mean square), with the pull towards the pooled coefficients.
        gradient: (N, K) half its derivative.
        curvature: (N, K, K) half its second derivative, as Gauss and Newton approximate it.
    """

    cost: Floats
    gradient: Floats
    curvature: Floats

    def summed(self) -> "Slope":
        """Return the criterion of all rows together as that of one."""
        parts = (self.cost, self.gradient, self.curvature)
        return Slope(*(part.sum(axis=0, keepdims=True) for part in parts))


@dataclass(frozen=True, eq=False)
class FitProblem:
    """What is to be fitted.

    Attributes:
        order: Of all rows.
        series: N items.
        errors: `conditional_squares` or `exact_squares`.
        skip: First periods of an item that do not count.
        pooled: (K,) free numbers that an item's lean on.
        weight: How much they lean.
    """

    order: Order
    series: Series
    errors: Errors
    skip: int
    pooled: Floats
    weight: float

    def slope(self, free: Floats, items: Ints) -> Slope:
        """Return criterion and slopes of these items at free numbers (n, K)."""
        k = free.shape[1]
        sets = np.repeat(free[None], k + 1, axis=0)  # (K + 1, n, K)
        sets[np.arange(1, k + 1), :, np.arange(k)] += CHANGE
        series = self.series.take(items)
        number = counted_number(self, series)
        squares = self.errors(self.order, series, sets, self.skip)
        size = np.exp(0.5 * squares.log_determinant)  # (n, S)
        mix = np.zeros((len(free), k + 1, k + 1))
        mix[:, 0, 0] = size[:, 0]
        mix[:, np.arange(1, k + 1), np.arange(1, k + 1)] = size[:, 1:] / CHANGE
        mix[:, 1:, 0] = (size[:, 1:] - size[:, :1]) / CHANGE
        products = mix @ squares.products @ np.swapaxes(mix, 1, 2)
        square = products[:, 0, 0] + 1e-12 * number
        share = (number / square)[:, None]
        away = free - self.pooled
        return Slope(
            number * np.log(square / number) + self.weight * (away**2).sum(axis=1),
            share * products[:, 1:, 0] + self.weight * away,
            share[:, :, None] * products[:, 1:, 1:] + self.weight * np.eye(k),
        )


def counted_number(problem: FitProblem, series: Series) -> Floats:
    """Return (n,) periods whose errors count, at least 1."""
    skip = max(problem.skip, problem.order.differenced)
    return np.asarray(np.maximum(series.counted(skip).sum(axis=0), 1), dtype=float)


def climb(slope: Callable[[Floats, Ints], Slope], start: Floats, steps: int = STEPS) -> Floats:
    """Return (N, K) free numbers of the least criterion near the start.

    Args:
        slope: (n, K) free numbers and (n,) row numbers -> criterion of those rows.
        start: (N, K).
        steps: Passes over the history at most; rows that have arrived are left out of them.
    """
    free, rows = start.copy(), np.arange(len(start))
    if not start.shape[1]:
        return free
    here = slope(free, rows)
    damping = np.full(len(free), 1e-3)
    for _ in range(steps):
        diagonal = np.einsum("nkk->nk", here.curvature) * damping[rows, None] + 1e-9
        stiff = here.curvature + diagonal[:, :, None] * np.eye(free.shape[1])
        move = np.linalg.solve(stiff, here.gradient[:, :, None])[:, :, 0]
        trial = np.clip(free[rows] - move, -LIMIT, LIMIT)
        there = slope(trial, rows)
        gain = here.cost - there.cost
        better = gain > 0
        free[rows[better]] = trial[better]
        damping[rows] *= np.where(better, 0.1, 10.0)
        arrived = np.where(better, gain < GAIN, damping[rows] > 1e5)
        here = chosen(better, there, here, ~arrived)
        rows = rows[~arrived]
        if not len(rows):
            break
    return free


def chosen(take: Bools, new: Slope, old: Slope, keep: Bools) -> Slope:
    """Return the new slopes where taken, else the old ones, of the rows that are kept."""
    return Slope(
        np.where(take, new.cost, old.cost)[keep],
        np.where(take[:, None], new.gradient, old.gradient)[keep],
        np.where(take[:, None, None], new.curvature, old.curvature)[keep],
    )


def fit_pooled(order: Order, series: Series, skip: int = 0) -> Floats:
    """Return (K,) the free numbers that suit all items best by conditional sum of squares."""
    number = series.seen.shape[1]
    some = np.unique(np.linspace(0, number - 1, min(number, POOL_ITEMS)).astype(int))
    series = series.take(some)
    nothing = np.zeros(order.n_coefficients)
    problem = FitProblem(order, series, conditional_squares, skip, nothing, 0.0)
    everyone = np.arange(len(some))

    def together(free: Floats, _: Ints) -> Slope:
        return problem.slope(np.repeat(free, len(some), axis=0), everyone).summed()

    starts = order.starts()
    sets = np.repeat(starts[:, None], len(some), axis=1)  # (C, n, K)
    first = conditional_squares(order, series, np.concatenate([sets[:1] * 0.0, sets]), skip)
    squares = totals(first)[:, 1:]
    count = counted_number(problem, series)[:, None]
    best = int(np.argmin((count * np.log(squares / count + 1e-12)).sum(axis=0)))
    return np.asarray(climb(together, starts[best : best + 1])[0])


def totals(squares: Squares) -> Floats:
    """Return (N, S) the sum of squares of each set; kept are differences to the first set."""
    products = squares.products
    first = products[:, :1, 0]
    apart = np.einsum("nss->ns", products) + 2.0 * products[:, 0] + first
    apart[:, 0] = first[:, 0]
    return np.asarray(apart)


@dataclass(frozen=True, eq=False)
class Fit:
    """Fitted coefficients of N items and of all together.

    Attributes:
        order: Of all of them.
        free: (N, K) free numbers.
        pooled: (K,).
        square: (N,) sum of squared errors.
        number: (N,) errors that it is a sum of.
    """

    order: Order
    free: Floats
    pooled: Floats
    square: Floats
    number: Floats

    @property
    def variance(self) -> Floats:
        """(N,) mean squared error."""
        return self.square / self.number


def fit_items(
    order: Order, series: Series, shrinkage: float, skip: int = 0, exact: bool = False
) -> Fit:
    """Return coefficients that lean on the pooled ones, by conditional sum of squares.

    Args:
        order: Of all items.
        series: N items.
        shrinkage: Weight of the squared distance of the free numbers from the pooled ones
            against n log(mean square).
        skip: First periods of an item that do not count.
        exact: Go on from there to the greatest exact likelihood.
    """
    pooled = fit_pooled(order, series, skip)
    problem = FitProblem(order, series, conditional_squares, skip, pooled, shrinkage)
    free = climb(problem.slope, np.repeat(pooled[None], series.seen.shape[1], axis=0))
    if exact:
        problem = replace(problem, errors=exact_squares)
        free = climb(problem.slope, free)
    squares = problem.errors(order, series, free[None], skip)
    return Fit(order, free, pooled, squares.products[:, 0, 0], counted_number(problem, series))
