"""Demand of the embedded sample: what customers of a made-up town shop ask for, day by day."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from replenish.arrays import Bools, Floats, Ints


@dataclass(frozen=True)
class Category:
    """What the items of one shelf share.

    Attributes:
        share: Share of the items.
        peak: Day of the year of the highest demand.
        swing: Yearly season: log demand moves by plus and minus this number.
        weekend: Friday and Saturday over Monday to Thursday.
        lead_time: Shortest and longest lead time, days.
        loss_rate: Yearly share of stock value lost to spoilage and breakage.
        storage_rate: Yearly cost of shelf and cooling as a share of stock value.
        unit_cost: Typical cost of a unit.
    """

    share: float
    peak: int
    swing: float
    weekend: float
    lead_time: tuple[int, int]
    loss_rate: float
    storage_rate: float
    unit_cost: float


CATEGORIES = {
    "produce": Category(0.18, 190, 0.20, 1.35, (2, 4), 10.0, 2.0, 1.2),
    "chilled": Category(0.20, 20, 0.05, 1.25, (2, 4), 5.0, 2.5, 1.8),
    "drinks": Category(0.18, 200, 0.35, 1.60, (3, 7), 0.3, 2.0, 1.1),
    "pantry": Category(0.20, 350, 0.15, 1.20, (4, 9), 0.2, 0.8, 2.2),
    "household": Category(0.14, 100, 0.06, 1.15, (5, 10), 0.1, 1.0, 3.5),
    "seasonal": Category(0.10, 340, 0.80, 1.50, (6, 10), 0.8, 1.2, 6.0),
}


@dataclass(frozen=True, eq=False)
class Plan:
    """What the shop decides ahead, one row per item, one column per day.

    Attributes:
        promotion: (N, T) True on promotion days.
        price: (N, T) money per unit.
        discount: (N, T) share taken off the list price.
        holiday: (T,) True on public holidays.
        closed: (T,) True on 25 December.
    """

    promotion: Bools
    price: Floats
    discount: Floats
    holiday: Bools
    closed: Bools


def public_holidays(days: pd.DatetimeIndex) -> Bools:
    """Return (T,) True on 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December."""
    fixed = {(1, 1), (5, 1), (12, 25), (12, 26)}
    moving = {
        easter_sunday(year) + pd.Timedelta(days=shift)
        for year in range(days[0].year, days[-1].year + 1)
        for shift in (-2, 1)
    }
    return np.array([(day.month, day.day) in fixed or day in moving for day in days])


def easter_sunday(year: int) -> pd.Timestamp:
    """Return Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher's algorithm)."""
    century, rest = divmod(year, 100)
    leap, shift = divmod(century, 4)
    lunar = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * (year % 19) + century - leap - lunar + 15) % 30
    weekday = (32 + 2 * shift + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (year % 19 + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return pd.Timestamp(year, month, day + 1)


def draw_plan(list_price: Floats, days: pd.DatetimeIndex, rng: np.random.Generator) -> Plan:
    """Return promotions of one or two weeks about every ten weeks, and slowly rising prices.

    A quarter of the items is never promoted; a price rises at two moments by up to 6 percent.

    Args:
        list_price: (N,) money per unit on the first day.
        days: (T,) history and plan.
        rng: Source of chance.
    """
    n, t = len(list_price), len(days)
    discount = np.zeros((n, t))
    promoted = rng.random(n) < 0.75
    for item in range(n):
        day = int(rng.integers(7, 70))
        while day < t:
            length, depth = int(rng.choice([7, 14])), float(rng.choice([0.10, 0.20, 0.25, 0.33]))
            if promoted[item]:
                discount[item, day : day + length] = depth
            day += length + int(rng.integers(35, 105))
    steps = np.zeros((n, t))
    for _ in range(2):
        rise = rng.uniform(0.0, 0.06, n)
        moment = rng.integers(0, max(t, 1), n)
        steps += rise[:, None] * (np.arange(t)[None, :] >= moment[:, None])
    price = np.round(list_price[:, None] * (1 + steps) * (1 - discount), 2)
    closed = np.asarray((days.month == 12) & (days.day == 25))
    return Plan(discount > 0, price, discount, public_holidays(days), closed)


def draw_demand(
    mean: Floats, category: Ints, plan: Plan, days: pd.DatetimeIndex, rng: np.random.Generator
) -> Floats:
    """Return (N, T) whole units that customers ask for, before any stock is looked at.

    Expected demand is level x week x year x trend x promotion x holiday x shocks; shocks are
    two first-order autoregressions, one of the whole shop and one per category. Counts are
    negative binomial; an intermittent item (mean below 0.5) is asked for on few days, then by
    one or more customers at once.

    Args:
        mean: (N,) units per day in a plain week.
        category: (N,) position in `CATEGORIES`.
        plan: Promotions and closed days.
        days: (T,) dates.
        rng: Source of chance.
    """
    log_rate = np.log(mean)[:, None] + _season(category, days, rng)
    log_rate = log_rate + _trend(len(mean), len(days), rng) + _shocks(category, len(days), rng)
    elasticity = rng.uniform(1.2, 3.2, len(mean))[:, None]
    log_rate = log_rate - elasticity * np.log1p(-plan.discount)
    after = np.zeros_like(plan.promotion)  # the week after a promotion, cupboards are full
    for lag in range(1, 8):
        after[:, lag:] |= plan.promotion[:, :-lag]
    log_rate = log_rate + np.log(0.88) * (after & ~plan.promotion)
    eve = np.append(plan.holiday[1:], False)
    log_rate = log_rate + np.log(0.7) * plan.holiday + np.log(1.25) * (eve & ~plan.holiday)
    rate = np.exp(log_rate) * ~plan.closed  # (N, T) units
    dispersion = rng.uniform(2.0, 12.0, len(mean))[:, None]
    smooth = rng.poisson(rate * rng.gamma(dispersion, 1 / dispersion, rate.shape))
    batch = rng.uniform(1.0, 3.0, len(mean))[:, None]  # units per customer of a slow item
    visits = rng.poisson(rate / batch)
    lumpy = visits + rng.poisson(visits * (batch - 1))
    return np.asarray(np.where(mean[:, None] < 0.5, lumpy, smooth), dtype=float)


def _season(category: Ints, days: pd.DatetimeIndex, rng: np.random.Generator) -> Floats:
    """Return (N, T) log factors of the weekday and of the day of the year."""
    shelves = list(CATEGORIES.values())
    weekend = np.array([shelves[c].weekend for c in category])
    week = np.ones((len(category), 7))
    week[:, 4:6] = weekend[:, None]
    week[:, 6] = 0.75
    week *= np.exp(rng.normal(0, 0.06, week.shape))
    week /= week.mean(axis=1, keepdims=True)
    own = rng.normal(0, 12, len(category))  # days by which an item's peak differs
    peak = np.array([shelves[c].peak for c in category]) + own
    swing = np.array([shelves[c].swing for c in category]) * rng.uniform(0.5, 1.4, len(category))
    angle = 2 * np.pi * (days.day_of_year.to_numpy()[None, :] - peak[:, None]) / 365.25
    year = swing[:, None] * (np.cos(angle) + 0.25 * np.cos(2 * angle))
    return np.asarray(np.log(week)[:, days.day_of_week.to_numpy()] + year)


def _trend(n: int, t: int, rng: np.random.Generator) -> Floats:
    """Return (N, T) log factors: up to 12 percent a year up or down, and a slow random walk."""
    slope = rng.uniform(-0.12, 0.12, n)[:, None] * (np.arange(t) / 365.25)[None, :]
    walk = np.cumsum(rng.normal(0, 0.006, (n, t)), axis=1)
    return np.asarray(slope + walk)


def _shocks(category: Ints, t: int, rng: np.random.Generator) -> Floats:
    """Return (N, T) log factors that items share: one for the shop, one per category."""
    steps = rng.normal(0, 1, (1 + len(CATEGORIES), t))
    shocks = np.zeros_like(steps)
    for day in range(1, t):
        shocks[:, day] = 0.7 * shocks[:, day - 1] + steps[:, day]
    return np.asarray(0.05 * shocks[:1] + 0.06 * shocks[1 + category])
