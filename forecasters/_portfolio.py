"""What forecasters made of other forecasters do alike: train, choose on later periods, train."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Any, TypeAlias

import numpy as np
from pydantic import Field

from forecasters._base import Calibrating
from forecasters._options import Whole
from replenish.arrays import Floats, Ints
from replenish.backtest.choice import gate_for
from replenish.chosen import make_plugin
from replenish.config import ForecastConfig
from replenish.data.panel import Panel
from replenish.errors import InputError, unknown
from replenish.forecasting.matching import with_pooled
from replenish.forecasting.point import PointModel, observed_sales, open_days_only
from replenish.forecasting.portfolio import PortfolioModel
from replenish.plugins import load_plugin

Names: TypeAlias = Annotated[tuple[str, ...], Field(min_length=1)]
Options: TypeAlias = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class PastForecasts:
    """What came true of K members' forecasts on periods that they had not seen.

    Attributes:
        actual: (N, O, H) units, NaN where they are not judged.
        means: K times (N, O, H) forecast units.
        scale: (N,) root mean squared one-step naive error of the periods before.
    """

    actual: Floats
    means: Sequence[Floats]
    scale: Floats

    def errors(self, weights: Floats) -> Floats:
        """Return (N,) RMSSE of the mean with weights (K,); NaN where nothing is judged."""
        squares = (self.blend(weights) - self.actual) ** 2
        number = np.isfinite(squares).sum(axis=(1, 2))
        mean = np.nansum(squares, axis=(1, 2)) / np.maximum(number, 1)
        return np.where(number > 0, np.sqrt(mean) / self.scale, np.nan)

    def loss(self, weights: Floats, rows: Ints) -> float:
        """Return the mean RMSSE over some items, 0 where nothing is judged."""
        errors = self.errors(weights)[rows]
        return float(np.nanmean(errors)) if np.isfinite(errors).any() else 0.0

    def bias(self, weights: Floats, rows: Ints) -> float:
        """Return units forecast over units sold, minus 1, over some items."""
        actual, mean = self.actual[rows], self.blend(weights)[rows]
        seen = np.isfinite(actual)
        return float((mean - actual)[seen].sum()) / max(float(actual[seen].sum()), 1e-9)

    def blend(self, weights: Floats) -> Floats:
        """Return the (N, O, H) mean with weights (K,)."""
        pairs = [(w, mean) for w, mean in zip(weights, self.means, strict=True) if w > 0]
        return np.asarray(sum(w * mean for w, mean in pairs))

    def best(self, candidates: Sequence[Floats], rows: Ints) -> Floats:
        """Return the weights (K,) of the smallest mean RMSSE over items without undue bias."""
        losses = [self.loss(weights, rows) for weights in candidates]
        biases = [self.bias(weights, rows) for weights in candidates]
        gate = gate_for(biases)
        fair = [k for k, bias in enumerate(biases) if gate.passes(bias)]
        return candidates[min(fair, key=lambda k: losses[k])]


@dataclass
class PortfolioForecaster(Calibrating, ABC):
    """Members learn on the first part of the past and are weighed on the rest of it.

    Those with a weight then learn from the whole past.

    Attributes:
        members: Names of files in forecasters/; none is made of others itself.
        options: Name -> options of that member.
        seed: Of every member that leaves something to chance.
    """

    members: Names = ("lstm", "gradient_boosting")
    options: Options = field(default_factory=dict)
    seed: Whole = 0
    _learners: tuple[Calibrating, ...] = field(default=(), init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse members that do not exist, with options that they do not have."""
        for name in self.options:
            if name not in self.members:
                raise unknown("member with options", name, self.members)
        self._made()

    @abstractmethod
    def _weights(self, record: PastForecasts, past: Panel, first: int) -> Floats:
        """Return (N + 1, K) weights, the last for unknown items.

        Args:
            record: Of the members, on periods after ``first``.
            past: The whole past.
            first: Last period that the members learnt from.
        """

    def _made(self) -> tuple[Calibrating, ...]:
        made = []
        for name in self.members:
            options = dict(self.options.get(name, {}))
            kind = load_plugin("forecasters", name)
            if issubclass(kind, PortfolioForecaster):
                raise InputError(f"member {name!r} is made of others; name its members instead")
            if any(option.name == "seed" for option in fields(kind)):
                options.setdefault("seed", self.seed)
            made.append(make_plugin("forecasters", ForecastConfig(name=name, options=options)))
        return tuple(made)

    def _train(self, past: Panel, horizon: int) -> PortfolioModel:
        self._learners = self._made()
        models = tuple(learner._train(past, horizon) for learner in self._learners)
        equal = np.full((past.n_items + 1, len(models)), 1.0 / len(models))
        return PortfolioModel(models, past.item_ids, equal)

    def _tempered(
        self, early: PointModel, past: Panel, origins: Ints, horizon: int
    ) -> PortfolioModel:
        """Return the early members, weighed by how they did after what they learnt from."""
        portfolio = _portfolio(early)
        pairs = zip(self._learners, portfolio.members, strict=True)
        models = tuple(learner._tempered(model, past, origins, horizon) for learner, model in pairs)
        forecasts = [model.predict(past, origins, horizon) for model in models]
        means = [open_days_only(told, past, origins).mean for told in forecasts]
        weights = self._weights(_record(means, past, origins), past, int(origins[0]))
        return replace(portfolio, members=models, weights=weights)

    def _untested(self, model: PointModel) -> PortfolioModel:
        portfolio = _portfolio(model)
        pairs = zip(self._learners, portfolio.members, strict=True)
        return replace(portfolio, members=tuple(own._untested(member) for own, member in pairs))

    def _retrain(self, early: PointModel, past: Panel, horizon: int) -> PortfolioModel:
        """Return the members that have a weight, learnt from the whole past."""
        portfolio = _portfolio(early)
        used = np.flatnonzero(portfolio.weights.any(axis=0))
        models = tuple(
            self._learners[k]._retrain(portfolio.members[k], past, horizon) for k in used
        )
        return PortfolioModel(models, portfolio.item_ids, portfolio.weights[:, used])


def _portfolio(model: PointModel) -> PortfolioModel:
    if not isinstance(model, PortfolioModel):
        raise TypeError(f"expected a portfolio, got {type(model).__name__}")
    return model


def _record(means: Sequence[Floats], past: Panel, origins: Ints) -> PastForecasts:
    """Return the record against demand completed where stock ran out.

    Periods in stock alone are the calm ones: judged on them, whoever is too low would win.
    """
    horizon = means[0].shape[2]
    sales = observed_sales(past)
    steps = np.diff(sales[:, : int(origins[0]) + 1], axis=1) ** 2
    number = np.maximum(np.isfinite(steps).sum(axis=1), 1)
    square = np.nansum(steps, axis=1) / number
    usual = float(np.median(square[square > 0])) if (square > 0).any() else 1.0
    scale = np.sqrt(np.where(square > 0, square, usual))
    return PastForecasts(sales[:, origins[:, None] + np.arange(1, horizon + 1)], means, scale)


def the_same_for_all(weights: Floats, n_items: int) -> Floats:
    """Return (N + 1, K) the weights (K,) of every item."""
    return with_pooled(np.tile(weights, (n_items, 1)), weights)
