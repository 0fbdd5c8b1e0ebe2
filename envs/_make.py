"""From the keyword arguments of ``gymnasium.make`` to a source of episodes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np

from replenish.arrays import Floats
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes, EpisodeSource, PanelEpisodes, random_lead_times
from replenish.errors import unknown
from replenish.forecasting.forecast import DemandSum, Forecast, ForecastTable
from replenish.forecasting.path import ForecastLookup, SteadyForecast
from replenish.items import DEFAULTS, Items, UnmetDemand
from replenish.simulation import Episode
from replenish.state import InventoryState


@dataclass(frozen=True, eq=False)
class Replay:
    """Episodes that replay one array of demands; its mean and spread are the forecast.

    Attributes:
        items: One row.
        demand: (T,) units.
    """

    items: Items
    demand: Floats

    def draw(self, rows: int, rng: np.random.Generator) -> Episode:
        """Return an episode of this many rows, equal but for lead times and review days."""
        items = self.items.take(np.zeros(rows, dtype=np.int64))
        n, width = rows, items.longest_lead_time
        start = InventoryState(np.zeros(n), np.zeros((n, width)), np.zeros(n))
        demand = np.repeat(self.demand[:, None], rows, axis=1)
        lead_times = random_lead_times(items, len(demand), rng)
        forecasts = SteadyForecast(self._forecast(rows))
        phase = rng.integers(0, items.review_period)
        return Episode(items, demand, forecasts, start, lead_times, phase)

    def _forecast(self, rows: int) -> Forecast:
        """Return mean and standard deviation of the whole array, normal over lead time and review.

        Who replays knows demand: this forecast does too, from the first period on.
        """
        cover = int(self.items.protection_period[0])
        mean, std = float(self.demand.mean()), float(self.demand.std())
        levels = np.array((0.05, 0.25, 0.5, 0.75, 0.95))
        scores = np.array((-1.645, -0.674, 0.0, 0.674, 1.645))
        spread = std * np.sqrt(cover)
        quantiles = np.tile(np.maximum(mean * cover + spread * scores, 0.0), (rows, 1))
        total = DemandSum(np.full(rows, mean * cover), np.full(rows, spread), quantiles, levels)
        return Forecast(np.full((rows, cover), mean), np.full((rows, cover), std), total)


@dataclass(frozen=True, eq=False)
class FixedStart:
    """Episodes of another source, begun with stock that the user set.

    Attributes:
        source: Draws demand.
        on_hand: Units of one row at period 0.
        on_order: (L,) units of one row under way; entry k arrives in k + 1 periods.
    """

    source: EpisodeSource
    on_hand: float
    on_order: Floats

    @property
    def items(self) -> Items:
        """The items of the source."""
        return self.source.items

    def draw(self, rows: int, rng: np.random.Generator) -> Episode:
        """Return an episode that begins with this stock."""
        episode = self.source.draw(rows, rng)
        start = InventoryState(
            np.full(rows, self.on_hand), np.tile(self.on_order, (rows, 1)), np.zeros(rows)
        )
        return replace(episode, start=start)


def family_source(
    demand: str | Sequence[float] | Floats = "poisson",
    demand_mean: float = 5.0,
    demand_std: float = 0.0,
    periods: int = 256,
    unmet_demand: UnmetDemand = "lost",
    **parameters: Any,
) -> EpisodeSource:
    """Return the episodes of one item with demand from a family or from an array.

    Args:
        demand: Name of a family (see `DemandFamily`) or (T,) units to replay.
        demand_mean: Units per period.
        demand_std: Units per period, for the negative binomial.
        periods: Length of an episode; an array brings its own.
        unmet_demand: ``lost`` or ``backorder``.
        **parameters: Of the item (see `Items`); ``initial_on_hand`` units and
            ``initial_on_order`` (L,) units set the start, 0 by default.

    Raises:
        InputError: A parameter or family has no such name.
    """
    on_hand = float(parameters.pop("initial_on_hand", 0.0))
    on_order = np.atleast_1d(np.asarray(parameters.pop("initial_on_order", 0.0), dtype=float))
    for name in parameters:
        if name not in DEFAULTS:
            raise unknown("parameter", name, (*DEFAULTS, "initial_on_hand", "initial_on_order"))
    _check_unmet(unmet_demand)
    if periods < 1:
        raise ValueError(f"periods is {periods}, expected 1 or more")
    items = Items.build(1, unmet_demand, **parameters)
    source: EpisodeSource
    if isinstance(demand, str):
        family = DemandFamily(demand, demand_mean, demand_std)
        source = DrawnEpisodes(family, items, periods)
    else:
        source = Replay(items, _checked_demand(demand))
    return FixedStart(source, _checked_start(on_hand), _fit(on_order, items.longest_lead_time))


def panel_source(
    items: Items,
    demand: Floats,
    forecasts: ForecastTable,
    periods: int = 64,
    unmet_demand: UnmetDemand | None = None,
) -> PanelEpisodes:
    """Return the episodes of a panel's items, cut at random from where forecasts exist.

    Args:
        items: I items.
        demand: (I, T) units to replay (see `replenish.data.demand.realised_demand`).
        forecasts: Of the same items; every origin but the last can be the period before a start.
        periods: Length of an episode.
        unmet_demand: ``lost`` or ``backorder``; None: what the items say.

    Raises:
        InputError: There is no such way to count unmet demand.
        ValueError: Demand is not that of the items, or none in a period that can be played.
    """
    if unmet_demand is not None:
        _check_unmet(unmet_demand)
        items = replace(items, unmet_demand=unmet_demand)
    expected = (len(items), len(forecasts.mean))
    if demand.ndim != 2 or expected != (len(demand), len(demand)):
        raise ValueError(
            f"demand has shape {demand.shape}, of {expected[0]} items and {expected[1]} forecasts"
        )
    lookup = ForecastLookup.of(forecasts, items.protection_period)
    first = int(forecasts.origins[0]) + 1
    last = min(int(forecasts.origins[-1]) + 1, demand.shape[1] - 1)
    bad = ~(demand >= 0) | np.isinf(demand)
    bad[:, :first] = bad[:, last + 1 :] = False
    if bad.any():
        item, period = (int(where[0]) for where in np.nonzero(bad))
        value = demand[item, period]
        raise ValueError(f"demand[{item}, {period}] is {value}, expected 0 units or more")
    return PanelEpisodes(items, demand, demand, lookup, first, last, periods)


def _check_unmet(unmet_demand: str) -> None:
    """Refuse a way to count unmet demand that does not exist."""
    if unmet_demand not in get_args(UnmetDemand):
        raise unknown("unmet_demand", unmet_demand, get_args(UnmetDemand))


def _checked_demand(demand: Sequence[float] | Floats) -> Floats:
    """Return the demands to replay as (T,) floats, or say what is wrong with them."""
    values = np.asarray(demand, dtype=float)
    if values.ndim != 1 or values.size == 0:
        raise ValueError(
            f"demand has shape {values.shape}, expected (T,) units with T of 1 or more"
        )
    bad = ~(values >= 0) | np.isinf(values)
    if bad.any():
        period = int(np.argmax(bad))
        raise ValueError(f"demand[{period}] is {values[period]}, expected 0 units or more")
    return values


def _checked_start(on_hand: float) -> float:
    """Return the starting stock, or say what is wrong with it."""
    if not 0 <= on_hand < np.inf:
        raise ValueError(f"initial_on_hand is {on_hand}, expected 0 units or more")
    return on_hand


def _fit(on_order: Floats, columns: int) -> Floats:
    """Return the pipeline of one row with this many columns, the missing ones empty."""
    if on_order.ndim != 1 or (~((on_order >= 0) & (on_order < np.inf))).any():
        raise ValueError(f"initial_on_order is {on_order}, expected (L,) units of 0 or more")
    if on_order.size > columns and on_order[columns:].any():
        raise ValueError(
            f"initial_on_order has {on_order.size} entries, the lead time leaves room for {columns}"
        )
    return np.pad(on_order[:columns], (0, max(0, columns - on_order.size)))
