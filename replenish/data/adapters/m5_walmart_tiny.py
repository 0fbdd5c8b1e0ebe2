"""Walmart's daily unit sales (M5, 28 items in 10 stores): prices, events and snap days.

An item is on sale from its first week with a price on; days without a price are not observed
(NaN), not zero. There is no stock information: stockouts are hidden as zeros. Stores are closed
on 25 December. ``price`` in the items table is the item's median price.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from replenish.data.config import DataConfig
from replenish.data.report import Findings
from replenish.data.source import Tables
from replenish.data.tables import check_columns, dates, numbers, read_table

STATES = ("CA", "TX", "WI")


def read(folder: Path, _: DataConfig, findings: Findings) -> Tables:
    """Return the tables of the folder's sales_wide, sell_prices, calendar and items.

    Args:
        folder: Where the four files lie.
        findings: Takes note of the days without a price.
    """
    calendar = _calendar(folder / "calendar.csv")
    sales = _with_prices(
        _sales(folder / "sales_wide.csv.gz"), folder / "sell_prices.csv.gz", calendar
    )
    unsold = sales["price"].isna()
    findings.add("not on sale", "item-days have no price", "not observed", int(unsold.sum()))
    sales["sales"] = sales["sales"].mask(unsold)
    items = _items(folder / "items.csv", sales)
    for name in ("department", "category"):
        sales[name] = sales["item_id"].map(items[name])
    plan = pd.DataFrame({"date": calendar["date"], "item_id": "*"})
    plan["holiday"] = calendar["event"].astype(float)
    plan["closed"] = calendar["date"].dt.strftime("%m-%d").eq("12-25").astype(float)
    return Tables(
        label=str(folder),
        sales=sales,
        items=items,
        known=("price", "holiday", "closed", "snap"),
        static=("store", "product", "department", "category"),
        plan=plan,
    )


def _calendar(path: Path) -> pd.DataFrame:
    """Return date, wm_yr_wk (Walmart's week), event, snap_CA, snap_TX, snap_WI."""
    frame = read_table(path)
    snaps = {name: f"snap_{name.lower()}" for name in STATES}
    check_columns(frame, path, ["date", "wm_yr_wk", "event_name_1", *snaps.values()], frame.columns)
    table = pd.DataFrame({"date": dates(frame, "date", path), "week": frame["wm_yr_wk"]})
    table["event"] = frame["event_name_1"].ne("")
    for name, column in snaps.items():
        table[name] = numbers(frame, column, path, minimum=0)
    return table


def _sales(path: Path) -> pd.DataFrame:
    """Return one row per item and day: item_id, store, product, date, sales."""
    frame = read_table(path)
    check_columns(frame, path, ["store_id", "item_id"], frame.columns)
    days = [name for name in frame.columns if name not in ("store_id", "item_id")]
    stamps = pd.to_datetime(pd.Index(days), format="ISO8601")
    units = frame[days].to_numpy(dtype=float)  # (N, T)
    row, day = (grid.ravel() for grid in np.indices(units.shape))
    keys = {"store": frame["store_id"].to_numpy(), "product": frame["item_id"].to_numpy()}
    joined = (frame["store_id"] + "|" + frame["item_id"]).to_numpy()
    return pd.DataFrame(
        {
            "item_id": joined[row],
            "date": stamps[day],
            "sales": units.ravel(),
            **{name: values[row] for name, values in keys.items()},
        }
    )


def _with_prices(sales: pd.DataFrame, path: Path, calendar: pd.DataFrame) -> pd.DataFrame:
    """Return the sales with price (NaN where the item is not on sale) and snap of the state."""
    frame = read_table(path)
    check_columns(frame, path, ["store_id", "item_id", "wm_yr_wk", "sell_price"], [])
    prices = pd.Series(
        numbers(frame, "sell_price", path, minimum=0).to_numpy(),
        index=pd.MultiIndex.from_arrays(
            [frame["store_id"] + "|" + frame["item_id"], frame["wm_yr_wk"]]
        ),
    )
    days = calendar.set_index("date")
    weeks = prices.unstack()  # (N, weeks)
    row = weeks.index.get_indexer(pd.Index(sales["item_id"]))
    column = weeks.columns.get_indexer(pd.Index(days["week"].reindex(sales["date"])))
    known = (row >= 0) & (column >= 0)
    price = np.full(len(sales), np.nan)
    price[known] = weeks.to_numpy()[row[known], column[known]]
    snap = np.zeros(len(sales))
    for name in STATES:
        here = sales["store"].str.startswith(name).to_numpy()
        snap[here] = days[name].reindex(sales["date"][here]).to_numpy()
    return sales.assign(price=price, snap=snap)


def _items(path: Path, sales: pd.DataFrame) -> pd.DataFrame:
    """Return name, store, department, category and median price, indexed by item_id."""
    frame = read_table(path)
    check_columns(frame, path, ["item_id", "dept_id", "cat_id"], [])
    table = sales.groupby("item_id").agg(
        name=("product", "first"), store=("store", "first"), price=("price", "median")
    )
    product = frame.set_index("item_id")
    table["department"] = table["name"].map(product["dept_id"])
    table["category"] = table["name"].map(product["cat_id"])
    return table
