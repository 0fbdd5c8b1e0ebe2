"""The distribution of summed demand, from errors that a model made on periods it had not seen.

Errors of demand summed over k periods are divided by a scale and pooled over items:

    scale = item factor * spread * (forecast sum + offset) ** exponent

(of a forecast that repeats a sale, the sum of the item's level in place of the forecast's). The
exponent is found across items, the item factor is shrunk towards 1, and the quantiles of
the standardised errors are kept per k and per class of volume, between whose centres they go
over into each other. Taylor's power law (1961) gives
the form, Gardner (1988, Management Science 34) the idea of empirical errors per lead time.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.forecast import LEVELS, Bracket, Singles
from replenish.forecasting.point import PointForecast, certain_sales, closed

OFFSET = 0.05  # units per period: keeps the scale of a forecast of zero above zero
OBSERVED_SHARE = 0.8  # of k periods that must be observed for their sum to count as an error
ITEM_WEIGHT = 10.0  # independent errors that the pool counts for against the item's own
CLASS_ERRORS = 500  # errors that a class of volume needs to have quantiles of its own
MOST_CLASSES = 4
FEW_ERRORS = 100  # that do, where the classes of fewer errors in all are `APART`
APART = 4.0  # times the size of others' errors that a class's errors have
POOL_WEIGHT = 30.0  # errors that the normal shape counts for against the empirical one


@dataclass(frozen=True, eq=False)
class ErrorModel:
    """Standardised errors of demand summed over k = 1..H periods.

    Attributes:
        exponent: Power of the forecast sum that the scale grows with.
        item_factor: (M + 1,) scale of each item relative to the pool, last: 1.
        centres: (C,) logs of the volumes, units per period, that the classes are of; what is
            said of a volume between two of them lies between what is said of these.
        quantiles: (C, H, Q) of the standardised errors, not falling along Q.
        sum_std: (C, H) their standard deviation around the forecast.
        std: (C, H) the same of single periods.
        alone: (C, H, Q) quantiles of single periods' standardised errors.
    """

    exponent: float
    item_factor: Floats
    centres: Floats
    quantiles: Floats
    sum_std: Floats
    std: Floats
    alone: Floats

    @property
    def horizon(self) -> int:
        """Number of periods ahead that the errors reach."""
        return int(self.std.shape[1])

    def spread_out(
        self, point: PointForecast, rows: Ints, levels: Floats
    ) -> tuple[Singles, Floats, Floats, Floats]:
        """Return single periods, std (N, O, H), sum_std (N, O, H) and sum_quantiles (N, O, H, Q).

        Args:
            point: (N, O, H) forecasts.
            rows: (N,) the item's row among the fitted ones, M where unknown.
            levels: (Q,) probabilities, rising.
        """
        horizon = point.mean.shape[2]
        factor = self.item_factor[rows][:, None, None]
        total, volume = np.cumsum(point.mean, axis=2), np.cumsum(point.volume, axis=2)
        steps = np.arange(1, horizon + 1)
        scale = factor * relative_scale(point, volume, steps, self.exponent)
        place = self.places(volume / steps)
        standard = at_levels(self.quantiles, levels)  # (C, H, Q)
        quantiles = np.empty((*total.shape, len(levels)), dtype=np.float32)
        for column in range(len(levels)):
            z = between(standard[:, :, column], place)  # (N, O, H)
            quantiles[..., column] = np.maximum(total + scale * z, 0.0)
        sum_std = scale * between(self.sum_std, place)
        single = factor * single_scale(point, self.exponent)
        alone = self.places(point.volume)
        singles = Singles(single, alone, at_levels(self.alone[:, :horizon], levels))
        std = single * between(self.std, alone)
        return singles, std, sum_std, np.maximum.accumulate(quantiles, axis=2)

    def places(self, volume: Floats) -> Floats:
        """Return where volumes (N, O, H) lie among the classes, 0 to C - 1."""
        logs = np.log(volume + OFFSET)
        return np.asarray(np.interp(logs, self.centres, np.arange(len(self.centres))))


def between(values: Floats, place: Floats) -> Floats:
    """Return (N, O, H) of what is said per class (C, at least H) at places between the classes."""
    steps = np.arange(place.shape[2])
    left = np.floor(place).astype(int)
    low, high = values[left, steps], values[np.minimum(left + 1, len(values) - 1), steps]
    return np.asarray(low + (place - left) * (high - low))


def at_levels(quantiles: Floats, levels: Floats) -> Floats:
    """Return (C, H, Q) quantiles at other levels than `LEVELS`, linear in the normal score.

    Beyond the outermost stored level they go on with the slope of the last pair.
    """
    if np.array_equal(levels, LEVELS):
        return quantiles
    bracket = Bracket.of(np.array(LEVELS), ndtri(np.asarray(levels, dtype=float)))
    low, high = quantiles[..., bracket.left], quantiles[..., bracket.left + 1]
    return np.asarray(low + bracket.share * (high - low))


def relative_scale(point: PointForecast, total: Floats, steps: Ints, exponent: float) -> Floats:
    """Return (N, O, H) spread times a power of the forecast; see the module's formula."""
    base = np.asarray((total + OFFSET * steps) ** exponent)
    return base if point.spread is None else base * point.spread


def single_scale(point: PointForecast, exponent: float) -> Floats:
    """Return (N, O, H) the same for single periods; the spread is that of the next one."""
    base = np.asarray((point.volume + OFFSET) ** exponent)
    return base if point.spread is None else base * point.spread[..., :1]


def calibrate(point: PointForecast, panel: Panel, origins: Ints) -> ErrorModel:
    """Return the error model of forecasts that were made out of sample.

    Args:
        point: (N, O, H) forecasts from the origins.
        panel: (N, T) what came true; only observed, uncensored periods count.
        origins: (O,) period numbers.
    """
    n_items, _, horizon = point.mean.shape
    single, summed = errors(point.mean, panel, origins)
    steps = np.arange(1, horizon + 1)
    total = np.cumsum(point.volume, axis=2)
    exponent = power_of_volume(summed, total, point.spread)
    z = summed / relative_scale(point, total, steps, exponent)
    if np.isfinite(z).sum() < 10:
        return poisson_like(n_items, horizon)
    pooled = root_mean_square(z, axis=(0, 1))  # (H,)
    factor = item_factors(z / pooled, horizon, origins)
    z = z / factor[:, None, None]
    edges = class_edges(total / steps, z)
    volume = np.searchsorted(edges, total / steps, side="right")
    classes = np.unique(volume[np.isfinite(z)])
    tables = [shape_of(np.where(volume == c, z, np.nan)) for c in classes]
    single = single / (single_scale(point, exponent) * factor[:, None, None])
    alone = np.searchsorted(edges, point.volume, side="right")
    singles = [shape_of(np.where(alone == c, single, np.nan)) for c in classes]
    return ErrorModel(
        exponent,
        np.append(factor, 1.0),
        class_centres(total / steps, np.where(np.isfinite(z), volume, -1), classes),
        np.stack([quantiles for quantiles, _ in tables]),
        np.stack([std for _, std in tables]),
        np.stack([std for _, std in singles]),
        np.stack([quantiles for quantiles, _ in singles]),
    )


def errors(mean: Floats, panel: Panel, origins: Ints) -> tuple[Floats, Floats]:
    """Return (N, O, H) errors of single periods and of sums over k; NaN where not observed.

    A closed day adds nothing to a sum, and has no error of its own.
    """
    ahead = np.asarray(origins)[:, None] + np.arange(1, mean.shape[2] + 1)  # (O, H)
    shut = closed(panel, panel.n_periods)[:, ahead]
    single = certain_sales(panel)[:, ahead] - mean  # NaN on closed days
    seen = ~np.isnan(single)
    number, steps = np.cumsum(seen, axis=2), np.cumsum(~shut, axis=2)
    summed = np.cumsum(np.where(seen, single, 0.0), axis=2) * steps / np.maximum(number, 1)
    known = (number >= OBSERVED_SHARE * steps) & (number > 0)
    return single, np.where(known, summed, np.nan)


def power_of_volume(summed: Floats, total: Floats, spread: Floats | None) -> float:
    """Return the slope of log error size over log volume across items, 0.5 for too few items."""
    wide = np.abs(summed) if spread is None else np.abs(summed) / spread
    seen = np.isfinite(wide).sum(axis=1) >= 5  # (N, H)
    number = np.maximum(np.isfinite(wide).sum(axis=1), 1)
    size, volume = np.nansum(wide, axis=1) / number, total.mean(axis=1)  # (N, H)
    use = seen & (size > 0) & (volume > OFFSET)
    slopes = []
    for k in range(size.shape[1]):
        keep = use[:, k]
        if keep.sum() >= 10:
            x, y = np.log(volume[keep, k]), np.log(size[keep, k])
            if x.std() > 0.3:
                slopes.append(float(np.cov(x, y)[0, 1] / x.var(ddof=1)))
    return float(np.clip(np.median(slopes), 0.3, 1.0)) if slopes else 0.5


def root_mean_square(values: Floats, axis: int | tuple[int, ...]) -> Floats:
    """Return the root of the mean square over what is not NaN, 1 where that is nothing or zero."""
    number = np.isfinite(values).sum(axis=axis)
    size = np.sqrt(np.nansum(values**2, axis=axis) / np.maximum(number, 1))
    return np.where((number > 0) & (size > 0), size, 1.0)


def item_factors(z: Floats, horizon: int, origins: Ints) -> Floats:
    """Return (N,) the size of each item's errors relative to the pool, shrunk towards 1."""
    seen = np.isfinite(z)
    number = seen.sum(axis=(1, 2))
    square = np.nansum(np.minimum(z**2, 16.0), axis=(1, 2)) / np.maximum(number, 1)
    span = float(origins[-1] - origins[0] + 1) / max(horizon / 2.0, 1.0)
    independent = span * seen.mean(axis=(1, 2))
    return np.asarray(np.sqrt((ITEM_WEIGHT + independent * square) / (ITEM_WEIGHT + independent)))


def class_edges(volume: Floats, z: Floats) -> Floats:
    """Return the volumes that part up to four classes with enough errors in each.

    Where errors are few they stand together, unless those of some volumes are of another size:
    next to a forecast of nothing, one sale is an error of hundreds of deviations.
    """
    seen = np.isfinite(z)
    per_step = seen.sum() / z.shape[2]
    classes = int(np.clip(per_step // CLASS_ERRORS, 1, MOST_CLASSES))
    few = classes == 1
    if few:
        classes = int(np.clip(per_step // FEW_ERRORS, 1, MOST_CLASSES))
    if classes == 1:
        return np.empty(0)
    edges = np.unique(np.quantile(volume[seen], np.arange(1, classes) / classes))
    if few:
        number = np.searchsorted(edges, volume[seen], side="right")
        sizes = [root_mean_square(z[seen][number == c], axis=0) for c in np.unique(number)]
        return edges if max(sizes) > APART * min(sizes) else np.empty(0)
    return edges


def class_centres(volume: Floats, number: Ints, classes: Ints) -> Floats:
    """Return (C,) the median log of the volumes (N, O, H) that have a class's number, rising."""
    logs = np.log(volume + OFFSET)
    return np.array([np.median(logs[number == c]) for c in classes])


def shape_of(z: Floats) -> tuple[Floats, Floats]:
    """Return quantiles (H, Q) and standard deviations (H,) of standardised errors (N, O, H)."""
    levels = np.array(LEVELS)
    std = root_mean_square(z, axis=(0, 1))
    quantiles = std[:, None] * ndtri(levels)
    for k in range(z.shape[2]):
        seen = z[:, :, k][np.isfinite(z[:, :, k])]
        if len(seen):
            share = len(seen) / (len(seen) + POOL_WEIGHT)
            quantiles[k] += share * (np.quantile(seen, levels) - quantiles[k])
    return quantiles, std


def poisson_like(n_items: int, horizon: int) -> ErrorModel:
    """Return the error model for a history too short to test on: variance equal to the mean."""
    one = np.ones((1, horizon))
    normal = one[:, :, None] * ndtri(np.array(LEVELS))
    return ErrorModel(0.5, np.ones(n_items + 1), np.zeros(1), normal, one, one, normal)
