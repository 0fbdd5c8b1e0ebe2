"""One-step errors of many ARIMA models at once, streamed into the sums that a fit needs."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecasters._arima_order import Order
from replenish.arrays import Bools, Floats, Ints
from replenish.forecasting.kalman import after, unseen
from replenish.forecasting.statespace import StateSpace, expected, moved


@dataclass(frozen=True, eq=False)
class Series:
    """Noise of N items, freed of the regression.

    Attributes:
        values: (T, N) in scales, 0 where not seen.
        seen: (T, N).
    """

    values: Floats
    seen: Bools

    @cached_property
    def clock(self) -> Ints:
        """(T, N) number of periods since an item's first observation, negative before it."""
        return clock_of(self.seen)

    def take(self, items: Ints) -> "Series":
        """Return the series of these items."""
        return Series(self.values[:, items], self.seen[:, items])

    def counted(self, skip: int) -> Bools:
        """Return (T, N) the observed periods, each item's first ``skip`` left out."""
        return self.seen & (self.clock >= skip)


def clock_of(seen: Bools) -> Ints:
    """Return (T, N) the number of periods since the first one seen; far below 0 if none was."""
    periods = np.arange(len(seen))[:, None]
    first = np.where(seen.any(axis=0), seen.argmax(axis=0), 10 * len(seen))
    return periods - first


@dataclass(frozen=True, eq=False)
class Primer:
    """How the first periods of a row set its level and its season instead of being forecast.

    Attributes:
        space: N models.
        clock: (T, N), see `Series.clock`.
    """

    space: StateSpace
    clock: Ints

    @cached_property
    def last(self) -> int:
        """Number of periods after which no row is primed any more."""
        ends = ((self.clock >= 0) & (self.clock < self.space.head)).any(axis=1)
        return int(np.flatnonzero(ends).max(initial=-1)) + 1

    def primed(
        self, period: int, state: Floats, values: Floats, use: Bools
    ) -> tuple[Floats, Bools]:
        """Return the states with those of a starting row set, and what is still to be used.

        Args:
            period: Number of the period.
            state: (m, ..., N).
            values: (..., N).
            use: (N,) rows that were seen.
        """
        if period >= self.last:
            return state, use
        space, clock = self.space, self.clock[period]
        starting = (clock >= 0) & (clock < space.head)
        value = np.where(use, values, expected(space, state))
        fresh = state.copy()
        fresh[space.head :] = 0.0
        if space.difference:
            fresh[0] = np.where(clock == 0, value, state[0])
        if space.seasonal_difference:
            fresh[space.head - 1] = value - fresh[0] if space.difference else value
        return np.where(starting, fresh, state), use & ~starting


def moved_on(space: StateSpace, state: Floats, error: Floats) -> Floats:
    """Return the states (m, ..., N) of the next period after errors (..., N), gains settled."""
    shock = space.shock.reshape(len(space.shock), *(1,) * (error.ndim - 1), error.shape[-1])
    state = state.copy()
    state[space.head :] += shock * error
    return moved(space, state)


@dataclass(frozen=True, eq=False)
class Squares:
    """Products of errors summed over time, of S sets of coefficients.

    Attributes:
        products: (N, S, S) of the first set's errors and the other sets' differences to it.
        log_determinant: (N, S) mean log variance of the errors, shocks having variance 1.
    """

    products: Floats
    log_determinant: Floats


def conditional_squares(order: Order, series: Series, free: Floats, skip: int) -> Squares:
    """Return the squares of conditional errors (Box & Jenkins 1970, 7.1).

    The shocks before the first period count as 0, and the first d + s D observations of an item
    set its level and season; missing values are skipped.

    Args:
        order: Of all models.
        series: N items.
        free: (S, N, K) free numbers.
        skip: First periods of an item whose errors do not count.
    """
    s, n, _ = free.shape
    space = order.space(free.reshape(s * n, -1))
    primer = Primer(space, np.tile(series.clock[: series.clock.argmax() + 1], (1, s)))
    values, seen = np.tile(series.values, (1, s)), np.tile(series.seen, (1, s))
    counted = series.counted(max(skip, order.differenced))
    state = np.zeros((space.size, s * n))
    products = np.zeros((s, s, n))
    for period in range(len(values)):
        state, use = primer.primed(period, state, values[period], seen[period])
        error = np.where(use, values[period] - expected(space, state), 0.0)
        add_products(products, error.reshape(s, n) * counted[period])
        state = moved_on(space, state, error)
    return Squares(np.moveaxis(products, 2, 0), np.zeros((n, s)))


def exact_squares(order: Order, series: Series, free: Floats, skip: int) -> Squares:
    """Return the squares of the exact filter's standardised errors; see `conditional_squares`."""
    s, n, _ = free.shape
    space = order.space(free.reshape(s * n, -1))
    counted = series.counted(max(skip, order.differenced))
    values = np.where(series.seen, series.values, np.nan)
    belief = unseen(space)
    products, logs = np.zeros((s, s, n)), np.zeros((s, n))
    for period in range(len(values)):
        belief, new = after(space, belief, np.tile(values[period], s))
        variance = np.where(counted[period], new.variance.reshape(s, n), 1.0)
        add_products(products, new.error.reshape(s, n) * counted[period] / np.sqrt(variance))
        logs += np.log(variance)
    number = np.maximum(counted.sum(axis=0), 1)
    return Squares(np.moveaxis(products, 2, 0), (logs / number).T)


def add_products(total: Floats, errors: Floats) -> None:
    """Add to (S, S, N) the products of one period's errors (S, N), all but the first apart."""
    errors[1:] -= errors[0]
    total += errors[:, None] * errors[None]
