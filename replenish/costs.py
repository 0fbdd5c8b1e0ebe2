"""What a period cost, in units and in money."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from replenish.arrays import Floats
from replenish.items import Items
from replenish.state import InventoryState


@dataclass(frozen=True, eq=False)
class Ledger:
    """The facts of one period (N,), or of T periods stacked (T, N).

    Attributes:
        demand: Units asked for.
        order: Units ordered.
        received: Units received.
        sales: Units served from stock.
        unmet: Units not served.
        on_hand: Units left at the end of the period.
        on_order: Units ordered and not received at the end of the period.
        backorders: Units of demand waiting at the end of the period.
        cost_holding: Money, h per unit on hand at the end.
        cost_shortage: Money, p per unit lost, or per unit waiting at the end.
        cost_ordering: Money, K per order placed and c per unit ordered.
    """

    demand: Floats
    order: Floats
    received: Floats
    sales: Floats
    unmet: Floats
    on_hand: Floats
    on_order: Floats
    backorders: Floats
    cost_holding: Floats
    cost_shortage: Floats
    cost_ordering: Floats

    @property
    def cost(self) -> Floats:
        """Money, the sum of the three kinds."""
        return np.asarray(self.cost_holding + self.cost_shortage + self.cost_ordering)

    def as_dict(self) -> dict[str, Floats]:
        """Return the fields and the cost by name."""
        return {spec.name: getattr(self, spec.name) for spec in fields(self)} | {"cost": self.cost}

    @classmethod
    def stack(cls, periods: list[Self]) -> Self:
        """Return one ledger (T, N) from T ledgers (N,)."""
        names = [spec.name for spec in fields(cls)]
        return cls(**{name: np.stack([getattr(p, name) for p in periods]) for name in names})


@dataclass(frozen=True, eq=False)
class Flows:
    """Units that moved in a period, (N,) each."""

    demand: Floats
    order: Floats
    received: Floats
    sales: Floats
    unmet: Floats


def credited_cost(ledger: Ledger, items: Items) -> Floats:
    """Return the money that policies are judged on, per row (N,) or per period and row (T, N).

    What the inventory position rises by is credited at unit cost, and what it falls by is
    charged: nobody gains by running stock down at the end, and all pay for the units that left.

    Args:
        ledger: One period, or T of them stacked.
        items: N rows.
    """
    cost = ledger.cost
    return cost - items.unit_cost * risen(ledger) if items.charged else cost


def risen(ledger: Ledger) -> Floats:
    """Return the units by which the inventory position rose in each period, the ledger's shape.

    Demand that waits leaves the position when it is asked for, demand that is lost never does.
    """
    waits = ledger.backorders > 0  # where nothing waits, all that was asked for was sold or lost
    return np.asarray(ledger.order - np.where(waits, ledger.demand, ledger.sales))


def count(items: Items, flows: Flows, state: InventoryState) -> Ledger:
    """Count the costs of a period on what is left at its end.

    Args:
        items: N rows; p is paid once per unit lost, or per unit and period of waiting.
        flows: What moved.
        state: Stock at the end of the period, before the next receipt.
    """
    short = state.backorders if items.unmet_demand == "backorder" else flows.unmet
    ordered = flows.order > 0
    return Ledger(
        demand=flows.demand,
        order=flows.order,
        received=flows.received,
        sales=flows.sales,
        unmet=flows.unmet,
        on_hand=state.on_hand,
        on_order=state.in_transit,
        backorders=state.backorders,
        cost_holding=items.holding_cost * state.on_hand,
        cost_shortage=items.shortage_cost * short,
        cost_ordering=items.fixed_order_cost * ordered + items.unit_cost * flows.order,
    )
