"""What the forecasters of the ARIMA family share: regression and errors fitted in turn."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasters._arima_errors import Series
from forecasters._arima_fit import Fit, fit_items
from forecasters._arima_order import Order
from forecasters._base import Calibrating
from forecasters._choice import mean_level
from forecasters._options import Count, Weight
from forecasters._regression import centred, normal_equations, solve_shrunk
from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.arima import ArimaModel, effect_by_period
from replenish.forecasting.matching import with_pooled
from replenish.forecasting.point import observed_sales
from replenish.forecasting.regressors import Regressors
from replenish.forecasting.statespace import StateSpace

FEWEST = 10  # observations from which an item's own variance is taken
FIRST_FREE = {0: (0.5, 0.0), 1: (0.3, 1.4)}  # by d: rough free numbers before anything is fitted


@dataclass
class ArimaFamily(Calibrating):
    """Regression on season, year and plan with (seasonal) ARIMA errors, per item.

    Attributes:
        shrinkage: How much an item's coefficients lean on the best for all; 0 = not at all.
        effect_periods: Periods that the effects all items share count for against its own.
        rounds: Times that regression and coefficients are fitted in turn.
        exact: Whether coefficients go on from the conditional to the exact likelihood; slower,
            and the same but for short histories.
    """

    shrinkage: Weight = 30.0
    effect_periods: Weight = 100.0
    rounds: Count = 2
    exact: bool = False

    @abstractmethod
    def _orders(self, past: Panel) -> tuple[Order, ...]:
        """Return one order for all items, or several to choose from item by item.

        The first one is that of the first look at the regression.
        """

    def _train(self, past: Panel, horizon: int) -> ArimaModel:  # noqa: ARG002
        orders = self._orders(past)
        scale = mean_level(observed_sales(past))
        scale = np.where(scale > 0, scale, 1.0)
        places = not any(order.seasonal_difference for order in orders)
        regressors = Regressors.learnt(past, places=places)
        task = Task(past, self, regressors, observed_sales(past) / scale[:-1, None])
        effects, shared = task.first_effects(orders[0])
        series = task.noise(effects)
        groups = choose_orders(series, orders, self.shrinkage)
        fits = task.fits(series, groups)
        for _ in range(self.rounds - 1):
            effects, shared = task.effects(fits)
            fits = task.fits(task.noise(effects), groups)
        return assembled(task, fits, with_pooled(effects, shared), scale)


@dataclass(frozen=True, eq=False)
class Task:
    """The past in the units of the fit.

    Attributes:
        past: N items.
        settings: How to fit.
        regressors: What is known ahead.
        sales: (N, T) in scales, NaN where nothing is known.
    """

    past: Panel
    settings: ArimaFamily
    regressors: Regressors
    sales: Floats

    def effects(self, fits: Sequence[tuple[Ints, Fit]]) -> tuple[Floats, Floats]:
        """Return (N, K + 1) effects and (K + 1,) shared ones, the errors as fitted."""
        pairs = [(rows, fit.order.space(fit.free)) for rows, fit in fits]
        return self._effects(pairs)

    def first_effects(self, order: Order) -> tuple[Floats, Floats]:
        """Return the effects under a rough guess of the errors of this order."""
        n = self.past.n_items
        p, q, *_ = order.sizes
        phi, theta = FIRST_FREE[order.difference]
        free = np.zeros((n, order.n_coefficients))
        free[:, :1] = phi if p else 0.0
        free[:, p : p + 1] = theta if q else free[:, p : p + 1]
        return self._effects([(np.arange(n), order.space(free))])

    def _effects(self, pairs: Sequence[tuple[Ints, StateSpace]]) -> tuple[Floats, Floats]:
        k = self.regressors.n_shared + len(self.regressors.names) + 2
        products = np.zeros((len(self.sales), k, k))
        for rows, space in pairs:
            past = self.past.take(rows)
            products[rows] = normal_equations(self.regressors, past, self.sales[rows], space)
        number = (~np.isnan(self.sales)).sum(axis=1)
        effects, shared = solve_shrunk(products, number, self.settings.effect_periods)
        return centred(self.regressors, self.past, self.sales, effects, shared)

    def noise(self, effects: Floats) -> Series:
        """Return what the regression leaves."""
        explained = effect_by_period(self.regressors, effects, self.past, self.past.n_periods)
        seen = ~np.isnan(self.sales.T)
        return Series(np.where(seen, np.nan_to_num(self.sales.T) - explained, 0.0), seen)

    def fits(self, series: Series, groups: Sequence[tuple[Ints, Order]]) -> list[tuple[Ints, Fit]]:
        """Return the fit of each group of items."""
        shrinkage, exact = self.settings.shrinkage, self.settings.exact
        return [
            (rows, fit_items(order, series.take(rows), shrinkage, exact=exact))
            for rows, order in groups
        ]


def choose_orders(
    series: Series, orders: Sequence[Order], shrinkage: float
) -> list[tuple[Ints, Order]]:
    """Return the items by the order that the corrected Akaike criterion likes best for each.

    Errors of all candidates count over the same periods of an item, those after the longest
    reach of any of them, and the level counts as one parameter whether it is a constant (d = 0)
    or set by the first value (d = 1), as the season does (s - 1 numbers of a regression or set
    by the first values); so orders of different d and D are compared on the same data
    (Hyndman & Khandakar 2008 compare them by tests instead, since their likelihoods differ).
    """
    everyone = np.arange(series.seen.shape[1])
    if len(orders) == 1:
        return [(everyone, orders[0])]
    skip = max(order.reach for order in orders)
    scores = []
    for order in orders:
        fit = fit_items(order, series, shrinkage, skip)
        scores.append(corrected_akaike(fit, order.n_coefficients + 2))  # level, variance
    best = np.argmin(np.stack(scores), axis=0)
    return [(np.flatnonzero(best == i), orders[i]) for i in np.unique(best)]


def corrected_akaike(fit: Fit, parameters: int) -> Floats:
    """Return (N,) AICc of Gaussian errors (Hurvich & Tsai 1989); infinite where n is too small."""
    number = fit.number
    spare = number - parameters - 1
    likelihood = number * np.log(fit.square / number + 1e-12)
    penalty = 2.0 * parameters * number / np.maximum(spare, 1e-9)
    return np.where(spare > 0, likelihood + penalty, np.inf if parameters > 2 else 0.0)


def assembled(
    task: Task, fits: Sequence[tuple[Ints, Fit]], effects: Floats, scale: Floats
) -> ArimaModel:
    """Return the model of all groups, coefficients padded with zeros to the highest order."""
    n = task.past.n_items
    widths = np.max([fit.order.sizes for _, fit in fits], axis=0)
    coefficients = [np.zeros((n + 1, width)) for width in widths]
    orders = np.zeros((n + 1, 2), dtype=int)
    variance = np.zeros(n + 1)
    for rows, fit in fits:
        orders[rows] = fit.order.difference, fit.order.seasonal_difference
        variance[rows] = np.maximum(fit.variance, 1e-6)
        for whole, part in zip(coefficients, fit.order.coefficients(fit.free), strict=True):
            whole[rows, : part.shape[1]] = part
    most = max(fits, key=lambda pair: len(pair[0]))[1]
    orders[-1] = most.order.difference, most.order.seasonal_difference
    for whole, part in zip(coefficients, most.order.coefficients(most.pooled[None]), strict=True):
        whole[-1, : part.shape[1]] = part[0]
    number = (~np.isnan(task.sales)).sum(axis=1)
    told = variance[:-1][number >= FEWEST]
    variance[-1] = float(np.median(told)) if len(told) else 1.0
    variance[:-1][number < FEWEST] = variance[-1]
    phi, theta, seasonal_phi, seasonal_theta = coefficients
    return ArimaModel(
        task.past.item_ids,
        max(fit.order.season for _, fit in fits),
        task.regressors,
        orders[:, 0],
        orders[:, 1],
        phi,
        theta,
        seasonal_phi,
        seasonal_theta,
        variance,
        effects,
        scale,
    )
