"""ARIMA with regressors for the season and the plan, fitted for all items at once."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from forecasters._base import Calibrating
from forecasters._choice import mean_level
from forecasters._least_squares import (
    Order,
    mean_square,
    normal_equations,
    search,
    solve_shrunk,
)
from forecasters._options import Count, Weight
from replenish.arrays import Bools, Floats
from replenish.data.panel import Panel
from replenish.forecasting.arima import ArimaModel, effect_by_period
from replenish.forecasting.matching import with_pooled
from replenish.forecasting.point import observed_sales
from replenish.forecasting.regressors import Regressors


@dataclass
class Arima(Calibrating):
    """Regression with ARIMA errors of one order for all items; no search per item.

    Attributes:
        autoregressive: p, 0 or 1.
        difference: d, 0 or 1; 1 lets the level wander.
        moving_average: q, 0 or 1.
        shrinkage: How much an item's coefficients lean on the best for all; 0 = not at all.
        effect_periods: Periods that the effects all items share count for against its own.
        rounds: Times that regression and coefficients are fitted in turn.
    """

    autoregressive: int = 1
    difference: int = 1
    moving_average: int = 1
    shrinkage: Weight = 30.0
    effect_periods: Weight = 100.0
    rounds: Count = 2

    def __post_init__(self) -> None:
        for name in ("autoregressive", "difference", "moving_average"):
            if getattr(self, name) not in {0, 1}:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 0 or 1")

    def _train(self, past: Panel, horizon: int) -> ArimaModel:  # noqa: ARG002
        order = Order(self.autoregressive, self.difference, self.moving_average)
        regressors = Regressors.learnt(past)
        scale = mean_level(observed_sales(past))
        scale = np.where(scale > 0, scale, 1.0)
        sales = observed_sales(past) / scale[:-1, None]
        seen = ~np.isnan(sales)
        sales = np.nan_to_num(sales)
        number = seen.sum(axis=1)
        coefficients = np.tile([0.3, -0.9] if order.difference else [0.5, 0.0], (past.n_items, 1))
        coefficients *= [order.autoregressive, order.moving_average]
        for _ in range(self.rounds):
            phi, theta = coefficients[:, :1], coefficients[:, 1:]
            columns = _columns(regressors, past, sales, seen)
            products = normal_equations(columns, phi, theta, order.difference)
            effects, shared = solve_shrunk(products, number, self.effect_periods)
            noise = np.where(
                seen, sales - effect_by_period(regressors, effects, past, past.n_periods), 0.0
            )
            coefficients, pooled = search(noise, seen, order, self.shrinkage)
        phi, theta = coefficients[:, :1], coefficients[:, 1:]
        variance = mean_square(noise, seen, phi, theta, order.difference)[:, 0]
        return ArimaModel(
            past.item_ids,
            order.difference,
            regressors,
            with_pooled(phi[:, 0], pooled[0]),
            with_pooled(theta[:, 0], pooled[1]),
            with_pooled(np.maximum(variance, 1e-6), max(float(np.median(variance)), 1e-6)),
            with_pooled(effects, shared),
            scale,
        )


def _columns(
    regressors: Regressors, past: Panel, sales: Floats, seen: Bools
) -> Iterator[tuple[Floats, Bools]]:
    """Yield per period (N, K + 2) regressors, constant and sales, and (N, 1) what was seen."""
    shared = regressors.shared(past, past.n_periods)
    own = regressors.own(past, past.n_periods)
    ones = np.ones((len(sales), 1))
    for period in range(past.n_periods):
        mine = [values[:, period, None] for values in own]
        now = np.broadcast_to(shared[period], (len(sales), shared.shape[1]))
        yield (
            np.concatenate([now, *mine, ones, sales[:, period, None]], axis=1),
            seen[:, period, None],
        )
