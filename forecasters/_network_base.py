"""What the networks that correct smoothing do alike, whatever body they have."""

from abc import ABC
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from forecasters._base import Calibrating
from forecasters._choice import boldest, mean_level
from forecasters._options import Count, Positive, Smoothing, Weight, Whole, Window
from forecasters._season import fit_season_index
from replenish.arrays import Ints
from replenish.data.panel import Panel
from replenish.forecasting.network import NetworkModel
from replenish.forecasting.network_inputs import Statics
from replenish.forecasting.network_pair import NetworkPair
from replenish.forecasting.point import PointModel, certain_sales, observed_sales
from replenish.forecasting.regressors import Regressors
from replenish.forecasting.smoothing import SmoothingModel

if TYPE_CHECKING:
    from forecasters._network import Network
    from forecasters._network_training import Learning, Windows

EARLY_SHARE = 0.4  # of the updates are for the network that is tested
TRUSTS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass
class NetworkForecaster(Calibrating, ABC):
    """A global many-to-many network with a negative binomial head, trained on random windows.

    It learns on the first part of the past and is tested on the rest, where the share of its
    correction that is believed is chosen, so that a network with too little to learn from stays
    smoothing; then it goes on learning on the whole past with the updates that are left.
    Columns of `Panel.past` are not read: no source at hand has any to choose a form on.

    Attributes:
        seed: Of the weights and of the windows.
        updates: Gradient steps in all.
        hidden: Width of the state.
        rate: Largest learning rate of AdamW.
        decay: Its weight decay; without it the network learns the past by heart.
        batch: Windows per update; small batches learn more per second.
        window: Periods per window.
        sum_weight: Weight of the likelihood of sums beside that of single periods.
        alpha: Smoothing constant of the level that everything is measured in.
        shrinkage: Units of sales that the shared season counts for against the item's own.
        progress: Whether a progress bar is shown.
        curve: After `fit`: (update, mean training loss since the last entry, loss on the later
            periods that the first part of the learning does not see, NaN in the second part).
    """

    body: ClassVar[str]
    seed: Whole = 0
    updates: Whole = 3200
    hidden: Count = 32
    rate: Positive = 1.5e-2
    decay: Weight = 0.15
    batch: Count = 32
    window: Window = 140
    sum_weight: Weight = 0.5
    alpha: Smoothing = 0.05
    shrinkage: Positive = 200.0
    progress: bool = False
    curve: list[tuple[int, float, float]] = field(default_factory=list, init=False, repr=False)
    _network: "Network | None" = field(default=None, init=False, repr=False)
    _trust: float = field(default=1.0, init=False, repr=False)
    _whole: Panel | None = field(default=None, init=False, repr=False)

    def fit(self, past: Panel, horizon: int) -> Self:
        """Learn from the past; see `replenish.protocols.Forecaster.fit`."""
        self._whole, self.curve = past, []
        try:
            return super().fit(past, horizon)
        finally:
            self._whole = None

    def _train(self, past: Panel, horizon: int) -> NetworkModel:
        self._network, self._trust = None, 1.0
        return self._learn(past, horizon, int(EARLY_SHARE * self.updates))

    def _tempered(self, early: PointModel, past: Panel, origins: Ints, horizon: int) -> PointModel:
        """Return the model with the largest share of its correction that did no harm."""
        if not isinstance(early, NetworkModel):
            raise TypeError(f"expected a network, got {type(early).__name__}")
        models = [replace(early, trust=trust) for trust in TRUSTS]
        means = [model.predict(past, origins, horizon).mean for model in models]
        self._trust = TRUSTS[boldest(means, past, origins)]
        return replace(early, trust=self._trust)

    def _untested(self, model: PointModel) -> PointModel:
        """Return smoothing: a network that was never right on new periods is not believed."""
        return replace(model, trust=0.0) if isinstance(model, NetworkModel) else model

    def _retrain(self, early: PointModel, past: Panel, horizon: int) -> NetworkPair:
        if not isinstance(early, NetworkModel):
            raise TypeError(f"expected a network, got {type(early).__name__}")
        updates = self.updates - int(EARLY_SHARE * self.updates)
        return NetworkPair(self._learn(past, horizon, updates, early), early)

    def _learn(
        self, past: Panel, horizon: int, updates: int, early: NetworkModel | None = None
    ) -> NetworkModel:
        """Return the model after further updates on this past."""
        from forecasters._network_onnx import to_onnx
        from forecasters._network_training import train

        model = self.untaught(past, early)
        data, later = windows(model, past, horizon), self._later(past, horizon)
        held_out = None if later is None else (windows(model, later, horizon), past.n_periods)
        with _alone(self.seed):
            network = self._network or self.made(data)
            learning = self.learning(updates)
            told = train(network, data, learning, np.random.default_rng(self.seed), held_out)
        self._network = network
        before = self.curve[-1][0] if self.curve else 0
        self.curve += [(before + update, loss, later_loss) for update, loss, later_loss in told]
        graphs = to_onnx(network)
        return replace(model, body=graphs.body, head=graphs.head, delays=graphs.delays)

    def untaught(self, past: Panel, early: NetworkModel | None = None) -> NetworkModel:
        """Return the model of this past, but for its network; ``early`` says what it reads."""
        alpha = np.full(past.n_items + 1, self.alpha)
        index = fit_season_index(past, self.shrinkage)
        level = mean_level(observed_sales(past))
        return NetworkModel(
            SmoothingModel(past.item_ids, alpha, index, level),
            early.regressors if early else Regressors.learnt(past),
            early.statics if early else Statics.learnt(past),
            b"",
            b"",
            (),
            self._trust,
        )

    def made(self, data: "Windows") -> "Network":
        """Return a network for this data with random weights; the last layer's are zero."""
        from forecasters._network import Network, Widths

        return Network(self.body, Widths(*data.widths, self.hidden))

    def learning(self, updates: int) -> "Learning":
        """Return how the network learns."""
        from forecasters._network_training import Learning

        return Learning(
            updates=updates,
            rate=self.rate,
            decay=self.decay,
            batch=self.batch,
            window=self.window,
            sum_weight=self.sum_weight,
            progress=self.progress,
        )

    def _later(self, past: Panel, horizon: int) -> Panel | None:
        """Return the whole panel of fitting where enough of it lies after this past."""
        whole = self._whole
        if whole is None or whole.n_periods < past.n_periods + 2 * horizon:
            return None
        return replace(whole, sales=certain_sales(whole))


def windows(model: NetworkModel, panel: Panel, horizon: int) -> "Windows":
    """Return the panel as the network reads it."""
    from forecasters._network_training import Windows

    inputs = model.inputs(panel, panel.n_periods, horizon)
    return Windows(inputs, observed_sales(panel), horizon)


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
