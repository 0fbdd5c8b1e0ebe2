"""Costs are counted on what is left at the end of a period, and a ledger keeps them by kind."""

from dataclasses import replace

import numpy as np

from replenish.costs import Flows, Ledger, count
from replenish.items import Items, UnmetDemand
from replenish.state import InventoryState

ITEMS = Items.build(
    2, holding_cost=[1.0, 2.0], shortage_cost=9.0, fixed_order_cost=[16.0, 0.0], unit_cost=3.0
)
END = InventoryState(np.array([4.0, 0.0]), np.array([[6.0], [0.0]]), np.array([0.0, 5.0]))
FLOWS = Flows(
    demand=np.array([3.0, 7.0]),
    order=np.array([6.0, 0.0]),
    received=np.array([1.0, 2.0]),
    sales=np.array([3.0, 4.0]),
    unmet=np.array([0.0, 3.0]),
)


def counted(unmet_demand: UnmetDemand) -> Ledger:
    return count(replace(ITEMS, unmet_demand=unmet_demand), FLOWS, END)


def test_holding_is_paid_on_what_is_left_and_ordering_per_order_and_unit() -> None:
    ledger = counted("lost")
    assert ledger.cost_holding.tolist() == [4.0, 0.0]
    assert ledger.cost_ordering.tolist() == [16.0 + 3.0 * 6.0, 0.0]
    assert ledger.on_order.tolist() == [6.0, 0.0]


def test_lost_demand_is_paid_once_and_waiting_demand_every_period_it_waits() -> None:
    assert counted("lost").cost_shortage.tolist() == [0.0, 9.0 * 3.0]
    assert counted("backorder").cost_shortage.tolist() == [0.0, 9.0 * 5.0]


def test_the_cost_is_the_sum_of_its_kinds_and_stacking_keeps_every_period() -> None:
    ledger = Ledger.stack([counted("lost"), counted("backorder")])
    parts = ledger.cost_holding + ledger.cost_shortage + ledger.cost_ordering
    np.testing.assert_array_equal(ledger.cost, parts)
    assert ledger.cost.shape == (2, 2)
    assert ledger.as_dict()["cost"].tolist() == [[38.0, 27.0], [38.0, 45.0]]
