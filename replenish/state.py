"""Stock of N rows and the three small steps that move it.

The order of events in one period, said once:

1. **receive** what is due this period;
2. **observe**;
3. **order**: the rules turn the wish into an order; with lead time 0 it is received at once;
4. **demand** meets the stock: ``sales = min(on_hand, demand)``; the rest is lost or backordered;
5. **count** the costs on what is left.

An order placed in period t is received at the start of period t + L (Zipkin 2008; stockpyl's
formulas count alike, its simulator one period later). The functions use only operations that
NumPy arrays and torch tensors share, and change nothing in place: the same code runs batched
on either, and can be differentiated through. The pipeline is moved as L rows of N, which keeps
each of its columns together in memory: loops over few columns would crawl.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from array_api_compat import array_namespace, device

from replenish.items import UnmetDemand

Array: TypeAlias = Any  # a NumPy array or a torch tensor


@dataclass(frozen=True, eq=False)
class InventoryState:
    """Stock of N rows, seen after today's receipt.

    Attributes:
        on_hand: (N,) units of physical stock.
        on_order: (N, L) units ordered, not received; column k arrives in k + 1 periods.
        backorders: (N,) units of demand waiting.
    """

    on_hand: Array
    on_order: Array
    backorders: Array

    @cached_property
    def inventory_position(self) -> Array:
        """(N,) on hand + on order - backorders, units."""
        return self.on_hand + self.in_transit - self.backorders

    @cached_property
    def in_transit(self) -> Array:
        """(N,) units on order in all."""
        return array_namespace(self.on_order).sum(self.on_order, axis=1)


def receive(state: InventoryState) -> tuple[InventoryState, Array]:
    """Begin a period: what is due arrives and serves waiting demand first.

    Returns:
        The state after receipt, and the (N,) units received.
    """
    xp = array_namespace(state.on_hand)
    due = state.on_order.T  # (L, N)
    later = xp.concat((due[1:, :], xp.zeros_like(due[:1, :])), axis=0)
    on_hand, backorders = _serve_waiting(state.on_hand + due[0, :], state.backorders)
    return InventoryState(on_hand, later.T, backorders), due[0, :]


def place(
    state: InventoryState, order: Array, lead_time: Array, *, at_once: bool = True
) -> InventoryState:
    """Send an order out; with lead time 0 it is on hand at once.

    Args:
        state: N rows.
        order: (N,) units, feasible (see `replenish.rules`).
        lead_time: (N,) whole periods until receipt, as drawn for this order.
        at_once: Whether any lead time may be 0; False spares looking.
    """
    xp = array_namespace(state.on_hand)
    here = device(state.on_order)
    periods = xp.arange(1, state.on_order.shape[1] + 1, dtype=lead_time.dtype, device=here)
    lands = periods[:, None] == lead_time[None, :]  # (L, N)
    on_order = state.on_order.T + order[None, :] * lands
    if not at_once:
        return InventoryState(state.on_hand, on_order.T, state.backorders)
    received = order * (lead_time == 0)
    on_hand, backorders = _serve_waiting(state.on_hand + received, state.backorders)
    return InventoryState(on_hand, on_order.T, backorders)


def meet(
    state: InventoryState, demand: Array, unmet_demand: UnmetDemand
) -> tuple[InventoryState, Array, Array]:
    """Let demand meet the stock.

    Args:
        state: N rows, after ordering.
        demand: (N,) units asked for.
        unmet_demand: What happens to demand that stock cannot meet.

    Returns:
        The state at the end of the period, sales (N,) and unmet demand (N,), units.
    """
    xp = array_namespace(state.on_hand)
    sales = xp.minimum(state.on_hand, demand)
    unmet = demand - sales
    waiting = state.backorders + unmet if unmet_demand == "backorder" else state.backorders
    return InventoryState(state.on_hand - sales, state.on_order, waiting), sales, unmet


def _serve_waiting(on_hand: Array, backorders: Array) -> tuple[Array, Array]:
    """Give stock to demand that waits; at most one of the two stays above zero."""
    xp = array_namespace(on_hand)
    served = xp.minimum(on_hand, backorders)
    return on_hand - served, backorders - served
