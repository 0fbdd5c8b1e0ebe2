"""Lead times as past receipts show them."""

import numpy as np
import pandas as pd

from replenish.arrays import Floats


def observed_lead_times(receipts: pd.DataFrame, days_per_period: int = 1) -> "pd.Series[int]":
    """Return the lead time of every receipt in periods, indexed by item_id.

    An order placed in period t and received at the start of period t + L took L periods; a week
    begun counts as one.

    Args:
        receipts: item_id, ordered_on, received_on.
        days_per_period: 1 for days, 7 for weeks.
    """
    days = (receipts["received_on"] - receipts["ordered_on"]).dt.days.to_numpy(dtype=int)
    periods = -(-days // days_per_period)  # a period begun counts
    return pd.Series(periods, index=receipts["item_id"].to_numpy(), name="lead_time")


def lead_times_from_receipts(
    receipts: pd.DataFrame, items: pd.DataFrame, days_per_period: int = 1
) -> pd.DataFrame:
    """Return mean, std and count of each item's lead time, in periods.

    Every receipt counts once; the standard deviation is the sample's (divisor n - 1), 0 for one
    receipt. Items without a receipt have NaN and the count 0.

    Args:
        receipts: item_id, ordered_on, received_on.
        items: Indexed by item_id; gives the rows of the result.
        days_per_period: 1 for days, 7 for weeks.
    """
    groups = observed_lead_times(receipts, days_per_period).groupby(level=0)
    table = pd.DataFrame({"mean": groups.mean(), "std": groups.std(), "count": groups.size()})
    table = table.reindex(items.index)
    table["std"] = table["std"].mask(table["count"] == 1, 0.0)
    return table.assign(count=table["count"].fillna(0).astype(int))


def lead_time_pmf(receipts: pd.DataFrame, days_per_period: int = 1) -> dict[str, Floats]:
    """Return item -> shares of its receipts that took 0, 1, .. Lmax periods; they add up to 1.

    Args:
        receipts: item_id, ordered_on, received_on.
        days_per_period: 1 for days, 7 for weeks.
    """
    times = observed_lead_times(receipts, days_per_period)
    longest = int(times.max())
    return {
        str(item): np.bincount(values.to_numpy(), minlength=longest + 1) / len(values)
        for item, values in times.groupby(level=0)
    }
