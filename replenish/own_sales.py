"""What policies cost when forecasts see what the simulated shop sold, and not what was recorded.

Forecasts made beforehand learn from every recorded sale, whatever the policy's own shelves held. A
shop that runs out would have seen less. Playing the same episode with forecasts that learn online
from simulated, censored sales tells how much of a result that is worth.
"""

from collections.abc import Mapping
from dataclasses import replace

from replenish.costs import credited_cost
from replenish.forecasting.online import OnlinePath
from replenish.forecasting.runtime import FittedForecaster
from replenish.judge import Judged
from replenish.paired import paired_difference
from replenish.protocols import Policy
from replenish.simulation import play
from replenish.splits import Part
from replenish.workbench import Problem


def own_sales_trial(
    problem: Problem,
    forecaster: FittedForecaster,
    policies: Mapping[str, Policy],
    judged: Judged,
    part: Part,
) -> dict[str, dict[str, float | None]]:
    """Return, per policy, its cost with forecasts of recorded and of its own sales.

    Args:
        problem: The run's.
        forecaster: Of the bundle.
        policies: Which to play again, by their names in ``judged``.
        judged: The same episode with forecasts of recorded sales.
        part: When it was played.
    """
    cover = problem.items.protection_period
    past = problem.panel.until(part.first - 1)
    path = OnlinePath.begin(forecaster, past, cover, part.periods)
    episode = replace(judged.episode, forecasts=path)
    found = {}
    for name, policy in policies.items():
        own = credited_cost(play(policy, episode), episode.items).mean(axis=0)  # (I,)
        recorded = credited_cost(judged.ledgers[name], episode.items).mean(axis=0)
        change = paired_difference(own, recorded)
        found[name] = {
            "cost, forecasts of recorded sales": float(recorded.mean()),
            "cost, forecasts of its own sales": float(own.mean()),
            "change in per cent": change.percent,
            "from": change.percent_low,
            "to": change.percent_high,
        }
    return found
