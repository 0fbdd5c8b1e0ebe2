"""Where episodes come from: drawn from a distribution, or cut from a panel's history."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from replenish.arrays import Bools, Floats, Ints
from replenish.demand_families import DemandFamily
from replenish.forecasting.forecast import LEVELS, DemandSum, Forecast
from replenish.forecasting.path import ForecastLookup, SteadyForecast
from replenish.items import Items
from replenish.lead_times import draw_lead_times, lead_time_shares
from replenish.observation import MEMORY
from replenish.simulation import Episode
from replenish.state import InventoryState


class EpisodeSource(Protocol):
    """Makes episodes; chance comes in through the generator alone."""

    @property
    def items(self) -> Items:
        """The distinct items that rows are made of."""
        ...

    def draw(self, rows: int, rng: np.random.Generator) -> Episode:
        """Return an episode of this many rows, each at a random start."""
        ...


def steady_start(
    items: Items, forecast: Forecast, fullness: Floats, columns: int | None = None
) -> InventoryState:
    """Return the stock of a shop that has been ordering what it expected to sell.

    Each period of the lead time has one period's mean demand under way, and on hand is what
    covers the review period with one standard deviation of lead-time demand to spare (see
    `_spare`).

    Args:
        items: N rows.
        forecast: N rows.
        fullness: (N,) times that stock on hand; 1 = as said, 0 = empty shelves.
        columns: Of ``on_order``, where lead times may be longer than the items say.
    """
    total = forecast.lead_time_demand
    rate = total.mean / items.protection_period
    waits = np.arange(max(items.longest_lead_time, columns or 0) + 1)
    reached = rate[:, None] * np.minimum(waits, np.maximum(items.lead_time - 1, 0)[:, None])
    whole = (items.pack_size >= 1)[:, None]
    on_order = np.diff(np.where(whole, np.floor(reached), reached), axis=1)  # (N, L)
    on_hand = fullness * (rate * items.review_period + _spare(total))
    on_hand = np.where(whole[:, 0], np.round(on_hand), on_hand)
    return InventoryState(on_hand, on_order, np.zeros(len(items)))


def _spare(total: DemandSum) -> Floats:
    """Return the (N,) units that a shop keeps beyond what it expects to sell.

    The standard deviation, unless a few errors in a thousand make it (items that sell a hundred a
    week again after months of nothing, on a forecast of none): then twice what lies between the
    mean and the quantile one normal score up, or the Poisson deviation where that is more. Of
    normal, Poisson and geometric demand it is the standard deviation.
    """
    usual = 2.0 * (total.at_score(1.0) - total.mean)
    return np.minimum(total.std, np.maximum(usual, np.sqrt(total.mean)))


@dataclass(frozen=True, eq=False)
class DrawnEpisodes:
    """Episodes of independent demand from a known distribution; the textbook's problems.

    Attributes:
        family: Distribution of demand per period.
        items: One row; its parameters hold for all rows.
        periods: Length T of an episode.
    """

    family: DemandFamily
    items: Items
    periods: int = 256

    def draw(self, rows: int, rng: np.random.Generator) -> Episode:
        """Return an episode of this many rows with random starting stock."""
        items = self.items.take(np.zeros(rows, dtype=np.int64))
        levels = np.union1d(LEVELS, np.clip(self.items.critical_ratio, 0.005, 0.9999))
        forecast = self.family.forecast(items.protection_period[:1], levels)
        wide = forecast.take(np.zeros(rows, dtype=np.int64))
        return Episode(
            items=items,
            demand=self.family.draw((self.periods, rows), rng),
            forecasts=SteadyForecast(wide),
            start=steady_start(items, wide, rng.uniform(0.0, 2.0, rows)),
            lead_times=random_lead_times(items, self.periods, rng),
            review_phase=rng.integers(0, items.review_period),
        )


@dataclass(frozen=True, eq=False)
class PanelEpisodes:
    """Episodes cut from a panel: demand is replayed, forecasts are looked up.

    Attributes:
        items: I items.
        demand: (I, T) units to replay.
        sales: (I, T) what was recorded, NaN = not observed; seen as the sales before a start.
        forecasts: Of the same I items, laid out.
        first: First period that may be played.
        last: Last period that may be played.
        periods: Length of an episode drawn at random.
        receipts: (I, L + 1) shares of each lead time (see `replenish.lead_times`), or None
            where items say it all; orders may then be under way for L periods.
        joins: (I,) period of the panel from which each item is ordered (see
            `replenish.assortment`); None = all from the start.
        in_stock: (I, T) False where a recorded sale is a lower bound of demand; None = nowhere.
    """

    items: Items
    demand: Floats
    sales: Floats
    forecasts: ForecastLookup
    first: int
    last: int
    periods: int = 64
    receipts: Floats | None = field(default=None)
    joins: Ints | None = None
    in_stock: Bools | None = None

    def __post_init__(self) -> None:
        if self.last - self.first + 1 < self.periods:
            raise ValueError(
                f"episodes of {self.periods} periods do not fit into "
                f"{self.last - self.first + 1} periods"
            )

    def draw(self, rows: int, rng: np.random.Generator) -> Episode:
        """Return an episode of random items from random starts, with random starting stock.

        Where there is room, it ends before the last period: what follows its end is forecast.
        """
        latest = max(self.last - self.periods, self.first)  # one more period is forecast, if any
        if self.joins is None:
            chosen = rng.integers(0, len(self.items), rows)
            starts = rng.integers(self.first, latest + 1, rows)
        else:  # items that are there for a whole episode, at starts when they are
            there = np.flatnonzero(self.joins <= latest)
            there = there if len(there) else np.arange(len(self.items))
            chosen = there[rng.integers(0, len(there), rows)]
            earliest = np.clip(self.joins[chosen], self.first, latest)
            starts = rng.integers(earliest, latest + 1)
        return self.cut(chosen, starts, self.periods, rng, rng.uniform(0.0, 2.0, rows))

    def whole(self, rng: np.random.Generator, fullness: float = 1.0) -> Episode:
        """Return one episode over all periods with one row per item.

        Args:
            rng: Draws lead times and review days, where these are random.
            fullness: Times the steady stock on hand; 0 = empty shelves.
        """
        n, periods = len(self.items), self.last - self.first + 1
        filled = np.full(n, fullness)
        return self.cut(np.arange(n), np.full(n, self.first), periods, rng, filled)

    def cut(
        self, rows: Ints, starts: Ints, periods: int, rng: np.random.Generator, fullness: Floats
    ) -> Episode:
        """Return an episode of given items and starts.

        A row whose item joins later begins without stock, and demand counts from the day on that
        its first order can serve.

        Args:
            rows: (N,) number of the item that each row plays.
            starts: (N,) period of the panel that is period 0.
            periods: Length T.
            rng: Draws lead times and review days, where these are random.
            fullness: (N,) times the steady stock on hand.
        """
        items = self.items.take(rows)
        path = self.forecasts.path(rows, starts)
        when = starts[None, :] + np.arange(periods)[:, None]  # (T, N)
        before = starts[:, None] + np.arange(-MEMORY, 0)[None, :]  # (N, MEMORY)
        known, there = before >= 0, (rows[:, None], np.maximum(before, 0))
        recent = np.where(known, self.sales[there], np.nan)
        stocked = None if self.in_stock is None else self.in_stock[there] | ~known
        shares = None if self.receipts is None else self.receipts[rows]
        columns = None if shares is None else shares.shape[1] - 1
        demand = np.ascontiguousarray(self.demand[rows[None, :], when])
        start, joins = steady_start(items, path.at(0), fullness, columns), None
        if self.joins is not None and (self.joins[rows] > starts).any():
            joins = np.maximum(self.joins[rows] - starts, 0)
            served = np.where(joins > 0, joins + items.lead_time, 0)
            demand = np.where(np.arange(periods)[:, None] >= served, demand, 0.0)
            start = _emptied(start, joins > 0)
        return Episode(
            items=items,
            demand=demand,
            forecasts=path,
            start=start,
            lead_times=random_lead_times(items, periods, rng, shares),
            review_phase=rng.integers(0, items.review_period),
            recent_sales=recent,
            recent_in_stock=stocked,
            joins=joins,
        )


def _emptied(start: InventoryState, rows: Bools) -> InventoryState:
    """Return the stock without what some of the rows hold and have under way."""
    return InventoryState(
        np.where(rows, 0.0, start.on_hand),
        np.where(rows[:, None], 0.0, start.on_order),
        np.where(rows, 0.0, start.backorders),
    )


def random_lead_times(
    items: Items, periods: int, rng: np.random.Generator, shares: Floats | None = None
) -> Ints | None:
    """Return (T, N) lead times drawn per order, or None where all are fixed.

    Args:
        items: N rows.
        periods: Length T.
        rng: Source of chance.
        shares: (N, L + 1) probability of each lead time; from the items by default.
    """
    if shares is None and not items.lead_time_std.any():
        return None
    cumulative = np.cumsum(lead_time_shares(items) if shares is None else shares, axis=1)
    uniforms = rng.random((periods, len(items)))
    return np.stack([draw_lead_times(cumulative, u) for u in uniforms])
