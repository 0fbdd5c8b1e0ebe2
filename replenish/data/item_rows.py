"""The items table in the panel's order: who is in it, and lead times from receipts."""

from dataclasses import replace

import numpy as np
import pandas as pd

from replenish.data.calendar import days_per_period
from replenish.data.lead_times import lead_times_from_receipts
from replenish.data.panel import Panel
from replenish.data.report import Findings
from replenish.data.source import Tables
from replenish.errors import InputError


def item_rows(tables: Tables, panel: Panel, findings: Findings) -> pd.DataFrame:
    """Return the items in the panel's order, lead times from receipts where none are given.

    Raises:
        InputError: The table has items, and none of the sales table's.
    """
    strange = tables.items.index.difference(pd.Index(tables.sales["item_id"].unique()))
    findings.add("items without sales", "items", "left out", len(strange), list(strange[:5]))
    if len(strange) and len(strange) == len(tables.items):
        raise InputError(
            f"items table: column 'item_id', value {strange[0]!r}: none of its {len(strange)} "
            f"items is in the sales table, with {panel.item_ids[0]!r} for one; name them alike"
        )
    index = pd.Index(panel.item_ids, name="item_id")
    lacking = index.difference(tables.items.index)
    if len(tables.items):
        findings.add(
            "items without parameters",
            "items of the sales table have no row in the items table",
            "what the config or the bundle says of them counts",
            len(lacking),
            list(lacking[:5]),
        )
    items = tables.items.reindex(index)
    if tables.receipts is None:
        return items
    days = days_per_period(panel.frequency)
    learned = lead_times_from_receipts(tables.receipts, items, days)
    _compare_lead_times(items, learned["mean"], findings)
    filled = {"lead_time": learned["mean"].round(), "lead_time_std": learned["std"]}
    for name, values in filled.items():
        given = items[name] if name in items else pd.Series(np.nan, index=index)
        findings.add(
            "lead times",
            f"items without {name}",
            "learned from receipts",
            int((given.isna() & values.notna()).sum()),
        )
        items[name] = given.fillna(values)
    return items


def received_by(last: int, tables: Tables, panel: Panel, findings: Findings) -> Tables:
    """Return the tables with what was received up to the end of a period."""
    following = panel.dates.append(panel.plan_dates)[last + 1 :]
    if tables.receipts is None or not len(following):
        return tables
    later = tables.receipts["received_on"] >= following[0]
    found = f"receipts of {following[0].date()} or later"
    findings.add("later receipts", found, "left out: policies are judged then", int(later.sum()))
    return replace(tables, receipts=tables.receipts[~later])


def _compare_lead_times(
    items: pd.DataFrame, received: "pd.Series[float]", findings: Findings
) -> None:
    """Note items whose receipts took a period or more longer or shorter than is said."""
    if "lead_time" not in items:
        return
    apart = items.index[(items["lead_time"] - received).abs() >= 1]
    findings.add(
        "lead times apart",
        "items whose receipts took another lead_time on average than their own, by 1 or more",
        "forecasts cover lead_time, simulated orders take as long as receipts did",
        len(apart),
        [f"{i}: {items['lead_time'][i]:g} said, {received[i]:.1f} received" for i in apart[:5]],
    )
