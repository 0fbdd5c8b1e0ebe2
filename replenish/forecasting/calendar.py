"""What a date tells beforehand: the season's length, the place within it, the time of year."""

import numpy as np
import pandas as pd

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel

SEASONS = {"h": 24, "D": 7, "B": 5, "W": 52, "MS": 12, "ME": 12, "QS": 4, "QE": 4}


def season_length(frequency: str) -> int:
    """Return the number of periods of the shortest season: 7 days, 52 weeks, 12 months; else 1."""
    return SEASONS.get(frequency.partition("-")[0], 1)


def season_position(dates: pd.DatetimeIndex, frequency: str) -> Ints:
    """Return the (T,) place of each date within the season, from 0 to ``season_length - 1``."""
    length = season_length(frequency)
    if length in {7, 5}:
        return np.asarray(dates.day_of_week, dtype=int) % length
    if length == 52:
        return np.asarray(np.minimum(dates.isocalendar().week.to_numpy(dtype=int) - 1, 51))
    if length == 12:
        return np.asarray(dates.month) - 1
    if length == 4:
        return np.asarray(dates.quarter) - 1
    return np.asarray(dates.hour) if length == 24 else np.zeros(len(dates), dtype=int)


def yearly_waves(dates: pd.DatetimeIndex, harmonics: int) -> Floats:
    """Return (T, 2 * harmonics) sines and cosines of the day of the year."""
    turns = np.asarray(dates.day_of_year, dtype=float)[:, None] / 365.25
    angles = 2.0 * np.pi * turns * np.arange(1, harmonics + 1)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


def following_dates(panel: Panel, periods: int) -> pd.DatetimeIndex:
    """Return the first ``periods`` dates of history and plan, gone on with beyond the plan."""
    have = panel.dates.append(panel.plan_dates)
    if len(have) >= periods:
        return pd.DatetimeIndex(have[:periods])
    more = pd.date_range(have[-1], periods=periods - len(have) + 1, freq=panel.frequency)
    if more[0] != have[-1]:  # the frequency's anchor differs from the dates: keep their width
        step = have[-1] - have[-2] if len(have) > 1 else pd.Timedelta(days=1)
        more = pd.date_range(have[-1], periods=periods - len(have) + 1, freq=step)
    return pd.DatetimeIndex(have.append(more[1:]))


def period_number(panel: Panel, date: pd.Timestamp) -> int:
    """Return the number of the period that starts on or holds the date, counted from the first.

    The date may lie before the history (the number is negative) or after it.
    """
    if date >= panel.dates[0]:
        have = panel.dates.append(panel.plan_dates)
        if date <= have[-1]:
            return int(have.searchsorted(date, side="right")) - 1
        return len(have) - 2 + len(pd.date_range(have[-1], date, freq=panel.frequency))
    return 1 - len(pd.date_range(date, panel.dates[0], freq=panel.frequency))
