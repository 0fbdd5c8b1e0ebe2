"""The best forecaster for each class of demand."""

from dataclasses import dataclass, replace

import numpy as np

from forecasters._portfolio import Names, PastForecasts, PortfolioForecaster, the_same_for_all
from replenish.arrays import Floats
from replenish.data.panel import Panel
from replenish.item_classes import demand_classes

FEWEST_ITEMS = 20  # of a class that has a choice of its own


@dataclass
class PerClass(PortfolioForecaster):
    """For smooth, erratic, intermittent and lumpy demand the member that did best on each.

    The classes are those of Syntetos, Boylan & Croston (2005), from what was sold before the
    periods that the members are judged on. A small class and unknown items get the member that
    did best on all.

    The options are those of `forecasters._portfolio.PortfolioForecaster`.
    """

    members: Names = ("exponential_smoothing", "gradient_boosting", "lstm")

    def _weights(self, record: PastForecasts, past: Panel, first: int) -> Floats:
        each = list(np.eye(len(record.means)))
        completed = replace(past, censored=np.zeros_like(past.censored))
        classes = np.array(demand_classes(completed, first))
        weights = the_same_for_all(record.best(each, np.arange(past.n_items)), past.n_items)
        for name in np.unique(classes):
            rows = np.flatnonzero(classes == name)
            if len(rows) >= FEWEST_ITEMS:
                weights[rows] = record.best(each, rows)
        return weights
