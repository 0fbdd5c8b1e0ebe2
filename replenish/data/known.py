"""Numbers known ahead (prices, promotions, holidays), without a gap, history and plan."""

import re

import numpy as np
import pandas as pd

from replenish.arrays import Bools, Floats, Ints
from replenish.data.calendar import LONGEST, period_starts
from replenish.data.report import EXAMPLES, Findings
from replenish.data.source import Tables
from replenish.errors import InputError

FULL_PRICE = "discount"  # 1 where nothing is said
CARRIED = "price"  # stays as it last was
ALL = "*"  # in the plan: every item, or in one of several key columns every value of it


def with_plan(dates: pd.DatetimeIndex, plan: pd.DataFrame | None, wanted: str) -> pd.DatetimeIndex:
    """Return the dates of the history and, where the plan goes further, of the plan.

    Args:
        dates: A regular calendar.
        plan: date, item_id, numbers; or None.
        wanted: What the dates will be summed to: whole weeks reach to their end, for of the days
            left nothing else is planned.

    Raises:
        InputError: The plan goes further than a calendar should, which a mistyped year does.
    """
    if plan is None or plan.empty or plan["date"].max() <= dates[-1]:
        return dates
    last = plan["date"].max()
    if (last - dates[-1]).days > LONGEST:
        raise InputError(f"plan: column 'date', value '{last.date()}': correct the year")
    if wanted != dates.freqstr:
        last = period_starts(pd.DatetimeIndex([last]), wanted)[0] + pd.Timedelta(days=6)
    return pd.date_range(dates[0], last, freq=dates.freq)


def known_numbers(
    name: str,
    tables: Tables,
    axes: tuple[pd.Index, pd.DatetimeIndex],
    cells: tuple[Ints, Ints],
    findings: Findings,
) -> Floats:
    """Return (N, T + P) numbers: the sales table's own, else the plan's, else filled.

    A row of the plan for one item goes before a row for several, and that before a row for all.
    Where nothing is said, a price
    stays as it last was (before the first one, as the first one was), a discount is 1 (the full
    price), and every other number is 0.

    Args:
        name: The column.
        tables: Sales on their own periods, and the plan, whose days of a week are averaged.
        axes: Item ids and dates, plan included.
        cells: Item and period number of each row of the sales table.
        findings: Takes note of sales without a price.
    """
    grid = _planned(name, tables.plan, axes)
    if name in tables.sales:
        values = tables.sales[name].to_numpy(dtype=float)
        given = ~np.isnan(values)
        grid[cells[0][given], cells[1][given]] = values[given]
    if name != CARRIED:
        return np.where(np.isnan(grid), 1.0 if name == FULL_PRICE else 0.0, grid)
    sold = tables.sales[np.isnan(grid[cells]) & tables.sales["sales"].notna().to_numpy()]
    head = sold.head(EXAMPLES)
    findings.add(
        "no price",
        "rows with a sale have no price",
        "taken as it last was, or as it first was, or 0",
        len(sold),
        [f"{i} on {d.date()}" for i, d in zip(head["item_id"], head["date"], strict=True)],
    )
    return np.asarray(pd.DataFrame(grid).ffill(axis=1).bfill(axis=1).fillna(0.0).to_numpy())


def spoken_of(name: str, ids: pd.Index) -> Bools:
    """Return (N,) True for the items that a name with ``*`` in the plan speaks of."""
    if name == ALL:
        return np.ones(len(ids), dtype=bool)
    parts = ("[^|]*" if part == ALL else re.escape(part) for part in name.split("|"))
    return np.asarray(ids.str.fullmatch(r"\|".join(parts)), dtype=bool)


def _columns_named(name: str) -> int:
    """Return how many key columns a name says."""
    return sum(part != ALL for part in name.split("|"))


def _planned(
    name: str, plan: pd.DataFrame | None, axes: tuple[pd.Index, pd.DatetimeIndex]
) -> Floats:
    """Return (N, T + P) the plan's numbers, NaN where it says nothing.

    Of a plan for days a week has the mean of its seven days, where a day that is not named is as
    if nothing were planned; a price has the mean of the days that are.
    """
    ids, following = axes
    rows = None if plan is None or name not in plan else plan.dropna(subset=[name])
    if rows is None or (rows["date"] == _starts(rows["date"], following)).all():
        return _overlaid(name, rows, axes)
    days = pd.date_range(following[0], following[-1] + pd.Timedelta(days=6))
    told = _overlaid(name, rows, (ids, days)).reshape(len(ids), len(following), 7)
    seen = ~np.isnan(told)
    number = seen.sum(axis=2)
    filled = np.where(seen, told, 1.0 if name == FULL_PRICE else 0.0).sum(axis=2)
    named = number if name == CARRIED else np.full_like(number, 7)
    return np.where(number > 0, filled / np.maximum(named, 1), np.nan)


def _starts(dates: "pd.Series[pd.Timestamp]", periods: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the first day of the period that holds each date."""
    return period_starts(pd.DatetimeIndex(dates), str(periods.freqstr))


def _overlaid(
    name: str, plan: pd.DataFrame | None, axes: tuple[pd.Index, pd.DatetimeIndex]
) -> Floats:
    """Return (N, T) the plan's numbers of these dates, NaN where it says nothing."""
    ids, following = axes
    grid = np.full((len(ids), len(following)), np.nan)
    if plan is None or name not in plan:
        return grid
    rows = plan.dropna(subset=[name])
    day = following.get_indexer(pd.DatetimeIndex(rows["date"]))
    item = ids.get_indexer(pd.Index(rows["item_id"]))
    values = rows[name].to_numpy(dtype=float)
    several = [each for each in rows["item_id"].unique() if ALL in each.split("|")]
    for each in sorted(several, key=_columns_named):
        wide = (rows["item_id"] == each).to_numpy() & (day >= 0)
        grid[np.ix_(spoken_of(each, ids), day[wide])] = values[wide]
    own = (item >= 0) & (day >= 0)
    grid[item[own], day[own]] = values[own]
    return grid
