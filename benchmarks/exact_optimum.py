"""Solves the 32 classical lost-sales instances exactly; says what each took.

Run from the root of the checkout: ``python3 -m benchmarks.exact_optimum [--heuristics]``.
"""

import argparse
import resource
import sys
import time

from replenish.exact.demand import DiscreteDemand
from replenish.exact.heuristics import best_heuristics
from replenish.exact.lost_sales import LostSales
from replenish.exact.value_iteration import solve
from replenish.scenarios import load_scenario


def main() -> None:
    """Print a row per instance: optimum, CPU seconds and the process's largest memory so far."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heuristics", action="store_true", help="the best simple rules as well")
    heuristics = parser.parse_args().heuristics
    print("demand     p  L     optimum  CPU s     MB  gaps of the simple rules, percent")
    for instance in load_scenario("lost_sales").instances:
        demand = DiscreteDemand.of_family(instance.family)
        items = instance.items
        h, p, lead_time = items.holding_cost[0], items.shortage_cost[0], int(items.lead_time[0])
        problem = LostSales(demand, lead_time, h, p)
        name = f"{instance.family.name:<9}{p:>3.0f}{lead_time:>3}"
        print(f"{name}  {_row(problem, heuristics)}", flush=True)


def _row(problem: LostSales, heuristics: bool) -> str:
    """Return what an instance costs, what it took, and how far the simple rules are from it."""
    before = time.process_time()
    optimum = solve(problem)
    seconds = time.process_time() - before
    gaps = ""
    if heuristics:
        before = time.process_time()
        found = best_heuristics(problem)
        gaps = ", ".join(
            f"{rule.name} {max(0.0, 100 * (rule.cost / optimum.cost - 1)):.2f}" for rule in found
        )
        gaps += f" ({time.process_time() - before:.1f} s)"
    return f"{optimum.cost:>10.6f}{seconds:>7.2f}{_megabytes():>7.0f}  {gaps}".rstrip()


def _megabytes() -> float:
    """Return the largest memory of this process so far."""
    units = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / units


if __name__ == "__main__":
    main()
