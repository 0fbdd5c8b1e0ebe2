"""All moments of ordering of a few items, in one block of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from replenish.arrays import Ints
from replenish.observation import Observation
from replenish.planner.situation import stacked, taken


@dataclass(frozen=True, eq=False)
class Moments:
    """All moments of ordering of K items in one play.

    Attributes:
        block: M rows.
        place: (M,) which of the K items each row is.
        period: (M,) when it was.
        items: (K,) numbers of the items among all.
    """

    block: Observation
    place: Ints
    period: Ints
    items: Ints

    @classmethod
    def of(cls, seen: Sequence[Observation], items: Ints, joins: Ints | None = None) -> Self:
        """Return the moments of T observations of K rows at which something can be ordered.

        Args:
            seen: What was seen at each period.
            items: (K,) numbers of the items among all.
            joins: (K,) period from which each is ordered; None = all from the first.
        """
        whole, k = stacked(seen), len(items)
        there = True if joins is None else np.arange(len(seen))[:, None] >= joins
        rows = np.flatnonzero(whole.may_order & np.broadcast_to(there, (len(seen), k)).ravel())
        return cls(taken(whole, rows), rows % k, rows // k, items)

    @property
    def who(self) -> Ints:
        """(M,) number of each row's item among all."""
        return np.asarray(self.items[self.place])

    def of_items(self, places: Ints) -> Self:
        """Return the moments of some of the K items, which have some."""
        kept = np.isin(self.place, places)
        place = np.searchsorted(places, self.place[kept])
        block = taken(self.block, np.flatnonzero(kept))
        return type(self)(block, place, self.period[kept], self.items[places])

    def rows(self, place: int) -> Ints:
        """Return the rows of one of the K items."""
        return np.flatnonzero(self.place == place)
