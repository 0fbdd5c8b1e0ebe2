"""Solves the 32 classical lost-sales instances exactly; says what each took.

Run from the root of the checkout: ``python3 -m benchmarks.exact_optimum [--heuristics]``.
"""

import argparse
import resource
import sys
import time

from replenish.demand_families import DemandFamily
from replenish.exact.demand import DiscreteDemand
from replenish.exact.heuristics import best_heuristics
from replenish.exact.lost_sales import LostSales
from replenish.exact.value_iteration import solve

FAMILIES = ("poisson", "geometric")
SHORTAGE_COSTS = (4, 9, 19, 39)
LEAD_TIMES = (1, 2, 3, 4)


def main() -> None:
    """Print a row per instance: optimum, CPU seconds and the process's largest memory so far."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heuristics", action="store_true", help="the best simple rules as well")
    heuristics = parser.parse_args().heuristics
    print("demand     p  L     optimum  CPU s     MB  gaps of the simple rules, percent")
    for family in FAMILIES:
        demand = DiscreteDemand.of_family(DemandFamily(family, 5.0))
        for p in SHORTAGE_COSTS:
            for lead_time in LEAD_TIMES:
                problem = LostSales(demand, lead_time, 1.0, float(p))
                print(f"{family:<9}{p:>3}{lead_time:>3}  {_row(problem, heuristics)}", flush=True)


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
