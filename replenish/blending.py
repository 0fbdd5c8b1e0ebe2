"""Choose how far a learned policy leans on the formula tuned for each item alone.

As with the opponents of `replenish.tuning`: the formulas are searched on train alone, validation
decides the share, then the formulas are searched once more on both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from replenish.learned import LearnedPolicy
from replenish.opponents import mean_cost
from replenish.own_formula import OwnFormula
from replenish.reference import kind_of
from replenish.simulation import Episode
from replenish.tuning import LEANINGS, Effort, Tuned, tune_each


@dataclass(frozen=True, eq=False)
class Blend:
    """A learned policy averaged with each item's own formula.

    Attributes:
        policy: Ready to order for the tuned items, one row each, in their order.
        own: The formulas and their share.
        share: The one share of all items, 0 to 1.
        costs: Share -> validation cost with formulas that were tuned on train alone, money per
            item and period; what the share was chosen by.
    """

    policy: LearnedPolicy
    own: OwnFormula
    share: float
    costs: Mapping[float, float]


def blend(policy: LearnedPolicy, train: Episode, validation: Episode, effort: Effort) -> Blend:
    """Average a policy's levels with those of the same formula tuned for each item alone.

    Args:
        policy: As it was learned.
        train: One row per item; the formulas are tuned on it.
        validation: The same items later; decides the share.
        effort: How hard the formulas are tuned.
    """
    kind = kind_of(policy.reference)
    tuned = tune_each(kind, [train], effort)
    costs = {
        share: mean_cost(replace(policy, own=_own(tuned, share, len(train.items))), validation)
        for share in LEANINGS
    }
    share = min(costs, key=costs.__getitem__)
    own = _own(tune_each(kind, [train, validation], effort), share, len(train.items))
    return Blend(replace(policy, own=own), own, share, costs)


def _own(tuned: Tuned, share: float, n_items: int) -> OwnFormula:
    """Return the tuned parameters with one share for all items."""
    parameters = {name: np.asarray(values) for name, values in tuned.parameters.items()}
    return OwnFormula(parameters, np.full(n_items, share))
