"""What the regressions learn from: features and factors of sampled origins of the past."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.features import Features
from replenish.forecasting.point import observed_sales

CANDIDATES = 4  # rows looked at for each one that is kept
BLOCK = 300_000  # rows in memory at once
LEAST_ERROR = 0.002  # of the squared mean level, so that an item without errors has a weight
POWER = 1.5  # of the level that a weight grows with; see `Table`


@dataclass(frozen=True, eq=False)
class Table:
    """Rows that a regression learns from, each an item, an origin and a period ahead.

    Attributes:
        rows: (R, F) float32 features.
        factor: (R,) sale over smoothing's forecast.
        weight: (R,) level ** POWER over the item's mean squared error of smoothing. With POWER 2
            the squared error of the factor would be what RMSSE adds up; with 1 each item's sum
            of forecasts would be right; demand's variance grows with a power between. Mean 1.
        base: (R,) units, smoothing's forecast.
        origin: (R,) period number.
    """

    rows: Floats
    factor: Floats
    weight: Floats
    base: Floats
    origin: Ints


def table_of(
    features: Features, past: Panel, horizon: int, most_rows: int, rng: np.random.Generator
) -> Table:
    """Return about ``most_rows`` rows, drawn from origins spread over the past.

    Args:
        features: How the features are found.
        past: The history, and nothing after it.
        horizon: Periods ahead.
        most_rows: About how many rows are drawn.
        rng: Draws them.
    """
    origins = _origins(past, horizon, most_rows)
    chance = most_rows / max(len(origins) * horizon * past.n_items, 1)
    drawn = list(_drawn(features, past, (origins, horizon), chance, rng))
    if not any(len(part[0]) for part in drawn):
        nothing = np.zeros(0)
        return Table(np.zeros((0, 1)), nothing, nothing, nothing, np.zeros(0, dtype=int))
    rows, base, sales, item, origin = (np.concatenate(part) for part in zip(*drawn, strict=True))
    number = np.maximum(np.bincount(item, minlength=past.n_items), 1)
    missed = np.bincount(item, (sales - base) ** 2, past.n_items) / number
    level = np.bincount(item, base, past.n_items) / number
    unit = level ** (2.0 - POWER) / (missed + LEAST_ERROR * level**2 + 1e-9)
    weight = base**POWER * unit[item]
    return Table(rows, sales / base, weight / max(float(weight.mean()), 1e-12), base, origin)


def _origins(past: Panel, horizon: int, most_rows: int) -> Ints:
    """Return origins spread evenly; their stride shares no factor with a week."""
    last = past.n_periods - 1 - horizon
    wanted = max(CANDIDATES * most_rows // (horizon * past.n_items), 1)
    stride = max(1, last // wanted)
    stride += stride % 7 == 0
    return np.arange(last % stride if last >= 0 else 0, last + 1, stride)


def _drawn(
    features: Features,
    past: Panel,
    ahead: tuple[Ints, int],
    chance: float,
    rng: np.random.Generator,
) -> Iterator[tuple[Floats, Floats, Floats, Ints, Ints]]:
    """Yield features (R, F), base, sales, item and origin (R,) of rows drawn from some origins."""
    origins, horizon = ahead
    if not len(origins):
        return
    course = features.course(past, past.n_periods)
    walked = features.walked(past, course, past.n_periods)
    sales = observed_sales(past).T
    some = max(1, BLOCK // (horizon * past.n_items))
    for few in np.array_split(origins, -(-len(origins) // some)):
        told = features.at_origins(walked, few)
        base = told.base(course, few, horizon)  # (O, H, N)
        actual = sales[few[:, None] + np.arange(1, horizon + 1)]
        keep = np.isfinite(actual) & (rng.random(actual.shape) < chance)
        origin, _, item = np.nonzero(keep)
        rows = features.rows(told, course, few, horizon)[keep]
        yield rows, base[keep], actual[keep], item, few[origin]
