"""What a policy may see when it orders; nothing that is not known at that moment."""

from dataclasses import dataclass

import numpy as np

from replenish.arrays import Bools, Floats, Ints
from replenish.forecasting.forecast import Forecast
from replenish.items import Items
from replenish.state import InventoryState

MEMORY = 7  # periods of own sales that an observation looks back on


@dataclass(frozen=True, eq=False)
class Observation:
    """The moment after receipt and before ordering, for N rows.

    There is no demand field: lost demand is not known to a shop, so no policy can read it.

    Attributes:
        period: Number of the period since the start of the episode.
        items: Parameters of the N rows.
        state: Stock after today's receipt.
        forecast: Expected demand from the period before this one on; column 0 is this period.
        recent_sales: (N, MEMORY) units sold in the last periods, the latest last; NaN = unknown.
        recent_in_stock: (N, MEMORY) False where stock ran out, so that the sale is a lower bound.
        periods_to_review: (N,) 0 = an order can be placed now.
    """

    period: int
    items: Items
    state: InventoryState
    forecast: Forecast
    recent_sales: Floats
    recent_in_stock: Bools
    periods_to_review: Ints

    @property
    def inventory_position(self) -> Floats:
        """(N,) on hand + on order - backorders, units."""
        return np.asarray(self.state.inventory_position)

    @property
    def may_order(self) -> Bools:
        """(N,) True at a moment of review."""
        return np.asarray(self.periods_to_review == 0)
