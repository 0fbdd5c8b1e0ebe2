"""The regular calendar: which periods a table has, whole weeks, and calendar covariates."""

from dataclasses import replace

import numpy as np
import pandas as pd

from replenish.arrays import Bools, Floats, Ints
from replenish.data.panel import Panel
from replenish.data.report import Findings
from replenish.errors import InputError

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
LONGEST = 20_000  # periods; a mistyped year would ask for more
EMPTIEST = 366  # days in a row without a row of any item; a mistyped year would leave more


def days_per_period(frequency: str) -> int:
    """Return 1 for days and 7 for weeks."""
    return 1 if frequency == "D" else 7


def native_frequency(dates: "pd.Series[pd.Timestamp]", label: str) -> str:
    """Return ``"D"``, or the week (``"W-MON"`` ...) if all of three or more dates share a weekday.

    Args:
        dates: The dates of the sales table, indexed by file row.
        label: The file, for the message.

    Raises:
        InputError: The dates span more than 20,000 days, or there is a year between two of them
            without a row, which a mistyped year does.
    """
    span = int((dates.max() - dates.min()).days) + 1
    if span > LONGEST:
        middle = dates.sort_values().iloc[len(dates) // 2]
        place = int(np.argmax((dates - middle).abs().to_numpy()))
        raise InputError(
            f"{label}: row {dates.index[place]}, column 'date', value "
            f"'{dates.iloc[place].date()}': the dates span {span:,} days; correct the year"
        )
    _refuse_gap(dates, label)
    distinct = pd.DatetimeIndex(dates.unique())
    weekdays = distinct.day_of_week.unique()
    return f"W-{DAYS[weekdays[0]]}" if len(weekdays) == 1 and len(distinct) >= 3 else "D"


def _refuse_gap(dates: "pd.Series[pd.Timestamp]", label: str) -> None:
    """Raise where two dates in turn are a year apart, and name a row of the smaller side."""
    days = dates.sort_values(kind="stable")
    apart = days.diff().dt.days
    if not (apart > EMPTIEST).any():
        return
    after = int(np.argmax(apart > EMPTIEST))
    odd = after if 2 * after >= len(days) else after - 1
    raise InputError(
        f"{label}: row {days.index[odd]}, column 'date', value '{days.iloc[odd].date()}': no row "
        f"lies between {days.iloc[after - 1].date()} and {days.iloc[after].date()}; correct the "
        "year, or leave out the rows on one side"
    )


def period_starts(dates: pd.DatetimeIndex, frequency: str) -> pd.DatetimeIndex:
    """Return the first day of the period that holds each date: itself, or its week's."""
    if frequency == "D":
        return dates
    past = (dates.day_of_week - DAYS.index(frequency[2:])) % 7
    return pd.DatetimeIndex(dates - pd.to_timedelta(past, unit="D"))


def check_frequency(native: str, wanted: str, label: str) -> None:
    """Raise unless the wanted periods can be made of the ones in the file.

    Raises:
        InputError: Weekly data where days or other weeks are asked for.
    """
    if native not in ("D", wanted):
        raise InputError(
            f"{label}: column 'date': one date a week, yet data.frequency is {wanted!r}; "
            f"set data.frequency to {native!r}"
        )


def weekly(panel: Panel, frequency: str, findings: Findings, way_out: str = "") -> Panel:
    """Return a daily panel summed to weeks; weeks cut off at either end are left out.

    A week's sale is the sum of its observed days; the week is censored (a lower bound) if one of
    its days was, or was not observed; it is not observed if none of its days was. Known and past
    numbers are averaged: a promotion on two days of seven counts 2/7.

    Args:
        panel: (N, T) daily.
        frequency: ``"W-MON"`` and the like, named by the first day of the week.
        findings: Takes note of days left out and of weeks that are lower bounds.
        way_out: What a user can do about days that were not observed.

    Raises:
        InputError: The history holds no whole week.
    """
    following = pd.DatetimeIndex(panel.dates.append(panel.plan_dates))
    starts = np.flatnonzero(following.day_of_week == DAYS.index(frequency[2:]))
    starts = starts[starts + 7 <= len(following)]  # (W,) whole weeks, the plan's with them
    history = int((starts + 7 <= panel.n_periods).sum())
    if history == 0:
        raise InputError("sales: the history holds no whole week; bring more days or use 'D'")
    past_starts = starts[:history]
    days = _blocks(panel.sales, past_starts)  # (N, W, 7)
    seen = ~np.isnan(days)
    full, some = seen.all(axis=2), seen.any(axis=2)
    total = np.where(some, np.where(seen, days, 0.0).sum(axis=2), np.nan)
    sold_out = _blocks(panel.censored.astype(float), past_starts).max(axis=2) > 0
    gaps = np.asarray(some & ~full)
    _note_weeks(panel.n_periods - 7 * history, some & sold_out, gaps, findings, way_out)
    return replace(
        panel,
        dates=pd.DatetimeIndex(following[past_starts], freq=frequency),
        plan_dates=pd.DatetimeIndex(following[starts[history:]]),
        sales=total,
        censored=np.asarray(some & (sold_out | ~full)),
        known={name: _blocks(v, starts).mean(axis=2) for name, v in panel.known.items()},
        past={name: _blocks(v, past_starts).mean(axis=2) for name, v in panel.past.items()},
        frequency=frequency,
    )


def _note_weeks(cut: int, sold_out: Bools, gaps: Bools, findings: Findings, way_out: str) -> None:
    """Note what summing to weeks left out, and the (N, W) weeks that are lower bounds."""
    bound = "their sum is kept as a lower bound of demand"
    findings.add("cut weeks", "days at either end make no whole week", "left out", cut)
    findings.add("weeks sold out", "weeks hold a day out of stock", bound, int(sold_out.sum()))
    findings.add(
        "weeks with gaps",
        "weeks hold a day that was not observed",
        f"{bound}{way_out}",
        int(gaps.sum()),
    )


def with_calendar(panel: Panel) -> Panel:
    """Return the panel with ``weekday`` (0 = Monday), ``month`` and ``day_of_year`` known ahead.

    A week's numbers are those of its first day.
    """
    following = pd.DatetimeIndex(panel.dates.append(panel.plan_dates))
    numbers = {
        "weekday": following.day_of_week,
        "month": following.month,
        "day_of_year": following.day_of_year,
    }
    shape = (panel.n_items, len(following))
    calendar = {
        name: np.broadcast_to(values.to_numpy(dtype=float), shape).copy()
        for name, values in numbers.items()
    }
    return replace(panel, known={**panel.known, **calendar})


def _blocks(values: Floats, starts: Ints) -> Floats:
    """Return (N, W, 7): the seven columns from each start on."""
    return values[:, starts[:, None] + np.arange(7)[None, :]]
