"""Judge every policy of a run on the same demand and starts of the test period."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from replenish.arrays import Floats
from replenish.costs import Ledger
from replenish.evaluation import PolicyResult, Trace, pick_items
from replenish.forecasting.forecast import ForecastTable
from replenish.foresight import perfect_foresight_cost
from replenish.opponents import REFERENCE, Opponents
from replenish.protocols import Policy
from replenish.scorecard import MEASURES, Scorecard, paired_difference, score
from replenish.simulation import Episode, play
from replenish.splits import Part
from replenish.workbench import Problem


@dataclass(frozen=True, eq=False)
class Judged:
    """What playing all policies gave.

    Attributes:
        results: The agent first, the baselines from cheap to dear, then the bound.
        ledgers: Policy -> its ledger, (T, I).
        episode: What was played.
    """

    results: tuple[PolicyResult, ...]
    ledgers: Mapping[str, Ledger]
    episode: Episode


def judge(problem: Problem, agent: Policy, opponents: Opponents, episode: Episode) -> Judged:
    """Play the agent, every opponent and the bound on one episode with one row per item."""
    policies: dict[str, Policy] = {"agent": agent}
    policies |= {name: tuned.policy for name, tuned in opponents.baselines.items()}
    policies[REFERENCE] = opponents.reference
    ledgers = {name: play(policy, episode) for name, policy in policies.items()}
    rows, ids = np.arange(len(episode.items)), problem.panel.item_ids
    cards = {
        name: score(ledger, episode.items, ids, problem.calendar, rows)
        for name, ledger in ledgers.items()
    }
    ours = cards["agent"].per_item["cost"]
    baselines = [
        PolicyResult(
            name,
            "baseline",
            cards[name],
            opponents.settings(name),
            paired_difference(ours, cards[name].per_item["cost"]),
        )
        for name in sorted(cards, key=lambda name: cards[name].total["cost"])
        if name != "agent"
    ]
    bound = _bound(problem, episode)
    lower = PolicyResult("perfect_foresight", "bound", bound, "knows all demand; no order rules",
                         paired_difference(ours, bound.per_item["cost"]))  # fmt: skip
    return Judged(
        (PolicyResult("agent", "agent", cards["agent"]), *baselines, lower), ledgers, episode
    )


def traces(problem: Problem, judged: Judged, table: ForecastTable, part: Part) -> list[Trace]:
    """Return the items where the agent gains most, the median and least, against the best."""
    agent, best = judged.results[0], judged.results[1]
    picked = pick_items(agent.scorecard.per_item["cost"], best.scorecard.per_item["cost"])
    dates = [str(day.date()) for day in problem.panel.dates[part.first : part.last + 1]]
    shown = {name: judged.ledgers[name] for name in ("agent", best.name)}
    found = []
    for label, row in picked.items():
        low, high = _next_period_band(table, row)
        found.append(
            Trace(
                item_id=problem.panel.item_ids[row],
                label=label,
                dates=dates,
                demand=judged.episode.demand[:, row],
                forecast=table.mean[row, :, 0],
                forecast_low=low,
                forecast_high=high,
                stock={name: ledger.on_hand[:, row] for name, ledger in shown.items()},
                orders={name: ledger.order[:, row] for name, ledger in shown.items()},
                unmet={name: ledger.unmet[:, row] for name, ledger in shown.items()},
            )
        )
    return found


def _next_period_band(table: ForecastTable, row: int) -> tuple[Floats, Floats]:
    """Return the 5 % and 95 % quantiles of the next period's demand, (O,) units."""
    low, high = (int(np.argmin(np.abs(table.levels - level))) for level in (0.05, 0.95))
    quantiles = table.sum_quantiles[row, :, 0]
    return np.asarray(quantiles[:, low]), np.asarray(quantiles[:, high])


def _bound(problem: Problem, episode: Episode) -> Scorecard:
    """Return perfect foresight's cost as a scorecard; the other measures do not exist."""
    cost = perfect_foresight_cost(episode) / episode.n_periods
    nothing = np.full(len(cost), np.nan)
    per_item = {name: cost if name == "cost" else nothing for name in MEASURES}
    total = {name: float(values.mean()) for name, values in per_item.items()}
    return Scorecard(problem.panel.item_ids, per_item, total)
