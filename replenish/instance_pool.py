"""Many textbook problems at once: each row of an episode is one of a pool of instances."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from replenish.demand_families import DemandFamily
from replenish.episodes import random_lead_times, steady_start
from replenish.forecasting.forecast import LEVELS, DemandSum, Forecast
from replenish.forecasting.path import SteadyForecast
from replenish.items import Items
from replenish.simulation import Episode


@dataclass(frozen=True, eq=False)
class InstancePool:
    """Episodes in which every row has costs, lead time and demand of its own.

    An agent that learns on them has to read the instance off its observation: costs and lead
    time are features, the distribution of demand is seen in the forecast.

    Attributes:
        items: I items, one per instance.
        families: I distributions of demand per period.
        forecast: What each of the I instances expects: the true distribution.
        periods: Length T of an episode.
    """

    items: Items
    families: Sequence[DemandFamily]
    forecast: Forecast
    periods: int = 256

    @classmethod
    def of(
        cls,
        items: Items,
        families: Sequence[DemandFamily],
        periods: int = 256,
    ) -> Self:
        """Return the pool of these items, each with the demand of the same number.

        Raises:
            ValueError: There is not one family for every item.
        """
        if len(families) != len(items):
            raise ValueError(f"{len(families)} families for {len(items)} items, expected as many")
        cover = items.protection_period
        own = [f.forecast(cover[k : k + 1]) for k, f in enumerate(families)]
        return cls(items, families, _stack(own, int(cover.max())), periods)

    def draw(self, rows: int, rng: np.random.Generator) -> Episode:
        """Return an episode of random instances with random starting stock."""
        chosen = rng.integers(0, len(self.items), rows)
        items, expected = self.items.take(chosen), self.forecast.take(chosen)
        demand = np.empty((self.periods, rows))
        for column, number in enumerate(chosen):
            demand[:, column] = self.families[number].draw((self.periods,), rng)
        return Episode(
            items=items,
            demand=demand,
            forecasts=SteadyForecast(expected),
            start=steady_start(items, expected, rng.uniform(0.0, 2.0, rows)),
            lead_times=random_lead_times(items, self.periods, rng),
            review_phase=rng.integers(0, items.review_period),
        )


def _stack(own: Sequence[Forecast], horizon: int) -> Forecast:
    """Return the rows of several forecasts as one; what lies beyond a row's cover goes on."""
    totals = [forecast.lead_time_demand for forecast in own]
    total = DemandSum(
        np.concatenate([t.mean for t in totals]),
        np.concatenate([t.std for t in totals]),
        np.concatenate([t.quantiles for t in totals]),
        np.array(LEVELS),
    )
    mean, std = (
        np.concatenate([np.repeat(getattr(f, name)[:, :1], horizon, axis=1) for f in own])
        for name in ("mean", "std")
    )
    return Forecast(mean, std, total)
