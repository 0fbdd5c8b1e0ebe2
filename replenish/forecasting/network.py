"""Networks that correct smoothing: they run through onnxruntime, all at once or step by step."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.network_inputs import (
    Ahead,
    Inputs,
    Statics,
    features,
    known_ahead,
    network_inputs,
    sureness,
)
from replenish.forecasting.point import Parts, PointForecast, Seen
from replenish.forecasting.regressors import Regressors
from replenish.forecasting.smoothing import SmoothingModel, moved

BODY, HEAD = "body.onnx", "head.onnx"
ROWS = 60_000  # origins x periods ahead x items, or periods x items, at a time: 8 MB a layer
MOST = 2.0  # a network may multiply or divide the forecast by at most exp(MOST)
Memory = tuple[tuple[Floats, ...], ...]  # per number carried: (1, N, D) of the last periods


@dataclass(frozen=True, eq=False)
class NetworkState:
    """Where N rows stand after a period.

    Attributes:
        ahead: What is known beforehand.
        period: Number of periods seen.
        level: (3, N) units: slow, faster, fastest.
        weight: (N,) sum of the indices of what was observed.
        memory: What the body carries, oldest period first.
        output: (1, N, D) the body's output at the last period.
    """

    ahead: Ahead
    period: int
    level: Floats
    weight: Floats
    memory: Memory
    output: Floats


@dataclass(frozen=True, eq=False)
class NetworkModel:
    """Smoothing times ``exp(network)``; an untrained network is smoothing itself.

    The network reads one item's sequence in units of the item's own smoothed level, which is
    known at each period, and the plan of the periods ahead. It gives three numbers per period
    ahead: the log of the factor on the mean, and the dispersions of two negative binomials
    (variance = mean + dispersion * mean ** 2), of the period's demand and of demand summed up
    to it; they tell how wide the errors are this time.

    It is two graphs. The body carries its memory from period to period: what went out as
    ``after_i`` comes in as ``before_i`` so many periods later as ``delays[i]`` says (1 for a
    recurrent network, the dilation for a convolution), zeros before the start.

    Attributes:
        smoothing: The forecast that is corrected.
        regressors: What is known ahead.
        statics: What is known of the items.
        body: ONNX graph: history (T, N, F), before_i -> states (T, N, D), after_i.
        head: ONNX graph: states (O, N, D), plan, static, ahead, steps -> raw (O, H, N, 3).
        delays: Periods until each number carried is needed again.
        trust: Share of the correction that is believed, 0 to 1; found out of sample.
    """

    kind: ClassVar[str] = "network"
    smoothing: SmoothingModel
    regressors: Regressors
    statics: Statics
    body: bytes
    head: bytes
    delays: tuple[int, ...]
    trust: float = 1.0

    def start(self, panel: Panel, periods: int) -> NetworkState:
        """Return the state before the first period; see `PointModel.start`."""
        ahead = self._ahead(panel, periods)
        n = panel.n_items
        nothing = [np.zeros((1, n, width), dtype=np.float32) for width in self._widths]
        memory = tuple((w,) * delay for w, delay in zip(nothing, self.delays, strict=True))
        level = np.tile(ahead.start, (len(ahead.alpha), 1))
        output = np.zeros((1, n, self._hidden), dtype=np.float32)
        return NetworkState(ahead, 0, level, np.zeros(n), memory, output)

    def step(self, state: NetworkState, seen: Seen) -> NetworkState:
        """Return the state after one more period; see `PointModel.step`."""
        ahead, period = state.ahead, state.period
        index = ahead.index[period]
        level, weight = moved(state.level, state.weight, seen.sales, index, ahead.alpha)
        told = features(state.level, level, seen.sales, index, seen.censored)
        history = np.concatenate([told[None], ahead.plan(period, period + 1)], axis=2)
        output, after = self._remember(history, tuple(past[0] for past in state.memory))
        memory = tuple((*past[1:], new) for past, new in zip(state.memory, after, strict=True))
        return NetworkState(ahead, period + 1, level, weight, memory, output)

    def forecast(self, state: NetworkState, horizon: int) -> PointForecast:
        """Return the corrected forecast; see `PointModel.forecast`."""
        ahead, first = state.ahead, state.period
        plan = ahead.plan(first, first + horizon)
        raw = self._ask(state.output, plan, ahead.static, np.arange(horizon)[None])
        base = np.maximum(state.level[0] * ahead.index[first : first + horizon], 0.0)
        share = self.trust * sureness(state.weight)
        return corrected(base.T[:, None], raw, share[:, None])

    def predict(self, panel: Panel, origins: Ints, horizon: int) -> PointForecast:
        """Return the corrected forecast from every origin; see `PointModel.predict`."""
        longest = max(len(origins) * horizon, int(origins[-1]) + 1 + horizon)
        chunk = max(1, ROWS // longest)
        parts = [
            self._predict_some(
                panel.take(np.arange(first, min(first + chunk, panel.n_items))), origins, horizon
            )
            for first in range(0, panel.n_items, chunk)
        ]
        return PointForecast.joined(parts, axis=0)

    def _predict_some(self, panel: Panel, origins: Ints, horizon: int) -> PointForecast:
        last = int(origins[-1])
        inputs = self.inputs(panel, last + 1, horizon)
        before = tuple(
            np.zeros((delay, panel.n_items, width), dtype=np.float32)
            for delay, width in zip(self.delays, self._widths, strict=True)
        )
        states, _ = self._remember(inputs.history, before)
        ahead = np.asarray(origins)[:, None] + np.arange(1, horizon + 1)  # (O, H)
        raw = self._ask(states[origins], inputs.plan, inputs.static, ahead)
        base = inputs.level[origins][:, None] * inputs.index[ahead]  # (O, H, N)
        share = self.trust * inputs.sureness[origins].T  # (N, O)
        return corrected(np.maximum(base, 0.0).transpose(2, 0, 1), raw, share)

    def inputs(self, panel: Panel, periods: int, horizon: int) -> Inputs:
        """Return what the network reads of the first ``periods`` periods and the plan after."""
        return network_inputs(self._ahead(panel, periods + horizon), panel, periods)

    def _ahead(self, panel: Panel, periods: int) -> Ahead:
        return known_ahead(self.smoothing, self.regressors, self.statics, panel, periods)

    def _remember(
        self, history: Floats, before: tuple[Floats, ...]
    ) -> tuple[Floats, tuple[Floats, ...]]:
        """Return the body's states (T, N, D) and what it carries on."""
        feeds = {"history": history} | {f"before_{i}": b for i, b in enumerate(before)}
        names = ["states", *(f"after_{i}" for i in range(len(before)))]
        states, *after = self._body.run(names, feeds)
        return states, tuple(after)

    def _ask(self, states: Floats, plan: Floats, static: Floats, ahead: Ints) -> Floats:
        """Return the head's (N, O, H, 3) raw numbers for rows (O, H) of the plan."""
        feeds = {
            "states": states,
            "plan": plan,
            "ahead": ahead.astype(np.int64),
            "steps": np.arange(ahead.shape[1], dtype=np.int64),
        }
        if self.statics.width:
            feeds["static"] = static
        (raw,) = self._head.run(["raw"], feeds)
        return np.asarray(raw).transpose(2, 0, 1, 3)

    @cached_property
    def _body(self) -> Any:
        return session(self.body)

    @cached_property
    def _head(self) -> Any:
        return session(self.head)

    @cached_property
    def _widths(self) -> tuple[int, ...]:
        """Width of each number that the body carries."""
        return tuple(int(i.shape[2]) for i in self._body.get_inputs() if i.name != "history")

    @cached_property
    def _hidden(self) -> int:
        return int(self._body.get_outputs()[0].shape[2])

    def parts(self) -> Parts:
        """Return smoothing, regressors, statics and the graphs."""
        settings = {
            "regressors": self.regressors.description(),
            "statics": {name: list(texts) for name, texts in self.statics.levels.items()},
            "delays": list(self.delays),
            "trust": self.trust,
        }
        files = {BODY: self.body, HEAD: self.head}
        return Parts(settings, self.smoothing.parts().arrays, files)

    @classmethod
    def assemble(cls, parts: Parts) -> Self:
        """Return the model that `parts` came from."""
        told = parts.settings
        return cls(
            SmoothingModel.assemble(parts),
            Regressors.described(told["regressors"]),
            Statics({n: tuple(str(t) for t in texts) for n, texts in told["statics"].items()}),
            parts.files[BODY],
            parts.files[HEAD],
            tuple(int(delay) for delay in told["delays"]),
            float(told["trust"]),
        )


def session(graph: bytes) -> Any:
    """Return what runs a graph, on one thread."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def corrected(base: Floats, raw: Floats, share: Floats) -> PointForecast:
    """Return the forecast of a base (N, O, H) and the network's raw numbers (N, O, H, 3).

    Of the log factor on the mean the ``share`` (N, O) counts.
    The spread is the standard deviation of the sum over that of a Poisson sum:
    ``sqrt(1 + a_k * M_k)`` for the sum's mean M_k and its dispersion a_k.
    """
    mean = base * np.exp(share[..., None] * MOST * np.tanh(raw[..., 0] / MOST))
    dispersion = np.logaddexp(0.0, raw[..., 2])  # softplus
    return PointForecast(mean, np.sqrt(1.0 + dispersion * np.cumsum(mean, axis=2)))
