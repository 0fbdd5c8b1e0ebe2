"""Stock moves without gaining or losing a unit, on NumPy arrays and torch tensors alike."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replenish.items import UnmetDemand
from replenish.state import InventoryState, meet, place, receive


def period(state: Any, order: Any, lead_time: Any, demand: Any, unmet: UnmetDemand) -> Any:
    """Return the state at the start of the next period."""
    return receive(meet(place(state, order, lead_time), demand, unmet)[0])[0]


def random_state(rng: np.random.Generator, n: int, columns: int) -> InventoryState:
    stock = rng.integers(-8, 15, n).astype(float)
    pipeline = rng.integers(0, 9, (n, columns)).astype(float)
    return InventoryState(np.maximum(stock, 0.0), pipeline, np.maximum(-stock, 0.0))


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.sampled_from(["lost", "backorder"]))
def test_the_position_changes_by_the_order_and_by_what_left(
    seed: int, columns: int, unmet_demand: UnmetDemand
) -> None:
    rng, n = np.random.default_rng(seed), 5
    state = random_state(rng, n, columns)
    order = rng.integers(0, 10, n).astype(float)
    demand = rng.integers(0, 20, n).astype(float)
    placed = place(state, order, rng.integers(0, columns + 1, n))
    np.testing.assert_allclose(placed.inventory_position, state.inventory_position + order)
    end, sales, unmet = meet(placed, demand, unmet_demand)
    gone = sales if unmet_demand == "lost" else demand
    np.testing.assert_allclose(end.inventory_position, placed.inventory_position - gone)
    np.testing.assert_allclose(sales + unmet, demand)
    begun, received = receive(end)
    np.testing.assert_allclose(begun.inventory_position, end.inventory_position)
    np.testing.assert_allclose(begun.in_transit, end.in_transit - received)
    for now in (placed, end, begun):
        assert min(now.on_hand.min(), now.on_order.min(), now.backorders.min()) >= 0
    assert (np.minimum(begun.on_hand, begun.backorders) == 0).all()


@pytest.mark.parametrize("lead_time", range(5))
def test_an_order_is_received_at_the_start_of_the_period_lead_time_later(lead_time: int) -> None:
    state = place(
        InventoryState(np.zeros(1), np.zeros((1, 4)), np.zeros(1)),
        np.array([7.0]),
        np.array([lead_time]),
    )
    for _ in range(lead_time):
        assert state.on_hand[0] == 0
        state = receive(state)[0]
    assert state.on_hand[0] == 7.0


def test_waiting_demand_is_served_before_stock_is_kept() -> None:
    state = InventoryState(np.zeros(2), np.array([[5.0], [5.0]]), np.array([3.0, 8.0]))
    begun, received = receive(state)
    assert received.tolist() == [5.0, 5.0]
    assert begun.on_hand.tolist() == [2.0, 0.0]
    assert begun.backorders.tolist() == [0.0, 3.0]


def test_the_steps_leave_what_they_are_given_as_it_was() -> None:
    state = random_state(np.random.default_rng(0), 4, 3)
    before = [array.copy() for array in (state.on_hand, state.on_order, state.backorders)]
    period(state, np.full(4, 3.0), np.array([0, 1, 2, 3]), np.full(4, 9.0), "backorder")
    for was, array in zip(before, (state.on_hand, state.on_order, state.backorders), strict=True):
        np.testing.assert_array_equal(was, array)


@pytest.mark.parametrize("unmet_demand", ["lost", "backorder"])
def test_torch_tensors_move_as_arrays_do(unmet_demand: UnmetDemand) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(3)
    state = random_state(rng, 6, 4)
    tensors = InventoryState(*(torch.tensor(a) for a in vars(state).values()))
    for _ in range(12):
        order, demand = rng.uniform(0, 9, 6), rng.uniform(0, 9, 6)
        lead_time = rng.integers(0, 5, 6)
        state = period(state, order, lead_time, demand, unmet_demand)
        wanted, late, asked = (torch.tensor(a) for a in (order, lead_time, demand))
        tensors = period(tensors, wanted, late, asked, unmet_demand)
    for name in ("on_hand", "on_order", "backorders", "inventory_position"):
        np.testing.assert_allclose(getattr(tensors, name).numpy(), getattr(state, name))


def test_a_gradient_flows_from_stock_back_to_the_order() -> None:
    torch = pytest.importorskip("torch")
    order = torch.tensor([4.0, 4.0], requires_grad=True)
    zeros = torch.zeros(2)
    state = InventoryState(torch.tensor([2.0, 2.0]), torch.zeros(2, 2), zeros)
    lead_time, demand = torch.tensor([1, 2]), torch.tensor([3.0, 3.0])
    after = period(state, order, lead_time, demand, "lost")
    after.on_hand.sum().backward()
    assert order.grad.tolist() == [1.0, 0.0]  # one arrived, the other is still under way


def test_the_steps_run_where_the_tensors_are() -> None:
    torch = pytest.importorskip("torch")
    away = {"device": "meta"}  # a device that shares no memory with this one
    state = InventoryState(
        torch.zeros(3, **away), torch.zeros(3, 2, **away), torch.zeros(3, **away)
    )
    lead_time = torch.ones(3, dtype=torch.int64, **away)
    after = period(state, torch.ones(3, **away), lead_time, torch.ones(3, **away), "lost")
    assert after.on_order.device.type == "meta"
