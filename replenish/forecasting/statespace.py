"""ARIMA in state-space form: one Kalman filter pass over all items, forecasts from every origin.

The form is that of Harvey (1989, chapter 3.4) as statsmodels' SARIMAX writes it: with d = 1
the first state is the last value, the others carry the ARMA part of the differences.
"""

from dataclasses import dataclass

import numpy as np

from replenish.arrays import Floats, Ints

DIFFUSE = 1e6  # variance of a level about which nothing is known yet, as in statsmodels


@dataclass(frozen=True, eq=False)
class StateSpace:
    """One ARIMA(p, d, q) per row with p, d, q of 0 or 1: y = design state, state' = T state + R e.

    Attributes:
        transition: (N, m, m).
        design: (m,) the same for all.
        noise: (N, m, m) covariance of the state's disturbance.
        start: (N, m, m) covariance of the state before the first period; its mean is 0.
    """

    transition: Floats
    design: Floats
    noise: Floats
    start: Floats


@dataclass(frozen=True, eq=False)
class Filtered:
    """What is believed about the next period's state at each origin.

    Attributes:
        mean: (N, O, m).
        covariance: (N, O, m, m).
    """

    mean: Floats
    covariance: Floats


def arima(phi: Floats, theta: Floats, variance: Floats, difference: int) -> StateSpace:
    """Return the state space of ARIMA(1, d, 1) models; a coefficient of 0 drops its part.

    Args:
        phi: (N,) autoregressive coefficients, between -1 and 1.
        theta: (N,) moving-average coefficients.
        variance: (N,) of the disturbance.
        difference: d, 0 or 1.
    """
    n, m = len(phi), 2 + difference
    transition, shock = np.zeros((n, m, m)), np.zeros((n, m))
    transition[:, difference, difference] = phi
    transition[:, difference, difference + 1] = 1.0
    shock[:, difference], shock[:, difference + 1] = 1.0, theta
    design = np.zeros(m)
    design[: difference + 1] = 1.0
    noise = variance[:, None, None] * shock[:, :, None] * shock[:, None, :]
    start = np.zeros((n, m, m))
    if difference:
        transition[:, 0, :2] = 1.0
        start[:, 0, 0] = DIFFUSE
    arma = start[:, difference:, difference:]
    arma[:, 0, 0] = variance * (1 + 2 * phi * theta + theta**2) / (1 - phi**2)
    arma[:, 0, 1] = arma[:, 1, 0] = variance * theta
    arma[:, 1, 1] = variance * theta**2
    return StateSpace(transition, design, noise, start)


def filter_rows(space: StateSpace, series: Floats, origins: Ints) -> Filtered:
    """Return the filtered state one period after each origin.

    Args:
        space: N models.
        series: (N, at least origins[-1] + 1), NaN where not observed.
        origins: (O,) period numbers, rising.
    """
    n, m = space.transition.shape[:2]
    mean: Floats = np.zeros((n, m))
    covariance = space.start
    means = np.empty((n, len(origins), m))
    covariances = np.empty((n, len(origins), m, m))
    column = 0
    for period in range(int(origins[-1]) + 1):
        mean, covariance = updated(space, mean, covariance, series[:, period])
        mean = np.matmul(space.transition, mean[:, :, None])[:, :, 0]
        covariance = predicted(space, covariance)
        if period == origins[column]:
            means[:, column], covariances[:, column] = mean, covariance
            column += 1
    return Filtered(means, covariances)


def updated(
    space: StateSpace, mean: Floats, covariance: Floats, now: Floats
) -> tuple[Floats, Floats]:
    """Return mean and covariance of the state after seeing ``now`` (N,); NaN changes nothing."""
    seen = ~np.isnan(now)
    error = np.where(seen, now - mean @ space.design, 0.0)
    reach = covariance @ space.design  # (N, m)
    variance = np.where(seen, reach @ space.design, 1.0)
    gain = np.where(seen[:, None], reach / np.maximum(variance, 1e-300)[:, None], 0.0)
    return mean + gain * error[:, None], covariance - gain[:, :, None] * reach[:, None, :]


def predicted(space: StateSpace, covariance: Floats) -> Floats:
    """Return (N, ..., m, m) the covariance of the state one period later."""
    extra = (1,) * (covariance.ndim - 3)
    shape = (len(covariance), *extra, *space.noise.shape[1:])
    transition = space.transition.reshape(shape)
    turned = np.matmul(np.matmul(transition, covariance), np.swapaxes(transition, -1, -2))
    return np.asarray(turned + space.noise.reshape(shape))


def forecast(space: StateSpace, filtered: Filtered, horizon: int) -> tuple[Floats, Floats, Floats]:
    """Return mean, variance, and variance of the sum so far, each (N, O, H).

    The sum over h periods is carried as one more state: its variance grows by that of the
    period and twice the covariance with the sum before.
    """
    mean, covariance = filtered.mean, filtered.covariance
    shape = (*mean.shape[:2], horizon)
    means, variances, sums = np.empty(shape), np.empty(shape), np.empty(shape)
    with_sum = np.zeros_like(mean)  # (N, O, m) covariance of the state with the sum before it
    total = np.zeros(mean.shape[:2])
    transition = space.transition[:, None]  # (N, 1, m, m)
    for step in range(horizon):
        reach = covariance @ space.design  # (N, O, m)
        means[:, :, step] = mean @ space.design
        variances[:, :, step] = reach @ space.design
        total = total + 2.0 * (with_sum @ space.design) + variances[:, :, step]
        sums[:, :, step] = total
        with_sum = np.matmul(transition, (with_sum + reach)[..., None])[..., 0]
        mean = np.matmul(transition, mean[..., None])[..., 0]
        covariance = predicted(space, covariance)
    return means, variances, sums


def usual_sum_variance(space: StateSpace, horizon: int, periods: int = 300) -> Floats:
    """Return (N, H) the variance of sums after a long history without gaps."""
    settled = filter_rows(space, np.zeros((len(space.noise), periods)), np.array([periods - 1]))
    return forecast(space, settled, horizon)[2][:, 0]
