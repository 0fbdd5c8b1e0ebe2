"""Whose levels order in the morning: the agent's, or those of a formula that its bundle holds too.

Where a report says that a formula costs no more, the formula can order from the same files.
"""

from replenish.arrays import Ints
from replenish.bundle import Bundle
from replenish.errors import unknown
from replenish.guards import GuardConfig
from replenish.observation import Observation
from replenish.reference import Levels
from replenish.tuning.opponents import AVERAGED, REFERENCE

AGENT = "agent"
FORMULAS = (AVERAGED, REFERENCE)
POLICIES = (AGENT, *FORMULAS)


def levels_by(name: str, bundle: Bundle, rows: Ints, observation: Observation) -> Levels:
    """Return the levels that one of `POLICIES` decides by.

    Args:
        name: Of the policy.
        bundle: What holds it.
        rows: (N,) numbers of the items among the bundle's, -1 = one that it does not know.
        observation: The same N items.
    """
    items, forecast = observation.items, observation.forecast
    if name == REFERENCE:
        return bundle.contents.reference.levels(items, forecast)
    if name == AVERAGED:
        return bundle.contents.own.take(rows).formula.levels(items, forecast)
    return bundle.policy.for_rows(rows).levels(observation)


def guards_for(name: str, bundle: Bundle) -> GuardConfig:
    """Return the guards; that the network never saw the like is no matter to a formula."""
    config = GuardConfig(**bundle.contents.guards)
    if name == AGENT:
        return config
    unasked = config.out_of_range.model_copy(update={"enabled": False})
    return config.model_copy(update={"out_of_range": unasked})


def check_policy(name: str) -> None:
    """Raise ``InputError`` for a name that is none of `POLICIES`."""
    if name not in POLICIES:
        raise unknown("--policy", name, POLICIES)
