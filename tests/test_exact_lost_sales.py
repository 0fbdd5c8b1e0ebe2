"""The exact optimum of lost sales against published values, and in the simulator."""

import numpy as np
import pytest

from replenish.errors import InputError
from replenish.exact.demand import DiscreteDemand
from replenish.exact.lost_sales import LostSales, Space
from replenish.exact.sweep import Sweep
from replenish.exact.value_iteration import solve
from tests.exact_instances import BIJVANK, CASES, instance, known_cost


@pytest.mark.parametrize(("family", "p", "lead_time"), CASES)
def test_the_optimum_is_the_published_one(family: str, p: int, lead_time: int) -> None:
    solution = solve(instance(family, p, lead_time))
    assert round(solution.cost, 2) == known_cost(family, p, lead_time)
    assert 0 <= solution.upper - solution.lower < 1e-8
    assert solution.lower <= solution.cost <= solution.upper


def test_the_optimum_with_a_fixed_order_cost_is_the_published_one() -> None:
    assert round(solve(BIJVANK).cost, 2) == 11.46


@pytest.mark.parametrize("lead_time", [1, 2, 3])
@pytest.mark.parametrize(("family", "p"), [("poisson", 9), ("geometric", 19)])
@pytest.mark.parametrize("fixed_order_cost", [0.0, 5.0])
def test_wider_limits_change_nothing(
    family: str, p: int, lead_time: int, fixed_order_cost: float
) -> None:
    problem = instance(family, p, lead_time, fixed_order_cost if lead_time < 3 else 0.0)
    assert solve(problem, widen=1.2).cost == pytest.approx(solve(problem).cost, abs=1e-7)


def test_what_cannot_be_held_is_refused_with_its_size_and_what_fits() -> None:
    problem = instance("geometric", 39, 7)
    with pytest.raises(InputError, match=r"lead_time 7 .* states, .* GB .*lead time of 5 would"):
        solve(problem)
    wide = LostSales(DiscreteDemand.empirical([0, 12_000]), 1, 1.0, 9.0)
    with pytest.raises(InputError, match=r"24,001 states, .* GB; count in larger units"):
        solve(wide)
    wider = LostSales(DiscreteDemand.empirical([0, 900_000]), 1, 1.0, 9.0)
    with pytest.raises(InputError, match=r"demand of 900,000 units .* count it in larger units"):
        solve(wider)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("lead_time", 0, r"lead_time is 0, expected a whole number of 1"),
        ("lead_time", 1.5, r"lead_time is 1\.5"),
        ("lead_time", np.nan, r"lead_time is nan"),
        ("holding_cost", -1.0, r"holding_cost is -1\.0"),
        ("holding_cost", 0.0, r"holding_cost is 0"),
        ("shortage_cost", -9.0, r"shortage_cost is -9\.0"),
        ("shortage_cost", np.nan, r"shortage_cost is nan"),
        ("fixed_order_cost", -0.5, r"fixed_order_cost is -0\.5"),
    ],
)
def test_what_makes_no_problem_is_refused_by_name(field: str, value: float, message: str) -> None:
    given = {"lead_time": 2, "holding_cost": 1.0, "shortage_cost": 9.0} | {field: value}
    with pytest.raises(InputError, match=message):
        LostSales(DiscreteDemand.empirical([3, 5]), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("lead_time", [1, 2, 3, 4])
def test_the_size_is_known_before_anything_is_held(lead_time: int) -> None:
    space = Space.of(instance("poisson", 9, lead_time))
    held = len(Sweep(space).states)
    assert held <= space.n_states <= 2 * held
