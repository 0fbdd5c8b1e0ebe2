"""Real stock instead of simulated: from the stock and open orders files to `InventoryState`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from replenish.arrays import Bools, Floats
from replenish.items import Items
from replenish.morning.as_of import Today
from replenish.state import InventoryState


@dataclass(frozen=True, eq=False)
class ShopStock:
    """Stock of N items on the morning of ordering, after today's receipt.

    Attributes:
        state: On hand, on order by period of arrival, waiting demand; units.
        overdue: (N,) True where an open order was due today or earlier and has not arrived.
        far: (N,) True where an open order is due later than an order of today would be.
    """

    state: InventoryState
    overdue: Bools
    far: Bools


def shop_stock(
    item_ids: Sequence[str],
    items: Items,
    stock: pd.DataFrame,
    open_orders: pd.DataFrame | None,
    today: Today,
) -> ShopStock:
    """Return the stock of the items, in their order.

    The stock file counts what lies there after today's receipt, so an order that was due today
    or earlier and is still open is overdue: it is expected next period, as is one that is due
    later within this period. An order due after the
    longest lead time stands in the last column, so that it counts in the inventory position.

    Args:
        item_ids: N names, each with a row in ``stock``.
        items: Their parameters.
        stock: item_id, on_hand, backorders.
        open_orders: item_id, quantity, due_date; or None.
        today: The day of ordering.
    """
    n, columns = len(items), items.longest_lead_time
    rows = stock.set_index("item_id").reindex(list(item_ids))
    on_order: Floats = np.zeros((n, columns))
    overdue, far = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    if open_orders is not None:
        mine = open_orders[open_orders["item_id"].isin(list(item_ids))]
        item = pd.Index(item_ids).get_indexer(pd.Index(mine["item_id"]))
        ahead = np.array([today.periods_until(due) for due in mine["due_date"]], dtype=int)
        column = np.clip(ahead - 1, 0, columns - 1)
        np.add.at(on_order, (item, column), mine["quantity"].to_numpy(dtype=float))
        overdue[item[(mine["due_date"] <= today.as_of).to_numpy()]] = True
        far[item[ahead > np.maximum(items.latest, 1)[item]]] = True
    state = InventoryState(
        rows["on_hand"].to_numpy(dtype=float), on_order, rows["backorders"].to_numpy(dtype=float)
    )
    return ShopStock(state, overdue, far)
