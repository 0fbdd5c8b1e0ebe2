"""The day of ordering: what of a panel is known then, and where its history ends."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from replenish.arrays import Floats, Ints
from replenish.data.calendar import days_per_period, with_calendar
from replenish.data.known import CARRIED, FULL_PRICE
from replenish.data.panel import Panel
from replenish.errors import InputError

LATEST = 28  # periods; sales that end earlier than this before the day of ordering are refused


@dataclass(frozen=True)
class Today:
    """The day of ordering and the period it lies in.

    Attributes:
        as_of: The day itself.
        period_start: First day of its period.
        period_days: Length of a period, days.
    """

    as_of: pd.Timestamp
    period_start: pd.Timestamp
    period_days: int

    def periods_until(self, day: pd.Timestamp) -> int:
        """Return how many periods later the period of another day is; negative = earlier."""
        return int((day - self.period_start).days // self.period_days)

    def date_in(self, periods: int) -> str:
        """Return the first day of the period so many periods later, as 2024-12-31."""
        return str((self.period_start + pd.Timedelta(days=periods * self.period_days)).date())


@dataclass(frozen=True, eq=False)
class Morning:
    """What is known on the morning of ordering.

    Attributes:
        panel: History whose last period is the one before the day of ordering.
        today: The day of ordering.
        notes: What was left out or is late, in words.
        duplicates: (N,) recent rows of each item that were merged with another, or None.
    """

    panel: Panel
    today: Today
    notes: tuple[str, ...]
    duplicates: Ints | None = None

    @property
    def origin(self) -> int:
        """Number of the last period known."""
        return self.panel.n_periods - 1


PLANNED = frozenset({"promotion", "price", "holiday", "closed"})  # what forecasts read of a plan


def day_of(text: str, option: str) -> pd.Timestamp:
    """Return the day that a user wrote as 2024-12-31.

    Args:
        text: What the user wrote.
        option: Where, e.g. ``"--as-of"``.

    Raises:
        InputError: It is no date.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or str(day) != text:  # 20241231 is a date, but not as files have it
        raise InputError(f"{option}: value {text!r}: not a date; write it as 2024-12-31")
    return pd.Timestamp(text)


def morning_of(panel: Panel, as_of: pd.Timestamp, horizon: int, label: str) -> Morning:
    """Return the history up to the period before ``as_of``.

    Sales of that period and later are cut off. Where sales end earlier, the periods between
    stand as not observed, so that forecasts reach as far as they must.

    Args:
        panel: Everything that the files hold.
        as_of: The day of ordering.
        horizon: Periods that the forecaster looks ahead.
        label: The sales file, for messages.

    Raises:
        InputError: The history before ``as_of`` is shorter than the horizon, or ends too long
            before it.
    """
    days = days_per_period(panel.frequency)
    origin = int((as_of - panel.dates[0]).days // days) - 1
    if origin + 1 < horizon:
        raise InputError(
            f"{label}: {max(origin + 1, 0)} periods of sales before --as-of {as_of.date()}, the "
            f"forecast looks {horizon} ahead and needs as many behind; bring a longer history"
        )
    late = origin + 1 - panel.n_periods
    last = panel.dates[-1].date()
    if late > LATEST:
        raise InputError(
            f"{label}: sales end with {last}, {late} periods too early for --as-of "
            f"{as_of.date()}; bring newer sales or check the date"
        )
    notes = []
    if late > 0:
        notes.append(f"sales end with {last}: {late} periods up to {as_of.date()} are not known")
        panel = _reach(panel, late)
    elif late < 0:
        panel = panel.until(origin)
    if PLANNED & set(panel.known) and len(panel.plan_dates) < horizon:
        notes.append(
            f"the plan covers {len(panel.plan_dates)} of the {horizon} periods that forecasts "
            "look ahead: beyond it prices stay and nothing is promoted or closed"
        )
    period_start = panel.dates[-1] + pd.Timedelta(days=days)
    if period_start != as_of:
        notes.append(f"{as_of.date()} lies within the period that starts on {period_start.date()}")
    return Morning(panel, Today(as_of, period_start, days), tuple(notes))


def _reach(panel: Panel, late: int) -> Panel:
    """Return the panel with ``late`` more periods; plan periods become history.

    They are not observed, but for the periods right after a known one on which an item is closed.
    """
    n, p = panel.n_items, len(panel.plan_dates)
    step = pd.Timedelta(days=days_per_period(panel.frequency))
    dates = pd.date_range(panel.dates[0], periods=panel.n_periods + late, freq=step)
    unknown: Floats = np.full((n, late), np.nan)
    lacking = max(late - p, 0)
    known = {name: _hold(name, values, lacking) for name, values in panel.known.items()}
    sales = unknown
    if "closed" in known:
        shut = known["closed"][:, panel.n_periods : panel.n_periods + late] >= 1
        shut = np.logical_and.accumulate(shut, axis=1) & ~np.isnan(panel.sales[:, -1:])
        sales = np.where(shut, 0.0, unknown)
    extended = replace(
        panel,
        dates=dates,
        plan_dates=pd.DatetimeIndex(panel.plan_dates[late:]),
        sales=np.concatenate((panel.sales, sales), axis=1),
        censored=np.concatenate((panel.censored, np.zeros((n, late), dtype=bool)), axis=1),
        known=known,
        past={name: np.concatenate((v, unknown), axis=1) for name, v in panel.past.items()},
    )
    return with_calendar(extended)


def _hold(name: str, values: Floats, lacking: int) -> Floats:
    """Return known numbers with columns that nobody planned: the last price, no promotion."""
    last = values[:, -1:]
    if name != CARRIED:
        last = np.full_like(last, 1.0 if name == FULL_PRICE else 0.0)
    return np.concatenate((values, np.repeat(last, lacking, axis=1)), axis=1)
