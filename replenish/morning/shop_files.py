"""Monday's files: reading them, agreeing on the items, and the table of orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from replenish.arrays import Bools, Floats, Ints
from replenish.bundle import Bundle, BundleContents
from replenish.data.calendar import days_per_period
from replenish.data.config import DataConfig
from replenish.data.load import Loaded, load
from replenish.data.panel import Panel
from replenish.data.read import read_open_orders, read_stock, require_items
from replenish.errors import InputError
from replenish.guards.features import WINDOW
from replenish.guards.series import unrecorded
from replenish.item_table import items_for, overlaid, overridden, parameters_of, rows_among
from replenish.morning.as_of import LATEST, Morning, morning_of
from replenish.morning.decide import Shelf, decide
from replenish.morning.item_texts import with_known_texts
from replenish.morning.new_items import absent, assumed, refuse_strangers
from replenish.morning.order_table import COLUMNS, order_table
from replenish.morning.ordered_by import AGENT
from replenish.morning.shop_stock import shop_stock

_HINT = "; or let --allow-missing leave such items to be decided by hand"
_BY_HAND = {
    "no_sales": "no sales history, so no forecast: decide by hand",
    "no_stock": "no row in the stock file, so the stock is not known: decide by hand",
    "gone": f"no sales row for more than {LATEST} periods, so it counts as taken off sale: "
    "leave it out of the files, or decide by hand",
}


@dataclass(frozen=True)
class ShopFiles:
    """The tables that a shop brings, CSV or Parquet (see ``docs/data.md``)."""

    sales: Path
    stock: Path
    items: Path | None = None
    open_orders: Path | None = None
    plan: Path | None = None


@dataclass(frozen=True)
class Day:
    """The day of ordering.

    Attributes:
        as_of: The day itself.
        reviewed_from: A day on which every item was reviewed; an item with review period R is
            reviewed every R periods from it. None: every item is reviewed today.
        allow_missing: Whether items that only one of sales and stock knows are left to be
            decided by hand.
    """

    as_of: pd.Timestamp
    reviewed_from: pd.Timestamp | None = None
    allow_missing: bool = False


@dataclass(frozen=True, eq=False)
class Recommendation:
    """Orders and what to say about them.

    Attributes:
        orders: One row per item that came in, `replenish.morning.order_table.COLUMNS`.
        notes: What was found in the data and done to it, in words.
    """

    orders: pd.DataFrame
    notes: tuple[str, ...]


def recommend(bundle: Bundle, files: ShopFiles, day: Day, by: str = AGENT) -> Recommendation:
    """Read a shop's files and return today's orders.

    Args:
        bundle: What orders.
        files: Of the shop.
        day: Of ordering.
        by: Which of the bundle's policies (see `replenish.morning.ordered_by`).

    Raises:
        InputError: Anything that is wrong with the files, in one line.
    """
    config = data_config(bundle, files)
    loaded, contents = _loaded(config, day), bundle.contents
    refuse_strangers(contents.item_ids, loaded.panel.item_ids, str(files.sales))
    if contents.stock_outs and not loaded.stock_outs:
        raise InputError(
            f"{files.sales}: row 1: column 'in_stock' is missing; the bundle was trained with it, "
            "and sales that stock cut short look like low demand without it: bring it"
        )
    stock = read_stock(files.stock, config.keys)
    _refuse_waiting(contents, stock, files.stock)
    open_orders = read_open_orders(files.open_orders, config.keys) if files.open_orders else None
    if not day.allow_missing:
        _check_agreement(loaded.panel.item_ids, stock, open_orders, files)
    panel = with_known_texts(loaded.panel, contents.item_ids, contents.texts)
    morning = morning_of(panel, day.as_of, contents.horizon, str(files.sales))
    gone = unrecorded(morning.panel)[:, -1] > LATEST
    rows = np.flatnonzero(np.isin(morning.panel.item_ids, stock["item_id"].to_list()) & ~gone)
    by_hand = _by_hand(morning.panel.item_ids, gone, stock, open_orders)
    tables, told = [by_hand], list[str]()
    if len(rows):
        mine, table = _take(morning, loaded, rows)
        days = days_per_period(contents.frequency)
        told = overridden(table, contents.item_rules)
        table = overlaid(table, contents.item_ids, contents.told)
        given = parameters_of(table, days, contents.item_rules)
        shelf = _shelf(bundle, (mine, given), (stock, open_orders), files, day)
        tables.insert(0, order_table(decide(bundle, mine, shelf, by), morning.today))
        told += assumed(contents, mine.panel.item_ids, given)
    found = [f"{e.kind}: {e.rows:,} {e.found}; {e.done}" for e in loaded.report.findings]
    told += _not_brought(contents, morning.panel, files)
    told += absent(contents.item_ids, loaded.panel.item_ids)
    return Recommendation(_in_file_order(tables, stock), (*morning.notes, *told, *found))


def _loaded(config: DataConfig, day: Day) -> Loaded:
    """Read the files; advice on settings is followed by where these are."""
    try:
        return load(config, Path(), as_of=day.as_of)
    except InputError as problem:
        if not any(f"data.{name}" in str(problem) for name in DataConfig.model_fields):
            raise
        raise InputError(
            f"{problem} (settings of [data] are those of the bundle's run: train again for others)"
        ) from None


def _refuse_waiting(contents: BundleContents, stock: pd.DataFrame, path: Path) -> None:
    """Raise where customers wait at a shop whose unmet demand is lost, as the bundle learned."""
    waiting = stock.index[stock["backorders"] > 0]
    if contents.items.unmet_demand == "lost" and len(waiting):
        raise InputError(
            f"{path}: row {waiting[0]}, column 'backorders', value "
            f"{stock['backorders'][waiting[0]]:g}: unmet demand is lost in the bundle's run; leave "
            "the column out, or train with env.unmet_demand = 'backorder'"
        )


def _not_brought(contents: BundleContents, panel: Panel, files: ShopFiles) -> list[str]:
    """Return what the files do not say although orders depend on it, in words."""
    said = []
    if files.open_orders is None:
        said.append("no --open-orders: nothing counts as on its way")
    if lacking := [name for name in contents.planned if name not in panel.known]:
        said.append(
            f"neither sales nor plan has the column {', '.join(lacking)}, which training had: "
            "nothing counts as promoted or closed, and no price as changed"
        )
    return said


def data_config(bundle: Bundle, files: ShopFiles) -> DataConfig:
    """Return how the files are read: as in training, but every item that comes in is kept."""
    trained = {k: v for k, v in bundle.contents.data.items() if not k.startswith("sample_")}
    everything = {"min_periods": 0, "min_active_periods": 0, "max_items": 0, "count_until": ""}
    places = {
        "source": "files",
        "folder": "",
        "receipts": "",
        "orders": "",
        "sales": str(files.sales),
        "items": str(files.items or ""),
        "plan": str(files.plan or ""),
        "frequency": bundle.contents.frequency,
    }
    return DataConfig(**{**trained, **everything, **places})


def _check_agreement(
    item_ids: Sequence[str],
    stock: pd.DataFrame,
    open_orders: pd.DataFrame | None,
    files: ShopFiles,
) -> None:
    """Raise for the first item that one file knows and another does not."""
    try:
        require_items(stock, files.stock, item_ids, "the sales table")
        if open_orders is not None and files.open_orders is not None:
            require_items(open_orders, files.open_orders, item_ids, "the sales table")
    except InputError as problem:
        raise InputError(f"{problem}{_HINT}") from None
    lacking = sorted(set(item_ids) - set(stock["item_id"]))
    if lacking:
        raise InputError(
            f"{files.stock}: column 'item_id': {lacking[0]!r} of the sales table has no row "
            f"({len(lacking)} such items); add it with its on_hand{_HINT}"
        )


def _take(morning: Morning, loaded: Loaded, rows: Ints) -> tuple[Morning, pd.DataFrame]:
    """Return the morning and the items table of these rows of the panel."""
    panel = morning.panel.take(rows)
    duplicates = _recent_repeats(panel, loaded.repeats)
    return replace(morning, panel=panel, duplicates=duplicates), loaded.items.iloc[rows]


def _recent_repeats(panel: Panel, repeats: pd.DataFrame | None) -> Ints | None:
    """Return (N,) how many rows of the last periods came twice; the panel ends yesterday."""
    if repeats is None:
        return None
    end = panel.dates[-1] + pd.Timedelta(days=days_per_period(panel.frequency))
    recent = repeats["date"].between(panel.dates[-WINDOW:][0], end, inclusive="left")
    counts = repeats["item_id"][recent].value_counts()
    return counts.reindex(list(panel.item_ids), fill_value=0).to_numpy()


def _shelf(
    bundle: Bundle,
    mine: tuple[Morning, Mapping[str, Floats]],
    lying: tuple[pd.DataFrame, pd.DataFrame | None],
    files: ShopFiles,
    day: Day,
) -> Shelf:
    """Return parameters, stock and review of the morning's items."""
    (morning, given), contents = mine, bundle.contents
    item_ids = morning.panel.item_ids
    items = items_for(
        item_ids,
        (contents.item_ids, contents.items),
        contents.defaults,
        given,
        str(files.items or "items of the bundle"),
    )
    ahead = 0 if day.reviewed_from is None else morning.today.periods_until(day.reviewed_from)
    return Shelf(
        items=items,
        stock=shop_stock(item_ids, items, *lying, morning.today),
        periods_to_review=np.asarray(ahead % items.review_period),
        rows=rows_among(contents.item_ids, item_ids),
    )


def _by_hand(
    item_ids: Sequence[str], gone: Bools, stock: pd.DataFrame, open_orders: pd.DataFrame | None
) -> pd.DataFrame:
    """Return rows of items about which too little is known: order 0, with a reason."""
    lying = dict(zip(stock["item_id"], stock["on_hand"], strict=True))
    coming = [] if open_orders is None else open_orders["item_id"].to_list()
    flags = dict.fromkeys((*lying, *item_ids, *coming), "no_sales")
    for name, late in zip(item_ids, gone, strict=True):
        flags[name] = "gone" if late else "" if name in lying else "no_stock"
    return pd.DataFrame(
        [
            {
                "item_id": name,
                "order": 0.0,
                "on_hand": lying.get(name, np.nan),
                "due_date": "",
                "reason": _BY_HAND[flag],
                "flags": f"by_hand {flag}",
            }
            for name, flag in flags.items()
            if flag
        ]
    )


def _in_file_order(tables: list[pd.DataFrame], stock: pd.DataFrame) -> pd.DataFrame:
    """Return one table in the order of the stock file, items without stock last."""
    whole = pd.concat([table for table in tables if len(table)], ignore_index=True)
    whole = whole.reindex(columns=list(COLUMNS))
    place = {name: row for row, name in enumerate(stock["item_id"])}
    ranks = whole["item_id"].map(lambda name: place.get(name, len(place)))
    return whole.iloc[np.argsort(ranks.to_numpy(), kind="stable")].reset_index(drop=True)
