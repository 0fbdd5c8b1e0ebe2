"""One LSTM over all items that corrects exponential smoothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from forecasters._base import Calibrating
from forecasters._choice import boldest, mean_level
from forecasters._options import Count, Positive, Smoothing, Whole, Window
from forecasters._season import fit_season_index
from replenish.arrays import Ints
from replenish.data.panel import Panel
from replenish.forecasting.network import NetworkModel, network_inputs
from replenish.forecasting.point import PointModel, observed_sales
from replenish.forecasting.regressors import Regressors
from replenish.forecasting.smoothing import SmoothingModel

if TYPE_CHECKING:
    from forecasters._network import Network

TRUSTS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass
class Lstm(Calibrating):
    """A global many-to-many LSTM with a negative binomial head, trained on random windows.

    It learns on the first part of the past and is tested on the rest, where the share of its
    correction that is believed is chosen, so that a network with too little to learn from stays
    smoothing; then it goes on learning on the whole past with the updates that are left.

    Attributes:
        seed: Of the weights and of the windows.
        updates: Gradient steps in all.
        hidden: Width of the state.
        rate: Largest learning rate.
        batch: Windows per update; small batches learn more per second.
        window: Periods per window.
        alpha: Smoothing constant of the level that everything is measured in.
        shrinkage: Units of sales that the shared season counts for against the item's own.
        progress: Whether a progress bar is shown.
    """

    seed: Whole = 0
    updates: Whole = 2000
    hidden: Count = 32
    rate: Positive = 1.5e-2
    batch: Count = 32
    window: Window = 140
    alpha: Smoothing = 0.05
    shrinkage: Positive = 200.0
    progress: bool = False
    _network: "Network | None" = field(default=None, init=False, repr=False)
    _trust: float = field(default=1.0, init=False, repr=False)
    _regressors: Regressors | None = field(default=None, init=False, repr=False)

    def _train(self, past: Panel, horizon: int) -> NetworkModel:
        self._network, self._trust = None, 1.0
        self._regressors = Regressors.learnt(past)
        return self._learn(past, horizon, int(0.65 * self.updates), self.rate)

    def _tempered(self, early: PointModel, past: Panel, origins: Ints, horizon: int) -> PointModel:
        """Return the model with the largest share of its correction that did no harm."""
        if not isinstance(early, NetworkModel):
            raise TypeError(f"expected a network, got {type(early).__name__}")
        models = [replace(early, trust=trust) for trust in TRUSTS]
        means = [model.predict(past, origins, horizon).mean for model in models]
        self._trust = TRUSTS[boldest(means, past, origins)]
        return replace(early, trust=self._trust)

    def _retrain(self, early: PointModel, past: Panel, horizon: int) -> NetworkModel:  # noqa: ARG002
        return self._learn(past, horizon, self.updates - int(0.65 * self.updates), self.rate / 2)

    def _learn(self, past: Panel, horizon: int, updates: int, rate: float) -> NetworkModel:
        """Return the model after further updates on this past."""
        from forecasters._network import Learning, Network, train
        from forecasters._network_onnx import to_onnx

        regressors = self._regressors or Regressors.learnt(past)
        sales = observed_sales(past)
        alpha = np.full(past.n_items + 1, self.alpha)
        index = fit_season_index(past, self.shrinkage)
        smoothing = SmoothingModel(past.item_ids, alpha, index, mean_level(sales))
        inputs = network_inputs(smoothing, regressors, past, past.n_periods, horizon)
        with _alone(self.seed):
            if self._network is None:
                widths = inputs.history.shape[2], inputs.target.shape[2]
                self._network = Network(*widths, horizon, self.hidden)
            learning = Learning(updates, rate, self.batch, self.window, self.progress)
            train(self._network, inputs, sales, learning, np.random.default_rng(self.seed))
        return NetworkModel(smoothing, regressors, to_onnx(self._network), self._trust)


@contextmanager
def _alone(seed: int) -> Iterator[None]:
    """One thread, which small networks are fastest with, and torch's chance from the seed."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)
