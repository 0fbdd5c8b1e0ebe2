"""From long tables to a `Panel`: a regular calendar, known numbers without gaps."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from replenish.arrays import Bools, Floats
from replenish.data.known import known_numbers, with_plan
from replenish.data.panel import Panel, wholly_closed
from replenish.data.report import Findings
from replenish.data.source import Tables

_WEEK = pd.Timedelta(days=7)  # where nobody orders, closed days are history to the week's end


def build_panel(
    tables: Tables,
    frequency: str,
    findings: Findings,
    start: pd.Timestamp | None = None,
    wanted: str = "",
) -> Panel:
    """Return the panel of all items, sorted by id, on the table's own periods.

    The history ends with the last row before ``start`` and the closed periods that follow it.

    Args:
        tables: One row per item and period at most, one of them before ``start``.
        frequency: The table's own: ``"D"``, or a week.
        findings: Takes note of missing, closed and censored periods.
        start: First day of the period of ordering, None where nobody orders: of rows from then on
            only the numbers known ahead count.
        wanted: The week that days will be summed to, if any.
    """
    whole = tables.sales
    start = whole["date"].max() + _WEEK if start is None else start
    following = _periods(tables, (frequency, wanted or frequency), start)
    codes, names = pd.factorize(whole["item_id"], sort=True)
    ids = tuple(str(name) for name in names)
    days = following.get_indexer(pd.DatetimeIndex(whole["date"]))
    there = days >= 0
    cells, tables = (np.asarray(codes)[there], days[there]), replace(tables, sales=whole[there])
    axes = (pd.Index(ids), following)
    known = {name: known_numbers(name, tables, axes, cells, findings) for name in tables.known}
    past = following[cells[1]] < start
    cells, sales = (cells[0][past], cells[1][past]), tables.sales[past]
    end = _end(int(cells[1].max()) + 1, known.get("closed"), int(following.searchsorted(start)))
    dates, shape = following[:end], (len(ids), end)
    grid = _grid(shape, cells, sales["sales"])
    rows = np.zeros(shape, dtype=bool)  # where the table has a row
    rows[cells] = True
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
        static=_static(whole, np.asarray(codes), tables.static),
        frequency=frequency,
    )


def _periods(tables: Tables, frequencies: tuple[str, str], start: pd.Timestamp) -> pd.DatetimeIndex:
    """Return the periods from the first row to the last one, or as far as numbers are planned."""
    dates, (frequency, wanted) = tables.sales["date"], frequencies
    early = dates[dates < start]
    ahead = any(name in tables.sales for name in tables.known)  # later rows are as good as a plan
    last = (dates if ahead else early).max()
    return with_plan(pd.date_range(early.min(), last, freq=frequency), tables.plan, wanted)


def _end(end: int, closed: Floats | None, limit: int) -> int:
    """Return where the history ends: ``end``, or later where all items are closed from there on.

    Args:
        end: Number of periods up to the last row.
        closed: (N, T + P) 1 where an item is closed, or None.
        limit: Number of periods before the day of ordering.
    """
    while closed is not None and end < limit and wholly_closed(closed[:, end]).all():
        end += 1
    return end


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

    Nothing is filled before an item's first observed period: it was not sold yet. A closed day
    after an item's last row says nothing once an open day has passed without one: it may be gone.
    """
    t = grid.shape[1]
    launched = np.maximum.accumulate(~np.isnan(grid), axis=1)
    absent = ~rows & launched
    shut = absent & wholly_closed(closed[:, :t]) if closed is not None else np.zeros_like(absent)
    after = ~np.maximum.accumulate(rows[:, ::-1], axis=1)[:, ::-1]  # an item's last row
    shut &= ~np.maximum.accumulate(after & ~shut, axis=1)
    findings.add(
        "closed", "periods without a row on closed days", "sales are 0 there", int(shut.sum())
    )
    rest = absent & ~shut
    ended = rest & after
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
