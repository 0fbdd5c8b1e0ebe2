"""From long tables to a `Panel`: a regular calendar, known numbers without gaps."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from replenish.arrays import Bools, Floats
from replenish.data.known import known_numbers, plan_on_periods, with_plan
from replenish.data.panel import Panel
from replenish.data.report import Findings
from replenish.data.source import Tables


def build_panel(tables: Tables, frequency: str, findings: Findings) -> Panel:
    """Return the panel of all items, sorted by id, on the table's own periods.

    Args:
        tables: One row per item and period at most.
        frequency: The table's own: ``"D"``, or a week.
        findings: Takes note of missing, closed and censored periods.
    """
    sales = tables.sales
    dates = pd.date_range(sales["date"].min(), sales["date"].max(), freq=frequency)
    if tables.plan is not None:
        tables = replace(tables, plan=plan_on_periods(tables.plan, frequency))
    following = with_plan(dates, tables.plan, frequency)
    codes, names = pd.factorize(sales["item_id"], sort=True)
    ids = tuple(str(name) for name in names)
    days = dates.get_indexer(pd.DatetimeIndex(sales["date"]))
    shape = (len(ids), len(dates))
    cells = (np.asarray(codes), days)
    grid = _grid(shape, cells, sales["sales"])
    rows = np.zeros(shape, dtype=bool)  # where the table has a row
    rows[cells] = True
    axes = (pd.Index(ids), following)
    known = {name: known_numbers(name, tables, axes, cells, findings) for name in tables.known}
    filled = _fill(grid, rows, known.get("closed"), tables, findings)
    censored = _censored(sales, shape, cells, dates, ids, findings)
    return Panel(
        item_ids=ids,
        dates=dates,
        sales=filled,
        censored=censored & ~np.isnan(filled),
        known=known,
        plan_dates=following[len(dates) :],
        past={name: _grid(shape, cells, sales[name]) for name in tables.past},
        static=_static(sales, np.asarray(codes), tables.static),
        frequency=frequency,
    )


def _grid(
    shape: tuple[int, int], cells: tuple[np.ndarray, np.ndarray], values: "pd.Series[float]"
) -> Floats:
    """Return (N, T) numbers, NaN where the table has no row."""
    grid = np.full(shape, np.nan)
    grid[cells] = values.to_numpy(dtype=float)
    return grid


def _fill(
    grid: Floats, rows: Bools, closed: Floats | None, tables: Tables, findings: Findings
) -> Floats:
    """Return sales with closed days 0, and absent periods as ``missing`` says.

    Nothing is filled before an item's first observed period: it was not sold yet.
    """
    t = grid.shape[1]
    launched = np.maximum.accumulate(~np.isnan(grid), axis=1)
    absent = ~rows & launched
    shut = absent & (closed[:, :t] >= 1) if closed is not None else np.zeros_like(absent)
    findings.add(
        "closed", "periods without a row on closed days", "sales are 0 there", int(shut.sum())
    )
    rest = absent & ~shut
    ended = rest & ~np.maximum.accumulate(rows[:, ::-1], axis=1)[:, ::-1]
    done = "taken as 0" if tables.missing == "zero" else "left as not observed"
    findings.add(
        "missing", "periods without a row between two rows", done, int((rest & ~ended).sum())
    )
    findings.add("ended", "periods without a row after an item's last row", done, int(ended.sum()))
    zero = shut | rest if tables.missing == "zero" else shut
    return np.where(zero, 0.0, grid)


def _censored(
    sales: pd.DataFrame,
    shape: tuple[int, int],
    cells: tuple[np.ndarray, np.ndarray],
    dates: pd.DatetimeIndex,
    ids: Sequence[str],
    findings: Findings,
) -> Bools:
    """Return (N, T) True where the table says that the item was not in stock all the time."""
    if "in_stock" not in sales:
        return np.zeros(shape, dtype=bool)
    censored = _grid(shape, cells, sales["in_stock"]) < 1
    item, day = np.nonzero(censored)
    findings.add(
        "censored",
        "periods out of stock",
        "the sale is kept as a lower bound of demand",
        len(item),
        [f"{ids[i]} on {dates[d].date()}" for i, d in zip(item[:5], day[:5], strict=True)],
    )
    return censored


def _static(
    sales: pd.DataFrame, codes: np.ndarray, names: Sequence[str]
) -> dict[str, Sequence[str]]:
    """Return each item's text, the one of its first row."""
    _, first = np.unique(codes, return_index=True)
    return {name: [str(text) for text in sales[name].iloc[first]] for name in names}
