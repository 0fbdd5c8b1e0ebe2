"""An evaluation with real figures: formulas played on drawn demand, one of them named agent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.costs import Ledger
from replenish.demand_families import DemandFamily
from replenish.forecasting.forecast import DemandSum, Forecast
from replenish.forecasting.path import SteadyForecast
from replenish.item_classes import ABC, DEMAND
from replenish.items import Items
from replenish.judging.by_class import by_class
from replenish.judging.counted import Counted, count_up
from replenish.judging.evaluation import Evaluation, PolicyResult, Trace, pick_items
from replenish.judging.foresight import perfect_foresight_cost
from replenish.judging.frontier import frontier
from replenish.judging.sensitivity import OtherCost
from replenish.observation import Observation
from replenish.paired import paired_differences
from replenish.protocols import Policy
from replenish.reference import Reference
from replenish.scorecard import Calendar, Scorecard
from replenish.simulation import Episode, empty_start, play

MEANS = (0.4, 1.5, 4.0, 9.0)  # units per period; a shop's slow and fast movers
PERIODS = 120
CALENDAR = Calendar(days_per_period=1)


@dataclass(frozen=True)
class Constant:
    """Orders the same every period, whatever the stock."""

    units: Floats

    def order(self, observation: Observation) -> Floats:
        return self.units


@dataclass(frozen=True, eq=False)
class Played:
    """An episode with the ledgers of everybody who played it."""

    episode: Episode
    ids: Sequence[str]
    ledgers: dict[str, Ledger]


def evaluation(
    agent_shift: float = -0.8, n_items: int = 24, first_id: str = "north|item-00"
) -> Evaluation:
    """Return the evaluation of a Reference shifted by this score, against -0.3 and others.

    Lost sales with a lead time of 3: the newsvendor's level, made for backorders, is too high.
    """
    policies: dict[str, Policy] = {
        "agent": Reference(score_shift=agent_shift),
        "order_up_to": Reference(score_shift=0.4),
        "reorder_point": Reference(score_shift=0.8),
        "constant_order": Constant(np.resize(MEANS, n_items).round()),
    }
    played = play_all(policies, n_items, first_id)
    counted = {
        name: count_up(ledger, played.episode.items, CALENDAR)
        for name, ledger in played.ledgers.items()
    }
    results = results_of(counted, played.ids)
    cards = {result.name: result.scorecard for result in results}
    best = min(results[1:], key=lambda r: r.scorecard.total["cost"])
    chosen = pick_items(cards["agent"].per_item["cost"], best.scorecard.per_item["cost"])
    return Evaluation(
        run="sample-ppo",
        results=[*results, bound(played)],
        traces=[trace(played, row, label, best.name) for label, row in chosen.items()],
        facts={"data": "drawn demand", "periods": f"{PERIODS}"},
        notes=["Demand is drawn, so no period is censored."],
    )


def guarded(base: Evaluation) -> Evaluation:
    """Return the same evaluation with results of guards, as nested as they come."""
    scores = {"precision": 0.9, "recall": np.float64(0.75), "f1": 0.818}
    guards = {
        "share_corrupted": 0.02,
        "detection": {"demand_spike": scores, "flat_line": scores | {"precision": np.nan}},
        "cost": {"clean": {"without": 4.1, "with": 4.1}, "corrupted": {"without": 6.0, "with": 4}},
    }
    return replace(base, guards=guards)


def what_if(base: Evaluation) -> Evaluation:
    """Return the same evaluation from two starts, by class, with a frontier and other costs."""
    ids = base.agent.scorecard.item_ids
    policies: dict[str, Policy] = {
        "agent": Reference(score_shift=-0.3),
        "order_up_to": Reference(score_shift=0.4),
        "constant_order": Constant(np.resize(MEANS, len(ids)).round()),
    }
    played = play_all(policies, len(ids), ids[0])
    items = played.episode.items
    counted = {n: count_up(ledger, items, CALENDAR) for n, ledger in played.ledgers.items()}
    abc, demand = ["C", "B", "A", "A"], ["lumpy", "intermittent", "smooth", "smooth"]
    labels = {k: tuple(np.resize(v, len(ids)).tolist()) for k, v in ((ABC, abc), (DEMAND, demand))}
    _, theirs = results_of(counted, ids)[:2]
    costs = [float(counted[name].costs.per_item.mean()) for name in ("agent", theirs.name)]
    assert theirs.difference is not None
    cases = [
        OtherCost(words, factor, costs[0], theirs.name, costs[1], theirs.difference)
        for words, factor in (("as it is", 1.0), ("fixed order cost", 0.5), ("lead time", 2.0))
    ]
    return replace(
        base,
        results=[twice(r) for r in base.results],
        classes=by_class(counted, labels, np.resize(MEANS, len(ids)), CALENDAR),
        frontier=frontier(policies, played.episode, CALENDAR),
        sensitivity=cases,
    )


def twice(found: PolicyResult) -> PolicyResult:
    """Return a result from two starts, the second one dearer."""
    return replace(found, starts=[share * cost for cost in found.starts for share in (1.0, 1.1)])


def play_all(policies: dict[str, Policy], n_items: int, first_id: str) -> Played:
    items = Items.build(
        n_items,
        lead_time=3,
        shortage_cost=np.resize([4.0, 9.0, 19.0], n_items),
        unit_value=5.0,
        price=9.0,
    )
    rng = np.random.default_rng(11)
    demand = np.stack([family(row).draw((PERIODS,), rng) for row in range(n_items)], axis=1)
    forecasts = SteadyForecast(forecast(items.protection_period))
    episode = Episode(items, demand, forecasts, empty_start(items))
    ids = [first_id, *(f"north|item-{row:02d}" for row in range(1, n_items))]
    return Played(episode, ids, {name: play(policy, episode) for name, policy in policies.items()})


def family(row: int) -> DemandFamily:
    return DemandFamily("poisson" if row % 2 else "geometric", MEANS[row % len(MEANS)])


def forecast(protection_period: Ints) -> Forecast:
    """Return the true distribution of every row, one family after the other."""
    parts = [
        family(row).forecast(protection_period[[row]]) for row in range(len(protection_period))
    ]
    total = DemandSum(
        np.concatenate([part.lead_time_demand.mean for part in parts]),
        np.concatenate([part.lead_time_demand.std for part in parts]),
        np.concatenate([part.lead_time_demand.quantiles for part in parts]),
        parts[0].lead_time_demand.levels,
    )
    means = np.concatenate([part.mean for part in parts])
    return Forecast(means, np.concatenate([part.std for part in parts]), total)


def results_of(counted: dict[str, Counted], ids: Sequence[str]) -> list[PolicyResult]:
    costs = {name: found.costs for name, found in counted.items()}
    differences = paired_differences(costs["agent"], costs)
    return [
        PolicyResult(
            name,
            "agent" if name == "agent" else "baseline",
            found.tally.card(ids, CALENDAR),
            f"settings of {name}",
            None if name == "agent" else differences[name],
            found.starts,
            costs=found.costs,
        )
        for name, found in counted.items()
    ]


def bound(played: Played) -> PolicyResult:
    cost = perfect_foresight_cost(played.episode) / PERIODS
    card = Scorecard(tuple(played.ids), {"cost": cost}, {"cost": float(cost.mean())})
    return PolicyResult("perfect_foresight", "bound", card)


def trace(played: Played, row: int, label: str, best: str) -> Trace:
    days = np.datetime64("2025-11-03") + np.arange(PERIODS)
    one_day, steady = family(row).sum_over(1), np.ones(PERIODS)
    shown = {name: played.ledgers[name] for name in ("agent", best)}
    return Trace(
        item_id=played.ids[row],
        label=label,
        dates=[str(day) for day in days],
        demand=played.episode.demand[:, row],
        forecast=float(one_day.mean()) * steady,
        forecast_low=float(one_day.ppf(0.05)) * steady,
        forecast_high=float(one_day.ppf(0.95)) * steady,
        stock={name: ledger.on_hand[:, row] for name, ledger in shown.items()},
        orders={name: ledger.order[:, row] for name, ledger in shown.items()},
        unmet={name: ledger.unmet[:, row] for name, ledger in shown.items()},
    )
