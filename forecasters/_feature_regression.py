"""What the regressions on features do alike, whatever maps features to the factor."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np

from forecasters._base import Calibrating
from forecasters._choice import boldest, mean_level
from forecasters._feature_table import Table, table_of
from forecasters._options import Count, Positive, Smoothing, Whole
from forecasters._season import fit_season_index
from replenish.arrays import Ints
from replenish.data.panel import Panel
from replenish.forecasting.features import Features
from replenish.forecasting.linear_map import LinearMap
from replenish.forecasting.point import PointModel, observed_sales
from replenish.forecasting.regression_model import Estimator, RegressionModel
from replenish.forecasting.smoothing import SmoothingModel

FEWEST_ROWS = 300  # below it smoothing is left as it is
TRUSTS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass
class FeatureRegression(Calibrating, ABC):
    """One direct regression over all items, origins and periods ahead that corrects smoothing.

    It learns on the first part of the past and is tested on the rest, where the share of its
    correction that is believed is chosen; then it learns anew from the whole past.

    Attributes:
        seed: Of the rows that are drawn, and of what the regression leaves to chance.
        rows: About how many of them are learnt from.
        alpha: Smoothing constant of the level that everything is measured in.
        shrinkage: Units of sales that the shared season counts for against the item's own.
    """

    seed: Whole = 0
    rows: Count = 150_000
    alpha: Smoothing = 0.05
    shrinkage: Positive = 200.0

    @abstractmethod
    def _estimator(self, table: Table) -> Estimator:
        """Return what maps features to the factor, learnt from the table."""

    def _train(self, past: Panel, horizon: int) -> RegressionModel:
        alpha = np.full(past.n_items + 1, self.alpha)
        level = mean_level(observed_sales(past))
        index = fit_season_index(past, self.shrinkage)
        features = Features.learnt(past, SmoothingModel(past.item_ids, alpha, index, level))
        rng = np.random.default_rng(self.seed)
        table = table_of(features, past, horizon, self.rows, rng)
        if len(table.factor) < FEWEST_ROWS:
            return RegressionModel(features, no_correction(table.rows.shape[1]), 0.0)
        estimator = self._estimator(table)
        return RegressionModel(features, estimator, 1.0, unbiased(estimator, table))

    def _tempered(self, early: PointModel, past: Panel, origins: Ints, horizon: int) -> PointModel:
        """Return the model with the largest share of its correction that did no harm."""
        model = _regression(early)
        if model.trust == 0.0:
            return model
        none, whole = (
            replace(model, trust=trust).predict(past, origins, horizon).mean for trust in (0, 1)
        )
        means = [none + trust * (whole - none) for trust in TRUSTS]
        return replace(model, trust=TRUSTS[boldest(means, past, origins)])

    def _untested(self, model: PointModel) -> RegressionModel:
        """Return smoothing: a regression that was never right on new periods is not believed."""
        return replace(_regression(model), trust=0.0)

    def _retrain(self, early: PointModel, past: Panel, horizon: int) -> RegressionModel:
        trust = _regression(early).trust
        return replace(self._train(past, horizon), trust=trust)


def _regression(model: PointModel) -> RegressionModel:
    if not isinstance(model, RegressionModel):
        raise TypeError(f"expected a regression, got {type(model).__name__}")
    return model


def unbiased(estimator: Estimator, table: Table) -> float:
    """Return what the factor is multiplied by so that units forecast add up to units sold.

    Weighted squares alone leave the sum too low: they trust high levels most, which fall back.
    """
    forecast = float(table.base @ np.maximum(estimator.factor(table.rows), 0.0))
    sold = float(table.base @ table.factor)
    return sold / forecast if min(sold, forecast) > 0 else 1.0


def no_correction(width: int) -> LinearMap:
    """Return the map of ``width`` features to 1."""
    nothing = np.zeros(width)
    empty = np.zeros(0)
    return LinearMap(nothing, nothing + 1.0, 1.0, nothing, np.zeros((width, 0)), empty, empty)
