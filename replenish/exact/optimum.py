"""The optimum of a lost-sales problem beside simple rules at their best, as a table."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from replenish.demand_families import DemandFamily
from replenish.errors import InputError
from replenish.exact.demand import DiscreteDemand
from replenish.exact.heuristics import Heuristic, best_heuristics
from replenish.exact.lost_sales import LostSales
from replenish.exact.value_iteration import Solution, solve


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a problem costs at best, and under simple rules.

    Attributes:
        problem: What was solved.
        optimum: Its optimum.
        heuristics: Simple rules with their best parameters.
    """

    problem: LostSales
    optimum: Solution
    heuristics: list[Heuristic]

    def gap(self, cost: float) -> float:
        """Return by how many percent a cost lies above the optimum, 0 within its bounds."""
        least = self.optimum.cost
        if cost - self.optimum.upper < 1e-8:
            return 0.0
        return 100.0 * (cost / least - 1.0) if least > 0 else np.inf

    def as_dict(self) -> dict[str, Any]:
        """Return numbers by name, ready for JSON."""
        problem, optimum = self.problem, self.optimum
        rows = [
            {
                "name": known.name,
                "parameters": dict(known.parameters),
                "cost": known.cost,
                "gap_percent": self.gap(known.cost),
            }
            for known in self.heuristics
        ]
        return {
            "demand_mean": problem.demand.mean,
            "demand_std": problem.demand.std,
            "lead_time": problem.lead_time,
            "holding_cost": problem.holding_cost,
            "shortage_cost": problem.shortage_cost,
            "fixed_order_cost": problem.fixed_order_cost,
            "optimum": {"cost": optimum.cost, "lower": optimum.lower, "upper": optimum.upper},
            "heuristics": rows,
        }

    def as_text(self) -> str:
        """Return the table, rules in rising order of cost."""
        problem = self.problem
        head = (
            f"lost sales, demand {problem.demand.mean:.4g} ± {problem.demand.std:.4g} a period, "
            f"lead time {problem.lead_time}, h = {problem.holding_cost:g}, "
            f"p = {problem.shortage_cost:g}, K = {problem.fixed_order_cost:g}"
        )
        lines = [head, "", f"{'rule':<20}{'cost/period':>14}{'gap':>16}  parameters"]
        lines.append(f"{'optimum':<20}{self.optimum.cost:>14,.4f}")
        for known in sorted(self.heuristics, key=lambda rule: rule.cost):
            parameters = ", ".join(f"{name} {at:g}" for name, at in known.parameters.items())
            gap = f"{self.gap(known.cost):,.2f} %"
            lines.append(f"{known.name:<20}{known.cost:>14,.4f}{gap:>16}  {parameters}")
        return "\n".join(line.rstrip() for line in lines)


def compare(problem: LostSales) -> Comparison:
    """Return the optimum of a problem and of the simple rules that suit it.

    Raises:
        InputError: The problem is too large to be held.
    """
    return Comparison(problem, solve(problem), best_heuristics(problem))


def demand_named(name: str, mean: float, std: float = 0.0) -> DiscreteDemand:
    """Return the demand of a family, or that of past demands in a file.

    Args:
        name: Of a family, or of a ``.csv`` file with a column ``demand``, a row per period.
        mean: Units per period; a file brings its own.
        std: Units per period, for the negative binomial.

    Raises:
        InputError: There is no such family, file or column, or a value is out of its range.
    """
    if name.lower().endswith(".csv"):
        return _observed(Path(name))
    if not np.isfinite(mean) or not np.isfinite(std):
        raise InputError(f"demand mean {mean} ± {std}: expected finite numbers")
    try:
        family = DemandFamily(name, mean, std)
    except InputError:
        raise
    except ValueError as mistake:
        raise InputError(str(mistake)) from None
    return DiscreteDemand.of_family(family)


def _observed(path: Path) -> DiscreteDemand:
    """Return the demand of a file's past demands."""
    import pandas as pd

    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    try:
        table = pd.read_csv(path)
    except ValueError as problem:
        raise InputError(f"{path}: cannot be read as a table ({problem})") from None
    if "demand" not in table.columns:
        raise InputError(f"{path}: there is no column 'demand'; found {', '.join(table.columns)}")
    values = pd.to_numeric(table["demand"], errors="coerce").to_numpy(dtype=float)
    try:
        return DiscreteDemand.empirical(values)
    except InputError as mistake:
        raise InputError(f"{path}: column demand: {mistake}") from None
