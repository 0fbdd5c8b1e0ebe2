"""The classical lost-sales testbed (Zipkin 2008): mean demand 5, h = 1, four lead times."""

from replenish.demand_families import DemandFamily
from replenish.exact.demand import DiscreteDemand
from replenish.exact.lost_sales import LostSales

KNOWN = {  # long-run average cost per period for L = 1, 2, 3, 4
    ("poisson", 4): (4.04, 4.40, 4.60, 4.73),
    ("poisson", 9): (5.44, 6.09, 6.53, 6.84),
    ("poisson", 19): (6.68, 7.66, 8.36, 8.89),
    ("poisson", 39): (7.84, 9.11, 10.04, 10.79),
    ("geometric", 4): (9.82, 10.24, 10.47, 10.61),
    ("geometric", 9): (14.51, 15.50, 16.14, 16.58),
    ("geometric", 19): (19.22, 20.89, 22.06, 22.95),
    ("geometric", 39): (23.87, 26.21, 27.96, 29.36),
}
CASES = [(family, p, lead_time) for family, p in KNOWN for lead_time in (1, 2, 3, 4)]


def known_cost(family: str, p: int, lead_time: int) -> float:
    """Return the published optimal cost, to two digits."""
    return KNOWN[family, p][lead_time - 1]


def instance(family: str, p: float, lead_time: int, fixed_order_cost: float = 0.0) -> LostSales:
    """Return one instance."""
    demand = DiscreteDemand.of_family(DemandFamily(family, 5.0))
    return LostSales(demand, lead_time, 1.0, float(p), fixed_order_cost)


BIJVANK = instance("poisson", 14, 2, 5.0)  # Bijvank et al. 2015
