"""The clock: N rows walk through T periods of demand under whoever decides the orders."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replenish.arrays import Bools, Floats, Ints
from replenish.costs import Flows, Ledger, count
from replenish.forecasting.path import ForecastPath
from replenish.forecasting.point import Seen
from replenish.items import Items
from replenish.lead_times import covering_late_orders
from replenish.observation import MEMORY, Observation
from replenish.protocols import Policy
from replenish.rules import any_rule, feasible, unruled
from replenish.state import InventoryState, meet, place, receive


@dataclass(frozen=True, eq=False)
class Episode:
    """Everything that chance and the shop fix before the first order is placed.

    Two policies played on one episode meet the same demand, lead times and starting stock.

    Attributes:
        items: N rows.
        demand: (T, N) units; drawn or replayed, never dependent on orders.
        forecasts: What the N rows expect at each period.
        start: Stock at period 0, after its receipt.
        lead_times: (T, N) whole periods for an order placed at t, or None for fixed ones.
        review_phase: (N,) periods until the first review.
        recent_sales: (N, MEMORY) sales before period 0; NaN = unknown.
        recent_in_stock: (N, MEMORY) False where stock ran out then; None = nowhere.
        joins: (N,) period from which orders are placed; None = all from period 0.
    """

    items: Items
    demand: Floats
    forecasts: ForecastPath
    start: InventoryState
    lead_times: Ints | None = None
    review_phase: Ints | None = None
    recent_sales: Floats | None = None
    recent_in_stock: Bools | None = None
    joins: Ints | None = None

    def __post_init__(self) -> None:
        n = len(self.items)
        if self.demand.ndim != 2 or self.demand.shape[1] != n:
            raise ValueError(f"demand has shape {self.demand.shape}, expected (T, {n})")
        late = self.items.longest_lead_time if self.lead_times is None else self.lead_times.max()
        if self.start.on_order.shape[1] < late:
            raise ValueError(
                f"start.on_order has {self.start.on_order.shape[1]} columns, "
                f"the longest lead time needs {late}"
            )

    @property
    def n_periods(self) -> int:
        """Number of periods T."""
        return int(self.demand.shape[0])


def empty_start(items: Items, columns: int | None = None) -> InventoryState:
    """Return N rows without stock, orders or waiting demand."""
    n, width = len(items), columns or items.longest_lead_time
    return InventoryState(np.zeros(n), np.zeros((n, width)), np.zeros(n))


@dataclass(eq=False)
class Shop:
    """Plays one episode: shows an observation, takes a wish, says what it cost.

    Attributes:
        episode: What is played.
        period: The period that the next wish is for, 0 .. T - 1.
        state: Stock after this period's receipt.
    """

    episode: Episode
    period: int = 0
    state: InventoryState = field(init=False)
    _received: Floats = field(init=False)
    _path: ForecastPath = field(init=False)
    _sales: "_Recent" = field(init=False)
    _in_stock: "_Recent" = field(init=False)

    def __post_init__(self) -> None:
        episode, n = self.episode, len(self.episode.items)
        start = episode.start
        columns = np.asfortranarray(start.on_order)  # see `replenish.state`
        self.state = InventoryState(start.on_hand, columns, start.backorders)
        self._received, self._path = np.zeros(n), episode.forecasts
        known = episode.recent_sales
        self._sales = _Recent(np.full((MEMORY, n), np.nan) if known is None else known.T)
        stocked = episode.recent_in_stock
        self._in_stock = _Recent(np.ones((MEMORY, n), dtype=bool) if stocked is None else stocked.T)
        self._every_period = bool((episode.items.review_period == 1).all())
        self._ruled = any_rule(episode.items)
        times = episode.items.lead_time if episode.lead_times is None else episode.lead_times
        self._at_once = bool((times == 0).any())

    @property
    def over(self) -> bool:
        """Whether all T periods have been played."""
        return self.period >= self.episode.n_periods

    @property
    def foreseen(self) -> bool:
        """Whether there is a forecast of the period to come, also after the last one."""
        return self._path.reaches(self.period)

    @property
    def recent_sales(self) -> Floats:
        """(N, MEMORY) units sold in the last periods, the latest last; NaN = unknown."""
        return self._sales.window

    @property
    def recent_in_stock(self) -> Bools:
        """(N, MEMORY) False where stock ran out."""
        return self._in_stock.window

    def observe(self) -> Observation:
        """Return what is known now: after receipt, before ordering."""
        return Observation(
            period=self.period,
            items=self.episode.items,
            state=self.state,
            forecast=covering_late_orders(self._path.at(self.period), self.episode.items),
            recent_sales=self.recent_sales,
            recent_in_stock=self.recent_in_stock,
            periods_to_review=self.periods_to_review(),
        )

    def step(self, wish: Floats) -> Ledger:
        """Order, let demand meet the stock, count, and begin the next period with its receipt.

        Args:
            wish: (N,) units; outside a moment of review, or before the row joins, it is not heard.
        """
        episode, items = self.episode, self.episode.items
        order = self._order(wish)
        drawn = episode.lead_times
        lead_time = items.lead_time if drawn is None else drawn[self.period]
        demand = episode.demand[self.period]
        placed = place(self.state, order, lead_time, at_once=self._at_once)
        end, sales, unmet = meet(placed, demand, episode.items.unmet_demand)
        received = self._received
        if self._at_once:
            received = received + order * (lead_time == 0)
        flows = Flows(demand, order, received, sales, unmet)
        ledger = count(items, flows, end)
        self.state, self._received = receive(end)
        seen = self._seen(demand, sales, end)
        self._sales.add(sales)
        self._in_stock.add(unmet <= 0 if items.unmet_demand == "backorder" else ~seen.censored)
        self._path = self._path.after(seen)
        self.period += 1
        return ledger

    def _seen(self, demand: Floats, sales: Floats, end: InventoryState) -> Seen:
        """Return what the shop itself saw of demand: no more than it sold where nobody waits."""
        if self.episode.items.unmet_demand == "backorder":
            return Seen(demand, np.zeros(len(demand), dtype=bool))
        return Seen(sales, np.asarray(end.on_hand) <= 0)

    def periods_to_review(self) -> Ints:
        """Return the (N,) periods until the next moment of ordering."""
        items, phase = self.episode.items, self.episode.review_phase
        if self._every_period:
            return np.zeros(len(items), dtype=np.int64)
        return np.asarray(((0 if phase is None else phase) - self.period) % items.review_period)

    def _order(self, wish: Floats) -> Floats:
        """Return the (N,) units ordered: what the rules let through where orders are heard."""
        joins = self.episode.joins
        may = None if self._every_period else self.periods_to_review() == 0
        if joins is not None:
            there = self.period >= joins
            may = there if may is None else may & there
        heard = wish if may is None else np.where(may, wish, 0.0)
        if not self._ruled:
            return unruled(heard)
        order = feasible(heard, self.episode.items, np.asarray(self.state.inventory_position))
        return order if may is None else np.where(may, order, 0.0)


class _Recent:
    """The last `MEMORY` periods of N rows, handed out as views of a longer block.

    Each period is written once, and a full block is left for a new one: what was handed out
    stays as it was, and next to nothing is copied.
    """

    def __init__(self, first: NDArray[Any]) -> None:
        """Begin with (MEMORY, N) periods, the latest last."""
        self._block = np.empty((8 * MEMORY, first.shape[1]), dtype=first.dtype)
        self._block[:MEMORY] = first
        self._end = MEMORY

    @property
    def window(self) -> NDArray[Any]:
        """(N, MEMORY), the latest last."""
        return self._block[self._end - MEMORY : self._end].T

    def add(self, values: NDArray[Any]) -> None:
        """Go on by one period of (N,) values."""
        if self._end == len(self._block):
            full = self._block
            self._block = np.empty_like(full)
            self._block[:MEMORY] = full[-MEMORY:]
            self._end = MEMORY
        self._block[self._end] = values
        self._end += 1


def play(policy: Policy, episode: Episode, progress: Callable[[int], None] | None = None) -> Ledger:
    """Let a policy decide every order of an episode and return its ledger, (T, N).

    Args:
        policy: Agent or formula; it sees observations only.
        episode: Demand, lead times and start, the same for every policy.
        progress: Called with the number of periods played, for a progress bar.
    """
    shop, periods = Shop(episode), []
    while not shop.over:
        periods.append(shop.step(policy.order(shop.observe())))
        if progress:
            progress(shop.period)
    return Ledger.stack(periods)
