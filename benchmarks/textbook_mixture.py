"""One policy for all instances: what it learns on, and what it has never seen."""

import numpy as np

from benchmarks.textbook import Exam, lost_sales_exam
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes
from replenish.errors import InputError
from replenish.exact.demand import DiscreteDemand
from replenish.instance_pool import InstancePool
from replenish.items import Items

POOL, UNSEEN = 4000, 20
_POOL_STREAM, _UNSEEN_STREAM = 21, 22


def mixture(periods: int) -> InstancePool:
    """Return the instances that one policy learns on: L 1..4, p 3..50, means 2..20."""
    items, families = _drawn(POOL, np.random.default_rng([_POOL_STREAM]))
    return InstancePool.of(items, families, periods=periods)


def unseen_exams() -> list[Exam]:
    """Return instances drawn from the same ranges that no training has met, with their answers."""
    rng = np.random.default_rng([_UNSEEN_STREAM])
    exams: list[Exam] = []
    while len(exams) < UNSEEN:
        items, (family,) = _drawn(1, rng)
        words = f"L={items.lead_time[0]} p={items.shortage_cost[0]:.1f}"
        name = f"{family.name} mean={family.mean:.1f} {words}"
        try:
            demand = DiscreteDemand.of_family(family)
            exams.append(lost_sales_exam(name, DrawnEpisodes(family, items), demand, rule=False))
        except InputError:  # too large to be solved exactly; the next one is drawn
            continue
    return exams


def _drawn(number: int, rng: np.random.Generator) -> tuple[Items, list[DemandFamily]]:
    """Return instances drawn at random; costs and means evenly in their logarithm."""
    means = np.exp(rng.uniform(np.log(2.0), np.log(20.0), number))
    shortage = np.exp(rng.uniform(np.log(3.0), np.log(50.0), number))
    lead_time = rng.integers(1, 5, number)
    poisson = rng.random(number) < 0.5
    items = Items.build(number, lead_time=lead_time, shortage_cost=shortage, pack_size=1.0)
    names = np.where(poisson, "poisson", "geometric")
    families = [DemandFamily(str(n), float(m)) for n, m in zip(names, means, strict=True)]
    return items, families
