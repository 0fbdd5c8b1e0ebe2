"""From a config to a `Panel`, its items and the data report: the one way in for all sources."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
from tqdm import tqdm

from replenish.data import read
from replenish.data.build import build_panel
from replenish.data.calendar import (
    check_frequency,
    native_frequency,
    period_starts,
    weekly,
    with_calendar,
)
from replenish.data.clean import clean_rows
from replenish.data.config import DataConfig, check_named
from replenish.data.item_rows import item_rows, received_by
from replenish.data.known import spoken_of
from replenish.data.outliers import treat_outliers
from replenish.data.panel import Panel
from replenish.data.report import DataReport, Findings
from replenish.data.sample import sample_tables
from replenish.data.source import Tables
from replenish.errors import InputError, unknown

Reader = Callable[[Path, DataConfig, Findings], Tables]


@dataclass(frozen=True, eq=False)
class Loaded:
    """What `load` returns.

    Attributes:
        panel: Sales and covariates; ``known`` always holds the calendar and is never NaN.
        items: One row per item in the panel's order, indexed by item_id; numbers as far as they
            are known (a column nobody brought is absent, an empty cell is NaN).
        report: What was found and what was done to it.
        receipts: item_id, ordered_on, received_on; None without a receipts file.
        orders: item_id, ordered_on, quantity; None without a file of past orders.
        repeats: item_id and date of every row of sales that was merged with an earlier one, or
            None.
        stock_outs: Whether the sales table says when an item was out of stock.
    """

    panel: Panel
    items: pd.DataFrame
    report: DataReport
    receipts: pd.DataFrame | None
    repeats: pd.DataFrame | None = None
    orders: pd.DataFrame | None = None
    stock_outs: bool = False


def load(
    config: DataConfig,
    base: Path,
    progress: bool = False,
    as_of: pd.Timestamp | None = None,
    choices_end: Callable[[Panel], int] | None = None,
) -> Loaded:
    """Read, check, clean and arrange the data of a config.

    Args:
        config: The ``[data]`` table.
        base: Folder that relative paths start from, the config file's own.
        progress: Whether to show a bar on standard error.
        as_of: The day of ordering; what was sold in its period and later is not read. None: all.
        choices_end: Says of the panel which period is the last that anything is learned from;
            what was received later is left out. None: nothing is judged, all receipts count.

    Raises:
        InputError: Anything that is wrong with the files, in one line.
    """
    reader, findings = source(config.source), Findings()
    check_named(config)
    hidden = None if progress else True  # None: hidden where nobody watches a terminal
    with tqdm(total=3, desc="data", unit="step", disable=hidden, leave=False) as bar:
        tables = reader(_folder(config, base), config, findings)
        bar.update()
        panel = _panel(tables, config, findings, as_of)
        bar.update()
        panel = treat_outliers(panel, config.outliers, findings)
        panel = with_calendar(panel)
        bar.update()
    if choices_end is not None:
        tables = received_by(choices_end(panel), tables, panel, findings)
    items = item_rows(tables, panel, findings)
    panel = _with_descriptions(panel, items)
    report = DataReport(tables.label, _counts(tables, panel), tuple(findings.entries))
    told = "in_stock" in tables.sales
    return Loaded(panel, items, report, tables.receipts, findings.repeats, tables.orders, told)


def source(name: str) -> Reader:
    """Return the reader of a source: sample, files, or an adapter's file name.

    Raises:
        InputError: There is none of that name; the nearest one is named.
    """
    folder = Path(__file__).parent / "adapters"
    adapters = [path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")]
    if name == "sample":
        return _read_sample
    if name == "files":
        return _read_files
    if name not in adapters:
        raise unknown("data source", name, ["sample", "files", *adapters])
    return cast(Reader, import_module(f"replenish.data.adapters.{name}").read)


def _folder(config: DataConfig, base: Path) -> Path:
    """Return the folder that the source reads from.

    Raises:
        InputError: An adapter's folder is neither in the config nor in REPLENISH_DATA.
    """
    if config.source in ("sample", "files"):
        return base
    if config.folder:
        return base / config.folder
    root = os.environ.get("REPLENISH_DATA", "")
    if not root:
        raise InputError(
            f"data.source {config.source!r} needs its files; set data.folder, or the variable "
            f"REPLENISH_DATA to the folder that holds {config.source}/"
        )
    return Path(root) / config.source


def _read_sample(_: Path, config: DataConfig, __: Findings) -> Tables:
    """Return the embedded sample."""
    sample = sample_tables(config.sample_items, config.sample_periods, config.sample_seed)
    return Tables(
        label="embedded sample",
        sales=sample.sales,
        items=sample.items_by(config.frequency),
        known=("price", "promotion", "holiday", "closed"),
        plan=sample.plan,
        orders=sample.past_orders,
    )


def _read_files(base: Path, config: DataConfig, findings: Findings) -> Tables:
    """Return the tables of the files that the config names."""
    if not config.sales:
        raise InputError("data.source is 'files', yet data.sales is empty; name the sales table")
    path = base / config.sales
    sales = clean_rows(read.read_sales(path, config), str(path), config, findings)
    items = (
        read.read_items(base / config.items, config.keys)
        if config.items
        else pd.DataFrame(index=pd.Index([], name="item_id"))
    )
    plan = read.read_plan(base / config.plan, config) if config.plan else None
    receipts = read.read_receipts(base / config.receipts, config.keys) if config.receipts else None
    orders = read.read_past_orders(base / config.orders, config.keys) if config.orders else None
    if plan is not None:
        sold = pd.Index(sales["item_id"].unique())
        names = pd.Index(plan["item_id"].unique()).difference(sold)
        gone = [name for name in names if "*" not in name or not spoken_of(name, sold).any()]
        strange = plan[plan["item_id"].isin(gone)]
        findings.add(
            "plan items",
            "rows of the plan name items without sales",
            "left out",
            len(strange),
            [f"row {row}: {item}" for row, item in strange["item_id"].head().items()],
        )
        plan = plan.drop(strange.index)
    covariates = [name for name in (*read.KNOWN, *config.known) if name not in config.past]
    named = [read.static_name(name) for name in config.keys or (*read.PLACES, *read.PRODUCTS)]
    keys = [name for name in named if name in sales]
    return Tables(
        label=str(path),
        sales=sales,
        items=items,
        missing=config.missing,
        known=tuple(n for n in covariates if n in sales or (plan is not None and n in plan)),
        past=tuple(name for name in config.past if name in sales),
        static=tuple(dict.fromkeys([*keys, *(n for n in config.static if n in sales)])),
        plan=plan,
        receipts=receipts,
        orders=orders,
    )


def _panel(
    tables: Tables, config: DataConfig, findings: Findings, as_of: pd.Timestamp | None
) -> Panel:
    """Return the panel on the wanted periods, without the items that the config drops."""
    days, start = tables.sales["date"], None
    native = native_frequency(days, tables.label)
    if as_of is not None:
        (start,) = period_starts(pd.DatetimeIndex([as_of]), config.frequency)
        native = native_frequency(_early(tables, start, findings), tables.label)
    check_frequency(native, config.frequency, tables.label)
    panel = build_panel(tables, native, findings, start, config.frequency)
    if native != config.frequency:
        way_out = ""
        if config.source == "files" and config.missing != "zero":
            way_out = " (data.missing = 'zero' if nothing was sold on a day without a row)"
        panel = weekly(panel, config.frequency, findings, way_out)
    return _select(panel, config, findings)


def _early(tables: Tables, start: pd.Timestamp, findings: Findings) -> "pd.Series[pd.Timestamp]":
    """Return the dates of the rows before the period of ordering, which alone tell of sales."""
    dates = tables.sales["date"]
    later = tables.sales[dates >= start]
    if len(later) == len(dates):
        raise InputError(
            f"{tables.label}: no sales before {start.date()}, the first is of "
            f"{dates.min().date()}; bring a longer history or check --as-of"
        )
    if len(later):
        found = f"rows are dated {start.date()} or later, up to {later['date'].max().date()}"
        findings.add("later sales", found, "their sales are not used", len(later))
    return dates[dates < start]


def _select(panel: Panel, config: DataConfig, findings: Findings) -> Panel:
    """Return the panel without short and idle items, thinned out to the wanted number."""
    end = panel.n_periods
    if config.count_until:
        end = int((panel.dates <= pd.Timestamp(config.count_until)).sum())
    sales = panel.sales[:, :end]
    observed, active = (~np.isnan(sales)).sum(axis=1), (np.nan_to_num(sales) > 0).sum(axis=1)
    for kind, number, least in (
        ("short items", observed, config.min_periods),
        ("idle items", active, config.min_active_periods),
    ):
        gone = [panel.item_ids[i] for i in np.flatnonzero(number < least)]
        findings.add(kind, f"items with fewer than {least} periods", "dropped", len(gone), gone)
    kept = np.flatnonzero((observed >= config.min_periods) & (active >= config.min_active_periods))
    if len(kept) == 0:
        raise InputError("no item is left; lower data.min_periods or data.min_active_periods")
    if config.max_items and len(kept) > config.max_items:
        findings.add(
            "more items",
            "items beyond data.max_items",
            "dropped, the others spread evenly over the sorted ids",
            len(kept) - config.max_items,
        )
        spread = np.linspace(0, len(kept) - 1, config.max_items).round().astype(int)
        kept = kept[spread]
    kept_panel = panel if len(kept) == panel.n_items else panel.take(kept)
    _note_silent(kept_panel, findings)
    return kept_panel


def _note_silent(panel: Panel, findings: Findings) -> None:
    """Note items that tell forecasters nothing, and what is made of them."""
    seen = ~np.isnan(panel.sales)
    sold = np.nan_to_num(panel.sales).sum(axis=1) > 0
    for kind, silent, found, done in (
        ("never sold", seen.any(axis=1) & ~sold, "items whose sales are all 0",
         "forecast 0 with a narrow band"),
        ("never seen", ~seen.any(axis=1), "items without an observed period",
         "forecast like the median item, with the pooled band"),
    ):  # fmt: skip
        names = [panel.item_ids[i] for i in np.flatnonzero(silent)]
        findings.add(kind, found, done, len(names), names)


def _with_descriptions(panel: Panel, items: pd.DataFrame) -> Panel:
    """Return the panel with the items' category, supplier and department as static texts."""
    texts = {
        name: [str(text) for text in items[name].fillna("")]
        for name in ("category", "supplier", "department")
        if name in items and name not in panel.static
    }
    return replace(panel, static={**panel.static, **texts})


def _counts(tables: Tables, panel: Panel) -> dict[str, int | float | str]:
    """Return the numbers that a reader wants first; shares are floats."""
    seen = ~np.isnan(panel.sales)
    observed = max(int(seen.sum()), 1)
    return {
        "rows": len(tables.sales),
        "items": panel.n_items,
        "periods": panel.n_periods,
        "first": str(panel.dates[0].date()),
        "last": str(panel.dates[-1].date()),
        "frequency": panel.frequency,
        "plan_periods": len(panel.plan_dates),
        "observed_periods": int(seen.sum()),
        "share_zero": float((panel.sales == 0).sum() / observed),
        "share_censored": float(panel.censored.sum() / observed),
    }
