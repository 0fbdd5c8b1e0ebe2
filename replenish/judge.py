"""Judge every policy of a run on the same demand and starts of the test period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from replenish.arrays import Floats
from replenish.costs import Ledger
from replenish.counted import Counted, count_up
from replenish.evaluation import PolicyResult, Trace, pick_items
from replenish.forecasting.forecast import ForecastTable
from replenish.foresight import PerfectForecast, perfect_foresight_cost
from replenish.incumbent import Incumbent
from replenish.opponents import REFERENCE, Opponents
from replenish.paired import BlockCosts, paired_differences
from replenish.protocols import Policy
from replenish.scorecard import MEASURES, Calendar, Scorecard
from replenish.simulation import Episode, play
from replenish.splits import Part
from replenish.workbench import Problem

_FORESIGHT = "perfect_foresight"
_INFORMED = "agent_perfect_forecast"
_BOUNDS = {
    _FORESIGHT: "knows all demand; no order rules",
    _INFORMED: "the agent as it is, on forecasts that are right",
}


@dataclass(frozen=True, eq=False)
class Judged:
    """What playing all policies gave.

    Attributes:
        results: The agent first, the baselines from cheap to dear, then the bound.
        ledgers: Policy -> its ledger, (T, I), from the first start.
        episode: What was played from the first start.
        counted: Policy -> what it comes to over all starts.
    """

    results: tuple[PolicyResult, ...]
    ledgers: Mapping[str, Ledger]
    episode: Episode
    counted: Mapping[str, Counted]


def judge(
    problem: Problem,
    agent: Policy,
    opponents: Opponents,
    episode: Episode,
    today: Sequence[Incumbent] = (),
    more: Sequence[Episode] = (),
) -> Judged:
    """Play the agent, every opponent and the bounds on one episode with one row per item.

    Args:
        problem: The run's.
        agent: The exported policy.
        opponents: As tuned.
        episode: Demand, start and forecasts.
        today: What is known of the shop's own ordering; counted among the baselines.
        more: The same demand from other starts; their costs are averaged.
    """
    policies: dict[str, Policy] = {"agent": agent}
    policies |= {name: tuned.policy for name, tuned in opponents.baselines.items()}
    policies[REFERENCE] = opponents.reference
    starts, calendar = (episode, *more), problem.calendar
    played = {name: _play(policy, starts, calendar) for name, policy in policies.items()}
    settings = {name: opponents.settings(name) for name in policies if name != "agent"}
    for shop in today:
        met = [shop.meets(episode if shop.as_placed else start) for start in starts]
        played[shop.name] = _play(shop.beside(agent), met, calendar)
        settings[shop.name] = shop.settings
    informed = [PerfectForecast.of(start) for start in starts]
    played[_INFORMED] = _play(agent, informed, calendar)
    counted = {name: found for name, (_, found) in played.items()}
    ledgers = {name: ledger for name, (ledger, _) in played.items()}
    return Judged(_results(problem, counted, settings, starts), ledgers, episode, counted)


def _play(policy: Policy, starts: Sequence[Episode], calendar: Calendar) -> tuple[Ledger, Counted]:
    """Return a policy's ledger from the first start, and what it comes to over all."""
    first = play(policy, starts[0])
    counted = count_up(first, starts[0].items, calendar)
    for start in starts[1:]:
        counted += count_up(play(policy, start), start.items, calendar)
    return first, counted


def _results(
    problem: Problem,
    counted: Mapping[str, Counted],
    settings: Mapping[str, str],
    starts: Sequence[Episode],
) -> tuple[PolicyResult, ...]:
    """Return the agent, the baselines from cheap to dear, and the bound, with differences."""
    ids, calendar = problem.panel.item_ids, problem.calendar
    cards = {name: found.tally.card(ids, calendar) for name, found in counted.items()}
    bound = _bound(problem, starts)
    costs = {name: found.costs for name, found in counted.items()}
    least = BlockCosts(bound.per_item["cost"][:, None], np.ones(1))
    differences = paired_differences(costs["agent"], costs | {_FORESIGHT: least})
    said, order = {**settings, **_BOUNDS}, ("agent", "baseline", "bound")
    names = sorted(cards, key=lambda name: (order.index(_kind(name)), cards[name].total["cost"]))
    results = [
        PolicyResult(
            name,
            _kind(name),
            cards[name],
            said.get(name, ""),
            None if name == "agent" else differences[name],
            counted[name].starts,
        )
        for name in names
    ]
    difference = differences[_FORESIGHT]
    lower = PolicyResult(_FORESIGHT, "bound", bound, said[_FORESIGHT], difference)
    return (*results, lower)


def _kind(name: str) -> Literal["agent", "baseline", "bound"]:
    """Return what a played policy is."""
    if name == "agent":
        return "agent"
    return "bound" if name in _BOUNDS else "baseline"


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


def _bound(problem: Problem, starts: Sequence[Episode]) -> Scorecard:
    """Return perfect foresight's cost as a scorecard; the other measures do not exist."""
    found = [perfect_foresight_cost(start) / start.n_periods for start in starts]
    cost = np.mean(found, axis=0)
    nothing = np.full(len(cost), np.nan)
    per_item = {name: cost if name == "cost" else nothing for name in MEASURES}
    total = {name: float(values.mean()) for name, values in per_item.items()}
    return Scorecard(problem.panel.item_ids, per_item, total)
