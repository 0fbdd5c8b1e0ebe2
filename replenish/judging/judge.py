"""Judge every policy of a run on the same demand and starts of the test period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from replenish.arrays import Floats
from replenish.costs import Ledger
from replenish.forecasting.forecast import ForecastTable
from replenish.judging.counted import Counted, Played, differences, play_once, play_starts
from replenish.judging.evaluation import Kind, PolicyResult, Trace, best_baseline, pick_items
from replenish.judging.foresight import PerfectForecast, perfect_foresight_cost
from replenish.judging.incumbent import Incumbent
from replenish.judging.starts import Starts
from replenish.paired import BlockCosts
from replenish.protocols import Policy
from replenish.scorecard import MEASURES, Calendar, Scorecard
from replenish.simulation import Episode
from replenish.splits import Part
from replenish.tuning.opponents import REFERENCE, Opponents
from replenish.workbench import Problem

_FORESIGHT = "perfect_foresight"
_INFORMED = "agent_perfect_forecast"
_NO_POLICY = {
    _FORESIGHT: "knows all demand; no order rules",
    _INFORMED: "the agent as it is, on forecasts that are right",
}
_KINDS: dict[str, Kind] = {"agent": "agent", _INFORMED: "what_if", _FORESIGHT: "bound"}
_ORDER: tuple[Kind, ...] = ("agent", "baseline", "what_if", "bound")


@dataclass(frozen=True, eq=False)
class Judged:
    """What playing all policies gave.

    Attributes:
        results: The agent first, the baselines from cheap to dear, what if, then the bound.
        ledgers: Policy -> its ledger, (T, I), from the usual start.
        episode: The usual start.
        counted: Policy -> what it comes to over all starts that count.
        usual: What the agent comes to from the usual start alone.
    """

    results: tuple[PolicyResult, ...]
    ledgers: Mapping[str, Ledger]
    episode: Episode
    counted: Mapping[str, Counted]
    usual: Counted


def judge(
    problem: Problem,
    agent: Policy,
    opponents: Opponents,
    starts: Starts,
    today: Sequence[Incumbent] = (),
) -> Judged:
    """Play the agent, every opponent and the bounds on episodes with one row per item.

    Args:
        problem: The run's.
        agent: The exported policy.
        opponents: As tuned.
        starts: The same demand and forecasts from every start; costs are averaged.
        today: What is known of the shop's own ordering; counted among the baselines.
    """
    policies: dict[str, Policy] = {"agent": agent}
    policies |= {name: tuned.policy for name, tuned in opponents.baselines.items()}
    policies[REFERENCE] = opponents.reference
    calendar = problem.calendar
    played = {name: play_starts(policy, starts, calendar) for name, policy in policies.items()}
    settings = {name: opponents.settings(name) for name in policies if name != "agent"}
    for shop in today:
        played[shop.name] = _play_shop(shop, agent, starts, calendar)
        settings[shop.name] = shop.settings
    played[_INFORMED] = play_starts(agent, _informed(starts), calendar)
    return Judged(
        results=_results(problem, played, settings, starts),
        ledgers={name: found.ledger for name, found in played.items()},
        episode=starts.usual,
        counted={name: found.counted for name, found in played.items()},
        usual=played["agent"].usual,
    )


def _play_shop(shop: Incumbent, agent: Policy, starts: Starts, calendar: Calendar) -> Played:
    """Play what the shop does today: past orders answer one stock, and are played from it alone."""
    policy = shop.beside(agent)
    if shop.as_placed:
        return play_once(policy, shop.meets(starts.usual), starts, calendar)
    return play_starts(policy, starts, calendar)


def _informed(starts: Starts) -> Starts:
    """Return the starts with forecasts that are right."""
    usual = PerfectForecast.of(starts.usual)
    others = [usual if s is starts.usual else PerfectForecast.of(s) for s in starts.counted]
    return Starts(usual, tuple(others))


def _results(
    problem: Problem, played: Mapping[str, Played], settings: Mapping[str, str], starts: Starts
) -> tuple[PolicyResult, ...]:
    """Return the agent, the baselines from cheap to dear, and the bounds, with differences."""
    ids, calendar, agent = problem.panel.item_ids, problem.calendar, played["agent"]
    counted = {name: found.counted for name, found in played.items()}
    cards = {name: found.tally.card(ids, calendar) for name, found in counted.items()}
    cards[_FORESIGHT] = _bound(problem, starts)
    costs = {name: found.costs for name, found in counted.items()}
    costs[_FORESIGHT] = BlockCosts(cards[_FORESIGHT].per_item["cost"][:, None], np.ones(1))
    once = {name for name, found in counted.items() if found.once}
    found = differences((costs["agent"], agent.usual.costs), costs, once)
    said = {**settings, **_NO_POLICY}
    names = sorted(cards, key=lambda name: (_ORDER.index(_kind(name)), cards[name].total["cost"]))
    return tuple(
        PolicyResult(
            name,
            _kind(name),
            cards[name],
            said.get(name, ""),
            None if name == "agent" else found[name],
            counted[name].starts if name in counted else (),
            agent.usual.costs if name in once else None,
            counted[name].costs if name in counted else None,
        )
        for name in names
    )


def _kind(name: str) -> Kind:
    """Return what a played policy is."""
    return _KINDS.get(name, "baseline")


def traces(problem: Problem, judged: Judged, table: ForecastTable, part: Part) -> list[Trace]:
    """Return the items where the agent gains most, the median and least, against the best."""
    agent, best = judged.results[0], best_baseline(judged.results)
    picked = pick_items(best.beside(agent), best.scorecard.per_item["cost"])
    dates = [str(day.date()) for day in problem.panel.dates[part.first : part.last + 1]]
    shown = {name: judged.ledgers[name] for name in ("agent", best.name)}
    found = []
    for label, row in picked.items():
        low, high = next_period_band(table, row)
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


def next_period_band(table: ForecastTable, row: int) -> tuple[Floats, Floats]:
    """Return the 5 % and 95 % quantiles of the next period's demand, (O,) units."""
    low, high = (int(np.argmin(np.abs(table.levels - level))) for level in (0.05, 0.95))
    quantiles = table.sum_quantiles[row, :, 0]
    return np.asarray(quantiles[:, low]), np.asarray(quantiles[:, high])


def _bound(problem: Problem, starts: Starts) -> Scorecard:
    """Return perfect foresight's cost as a scorecard; the other measures do not exist."""
    found = [perfect_foresight_cost(start) / start.n_periods for start in starts.counted]
    cost = np.mean(found, axis=0)
    nothing = np.full(len(cost), np.nan)
    per_item = {name: cost if name == "cost" else nothing for name in MEASURES}
    total = {name: float(values.mean()) for name, values in per_item.items()}
    return Scorecard(problem.panel.item_ids, per_item, total)
