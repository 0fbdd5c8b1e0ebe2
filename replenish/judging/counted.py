"""What one policy's play comes to, small enough to keep for every policy and every start."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add

import numpy as np

from replenish.costs import Ledger, credited_cost
from replenish.items import Items
from replenish.judging.starts import Starts
from replenish.paired import RESAMPLES, BlockCosts, PairedDifference, paired_differences
from replenish.protocols import Policy
from replenish.scorecard import Calendar, Tally, tally
from replenish.simulation import Episode, play


@dataclass(frozen=True, eq=False)
class Counted:
    """A policy's sums over I items; those of several starts add up.

    Attributes:
        tally: What the measures follow from.
        costs: Money of each item in blocks of periods.
        starts: Mean cost per item and period from each start; NaN where it was not played.
        once: Whether the usual start alone counts, whatever the others are judged from.
    """

    tally: Tally
    costs: BlockCosts
    starts: tuple[float, ...]
    once: bool = False

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(
            self.tally + other.tally, self.costs + other.costs, self.starts + other.starts
        )


@dataclass(frozen=True, eq=False)
class Played:
    """One policy's play.

    Attributes:
        ledger: (T, I) from the usual start.
        usual: What that comes to.
        counted: What it comes to over all starts that count.
    """

    ledger: Ledger
    usual: Counted
    counted: Counted


def count_up(ledger: Ledger, items: Items, calendar: Calendar) -> Counted:
    """Return what a ledger (T, I) with one row per item comes to."""
    costs = BlockCosts.of(credited_cost(ledger, items), calendar.block_periods)
    return Counted(tally(ledger, items), costs, (float(costs.per_item.mean()),))


def play_starts(policy: Policy, starts: Starts, calendar: Calendar) -> Played:
    """Let a policy play from the usual start, and from all that count."""
    ledger = play(policy, starts.usual)
    usual = count_up(ledger, starts.usual.items, calendar)
    each = [
        usual if start is starts.usual else count_up(play(policy, start), start.items, calendar)
        for start in starts.counted
    ]
    return Played(ledger, usual, reduce(add, each))


def play_once(policy: Policy, episode: Episode, starts: Starts, calendar: Calendar) -> Played:
    """Let a policy play the usual start alone; from the others it has no figures.

    Args:
        policy: One that answers one stock, such as orders of the past.
        episode: The usual start as this policy meets it.
        starts: What everybody else plays.
        calendar: Length of a period.
    """
    ledger = play(policy, episode)
    usual = count_up(ledger, episode.items, calendar)
    (cost,) = usual.starts
    told = tuple(cost if start is starts.usual else np.nan for start in starts.counted)
    return Played(ledger, usual, replace(usual, starts=told, once=True))


def play_all(
    policies: Mapping[str, Policy], episode: Episode, calendar: Calendar
) -> dict[str, Counted]:
    """Let every policy play an episode with one row per item; ledgers are not kept."""
    return {
        name: count_up(play(policy, episode), episode.items, calendar)
        for name, policy in policies.items()
    }


def differences(
    ours: Sequence[BlockCosts],
    others: Mapping[str, BlockCosts],
    once: Collection[str],
    resamples: int = RESAMPLES,
) -> dict[str, PairedDifference]:
    """Return the agent's cost minus everybody's, each from the starts that the other played.

    Args:
        ours: The agent's costs from all starts that count, and from the usual start.
        others: Name -> costs of the same items.
        once: Who was counted from the usual start alone.
        resamples: Of the bootstrap, at most.
    """
    found: dict[str, PairedDifference] = {}
    for mine, alone in zip(ours, (False, True), strict=True):
        theirs = {name: costs for name, costs in others.items() if (name in once) == alone}
        if theirs:
            found |= paired_differences(mine, theirs, resamples=resamples)
    return {name: found[name] for name in others}
