"""What the shop does today, so that before and after can be read off; never tuned.

Either the levels that its planning system holds (``reorder_point`` and ``order_up_to_level`` of
the items table), or the orders that it placed in the judged period itself (``orders`` in
``[data]``), played again as they were placed: what the shop ordered was ordered, whatever the
rules and review days of the items table say. The replay meets the same demand from the same
starting stock as every other policy; the shop's own stock of that day is not in its files. From
other starts it would never recover, since it does not react: it is played from the usual start
alone, and set against the agent from that start.

Items of which nothing is known are ordered as the agent orders, so that they make no difference.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from replenish.arrays import Bools, Floats, Ints
from replenish.data.calendar import days_per_period
from replenish.data.load import Loaded
from replenish.item_table import rows_among
from replenish.items import Items
from replenish.observation import Observation
from replenish.protocols import Policy
from replenish.reference import Levels, wish_up_to
from replenish.simulation import Episode
from replenish.splits import Part

LEVELS, ORDERS = "incumbent_levels", "incumbent_orders"
SETTINGS = "as the shop does today"


@dataclass(frozen=True, eq=False)
class FixedLevels:
    """Min and max: at the reorder point or below, order up to the level.

    Attributes:
        levels: N rows; fixed, whatever is forecast.
    """

    levels: Levels

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units."""
        return wish_up_to(self.levels, observation.inventory_position)


@dataclass(frozen=True, eq=False)
class Replay:
    """Orders that were placed, whatever the stock.

    Attributes:
        orders: (T, N) units.
    """

    orders: Floats

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units."""
        return np.asarray(self.orders[observation.period])


@dataclass(frozen=True, eq=False)
class _WhereKnown:
    """One policy where it is known, another elsewhere."""

    policy: Policy
    known: Bools  # (N,)
    otherwise: Policy

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units."""
        wish = self.policy.order(observation)
        return np.where(self.known, wish, self.otherwise.order(observation))


@dataclass(frozen=True, eq=False)
class Incumbent:
    """One way to know what the shop does today.

    Attributes:
        name: For tables.
        policy: Orders of the rows of which something is known.
        known: (I,) which these are.
        as_placed: Whether orders pass without rules and review days.
    """

    name: str
    policy: Policy
    known: Bools
    as_placed: bool = False

    @property
    def settings(self) -> str:
        """Where the orders come from, in words."""
        unknown = int((~self.known).sum())
        rest = f"; {unknown} items of which nothing is known, as the agent" if unknown else ""
        return SETTINGS + ("; from the usual start alone" if self.as_placed else "") + rest

    def beside(self, agent: Policy) -> Policy:
        """Return the policy for all items: the agent's orders where nothing is known."""
        return self.policy if self.known.all() else _WhereKnown(self.policy, self.known, agent)

    def meets(self, episode: Episode) -> Episode:
        """Return what is played: the same demand and start, without rules where they bind not."""
        if not self.as_placed:
            return episode
        return replace(episode, items=_without_rules(episode.items, self.known))


def incumbents(
    loaded: Loaded, part: Part, slack: int, joins: Ints | None = None
) -> list[Incumbent]:
    """Return what is known of the shop's own ordering; empty where nothing is.

    Args:
        loaded: Items table and past orders, in the panel's order.
        part: The judged periods.
        slack: Periods that past orders may begin after the part's first or end before its last
            period; orders are not placed every day.
        joins: (I,) period of the panel from which each item is ordered; None = all are there.
            Past orders of an item that joins within the part are not known: what it was launched
            with is nobody's.
    """
    levels, replay = _fixed_levels(loaded), _replay(loaded, part, slack)
    if replay is not None and joins is not None:
        replay = replace(replay, known=replay.known & (joins <= part.first))
    return [incumbent for incumbent in (levels, replay) if incumbent is not None]


def _fixed_levels(loaded: Loaded) -> Incumbent | None:
    """Return the shop's levels; without a reorder point, stock is filled up at every review."""
    items = loaded.items
    if "order_up_to_level" not in items:
        return None
    level = items["order_up_to_level"].to_numpy(dtype=float)
    known = ~np.isnan(level)
    if not known.any():
        return None
    reorder_point = level
    if "reorder_point" in items:
        own = items["reorder_point"].to_numpy(dtype=float)
        reorder_point = np.where(np.isnan(own), level, own)
    levels = Levels(np.where(known, reorder_point, 0.0), np.where(known, level, 0.0))
    return Incumbent(LEVELS, FixedLevels(levels), known)


def orders_unplayed(loaded: Loaded, part: Part, slack: int) -> list[str]:
    """Return in a sentence why past orders that were given are not judged; empty where they are.

    Args:
        loaded: As `incumbents` takes it, with part and slack.
        part: The judged periods.
        slack: Periods that may be missing at either end.
    """
    if loaded.orders is None or _replay(loaded, part, slack) is not None:
        return []
    periods, _ = _placed(loaded, loaded.orders)
    if not len(periods):
        return ["data.orders holds no order of a judged item: past orders are not judged."]
    dates = loaded.panel.dates
    first, last, begin, end = (
        dates[max(k, 0)].date() for k in (periods.min(), periods.max(), part.first, part.last)
    )
    return [
        f"data.orders reaches from {first} to {last} and not over the judged part, {begin} to "
        f"{end} (up to {slack} periods may be missing at either end): past orders are not judged."
    ]


def _placed(loaded: Loaded, table: pd.DataFrame) -> tuple[Ints, pd.DataFrame]:
    """Return the (K,) periods and the rows of the orders of judged items within the history."""
    panel = loaded.panel
    rows = rows_among(panel.item_ids, table["item_id"].to_list())
    periods = panel.dates.searchsorted(table["ordered_on"], side="right") - 1
    end = panel.dates[-1] + pd.Timedelta(days=days_per_period(panel.frequency))
    ours = (rows >= 0) & (table["ordered_on"] < end).to_numpy()
    return np.asarray(periods[ours]), table[ours].assign(row=rows[ours])


def _replay(loaded: Loaded, part: Part, slack: int) -> Incumbent | None:
    """Return the orders of a part of time, or None where the file does not reach over it."""
    if loaded.orders is None:
        return None
    periods, placed = _placed(loaded, loaded.orders)
    if not len(periods):
        return None
    if periods.min() > part.first + slack or periods.max() < part.last - slack:
        return None
    inside = (periods >= part.first) & (periods <= part.last)
    rows, units = placed["row"].to_numpy(), placed["quantity"].to_numpy(dtype=float)
    orders = np.zeros((part.periods, loaded.panel.n_items))
    np.add.at(orders, (periods[inside] - part.first, rows[inside]), units[inside])
    known = np.zeros(loaded.panel.n_items, dtype=bool)
    known[rows] = True
    return Incumbent(ORDERS, Replay(orders), known, as_placed=True)


def _without_rules(items: Items, known: Bools) -> Items:
    """Return the items whose orders pass as they are, in any period, where they are known."""

    def free(values: Floats, without: float) -> Floats:
        return np.where(known, without, values)

    return replace(
        items,
        min_order=free(items.min_order, 0.0),
        pack_size=free(items.pack_size, 0.0),
        max_order=free(items.max_order, np.inf),
        min_stock=free(items.min_stock, 0.0),
        max_stock=free(items.max_stock, np.inf),
        review_period=np.where(known, 1, items.review_period),
    )
