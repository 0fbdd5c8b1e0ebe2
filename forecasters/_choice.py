"""One setting per item out of a few, by its error on the past, leaning on what suits all."""

from collections.abc import Callable, Sequence

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.point import observed_sales

MOST_BIAS = 0.05  # of all sales
HARM = 0.15  # of the squared error: the final network will have seen a third more of the past
SMALLEST_MEAN = 0.02  # units per period
POOL_PERIODS = 3000.0  # periods that the choice of all items counts for against the item's own


def choose_per_item(
    settings: Sequence[float], forecast: Callable[[float], Floats], sales: Floats
) -> tuple[Floats, float]:
    """Return the (N,) best settings and the one that is best for all items together.

    Settings are judged by the squared one-step error; see `leaning`.

    Args:
        settings: What to choose from.
        forecast: Setting -> (N, T) forecasts of ``sales``, each made one period before.
        sales: (N, T) units, NaN where not observed.
    """
    number = np.maximum((~np.isnan(sales)).sum(axis=1), 1)  # (N,)
    errors = [np.nansum((sales - forecast(setting)) ** 2, axis=1) / number for setting in settings]
    own, pooled = leaning(np.stack(errors, axis=1), number)
    values = np.asarray(settings, dtype=float)
    return values[own], float(values[pooled])


def leaning(errors: Floats, number: Ints) -> tuple[Ints, int]:
    """Return which of A settings is best for each item (N,), and which for all together.

    The score is the log of the mean squared error, the item's own weighted by the periods it was
    observed, the mean over all items by `POOL_PERIODS`.

    Args:
        errors: (N, A) mean squared errors.
        number: (N,) periods observed.
    """
    score = np.log(errors + 1e-9)
    pooled = score.mean(axis=0)
    own: Ints = np.argmin(number[:, None] * score + POOL_PERIODS * pooled, axis=1)
    return own, int(np.argmin(pooled))


def boldest(means: Sequence[Floats], panel: Panel, origins: Ints) -> int:
    """Return the last of the forecasts (N, O, H) that does no harm compared with the first.

    Harm is a squared error, each item's in units of its mean sales as a Poisson variance is,
    more than `HARM` above the first one's, or a bias over all items beyond `MOST_BIAS` and
    larger than the first one's.
    """
    actual = observed_sales(panel)[:, origins[:, None] + np.arange(1, means[0].shape[2] + 1)]
    seen = ~np.isnan(actual)
    number = np.maximum(seen.sum(axis=(1, 2)), 1)
    size = np.maximum(np.nansum(actual, axis=(1, 2)) / number, SMALLEST_MEAN)  # (N,) units
    total = max(float(actual[seen].sum()), 1e-9)
    biases = [abs(float((mean - actual)[seen].sum()) / total) for mean in means]
    errors = [float((np.nansum((actual - m) ** 2, axis=(1, 2)) / size).sum()) for m in means]
    most = max(MOST_BIAS, biases[0])
    harmless = [
        e <= (1.0 + HARM) * errors[0] and b <= most for e, b in zip(errors, biases, strict=True)
    ]
    return max(i for i, fine in enumerate(harmless) if fine or i == 0)


def mean_level(sales: Floats) -> Floats:
    """Return (N + 1,) mean sales of each item over the past, last the median of all items.

    An item never observed gets that median, too.
    """
    number = (~np.isnan(sales)).sum(axis=1)
    means = np.nansum(sales, axis=1) / np.maximum(number, 1)
    typical = float(np.median(means[number > 0])) if (number > 0).any() else 0.0
    return np.append(np.where(number > 0, means, typical), typical)
