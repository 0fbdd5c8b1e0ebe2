"""What policies cost when forecasts see what the simulated shop sold, and not what was recorded.

Forecasts made beforehand learn from every recorded sale, whatever the policy's own shelves held. A
shop that runs out would have seen less. Playing the same episode, from the usual start, with
forecasts that learn online from simulated, censored sales tells how much of a result that is
worth, and whether the agent keeps its place among policies that all see no more than they sold.
"""

from collections.abc import Mapping
from dataclasses import replace

from replenish.bundle import BundleContents
from replenish.costs import Ledger, credited_cost
from replenish.judging.judge import Judged
from replenish.paired import BlockCosts, paired_differences
from replenish.protocols import Policy
from replenish.simulation import play
from replenish.splits import Part
from replenish.workbench import Problem


def own_sales_trial(
    problem: Problem,
    contents: BundleContents,
    policies: Mapping[str, Policy],
    judged: Judged,
    part: Part,
) -> dict[str, dict[str, float | None]]:
    """Return, per policy, its cost with forecasts of recorded and of its own sales.

    And the agent's cost minus it where each sees its own sales, in per cent of its cost.

    Args:
        problem: The run's.
        contents: The bundle's: its forecaster and what it brings along.
        policies: Which to play again, by their names in ``judged``; one is named ``agent``.
        judged: The same episode with forecasts of recorded sales.
        part: When it was played.
    """
    path = problem.own_sales_path(contents.forecaster, part, contents.record)
    episode = replace(judged.episode, forecasts=path)

    def costs(ledger: Ledger) -> BlockCosts:
        return BlockCosts.of(credited_cost(ledger, episode.items), problem.calendar.block_periods)

    own = {name: costs(play(policy, episode)) for name, policy in policies.items()}
    gaps = paired_differences(own["agent"], {n: cost for n, cost in own.items() if n != "agent"})
    found = {}
    for name, cost in own.items():
        recorded = costs(judged.ledgers[name])
        change, gap = paired_differences(cost, {name: recorded})[name], gaps.get(name)
        found[name] = {
            "cost, forecasts of recorded sales": float(recorded.per_item.mean()),
            "cost, forecasts of its own sales": float(cost.per_item.mean()),
            "change in per cent": change.percent,
            "from": change.percent_low,
            "to": change.percent_high,
            "agent minus it in per cent, own sales": gap.percent if gap else None,
            "agent minus it, from": gap.percent_low if gap else None,
            "agent minus it, to": gap.percent_high if gap else None,
        }
    return found
