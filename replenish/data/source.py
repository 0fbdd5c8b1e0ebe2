"""What a source hands over: tables in one form, whatever the files looked like."""

from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

Missing = Literal["unobserved", "zero"]


@dataclass(frozen=True, eq=False)
class Tables:
    """Sales and what belongs to them, checked and named alike for every source.

    Attributes:
        label: Path or name of the source, for messages.
        sales: item_id, date, sales (NaN = not observed), in_stock where known (below 1: out of
            stock for a part of the period), then the columns of ``known``, ``past``, ``static``.
        items: Parameters and descriptions, indexed by item_id; may lack items.
        missing: What a period without a row means between an item's first and the last date.
        known: Number columns of sales or plan that are known ahead.
        past: Number columns of sales known only afterwards.
        static: Text columns of sales that belong to the item.
        plan: date, item_id (``*`` for all), numbers known ahead; None without a plan.
        receipts: item_id, ordered_on, received_on; None if lead times are nominal.
        orders: item_id, ordered_on, quantity: what the shop ordered; None where nobody says.
    """

    label: str
    sales: pd.DataFrame
    items: pd.DataFrame
    missing: Missing = "unobserved"
    known: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    static: tuple[str, ...] = ()
    plan: pd.DataFrame | None = field(default=None)
    receipts: pd.DataFrame | None = field(default=None)
    orders: pd.DataFrame | None = field(default=None)
