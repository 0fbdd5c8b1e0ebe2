"""A shop under stress: what happens to it, and what policies are told of that.

Nothing here moves stock. The stress stands in the episode (demand, lead times, the pipeline at the
start), which the one shop of `replenish.simulation` plays; what a policy is not told is put
between the shop's observation and the policy.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.costs import Ledger
from replenish.items import Items
from replenish.observation import Observation
from replenish.protocols import Policy
from replenish.simulation import Episode, Shop
from replenish.state import InventoryState


@dataclass(frozen=True, eq=False)
class World:
    """What happens, beside what policies believe.

    Attributes:
        episode: What happens.
        told: The same before suppliers failed: orders stand in the pipeline that policies see
            where they would have stood in it, and in its first column once they are overdue.
        recorded: (T, N) times the stock on hand that the records say; None = they are right.
        later: Items from ``since`` on, known from then on; None = they stay.
        since: Period.
    """

    episode: Episode
    told: Episode
    recorded: Floats | None = None
    later: Items | None = None
    since: int = 0

    @classmethod
    def of(cls, episode: Episode) -> "World":
        """Return the world in which nothing happens that is not in the episode."""
        return cls(episode, episode)

    @cached_property
    def late(self) -> bool:
        """Whether anything arrives otherwise than policies are told."""
        return self.told.lead_times is not self.episode.lead_times

    def delivering(self, times: Ints, on_order: Floats | None = None) -> "World":
        """Return the world in which orders take other times than policies are told.

        Args:
            times: (T, N) periods that an order placed in each period takes.
            on_order: (N, L) orders under way at the start, column k arriving in k + 1 periods;
                as they were without it.
        """
        start = self.episode.start
        under_way = start.on_order if on_order is None else on_order
        short = max(int(times.max()) - under_way.shape[1], 0)
        wide = np.pad(under_way, ((0, 0), (0, short)))
        episode = replace(self.episode, lead_times=times, start=replace(start, on_order=wide))
        return replace(self, episode=episode)

    def play(self, policy: Policy) -> Ledger:
        """Let a policy decide every order and return its ledger, (T, N)."""
        shop, periods, books = Shop(self.episode), [], self._books()
        while not shop.over:
            if self.later is not None and shop.period == self.since:
                shop.episode = replace(self.episode, items=self.later)
            wish = policy.order(self._shown(shop.observe(), books))
            ledger = shop.step(wish)
            if books is not None:
                told = self._told_time(shop.period - 1)
                arrived = books.sum(axis=1) + ledger.order - np.asarray(shop.state.in_transit)
                books = promised(books, ledger.order, told, arrived)
            periods.append(ledger)
        return Ledger.stack(periods)

    def _books(self) -> Floats | None:
        """Return the (N, L) pipeline that policies are told of, None where it is the true one."""
        if not self.late:
            return None
        on_order, longest = self.told.start.on_order, self.episode.start.on_order.shape[1]
        return np.pad(np.asarray(on_order), ((0, 0), (0, longest - on_order.shape[1])))

    def _told_time(self, period: int) -> Ints:
        """Return the (N,) periods that orders placed in a period are said to take."""
        drawn = self.told.lead_times
        return self.told.items.lead_time if drawn is None else drawn[period]

    def _shown(self, seen: Observation, books: Floats | None) -> Observation:
        """Return the observation as the records have it."""
        if books is None and self.recorded is None:
            return seen
        state = seen.state
        wrong = 1.0 if self.recorded is None else self.recorded[seen.period]
        pipeline = state.on_order if books is None else books
        return replace(
            seen, state=InventoryState(state.on_hand * wrong, pipeline, state.backorders)
        )


def lead_times(episode: Episode) -> Ints:
    """Return the (T, N) periods that an order placed in each period takes."""
    if episode.lead_times is not None:
        return episode.lead_times
    return np.broadcast_to(episode.items.lead_time, episode.demand.shape)


def promised(books: Floats, order: Floats, lead_time: Ints, arrived: Floats) -> Floats:
    """Return the pipeline that a shop expects a period later, (N, L) units.

    What arrives is booked on the order that was due first. What was due and has not come stays
    in column 0, as overdue orders do.

    Args:
        books: (N, L) units, column k expected in k + 1 periods.
        order: (N,) units ordered now.
        lead_time: (N,) periods that the order is said to take, at most L.
        arrived: (N,) units that came until the next period's observation.
    """
    columns = np.arange(books.shape[1])
    placed = books + order[:, None] * (columns == np.maximum(lead_time - 1, 0)[:, None])
    before = np.cumsum(placed, axis=1) - placed
    left = placed - np.clip(arrived[:, None] - before, 0.0, placed)
    due = left[:, :1] + left[:, 1:2] if books.shape[1] > 1 else left
    return np.concatenate((due, left[:, 2:], np.zeros_like(left[:, 1:2])), axis=1)
