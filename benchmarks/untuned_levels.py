"""How far the untuned (s, S) formula is above the best pair where ordering costs money.

Demand that waits is answered exactly (`replenish.exact.fixed_cost`), demand that is lost by
simulation: every pair of a grid on the same demand, so that the best one is not quite the best.
Beside the formula stands the textbook's reorder point of one order a cycle, p / (p + h Q / d).

    python benchmarks/untuned_levels.py                  both, five minutes
    python benchmarks/untuned_levels.py --unmet backorder
"""

import argparse
import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias, get_args

import numpy as np
from scipy.special import ndtri
from tqdm import tqdm

from benchmarks.textbook import FixedLevels
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes
from replenish.exact.backorder import BackorderProblem
from replenish.exact.demand import DiscreteDemand
from replenish.exact.fixed_cost import best_reorder_levels, reorder_cost
from replenish.forecasting.forecast import DemandSum
from replenish.items import Items, UnmetDemand
from replenish.order_cycles import HIGHEST_SCORE, economic_order_quantity
from replenish.reference import Levels, Reference
from replenish.simulation import play

Cost: TypeAlias = Callable[[int, int], float]  # of s and S
FAMILIES = ("poisson", "geometric")
MEANS = {"backorder": (2, 5, 10, 15, 20, 21, 25, 30, 40, 50, 100), "lost": (2, 5, 20, 50)}
COSTS = {  # lead time, shortage cost, fixed order cost; h = 1
    "backorder": ((0, 9, 64), (2, 9, 64), (4, 19, 200), (2, 4, 20), (2, 39, 500), (1, 9, 5)),
    "lost": (
        (2, 9, 64), (6, 19, 200), (2, 4, 20), (1, 19, 5), (2, 39, 500), (4, 60, 2000), (8, 60, 100)
    ),
}  # fmt: skip
ROWS, PERIODS, RUN_UP = 20, 400, 80  # of the simulation; the first periods do not count


class Case(NamedTuple):
    """One problem: its demand, and one row with its parameters."""

    family: DemandFamily
    items: Items


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return 0."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--unmet", choices=get_args(UnmetDemand), help="one of them alone")
    chosen = parser.parse_args(arguments).unmet
    for unmet in [chosen] if chosen else get_args(UnmetDemand):
        found = [above(case) for case in tqdm(list(cases(unmet)), desc=unmet, leave=False)]
        formula, textbook = 100.0 * np.array(found).T
        print(f"unmet demand: {unmet}, {len(found)} problems; per cent above the best pair")
        for name, gaps in (("formula", formula), ("p / (p + h Q / d)", textbook)):
            print(
                f"  {name:18s} mean {gaps.mean():5.1f}   median {np.median(gaps):5.1f}   "
                f"nine in ten below {np.quantile(gaps, 0.9):5.1f}   worst {gaps.max():5.1f}"
            )
    return 0


def cases(unmet: UnmetDemand) -> Iterator[Case]:
    """Yield the problems of one kind."""
    for name, mean, costs in itertools.product(FAMILIES, MEANS[unmet], COSTS[unmet]):
        lead_time, shortage, fixed = costs
        items = Items.build(
            1, unmet, lead_time=lead_time, shortage_cost=shortage, fixed_order_cost=fixed,
            pack_size=1,
        )  # fmt: skip
        yield Case(DemandFamily(name, float(mean)), items)


def above(case: Case) -> tuple[float, float]:
    """Return what the formula and the textbook's cost above the best pair, as ratios less one."""
    forecast = case.family.forecast(case.items.protection_period)
    pairs = (
        Reference().levels(case.items, forecast),
        textbook(case.items, forecast.lead_time_demand),
    )
    cost, best = exact(case) if case.items.unmet_demand == "backorder" else simulated(case)
    ours, theirs = (cost(*whole(pair)) for pair in pairs)
    best = min(ours, theirs, best)
    return ours / best - 1.0, theirs / best - 1.0


def exact(case: Case) -> tuple[Cost, float]:
    """Return the cost of a pair per period, and of the best pair, where demand waits."""
    items, demand = case.items, DiscreteDemand.of_family(case.family)
    lead_time, shortage = int(items.lead_time[0]), float(items.shortage_cost[0])
    fixed = float(items.fixed_order_cost[0])
    problem = BackorderProblem(demand, lead_time, 1.0, shortage, fixed_order_cost=fixed)
    return partial(reorder_cost, problem), best_reorder_levels(problem).cost


def simulated(case: Case) -> tuple[Cost, float]:
    """Return the cost of a pair per period, and of the best pair of a grid, where it is lost."""
    source = DrawnEpisodes(case.family, case.items, PERIODS)
    episode = source.draw(ROWS, np.random.default_rng(0))

    def cost(reorder_point: int, order_up_to_level: int) -> float:
        ledger = play(FixedLevels(reorder_point, order_up_to_level), episode)
        return float(ledger.cost[RUN_UP:].mean())

    return cost, min(cost(*pair) for pair in grid(case))


def textbook(items: Items, total: DemandSum) -> Levels:
    """Return (s, S) with the reorder point of one order a cycle."""
    rate = total.mean / items.protection_period
    quantity = economic_order_quantity(items, rate)
    periods = np.maximum(quantity / rate, 1.0)
    score = ndtri(items.shortage_cost / (items.shortage_cost + items.holding_cost * periods))
    reorder_point = total.at_score(np.clip(score, -HIGHEST_SCORE, HIGHEST_SCORE))
    return Levels(reorder_point, reorder_point + quantity)


def whole(levels: Levels) -> tuple[int, int]:
    """Return (s, S) in whole units."""
    reorder_point = int(np.floor(levels.reorder_point[0]))
    return reorder_point, max(round(float(levels.order_up_to_level[0])), reorder_point + 1)


def grid(case: Case) -> Iterator[tuple[int, int]]:
    """Yield pairs around what could be good."""
    total = case.family.forecast(case.items.protection_period).lead_time_demand
    mean, deviation = float(total.mean[0]), float(total.std[0])
    rate = np.array([case.family.mean])
    quantity, period = float(economic_order_quantity(case.items, rate)[0]), case.family.mean
    low, high = mean - 1.5 * deviation - 0.3 * period, mean + 2.8 * deviation
    for s in np.unique(np.round(np.linspace(max(low, 0.0), high, 20))):
        for rise in np.linspace(0.0, 1.5 * quantity + 0.3 * period, 14):
            yield int(s), max(round(s + rise), int(s) + 1)


if __name__ == "__main__":
    raise SystemExit(main())
