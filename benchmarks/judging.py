"""How long judging takes: 10,000 items x 180 periods x 10 policies, part by part, one core.

    play          the agent (a network of 64 x 64) and nine formulas order for all items, one start
    count         their sums, measures and costs in blocks of two weeks
    intervals     the agent's paired differences to all, over items, over time and over both
    classes       the same within each ABC and demand class
    foresight     the bound of perfect foresight

Forecasts, plots and files are not in it; several starts take as many times play, count and
foresight. The linear programme is judged on a sample of items elsewhere.

    OMP_NUM_THREADS=1 python benchmarks/judging.py
    OMP_NUM_THREADS=1 python benchmarks/judging.py --items 1000
"""

import argparse
import time
from collections.abc import Callable
from itertools import pairwise
from typing import TypeVar

import numpy as np

from replenish.arrays import Floats
from replenish.episodes import PanelEpisodes
from replenish.features import FEATURES
from replenish.forecasting.forecast import LEVELS
from replenish.forecasting.path import ForecastLookup
from replenish.item_classes import ABC, DEMAND
from replenish.items import Items
from replenish.judging.by_class import by_class
from replenish.judging.counted import count_up
from replenish.judging.foresight import perfect_foresight_cost
from replenish.learned import LearnedPolicy
from replenish.paired import paired_differences
from replenish.plugins import load_plugin, plugin_names
from replenish.protocols import Policy
from replenish.reference import Reference
from replenish.scorecard import Calendar
from replenish.simulation import Episode, play

PERIODS, POLICIES, COVER = 180, 10, 8
Found = TypeVar("Found")


def main() -> None:
    """Print seconds per part."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--items", type=int, default=10_000)
    n_items = parser.parse_args().items
    episode, policies, calendar = made_up(n_items), contestants(), Calendar()
    took: dict[str, float] = {}

    def timed(part: str, work: Callable[[], Found]) -> Found:
        start = time.perf_counter()
        found = work()
        took[part] = took.get(part, 0.0) + time.perf_counter() - start
        return found

    counted = {}
    for name, policy in policies.items():
        ledger = timed("play", lambda policy=policy: play(policy, episode))  # type: ignore[misc]
        counted[name] = timed(
            "count",
            lambda ledger=ledger: count_up(ledger, episode.items, calendar),  # type: ignore[misc]
        )
    costs = {name: found.costs for name, found in counted.items()}
    timed("intervals", lambda: paired_differences(costs["agent"], costs))
    value = episode.demand.sum(axis=0)
    rank = np.argsort(np.argsort(-value)) / n_items
    labels = {
        ABC: tuple(np.select([rank < 0.2, rank < 0.5], ["A", "B"], "C").tolist()),
        DEMAND: tuple(np.resize(["smooth", "erratic", "intermittent", "lumpy"], n_items).tolist()),
    }
    timed("classes", lambda: by_class(counted, labels, value, calendar))
    timed("foresight", lambda: perfect_foresight_cost(episode))
    print(f"{n_items:,} items x {PERIODS} periods x {len(policies)} policies")
    for part, seconds in took.items():
        print(f"{part:12}{seconds:7.1f} s")
    print(f"{'in all':12}{sum(took.values()):7.1f} s")


def contestants() -> dict[str, Policy]:
    """Return an agent and formulas as untuned as they come, ten policies together."""
    rng, hidden = np.random.default_rng(3), 64
    widths = (len(FEATURES), hidden, hidden, 1)
    layers = [rng.normal(0.0, 0.1, shape) for shape in pairwise(widths)]

    def network(features: Floats) -> Floats:
        for weights in layers:
            features = np.tanh(features @ weights)
        return features

    names = [name for name in plugin_names("baselines") if name != "rolling_horizon"]
    kinds = [*names, *names][: POLICIES - 2]
    formulas = {f"{name} {k}": load_plugin("baselines", name)() for k, name in enumerate(kinds)}
    return {"agent": LearnedPolicy(network, Reference()), "reference": Reference(), **formulas}


def made_up(n_items: int) -> Episode:
    """Return Poisson demand with a forecast from every origin and lead times of 1 to 7 periods."""
    rng = np.random.default_rng(0)
    items = Items.build(n_items, lead_time=rng.integers(1, COVER, n_items), shortage_cost=9.0)
    rate = rng.gamma(1.0, 5.0, (n_items, 1)) * rng.uniform(0.8, 1.2, (n_items, PERIODS + 1))
    mean = np.repeat(rate.reshape(-1, 1), COVER, axis=1)  # (I x O, H)
    total = rate * items.protection_period[:, None]  # (I, O)
    spread = np.linspace(-2.3, 2.6, len(LEVELS))
    quantiles = np.maximum(total[..., None] + np.sqrt(total)[..., None] * spread, 0.0)
    context = np.zeros((*total.shape, 3))
    parts = (total[..., None], np.sqrt(total)[..., None], quantiles, context)
    laid = np.concatenate(parts, axis=2).reshape(mean.shape[0], -1)
    lookup = ForecastLookup(0, PERIODS + 1, mean, np.sqrt(mean), laid, np.array(LEVELS))
    demand = rng.poisson(rate).astype(float)
    return PanelEpisodes(items, demand, demand, lookup, 1, PERIODS).whole(rng)


if __name__ == "__main__":
    main()
