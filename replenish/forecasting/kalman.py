"""The exact Kalman filter over all rows at once, and forecasts from what it believes.

Where nothing was missing for long, the covariance of an invertible model settles at that of one
shock and its gain at the shock's weights. Rows settle apart; only rows that have not settled
carry a covariance (``open_rows``), and a gap opens a row again.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from replenish.arrays import Bools, Floats, Ints
from replenish.forecasting.statespace import (
    StateSpace,
    added,
    design,
    expected,
    first_covariance,
    moved,
    moved_back,
    shock_covariance,
)

SETTLED = 1e-13  # distance from the settled covariance, relative to its size, that counts as none
BLOCK = 40_000  # numbers of the covariances of rows filtered together: they stay in the cache
LOOK_EVERY = 8  # periods between two looks at which rows have settled


@dataclass(frozen=True, eq=False)
class OpenRows:
    """The rows whose covariance has not settled.

    Attributes:
        rows: (U,) row numbers, rising.
        space: Their U models.
        settled: (m, m, U) where their covariances go.
        covariance: (m, m, U) of the states of the coming period.
    """

    rows: Ints
    space: StateSpace
    settled: Floats
    covariance: Floats

    @classmethod
    def of(cls, space: StateSpace, rows: Ints, covariance: Floats) -> Self:
        """Return these rows of the models with their covariance (m, m, U)."""
        mine = space.take(rows)
        return cls(rows, mine, shock_covariance(mine), covariance)

    def gains(self, seen: Bools) -> tuple[Floats, Floats, Floats]:
        """Return gain (m, U), variance (U,) of the errors, and covariance after one more period.

        Args:
            seen: (U,) which rows show a value.
        """
        reach = expected(self.space, np.swapaxes(self.covariance, 0, 1))  # covariance x design
        variance = expected(self.space, reach)
        known = seen & (variance > 0.0)
        gain = np.where(known, reach / np.where(known, variance, 1.0), 0.0)
        later = gain[:, None] * reach[None]
        np.subtract(self.covariance, later, out=later)
        later = moved(self.space, np.swapaxes(moved(self.space, later), 0, 1))
        later += self.settled
        return gain, variance, later


@dataclass(frozen=True, eq=False)
class Belief:
    """What is believed about the states of the coming period.

    Attributes:
        periods: Number of periods seen.
        mean: (m, N).
        open: The rows that have a covariance of their own.
    """

    periods: int
    mean: Floats
    open: OpenRows


@dataclass(frozen=True, eq=False)
class Innovation:
    """How a period differed from what was expected.

    Attributes:
        error: (N,) units, 0 where nothing was seen.
        variance: (N,) of the error beforehand.
    """

    error: Floats
    variance: Floats


def unseen(space: StateSpace) -> Belief:
    """Return the belief before the first period."""
    n = len(space.variance)
    everything = OpenRows.of(space, np.arange(n), first_covariance(space))
    return Belief(0, np.zeros((space.size, n)), everything)


def after(space: StateSpace, belief: Belief, now: Floats) -> tuple[Belief, Innovation]:
    """Return the belief after seeing (N,) values, NaN = nothing known, and what was new in them.

    Durbin & Koopman (2012), equations 4.24 and 4.26.
    """
    seen = ~np.isnan(now)
    unsettled = reopened(space, belief.open, seen)
    rows, periods = unsettled.rows, belief.periods + 1
    error = np.where(seen, now - expected(space, belief.mean), 0.0)
    mean, variance = belief.mean.copy(), space.variance
    mean[space.head :] += space.shock * error
    if len(rows):
        gain, own, covariance = unsettled.gains(seen[rows])
        mean[:, rows] = belief.mean[:, rows] + gain * error[rows]
        variance = variance.copy()
        variance[rows] = own
        unsettled = replace(unsettled, covariance=covariance)
        if periods % LOOK_EVERY == 0:
            unsettled = still_open(space, unsettled)
    return Belief(periods, moved(space, mean), unsettled), Innovation(error, variance)


def reopened(space: StateSpace, unsettled: OpenRows, seen: Bools) -> OpenRows:
    """Return the open rows and with them the settled ones that nothing was seen of."""
    if seen.all():
        return unsettled
    new = np.setdiff1d(np.flatnonzero(~seen), unsettled.rows, assume_unique=True)
    if not len(new):
        return unsettled
    rows = np.concatenate([unsettled.rows, new])
    settled = shock_covariance(space.take(new))
    covariance = np.concatenate([unsettled.covariance, settled], axis=2)
    order = np.argsort(rows)
    return OpenRows.of(space, rows[order], covariance[:, :, order])


def still_open(space: StateSpace, unsettled: OpenRows) -> OpenRows:
    """Return the open rows without those that have settled."""
    apart = np.abs(unsettled.covariance - unsettled.settled).max(axis=(0, 1))
    stay = apart > SETTLED * unsettled.settled.max(axis=(0, 1))
    if stay.all():
        return unsettled
    return OpenRows.of(space, unsettled.rows[stay], unsettled.covariance[:, :, stay])


def means_ahead(space: StateSpace, mean: Floats, horizon: int) -> Floats:
    """Return (H, ..., N) what is expected of the next H periods, from states (m, ..., N)."""
    means = np.empty((horizon, *mean.shape[1:]))
    for step in range(horizon):
        means[step] = expected(space, mean)
        mean = moved(space, mean)
    return means


@dataclass(frozen=True, eq=False)
class Ahead:
    """How the next periods depend on the states of the coming one.

    Attributes:
        weights: (H, m, N) of the states in the mean of each period.
        later: (H, N) variance of each period that shocks after the coming period's add.
        sum_later: (H, N) the same of the sum so far.
    """

    weights: Floats
    later: Floats
    sum_later: Floats

    @classmethod
    def of(cls, space: StateSpace, horizon: int) -> "Ahead":
        """Return the weights of the next H periods."""
        rows = [design(space)]
        for _ in range(horizon - 1):
            rows.append(moved_back(space, rows[-1]))
        weights = np.stack(rows)
        shocks = added(np.moveaxis(weights[:, space.head :] * space.shock, 1, 0))  # (H, N)
        return cls(
            weights,
            added_up(shocks, space.variance),
            added_up(np.cumsum(shocks, axis=0), space.variance),
        )

    def variances(self, covariance: Floats, rows: Ints) -> tuple[Floats, Floats]:
        """Return (H, U) variance of each period and of the sum so far, of these rows.

        The variance of a sum holds the covariances between its periods: it is the quadratic form
        of the summed weights, not the sum of the variances.
        """
        weights = self.weights[:, :, rows]
        single = quadratic(weights, covariance) + self.later[:, rows]
        summed = quadratic(np.cumsum(weights, axis=0), covariance) + self.sum_later[:, rows]
        return single, summed


def added_up(shocks: Floats, variance: Floats) -> Floats:
    """Return (H, N) the variance that the shocks before each period's own have added."""
    squares = np.cumsum(shocks**2, axis=0) * variance
    return np.concatenate([np.zeros_like(squares[:1]), squares[:-1]])


def quadratic(weights: Floats, covariance: Floats) -> Floats:
    """Return (H, U) weights' covariance weights for each of H rows of weights (H, m, U)."""
    half = weights[:, 0, None] * covariance[0]  # (H, m, U)
    for state in range(1, len(covariance)):
        half += weights[:, state, None] * covariance[state]
    return added(np.moveaxis(half * weights, 1, 0))


def settled_variances(space: StateSpace, horizon: int) -> tuple[Floats, Floats]:
    """Return (H, N) variance of each period and of sums after a long history without gaps."""
    ahead, n = Ahead.of(space, horizon), len(space.variance)
    return ahead.variances(shock_covariance(space), np.arange(n))


def forecast_rows(
    space: StateSpace, series: Floats, origins: Ints, horizon: int
) -> tuple[Floats, Floats, Floats]:
    """Return mean, variance, and variance of the sum so far, each (N, O, H), in one pass.

    Args:
        space: N models.
        series: (N, at least origins[-1] + 1), NaN where not observed.
        origins: (O,) period numbers, rising; column h - 1 is h periods after.
        horizon: H.
    """
    step = max(BLOCK // space.size**2, 1)
    blocks = [np.arange(i, min(i + step, len(series))) for i in range(0, len(series), step)]
    parts = [forecast_block(space.take(b), series[b], origins, horizon) for b in blocks]
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))  # type: ignore[return-value]


def forecast_block(
    space: StateSpace, series: Floats, origins: Ints, horizon: int
) -> tuple[Floats, Floats, Floats]:
    """Return `forecast_rows` of rows whose covariances fit into the processor's cache."""
    belief, ahead = unseen(space), Ahead.of(space, horizon)
    means = np.empty((space.size, len(origins), len(series)))
    variances = np.empty((2, horizon, len(origins), len(series)))
    variances[:] = np.stack(settled_variances(space, horizon))[:, :, None]
    columns, column = np.ascontiguousarray(series.T), 0
    for period in range(int(origins[-1]) + 1):
        belief, _ = after(space, belief, columns[period])
        if period == origins[column]:
            means[:, column], rows = belief.mean, belief.open.rows
            if len(rows):
                single, summed = ahead.variances(belief.open.covariance, rows)
                variances[0][:, column, rows], variances[1][:, column, rows] = single, summed
            column += 1
    mean = means_ahead(space, means, horizon)
    return tuple(np.transpose(part, (2, 1, 0)) for part in (mean, *variances))  # type: ignore[return-value]
