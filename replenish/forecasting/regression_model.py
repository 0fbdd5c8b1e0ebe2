"""Smoothing times a factor that a regression finds: one regression over all items and periods."""

from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.feature_course import Course
from replenish.forecasting.feature_memory import FeatureState, Told
from replenish.forecasting.features import Features
from replenish.forecasting.linear_map import LinearMap
from replenish.forecasting.point import Parts, PointForecast, Seen, under
from replenish.forecasting.regressors import Regressors
from replenish.forecasting.smoothing import SmoothingModel
from replenish.forecasting.tree_ensemble import TreeEnsemble

CELLS = 300_000  # rows of features that are in memory at once
ITEMS = 400  # items whose plan and past are in memory at once
LARGEST_FACTOR = 8.0


class Estimator(Protocol):
    """What maps features to the factor on smoothing."""

    kind: ClassVar[str]

    def factor(self, rows: Floats) -> Floats:
        """Return the (R,) factor for rows (R, F) of features."""
        ...

    def parts(self) -> Parts:
        """Return what `assemble` needs."""
        ...

    @classmethod
    def assemble(cls, parts: Parts) -> Self:
        """Return the estimator that `parts` came from."""
        ...


ESTIMATORS: dict[str, type[Estimator]] = {
    estimator.kind: estimator for estimator in (TreeEnsemble, LinearMap)
}


@dataclass(frozen=True, eq=False)
class RegressionModel:
    """``mean = level * season index * (1 + trust * (times * factor(features) - 1))``.

    Attributes:
        features: What is read of item, origin and period ahead.
        estimator: Gives the factor.
        trust: Share of the correction that is believed, 0 to 1; found out of sample.
        times: Makes the sum of forecasts right on what was learnt from.
    """

    kind: ClassVar[str] = "regression"
    features: Features
    estimator: Estimator
    trust: float = 1.0
    times: float = 1.0

    def start(self, panel: Panel, periods: int) -> FeatureState:
        """Return the state before the first period; see `PointModel.start`."""
        return self.features.start(panel, periods)

    def step(self, state: FeatureState, seen: Seen) -> FeatureState:
        """Return the state after one more period; see `PointModel.step`."""
        return self.features.step(state, seen)

    def forecast(self, state: FeatureState, horizon: int) -> PointForecast:
        """Return smoothing times the factor; see `PointModel.forecast`."""
        told = self.features.at(state)
        return PointForecast(self._mean(told, state.course, np.array([state.period - 1]), horizon))

    def predict(self, panel: Panel, origins: Ints, horizon: int) -> PointForecast:
        """Return smoothing times the factor from every origin; see `PointModel.predict`."""
        parts = [
            self._predict_some(panel.take(items), np.asarray(origins), horizon)
            for items in np.array_split(
                np.arange(panel.n_items), max(1, -(-panel.n_items // ITEMS))
            )
        ]
        return PointForecast(np.concatenate(parts))

    def _predict_some(self, panel: Panel, origins: Ints, horizon: int) -> Floats:
        course = self.features.course(panel, int(origins[-1]) + 1 + horizon)
        walked = self.features.walked(panel, course, int(origins[-1]) + 1)
        some = max(1, CELLS // (panel.n_items * horizon))
        return np.concatenate(
            [
                self._mean(self.features.at_origins(walked, few), course, few, horizon)
                for few in np.array_split(origins, -(-len(origins) // some))
            ],
            axis=1,
        )

    def _mean(self, told: Told, course: Course, origins: Ints, horizon: int) -> Floats:
        """Return the (N, O, H) forecast."""
        base = told.base(course, origins, horizon)  # (O, H, N)
        if self.trust == 0.0:
            return base.transpose(2, 0, 1)
        rows = self.features.rows(told, course, origins, horizon)
        found = self.estimator.factor(rows.reshape(-1, rows.shape[-1])).reshape(base.shape)
        factor = 1.0 + self.trust * (np.clip(self.times * found, 0.0, LARGEST_FACTOR) - 1.0)
        return np.asarray((base * factor).transpose(2, 0, 1))

    def parts(self) -> Parts:
        """Return smoothing, features and estimator."""
        estimator = self.estimator.parts()
        settings = {
            "regressors": self.features.regressors.description(),
            "texts": {name: list(texts) for name, texts in self.features.texts.items()},
            "past": dict(self.features.past),
            "trust": self.trust,
            "times": self.times,
            "estimator": self.estimator.kind,
            "estimator_settings": dict(estimator.settings),
        }
        arrays = {f"estimator.{name}": values for name, values in estimator.arrays.items()}
        return Parts(
            settings, {**self.features.smoothing.parts().arrays, **arrays}, estimator.files
        )

    @classmethod
    def assemble(cls, parts: Parts) -> Self:
        """Return the model that `parts` came from."""
        told, own = parts.settings, under(parts.arrays, "estimator.")
        features = Features(
            SmoothingModel.assemble(parts),
            Regressors.described(told["regressors"]),
            {name: tuple(str(t) for t in texts) for name, texts in told["texts"].items()},
            {name: float(size) for name, size in told["past"].items()},
        )
        estimator = ESTIMATORS[told["estimator"]]
        inner = Parts(told["estimator_settings"], own, parts.files)
        return cls(features, estimator.assemble(inner), float(told["trust"]), float(told["times"]))
