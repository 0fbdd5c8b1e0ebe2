"""The mean of the best two forecasters."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from forecasters._portfolio import PastForecasts, PortfolioForecaster, the_same_for_all
from replenish.arrays import Floats
from replenish.data.panel import Panel

ALONE = 0.01  # of the error; a smaller lead of one over two is luck more often than not


@dataclass
class Combination(PortfolioForecaster):
    """The mean of the two members that did best together on the later part of the past.

    A member stands alone only where the best mean of two is worse by more than `ALONE`. The error
    is the mean RMSSE over items; whoever is biased beyond the gate of `replenish.backtest.choice`
    loses. Equal weights are seldom beaten by estimated ones (Bates & Granger 1969; Smith &
    Wallis 2009).

    The options are those of `forecasters._portfolio.PortfolioForecaster`.
    """

    def _weights(self, record: PastForecasts, past: Panel, first: int) -> Floats:  # noqa: ARG002
        each = np.eye(len(record.means))
        pairs = [(one + other) / 2 for one, other in combinations(each, 2)]
        rows = np.arange(past.n_items)
        best = record.best([*each, *pairs], rows)
        if pairs and (best > 0).sum() == 1:
            two = record.best(pairs, rows)
            lead = record.loss(best, rows) < (1.0 - ALONE) * record.loss(two, rows)
            best = best if lead else two
        return the_same_for_all(best, past.n_items)
