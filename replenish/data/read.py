"""The files that users bring: sales, items, plan, receipts, stock, orders.

Every function checks what it reads; a mistake is one `InputError` line with file, row, column,
value and the way out. Item ids are text (leading zeros survive). Where a file has no
``item_id``, the columns named by ``keys`` name the item, or a place column (``store``, ...)
together with a product column (``product``, ``sku``, ...), joined as ``store|product``.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from replenish.data.config import DataConfig
from replenish.data.item_checks import check_levels, check_targets
from replenish.data.tables import check_columns, dates, item_ids, numbers, read_table, refuse
from replenish.errors import InputError

PLACES = ("store", "store_id", "warehouse", "location")
PRODUCTS = ("product", "product_id", "sku")
FLAGS = ("promotion", "holiday", "closed")
KNOWN = ("price", "discount", *FLAGS)
RATES = ("capital_rate", "storage_rate", "insurance_rate", "loss_rate")  # in a holding_rate
PARAMETERS = (
    "lead_time",
    "lead_time_std",
    "review_period",
    "holding_cost",
    "holding_rate",
    *RATES,
    "shortage_cost",
    "service_level",
    "fixed_order_cost",
    "unit_cost",
    "price",
    "min_order",
    "pack_size",
    "max_order",
    "min_stock",
    "max_stock",
    "reorder_point",
    "order_up_to_level",
)
_MOST = dict.fromkeys(("lead_time", "lead_time_std", "review_period"), 3650)  # periods
_SHARES = ("discount", "closed")  # of the list price, of the period
DESCRIPTIONS = ("name", "category", "supplier", "department", "store", "product")


def read_sales(path: Path, config: DataConfig | None = None) -> pd.DataFrame:
    """Return the sales table as it stands in the file, checked, not yet cleaned.

    Args:
        path: CSV or Parquet with ``item_id`` (or keys), ``date``, ``sales`` and, where known,
            ``in_stock`` (0 to 1) and numbers known ahead such as ``price`` and ``promotion``.
        config: Further columns and what an empty sale means; the defaults if not given.

    Returns:
        item_id, date, sales (NaN where empty and so allowed), then the other columns; indexed
        by file row.

    Raises:
        InputError: See the module's text.
    """
    config = config or DataConfig()
    frame = read_table(path)
    keys = key_columns(frame, config.keys)
    extra = (*KNOWN, *config.known, *config.past)
    check_columns(
        frame,
        path,
        [*(keys or ["item_id"]), "date", "sales"],
        ["in_stock", *extra, *config.static, *config.ignore],
        "; name further columns in data.keys, data.known, data.past, data.static or data.ignore",
    )
    way_out = "remove the row, or set data.empty_sales to 'unobserved'"
    table = pd.DataFrame(
        {
            "item_id": item_ids(frame, path, keys),
            "date": dates(frame, "date", path),
            "sales": numbers(
                frame, "sales", path, way_out if config.empty_sales == "error" else ""
            ),
        }
    )
    if "in_stock" in frame:
        table["in_stock"] = numbers(frame, "in_stock", path, minimum=0, maximum=1)
    for name in extra:
        if name in frame:
            table[name] = _known(frame, name, path)
    for name in (*(keys if len(keys) > 1 else ()), *config.static):
        table[static_name(name)] = frame[name].astype(str).str.strip()
    return table


def _known(frame: pd.DataFrame, name: str, path: Path) -> "pd.Series[float]":
    """Return a number known ahead: the program's own are 0 or more, shares 1 at most."""
    least, most = 0 if name in KNOWN else -np.inf, 1 if name in _SHARES else np.inf
    return numbers(frame, name, path, "", least, most)


def read_items(path: Path, keys: Sequence[str] = ()) -> pd.DataFrame:
    """Return the items table, indexed by item_id, numbers as floats (NaN where empty).

    Raises:
        InputError: See the module's text; also an item that stands there twice.
    """
    frame = read_table(path)
    keys = key_columns(frame, keys)
    check_columns(frame, path, keys or ["item_id"], [*PARAMETERS, *DESCRIPTIONS])
    ids = item_ids(frame, path, keys)
    _refuse_duplicates(ids.to_frame(), path, "keep one row per item")
    table = pd.DataFrame(index=pd.Index(ids, name="item_id"))
    for name in frame.columns:
        if name in PARAMETERS:
            table[name] = _parameter(frame, name, path).to_numpy()
        elif name in DESCRIPTIONS:
            table[name] = frame[name].astype(str).to_numpy()
    check_levels(frame, table, path)
    check_targets(frame, table, path)
    return table


def _parameter(frame: pd.DataFrame, name: str, path: Path) -> "pd.Series[float]":
    """Return a parameter: 0 or more, periods whole, a review period of 1 at least."""
    values = numbers(
        frame, name, path, "", 1 if name == "review_period" else 0, _MOST.get(name, np.inf)
    )
    if name in ("lead_time", "review_period"):
        rest = "no whole number of periods; round it, or give its spread as lead_time_std"
        refuse(frame[name], values.notna() & (values != values.round()), path, rest)
    return values


def read_plan(path: Path, config: DataConfig | None = None) -> pd.DataFrame:
    """Return the plan: date, item_id (``*`` for all), then numbers known ahead, NaN where empty.

    Raises:
        InputError: See the module's text; also two rows of one item and date.
    """
    config = config or DataConfig()
    frame = read_table(path, may_be_empty=True)
    keys = key_columns(frame, config.keys)
    known = list(dict.fromkeys([*KNOWN, *config.known]))
    check_columns(frame, path, ["date", *(keys or ["item_id"])], known)
    table = pd.DataFrame(
        {"date": dates(frame, "date", path), "item_id": item_ids(frame, path, keys)}
    )
    table["item_id"] = table["item_id"].mask(table["item_id"].str.fullmatch(r"\*(\|\*)*"), "*")
    _refuse_duplicates(table, path, "keep one row per item and date")
    for name in known:
        if name in frame:
            table[name] = _known(frame, name, path)
    return table


def read_receipts(path: Path, keys: Sequence[str] = ()) -> pd.DataFrame:
    """Return past receipts: item_id, ordered_on, received_on, quantity.

    Raises:
        InputError: See the module's text; also goods received before they were ordered.
    """
    frame = read_table(path, may_be_empty=True)
    keys = key_columns(frame, keys)
    check_columns(frame, path, [*(keys or ["item_id"]), "ordered_on", "received_on"], ["quantity"])
    table = pd.DataFrame(
        {
            "item_id": item_ids(frame, path, keys),
            "ordered_on": dates(frame, "ordered_on", path),
            "received_on": dates(frame, "received_on", path),
        }
    )
    if "quantity" in frame:
        table["quantity"] = numbers(frame, "quantity", path, minimum=0)
    early = table.index[table["received_on"] < table["ordered_on"]]
    if len(early):
        value = frame.loc[early[0], "received_on"]
        raise InputError(
            f"{path}: row {early[0]}, column 'received_on', value {str(value)!r}: "
            "before ordered_on; check the two dates"
        )
    return table


def read_past_orders(path: Path, keys: Sequence[str] = ()) -> pd.DataFrame:
    """Return what the shop ordered: item_id, ordered_on, quantity; rows of one day are added up.

    Raises:
        InputError: See the module's text.
    """
    frame = read_table(path)
    keys = key_columns(frame, keys)
    check_columns(frame, path, [*(keys or ["item_id"]), "ordered_on", "quantity"], [])
    table = item_ids(frame, path, keys).to_frame()
    table["ordered_on"] = dates(frame, "ordered_on", path)
    table["quantity"] = numbers(frame, "quantity", path, "write the units ordered", 0)
    return table


def read_stock(path: Path, keys: Sequence[str] = ()) -> pd.DataFrame:
    """Return today's stock: item_id, on_hand, backorders (0 where not given).

    An on_hand below 0, or NaN where the cell is empty, stays: the guard ``stock_record`` answers.

    Raises:
        InputError: See the module's text; also an item that stands there twice.
    """
    frame = read_table(path)
    keys = key_columns(frame, keys)
    check_columns(frame, path, [*(keys or ["item_id"]), "on_hand"], ["backorders"])
    ids = item_ids(frame, path, keys)
    _refuse_duplicates(ids.to_frame(), path, "keep one row per item")
    table = ids.to_frame()
    table["on_hand"] = numbers(frame, "on_hand", path)
    waiting = numbers(frame, "backorders", path, minimum=0) if "backorders" in frame else 0.0
    table["backorders"] = waiting
    return table.fillna({"backorders": 0.0})


def read_open_orders(path: Path, keys: Sequence[str] = ()) -> pd.DataFrame:
    """Return what is on order: item_id, quantity, due_date; several rows per item may stand.

    Raises:
        InputError: See the module's text.
    """
    frame = read_table(path, may_be_empty=True)
    keys = key_columns(frame, keys)
    check_columns(frame, path, [*(keys or ["item_id"]), "quantity", "due_date"], [])
    table = item_ids(frame, path, keys).to_frame()
    table["quantity"] = numbers(frame, "quantity", path, "write the units ordered", 0)
    table["due_date"] = dates(frame, "due_date", path)
    return table[table["quantity"] > 0]  # a line that was closed is no order


def require_items(table: pd.DataFrame, path: Path, known: Sequence[str], where: str) -> None:
    """Raise unless every item of a table read here is among the known ones.

    Args:
        table: A table of this module with a column ``item_id``.
        path: Its file, for the message.
        known: The items that exist.
        where: Where they exist, e.g. ``"the sales table"``.

    Raises:
        InputError: The first item that is not known, with its row.
    """
    strange = table.index[~table["item_id"].isin(known)]
    if len(strange):
        item = table.loc[strange[0], "item_id"]
        raise InputError(
            f"{path}: row {strange[0]}, column 'item_id', value {str(item)!r}: not in {where}; "
            "add it there or remove the row"
        )


def key_columns(frame: pd.DataFrame, keys: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that name an item; empty if ``item_id`` alone does."""
    if keys:
        return tuple(keys)
    if "item_id" in frame:
        return ()
    places = [name for name in PLACES if name in frame]
    products = [name for name in PRODUCTS if name in frame]
    return (*places[:1], *products[:1]) if products else ()


def static_name(key: str) -> str:
    """Return the name under which a key column is kept; the joined id has taken item_id."""
    return "item" if key == "item_id" else key


def _refuse_duplicates(table: pd.DataFrame, path: Path, way_out: str) -> None:
    """Raise for the first row whose item (and date) stood in an earlier row."""
    twice = table.index[table.duplicated()]
    if len(twice):
        item = table.loc[twice[0], "item_id"]
        raise InputError(
            f"{path}: row {twice[0]}, column 'item_id', value {str(item)!r}: stands there twice; "
            f"{way_out}"
        )
