"""Small shops for tests: an episode from demand written out, and policies as simple as can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from replenish.arrays import Floats, Ints
from replenish.demand_families import DemandFamily
from replenish.forecasting.path import SteadyForecast
from replenish.items import Items, UnmetDemand
from replenish.observation import Observation
from replenish.simulation import Episode, empty_start
from replenish.state import InventoryState


@dataclass(frozen=True, eq=False)
class UpTo:
    """Orders up to a fixed level, (N,) or one for all."""

    level: float | Floats

    def order(self, observation: Observation) -> Floats:
        return np.maximum(self.level - observation.inventory_position, 0.0)


@dataclass(frozen=True, eq=False)
class Wishes:
    """Wishes what was written down for each period, (T, N)."""

    units: Floats

    def order(self, observation: Observation) -> Floats:
        return np.asarray(self.units[observation.period])


def shop_of(
    demand: Sequence[float] | Floats,
    unmet_demand: UnmetDemand = "lost",
    *,
    on_hand: float = 0.0,
    on_order: Sequence[float] = (),
    lead_times: Ints | None = None,
    **parameters: Any,
) -> Episode:
    """Return an episode of (T,) demand for one row, or of (T, N) demand for N rows."""
    units = np.asarray(demand, dtype=float)
    units = units[:, None] if units.ndim == 1 else units
    n = units.shape[1]
    items = Items.build(n, unmet_demand, **parameters)
    forecast = DemandFamily("poisson", 5.0).forecast(items.protection_period)
    longest = items.longest_lead_time if lead_times is None else max(1, int(lead_times.max()))
    empty = empty_start(items, longest)
    pipeline = np.tile(np.pad(np.asarray(on_order, float), (0, longest - len(on_order))), (n, 1))
    start = InventoryState(np.full(n, on_hand), pipeline, empty.backorders)
    return Episode(items, units, SteadyForecast(forecast), start, lead_times)


@dataclass(frozen=True, eq=False)
class Story:
    """A random shop with random wishes."""

    episode: Episode
    wishes: Floats  # (T, N)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Draw shops over all that a shop can set: lead times, packs, limits, review periods."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, periods = draw(st.integers(1, 4)), draw(st.integers(1, 25))
    longest = draw(st.integers(0, 10))
    pack = rng.choice([0.0, 1.0, 6.0], n)
    low = rng.choice([0.0, 4.0], n)
    parameters = {
        "lead_time": rng.integers(0, longest + 1, n),
        "review_period": rng.choice([1, 1, 3, 7], n),
        "pack_size": pack,
        "min_order": rng.choice([0.0, 5.0], n),
        "max_order": rng.choice([30.0, np.inf], n),
        "min_stock": low,
        "max_stock": low + rng.choice([40.0, np.inf], n),
        "fixed_order_cost": rng.choice([0.0, 8.0], n),
        "unit_cost": rng.choice([0.0, 2.0], n),
    }
    lead_times = rng.integers(0, longest + 1, (periods, n)) if draw(st.booleans()) else None
    unmet: UnmetDemand = draw(st.sampled_from(["lost", "backorder"]))
    demand = rng.integers(0, 12, (periods, n)).astype(float)
    width = max(1, longest)
    items = Items.build(n, unmet, **parameters)
    forecast = DemandFamily("poisson", 5.0).forecast(items.protection_period)
    start = InventoryState(
        rng.integers(0, 20, n).astype(float),
        rng.integers(0, 6, (n, width)).astype(float),
        np.zeros(n),
    )
    phase = rng.integers(0, items.review_period)
    steady = SteadyForecast(forecast)
    episode = Episode(items, demand, steady, start, lead_times, phase)
    quarters = rng.integers(-20, 160, (periods, n))  # exact in binary, whatever is summed first
    return Story(episode, quarters / 4.0)
