"""Choose how far a learned policy leans on a formula that knows each item.

The formula is an opponent, the mean of what several searches found (`replenish.tuning.averaging`):
searched on train alone, with items leaning to their own settings as far as validation says.
Validation decides its share in the agent's levels, too; then it is searched once more on both.

Which share costs least on validation is mostly chance, and equal shares are hard to beat (Clemen
1989, "Combining forecasts", International Journal of Forecasting 5, 559-583). So the share is one
half, or as near to it as validation does not speak against. It speaks with a bias: the network's
best checkpoint was chosen on it, while the formula has yet to be searched on it. So it takes what a
share costs above the cheapest for chance up to two standard errors, and up to one per cent: where
few items carry the cost the error is wide enough to excuse anything. Items share the validation
period's weather: the error is that of items and blocks of time (`replenish.paired`). The formula
alone is no choice: it is an opponent, and whoever prefers it can order by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from replenish.costs import credited_cost
from replenish.learned import LearnedPolicy
from replenish.own_formula import OwnFormula
from replenish.paired import BlockCosts
from replenish.reference import Reference
from replenish.resampling import clustered_error
from replenish.simulation import Episode, play
from replenish.tuning.search import LEANINGS, InTurn, Tuned

EQUAL = 0.5
ERRORS = 2.0  # standard errors that are taken for chance
MUCH = 0.01  # of the cost; no share that costs so much more is taken for chance


@dataclass(frozen=True, eq=False)
class Blend:
    """A learned policy averaged with a formula that leans to each item's own setting.

    Attributes:
        policy: Ready to order for the tuned items, one row each, in their order.
        own: The formulas and their share.
        share: The one share of all items, 0 to 1.
        costs: Share -> validation cost with formulas that were tuned on train alone, money per
            item and period.
    """

    policy: LearnedPolicy
    own: OwnFormula
    share: float
    costs: Mapping[float, float]


def blend(policy: LearnedPolicy, formula: InTurn, validation: Episode, block: int) -> Blend:
    """Average a policy's levels with those of a formula.

    Args:
        policy: As it was learned.
        formula: Tuned twice; on train alone it decides the share, on both it is taken.
        validation: One row per item; decides the share.
        block: Periods that share their chance.
    """
    number, start = len(validation.items), policy.reference

    def leaning(share: float) -> LearnedPolicy:
        return replace(policy, own=_own(formula.on_train, start, share, number))

    costs = {share: _costs(leaning(share), validation, block) for share in LEANINGS}
    share = chosen_share(costs)
    own = _own(formula.on_both, start, share, number)
    means = {share: float(cost.per_item.mean()) for share, cost in costs.items()}
    return Blend(replace(policy, own=own), own, share, means)


def chosen_share(costs: Mapping[float, BlockCosts]) -> float:
    """Return the share below 1 nearest to `EQUAL` within `ERRORS` and `MUCH` of the cheapest such.

    Args:
        costs: Share -> cost of the same items in the same blocks.
    """
    money = {share: float(cost.money.sum()) for share, cost in costs.items() if share < 1}
    cheapest = min(money, key=lambda share: money[share])

    def good(share: float) -> bool:
        more = costs[share].money - costs[cheapest].money
        error = clustered_error(more - more.mean())
        return bool(more.sum() <= min(ERRORS * error, MUCH * money[cheapest]))

    return min((abs(share - EQUAL), money[share], share) for share in money if good(share))[2]


def _costs(policy: LearnedPolicy, episode: Episode, block: int) -> BlockCosts:
    """Return what each item costs in each block, as policies are judged."""
    return BlockCosts.of(credited_cost(play(policy, episode), episode.items), block)


def _own(tuned: Tuned, start: Reference, share: float, n_items: int) -> OwnFormula:
    """Return the tuned parameters with one share for all items, those never seen among them.

    An item never seen has the setting that is best for all in place of its own: the agent's start.
    """
    parameters = {
        name: np.broadcast_to(np.asarray(values, dtype=float), n_items).copy()
        for name, values in tuned.parameters.items()
    }
    common = {name: float(getattr(start, name)) for name in parameters}
    if not start.capped:
        common |= {name: tuned.alike[name] for name in parameters if name == "cap"}
    return OwnFormula(parameters, np.full(n_items, share), {**common, "share": share})
