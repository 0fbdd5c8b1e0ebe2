"""A network that corrects smoothing: it runs through onnxruntime, over all origins at once."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.matching import match_items
from replenish.forecasting.point import Parts, PointForecast, observed_sales
from replenish.forecasting.regressors import Regressors
from replenish.forecasting.smoothing import (
    SmoothingModel,
    index_by_period,
    level_times_index,
    smoothed_levels,
)

FILE = "network.onnx"
FAST = (0.15, 0.4)  # smoothing constants of the levels that tell how demand moves right now
SMALL = 0.1  # units: keeps ratios of nearly nothing finite
ROWS = 500_000  # origins x periods ahead x items at a time: some 64 MB per layer
MOST = 2.0  # a network may multiply or divide the forecast by at most exp(MOST)


@dataclass(frozen=True, eq=False)
class Inputs:
    """What the network reads; every number at period t is known at the end of period t.

    Attributes:
        history: (T, N, F) per period: how sales compare with what was expected, level, calendar.
        target: (T + H, N, G) what is known ahead of the period that is forecast.
        level: (N, T) units, smoothed.
        index: (N, T + H) season index.
    """

    history: Floats
    target: Floats
    level: Floats
    index: Floats


@dataclass(frozen=True, eq=False)
class NetworkModel:
    """Smoothing times ``exp(network)``; an untrained network is smoothing itself.

    The network reads one item's sequence in units of the item's own smoothed level, which is
    known at each period, and the plan of the periods ahead. It gives two numbers per period
    ahead: the log of the factor on the mean, and the dispersion of a negative binomial
    (variance = mean + dispersion * mean ** 2), which tells how wide the error is this time.

    Attributes:
        smoothing: The forecast that is corrected.
        regressors: What is known ahead.
        network: ONNX graph: history, target, origins, ahead, steps -> raw (O, H, N, 2).
        trust: Share of the correction that is believed, 0 to 1; found out of sample.
    """

    kind: ClassVar[str] = "network"
    smoothing: SmoothingModel
    regressors: Regressors
    network: bytes
    trust: float = 1.0

    def predict(self, panel: Panel, origins: Ints, horizon: int) -> PointForecast:
        """Return the corrected forecast from every origin; see `PointModel.predict`."""
        last = int(origins[-1])
        inputs = network_inputs(self.smoothing, self.regressors, panel, last + 1, horizon)
        base = level_times_index(inputs.level, inputs.index, origins, horizon)
        raw = np.empty((*base.shape, 2))
        chunk = max(1, ROWS // (len(origins) * horizon))
        for first in range(0, panel.n_items, chunk):
            some = slice(first, first + chunk)
            raw[some] = self._run(inputs.history[:, some], inputs.target[:, some], origins, horizon)
        return corrected(base, raw, self.trust)

    def _run(self, history: Floats, target: Floats, origins: Ints, horizon: int) -> Floats:
        """Return the network's (N, O, H, 2) raw numbers."""
        steps = np.arange(horizon)
        feeds = {
            "history": np.ascontiguousarray(history),
            "target": np.ascontiguousarray(target),
            "origins": np.asarray(origins, dtype=np.int64),
            "ahead": np.asarray(np.asarray(origins)[:, None] + 1 + steps, dtype=np.int64),
            "steps": steps.astype(np.int64),
        }
        (raw,) = self._session.run(["raw"], feeds)
        return np.asarray(raw).transpose(2, 0, 1, 3)

    @cached_property
    def _session(self) -> Any:
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return ort.InferenceSession(self.network, options, providers=["CPUExecutionProvider"])

    def parts(self) -> Parts:
        """Return smoothing, regressors and the graph."""
        settings = {"regressors": self.regressors.description(), "trust": self.trust}
        return Parts(settings, self.smoothing.parts().arrays, {FILE: self.network})

    @classmethod
    def assemble(cls, parts: Parts) -> Self:
        """Return the model that `parts` came from."""
        regressors = Regressors.described(parts.settings["regressors"])
        trust = float(parts.settings["trust"])
        return cls(SmoothingModel.assemble(parts), regressors, parts.files[FILE], trust)


def corrected(base: Floats, raw: Floats, trust: float) -> PointForecast:
    """Return the forecast of a base (N, O, H) and the network's raw numbers (N, O, H, 2)."""
    mean = base * np.exp(trust * MOST * np.tanh(raw[..., 0] / MOST))
    dispersion = np.logaddexp(0.0, raw[..., 1])  # softplus
    variance = np.cumsum(mean + dispersion * mean**2 + 1e-3, axis=2)
    return PointForecast(mean, np.sqrt(variance / np.cumsum(mean + 1e-3, axis=2)))


def network_inputs(
    smoothing: SmoothingModel, regressors: Regressors, panel: Panel, periods: int, horizon: int
) -> Inputs:
    """Return what the network reads of the first ``periods`` periods and the plan after them."""
    rows = match_items(panel.item_ids, smoothing.item_ids)
    index = index_by_period(smoothing.index[rows], panel, periods + horizon)
    sales = observed_sales(panel)[:, :periods]
    start = smoothing.level[rows]
    level = smoothed_levels(sales, index, smoothing.alpha[rows], start)
    before = np.concatenate([start[:, None], level[:, :-1]], axis=1) * index[:, :periods]
    ratio = np.minimum((sales + SMALL) / (before + SMALL), 20.0)
    faster = [
        np.log(
            (smoothed_levels(sales, index, np.full(len(rows), alpha), start) + SMALL)
            / (level + SMALL)
        )
        for alpha in FAST
    ]
    seen = ~np.isnan(sales)
    own = [np.log(index), *regressors.own(panel, periods + horizon)]
    shared = regressors.shared(panel, periods + horizon)
    target = _stacked(own, shared)  # (T + H, N, G)
    features = [
        np.where(seen, np.log(ratio), 0.0),
        np.where(seen, ratio - 1.0, 0.0) / 4.0,
        seen.astype(float),
        panel.censored[:, :periods].astype(float),
        *faster,
        np.log(level + SMALL) / 3.0,
    ]
    history = np.concatenate([_stacked(features, None), target[:periods]], axis=2)
    return Inputs(history, target, level, index)


def _stacked(columns: list[Floats], shared: Floats | None) -> Floats:
    """Return (T, N, F) float32 of columns (N, T) and of shared ones (T, K)."""
    arrays = [column.T.astype(np.float32)[:, :, None] for column in columns]
    if shared is not None:
        shape = (shared.shape[0], arrays[0].shape[1], shared.shape[1])
        arrays.append(np.broadcast_to(shared.astype(np.float32)[:, None], shape))
    return np.concatenate(arrays, axis=2)
