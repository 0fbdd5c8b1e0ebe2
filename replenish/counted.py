"""What one policy's play comes to, small enough to keep for every policy and every start."""

from collections.abc import Mapping
from dataclasses import dataclass

from replenish.costs import Ledger, credited_cost
from replenish.items import Items
from replenish.paired import BlockCosts
from replenish.protocols import Policy
from replenish.scorecard import Calendar, Tally, tally
from replenish.simulation import Episode, play


@dataclass(frozen=True, eq=False)
class Counted:
    """A policy's sums over I items; those of several starts add up.

    Attributes:
        tally: What the measures follow from.
        costs: Money of each item in blocks of periods.
        starts: Mean cost per item and period from each start.
    """

    tally: Tally
    costs: BlockCosts
    starts: tuple[float, ...]

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(
            self.tally + other.tally, self.costs + other.costs, self.starts + other.starts
        )


def count_up(ledger: Ledger, items: Items, calendar: Calendar) -> Counted:
    """Return what a ledger (T, I) with one row per item comes to."""
    costs = BlockCosts.of(credited_cost(ledger, items), calendar.block_periods)
    return Counted(tally(ledger, items), costs, (float(costs.per_item.mean()),))


def play_all(
    policies: Mapping[str, Policy], episode: Episode, calendar: Calendar
) -> dict[str, Counted]:
    """Let every policy play an episode with one row per item; ledgers are not kept."""
    return {
        name: count_up(play(policy, episode), episode.items, calendar)
        for name, policy in policies.items()
    }
