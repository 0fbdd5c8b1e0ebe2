"""Formulas on paper against what they stand for: minima, variances, integrals."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import ndtr

from replenish.errors import InputError
from replenish.exact.demand import DiscreteDemand
from replenish.exact.formulas import (
    SteadyDemand,
    cycle_service_level,
    fill_rate,
    normal_loss,
    safety_stock,
)

TEXTBOOK = SteadyDemand(demand_rate=10_000, fixed_order_cost=100, holding_cost=1)
COSTS = st.floats(0.1, 1e4)


def test_the_textbooks_order_quantity_and_what_another_one_costs() -> None:
    assert round(TEXTBOOK.economic_order_quantity) == 1414
    assert round(TEXTBOOK.cost(TEXTBOOK.economic_order_quantity)) == 1414
    assert round(TEXTBOOK.cost(141)) == 7163


@given(COSTS, COSTS, COSTS, st.floats(0.2, 5.0))
def test_no_order_quantity_is_cheaper_than_the_economic_one(
    rate: float, order: float, holding: float, factor: float
) -> None:
    steady = SteadyDemand(rate, order, holding)
    best = steady.economic_order_quantity
    ratio = steady.cost(factor * best) / steady.cost(best)
    assert ratio == pytest.approx((factor + 1 / factor) / 2)  # Zipkin 2000


@pytest.mark.parametrize("p", [0.5, 9.0])
def test_planned_backorders_are_the_minimum_over_quantity_and_waiting(p: float) -> None:
    d, k, h = TEXTBOOK.demand_rate, TEXTBOOK.fixed_order_cost, TEXTBOOK.holding_cost

    def cost(logs: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        quantity, waiting = np.exp(logs)
        held, short = (quantity - waiting) ** 2, waiting**2
        return float(k * d / quantity + (h * held + p * short) / (2 * quantity))

    found = minimize(cost, np.log([1000.0, 100.0]), tol=1e-10)
    plan = TEXTBOOK.with_planned_backorders(p)
    assert plan.cost == pytest.approx(float(found.fun), rel=1e-7)
    wanted = np.exp(found.x)
    np.testing.assert_allclose([plan.order_quantity, plan.most_backorders], wanted, rtol=1e-3)


def test_stockpyl_plans_the_same_backorders() -> None:
    """As stockpyl 1.0.2 answers: economic_order_quantity_with_backorders(8, 0.225, 5, 1300)."""
    plan = SteadyDemand(1300, 8, 0.225).with_planned_backorders(5)
    assert plan.order_quantity == pytest.approx(310.81255515896464)
    assert plan.most_backorders / plan.order_quantity == pytest.approx(0.0430622009569378)
    assert plan.cost == pytest.approx(66.92136355097325)


def test_dear_waiting_is_no_waiting() -> None:
    plan = TEXTBOOK.with_planned_backorders(1e9)
    assert plan.order_quantity == pytest.approx(TEXTBOOK.economic_order_quantity)
    assert plan.most_backorders == pytest.approx(0, abs=1e-4)


def test_safety_stock_spans_the_spread_of_demand_over_a_random_lead_time() -> None:
    """The sum of demand over L + 1 periods, L = 1, 2 or 5, by every outcome."""
    demand = DiscreteDemand(np.array([0.3, 0.2, 0.1, 0.4]))
    chances = {1: 0.5, 2: 0.3, 5: 0.2}
    sums = {lead_time: demand.sum_over(lead_time + 1) for lead_time in chances}
    first = sum(c * sums[k].mean for k, c in chances.items())
    second = sum(c * (sums[k].std ** 2 + sums[k].mean ** 2) for k, c in chances.items())
    cover = sum(c * (k + 1) for k, c in chances.items())
    spread = np.sqrt(sum(c * (k + 1 - cover) ** 2 for k, c in chances.items()))
    found = safety_stock(1.0, cover, demand.std, demand.mean, float(spread))
    assert found == pytest.approx(np.sqrt(second - first**2))


def test_the_loss_is_the_integral_of_what_is_short() -> None:
    for score in (-2.0, 0.0, 0.7, 3.0):
        tail, _ = quad(lambda x: float(ndtr(-x)), score, 12.0)
        assert normal_loss(score) == pytest.approx(tail, abs=1e-9)


@given(st.floats(-1.0, 3.0), st.floats(0.5, 50.0), st.floats(1.0, 500.0))
def test_the_fill_rate_is_the_chance_of_stock_averaged_over_a_cycle(
    score: float, std: float, quantity: float
) -> None:
    """The position is spread evenly over r .. r + Q: P2 = average of P(D < position)."""
    positions = score + np.linspace(0.0, quantity / std, 20_001)
    assert fill_rate(score, std, quantity) == pytest.approx(
        float(np.trapezoid(ndtr(positions)) / 20_000), abs=1e-5
    )


def test_the_two_kinds_of_service_are_not_each_other() -> None:
    assert cycle_service_level(1.6449) == pytest.approx(0.95, abs=1e-4)
    large, small = (fill_rate(1.6449, 10.0, q) for q in (200.0, 1.0))
    assert large > 0.998
    assert small == pytest.approx(0.95, abs=0.01)  # an order a unit: every unit is a cycle
    assert fill_rate(0.0, 10.0, 200.0) == pytest.approx(0.98, abs=0.001)


@pytest.mark.parametrize("name", ["demand_rate", "fixed_order_cost", "holding_cost"])
def test_steady_demand_that_cannot_be_is_refused_by_name(name: str) -> None:
    with pytest.raises(InputError, match=f"{name} is -1.0, expected more than 0"):
        replace(TEXTBOOK, **{name: -1.0})


def test_a_quantity_or_spread_that_cannot_be_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="order_quantity is 0"):
        TEXTBOOK.cost(0)
    with pytest.raises(InputError, match="shortage_cost is -9"):
        TEXTBOOK.with_planned_backorders(-9)
    with pytest.raises(InputError, match="lead_time_std is -1"):
        safety_stock(1.6, 3, 4.0, 5.0, -1)
    with pytest.raises(InputError, match="demand_std is 0"):
        fill_rate(1.6, 0, 5.0)
