"""The mean of the best two forecasters."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from forecasters._portfolio import PortfolioForecaster, Record, the_same_for_all
from replenish.arrays import Floats
from replenish.data.panel import Panel


@dataclass
class Combination(PortfolioForecaster):
    """The mean of the two members that did best together on the later part of the past.

    Any member alone is a candidate, too. The error is the mean RMSSE over items; whoever is
    biased beyond the gate of `replenish.backtest.choice` loses. Equal weights are seldom beaten
    by estimated ones (Bates & Granger 1969; Smith & Wallis 2009).

    The options are those of `forecasters._portfolio.PortfolioForecaster`.
    """

    def _weights(self, record: Record, past: Panel, first: int) -> Floats:  # noqa: ARG002
        each = np.eye(len(record.means))
        pairs = [(one + other) / 2 for one, other in combinations(each, 2)]
        best = record.best([*each, *pairs], np.arange(past.n_items))
        return the_same_for_all(best, past.n_items)
