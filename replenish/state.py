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
on either, and can be differentiated through.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

from array_api_compat import array_namespace

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

    @property
    def inventory_position(self) -> Array:
        """(N,) on hand + on order - backorders, units."""
        return self.on_hand + self.in_transit - self.backorders

    @property
    def in_transit(self) -> Array:
        """(N,) units on order in all; a product with ones, since sums over few columns crawl."""
        xp = array_namespace(self.on_hand)
        return self.on_order @ xp.ones(self.on_order.shape[1], dtype=self.on_order.dtype)


def receive(state: InventoryState) -> tuple[InventoryState, Array]:
    """Begin a period: what is due arrives and serves waiting demand first.

    Returns:
        The state after receipt, and the (N,) units received.
    """
    xp = array_namespace(state.on_hand)
    received = state.on_order[:, 0]
    later = xp.concat((state.on_order[:, 1:], xp.zeros_like(state.on_order[:, :1])), axis=1)
    on_hand, backorders = _serve_waiting(state.on_hand + received, state.backorders)
    return InventoryState(on_hand, later, backorders), received


def place(state: InventoryState, order: Array, lead_time: Array) -> InventoryState:
    """Send an order out; with lead time 0 it is on hand at once.

    Args:
        state: N rows.
        order: (N,) units, feasible (see `replenish.rules`).
        lead_time: (N,) whole periods until receipt, as drawn for this order.
    """
    xp = array_namespace(state.on_hand)
    columns = xp.arange(1, state.on_order.shape[1] + 1, dtype=lead_time.dtype)
    lands = columns[None, :] == lead_time[:, None]  # (N, L)
    on_order = state.on_order + order[:, None] * lands
    at_once = order * (lead_time == 0)
    on_hand, backorders = _serve_waiting(state.on_hand + at_once, state.backorders)
    return InventoryState(on_hand, on_order, backorders)


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
