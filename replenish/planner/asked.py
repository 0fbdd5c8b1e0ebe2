"""Ask several policies what they would order in one and the same situation."""

from collections.abc import Callable
from dataclasses import dataclass

from replenish.arrays import Bools, Floats, Ints
from replenish.judging.incumbent import FixedLevels, Incumbent
from replenish.learned import LearnedPolicy
from replenish.observation import Observation
from replenish.protocols import Policy
from replenish.reference import Levels
from replenish.rules import feasible
from replenish.simulation import Episode, Shop
from replenish.tuning.opponents import REFERENCE, Opponents


@dataclass(frozen=True, eq=False)
class Asked:
    """A policy that can be asked about any moment of any item.

    Attributes:
        name: Of the policy.
        of_rows: (M,) numbers of items -> the policy for rows that are these items.
        known: (I,) items of which it knows anything; None = all.
    """

    name: str
    of_rows: Callable[[Ints], Policy]
    known: Bools | None = None

    def knows(self, item: int) -> bool:
        """Return whether it knows an item."""
        return self.known is None or bool(self.known[item])

    def wish(self, moment: Observation, items: Ints) -> Floats:
        """Return the (M,) units that it wishes.

        Args:
            moment: M rows.
            items: (M,) number of the item that each row is.
        """
        return self.of_rows(items).order(moment)

    def order(self, moment: Observation, items: Ints) -> Floats:
        """Return the (M,) units that the rules make of its wish."""
        wish = self.wish(moment, items)
        return feasible(wish, moment.items, moment.inventory_position)


def asked_agent(agent: LearnedPolicy) -> Asked:
    """Return the agent to be asked."""
    return Asked("agent", agent.for_rows)


def asked_formula(opponents: Opponents, name: str) -> Asked:
    """Return a tuned formula to be asked.

    Args:
        opponents: As tuned.
        name: One of them.
    """
    if name == REFERENCE:
        return Asked(name, lambda _: opponents.reference)
    return Asked(name, lambda items: opponents.baselines[name].for_rows(items).policy)


def asked_shop(shop: Incumbent) -> Asked | None:
    """Return the shop's fixed levels to be asked; None where it does not answer a stock."""
    if not isinstance(shop.policy, FixedLevels):
        return None
    levels = shop.policy.levels

    def of_rows(items: Ints) -> Policy:
        return FixedLevels(Levels(levels.reorder_point[items], levels.order_up_to_level[items]))

    return Asked(shop.name, of_rows, shop.known)


def moments(agent: Policy, episode: Episode) -> list[Observation]:
    """Return what the agent saw at each of T moments when it played the episode."""
    shop, seen = Shop(episode), []
    while not shop.over:
        seen.append(shop.observe())
        shop.step(agent.order(seen[-1]))
    return seen
