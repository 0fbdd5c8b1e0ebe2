"""ARIMA with seasons in state-space form: what the model is, and where its states go.

The form is that of Harvey (1989, chapter 3.4) as statsmodels' SARIMAX writes it. The states are,
in this order: the level (with d = 1), the last s values of the seasonal part (with D = 1), and
the ARMA part in companion form. Only the first seasonal value and the ARMA part move by more
than a copy, so one step of all rows is a few sums, never a product of matrices.

Every array has its states first and the rows last, (m, ..., N): sums then run along rows.
"""

from dataclasses import dataclass, replace

import numpy as np

from replenish.arrays import Floats, Ints

DIFFUSE = 1e6  # variance of a level about which nothing is known yet, as in statsmodels
DOUBLINGS = 20  # of the span of the stationary covariance: a million periods


@dataclass(frozen=True, eq=False)
class StateSpace:
    """One seasonal ARIMA per row: (1 - B)^d (1 - B^s)^D y is the ARMA process of the row.

    Attributes:
        difference: d, 0 or 1, the same for all rows; so are D and s.
        seasonal_difference: D, 0 or 1.
        season: s, periods.
        autoregressive: (k, N) coefficients of lags 1..k, seasonal ones multiplied in.
        shock: (k, N) what a shock adds to the ARMA states: 1, then the moving-average
            coefficients of lags 1..k-1.
        variance: (N,) of the shock.
    """

    difference: int
    seasonal_difference: int
    season: int
    autoregressive: Floats
    shock: Floats
    variance: Floats

    @property
    def head(self) -> int:
        """Number of the first ARMA state, behind the level and the seasonal values."""
        return self.difference + self.season * self.seasonal_difference

    @property
    def size(self) -> int:
        """Number of states, m."""
        return self.head + len(self.autoregressive)

    def take(self, rows: Ints) -> "StateSpace":
        """Return the models of these rows."""
        return replace(
            self,
            autoregressive=self.autoregressive[:, rows],
            shock=self.shock[:, rows],
            variance=self.variance[rows],
        )


def arima(
    autoregressive: Floats,
    moving_average: Floats,
    variance: Floats,
    difference: int,
    seasonal_difference: int = 0,
    season: int = 1,
) -> StateSpace:
    """Return the state space of (seasonal) ARIMA models; a coefficient of 0 drops its part.

    Args:
        autoregressive: (N, a) coefficients of lags 1..a in the differenced series.
        moving_average: (N, b) coefficients of lags 1..b.
        variance: (N,) of the shocks.
        difference: d, 0 or 1.
        seasonal_difference: D, 0 or 1.
        season: s, periods.
    """
    k = max(autoregressive.shape[1], moving_average.shape[1] + 1)
    lags, shock = np.zeros((k, len(variance))), np.zeros((k, len(variance)))
    lags[: autoregressive.shape[1]] = autoregressive.T
    shock[0], shock[1 : moving_average.shape[1] + 1] = 1.0, moving_average.T
    return StateSpace(difference, seasonal_difference, season, lags, shock, np.asarray(variance))


def with_season(plain: Floats, seasonal: Floats, season: int, sign: float) -> Floats:
    """Return (N, p + s P) the lag coefficients of the product of two lag polynomials.

    Args:
        plain: (N, p) coefficients of lags 1..p.
        seasonal: (N, P) coefficients of lags s, 2s, ..., P s.
        season: s.
        sign: -1 for autoregressive polynomials, 1 - phi B; 1 for moving averages, 1 + theta B.
    """
    n, p = plain.shape
    result = np.zeros((n, p + season * seasonal.shape[1]))
    result[:, :p] = plain
    for number in range(seasonal.shape[1]):
        lag = season * (number + 1)
        result[:, lag - 1] += seasonal[:, number]
        result[:, lag : lag + p] += sign * seasonal[:, number, None] * plain
    return result


def swinging(space: StateSpace, state: Floats) -> Floats:
    """Return (..., N) what is expected of the period beside the level: season and ARMA part."""
    if space.seasonal_difference:
        return np.asarray(state[space.head] + state[space.head - 1])
    return np.asarray(state[space.head])


def expected(space: StateSpace, state: Floats) -> Floats:
    """Return (..., N) the design's row times the states (m, ..., N): what is expected."""
    return swinging(space, state) + state[0] if space.difference else swinging(space, state)


def moved(space: StateSpace, state: Floats) -> Floats:
    """Return (m, ..., N) the transition times the states: one period later, without a shock."""
    head, d = space.head, space.difference
    lags = space.autoregressive
    lags = lags.reshape(len(lags), *(1,) * (state.ndim - 2), lags.shape[1])
    later: Floats = np.empty(state.shape)
    np.multiply(lags, state[head], out=later[head:])
    later[head:-1] += state[head + 1 :]
    if space.seasonal_difference:
        later[d] = swinging(space, state)
        later[d + 1 : head] = state[d : head - 1]
    if d:
        later[0] = expected(space, state)
    return later


def moved_back(space: StateSpace, weight: Floats) -> Floats:
    """Return (m, N) the transposed transition times weights: a sum's weights a period earlier."""
    head, d = space.head, space.difference
    earlier: Floats = np.empty(weight.shape)
    earlier[head] = added(space.autoregressive * weight[head:])
    earlier[head + 1 :] = weight[head:-1]
    enters = weight[0] if d else np.zeros(weight.shape[1])
    if space.seasonal_difference:
        enters = enters + weight[d]
        earlier[d : head - 1] = weight[d + 1 : head]
        earlier[head - 1] = enters
    if d:
        earlier[0] = weight[0]
    if head:
        earlier[head] += enters
    return earlier


def added(parts: Floats) -> Floats:
    """Return (...) the sum of parts (m, ...) in their order.

    NumPy's sum orders the additions by the shape of the array, so that a row's last bit would
    depend on how many rows stand beside it.
    """
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return np.asarray(total)


def design(space: StateSpace) -> Floats:
    """Return (m, N) the weight of each state in the period's value."""
    row = np.zeros((space.size, len(space.variance)))
    row[space.head] = 1.0
    if space.seasonal_difference:
        row[space.head - 1] = 1.0
    if space.difference:
        row[0] = 1.0
    return row


def shock_covariance(space: StateSpace) -> Floats:
    """Return (m, m, N) the covariance that a period's shock adds.

    It is also where the covariance of an invertible model settles when nothing is missing.
    """
    covariance = np.zeros((space.size, space.size, len(space.variance)))
    head = space.head
    covariance[head:, head:] = space.variance * space.shock[:, None] * space.shock[None]
    return covariance


def first_covariance(space: StateSpace) -> Floats:
    """Return (m, m, N) the covariance before the first period; the mean is 0.

    Level and seasonal values get the variance `DIFFUSE`, as statsmodels' approximate diffuse
    start does; the ARMA part its stationary covariance, the sum of what all earlier shocks left,
    found by doubling the number of shocks (Anderson & Moore 1979, 6.7).
    """
    head, k = space.head, len(space.shock)
    step = np.zeros((len(space.variance), k, k))
    step[:, :, 0] = space.autoregressive.T
    step[:, np.arange(k - 1), np.arange(1, k)] += 1.0
    total = np.moveaxis(shock_covariance(space)[head:, head:], 2, 0)
    for _ in range(DOUBLINGS):
        total = total + step @ total @ np.swapaxes(step, 1, 2)
        step = step @ step
    covariance = np.zeros((space.size, space.size, len(space.variance)))
    covariance[np.arange(head), np.arange(head)] = DIFFUSE
    covariance[head:, head:] = np.moveaxis(total, 0, 2)
    return covariance
