"""Item features from sales history, and the isolation forest that tells odd items apart."""

import numpy as np

from replenish.arrays import Floats
from replenish.data.panel import Panel

WINDOW = 28  # periods that a feature looks back on
EARLIER = 6  # windows before today's that the forest learns from
ITEM_FEATURES = ("level", "zeros", "variability", "peak", "change", "unrecorded")
_TREES = 100
_FEWEST = 64  # windows below which a forest tells nothing


def item_features(panel: Panel, origin: int) -> Floats:
    """Return (N, 6) features of the `WINDOW` periods up to the origin, in `ITEM_FEATURES`' order.

    Log mean sales; share of zeros; standard deviation / (mean + 1); largest / (mean + 1); log
    ratio of the last week to the rest; share of periods not recorded.
    """
    sales = panel.sales[:, max(origin + 1 - WINDOW, 0) : origin + 1]
    seen = ~np.isnan(sales)
    number = np.maximum(seen.sum(axis=1), 1)
    units = np.where(seen, sales, 0.0)
    mean = units.sum(axis=1) / number
    spread = np.sqrt((np.where(seen, sales - mean[:, None], 0.0) ** 2).sum(axis=1) / number)
    week = _mean(units[:, -7:], seen[:, -7:])
    rest = _mean(units[:, :-7], seen[:, :-7])
    columns = (
        np.log1p(mean),
        ((units == 0) & seen).sum(axis=1) / number,
        spread / (mean + 1.0),
        units.max(axis=1) / (mean + 1.0),
        np.log((week + 0.5) / (rest + 0.5)),
        1.0 - seen.mean(axis=1),
    )
    return np.stack(columns, axis=1)


def forest_scores(panel: Panel, origin: int, seed: int) -> Floats:
    """Return the (N,) anomaly score of every item's last window, 0..1, about 0.5 is usual.

    The forest (Liu, Ting and Zhou 2008) learns from the items' earlier windows; where there are
    too few of them the scores are NaN: nothing can be said.

    Args:
        panel: N items.
        origin: Last period known.
        seed: Seed of the forest.
    """
    ends = [origin - WINDOW * k for k in range(1, EARLIER + 1) if origin - WINDOW * k >= WINDOW]
    if panel.n_items * len(ends) < _FEWEST:
        return np.full(panel.n_items, np.nan)
    from sklearn.ensemble import IsolationForest

    past = np.concatenate([item_features(panel, end) for end in ends])
    forest = IsolationForest(n_estimators=_TREES, random_state=seed).fit(past)
    return np.asarray(-forest.score_samples(item_features(panel, origin)))


def _mean(units: Floats, seen: Floats) -> Floats:
    """Return the (N,) mean of recorded units."""
    return np.asarray(units.sum(axis=1) / np.maximum(seen.sum(axis=1), 1))
