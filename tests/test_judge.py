"""All are judged alike: the same demand, the same start, one bound below them all."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from replenish.arrays import Floats
from replenish.bundle import load_bundle
from replenish.costs import Ledger
from replenish.forecasting.files import load_blocks
from replenish.item_classes import ABC
from replenish.judging.by_class import by_class
from replenish.judging.incumbent import ORDERS, Incumbent, Replay
from replenish.judging.judge import Judged, judge, traces
from replenish.judging.starts import USUAL, Starts
from replenish.run_folder import FORECASTERS, TUNED, existing_run
from replenish.simulation import Episode, play
from replenish.tuning.opponents import AVERAGED, PER_ITEM, REFERENCE, Opponents
from replenish.workbench import Problem, set_up
from tests.intervals import ends


class Court(NamedTuple):
    """A judged run."""

    problem: Problem
    opponents: Opponents
    episode: Episode
    judged: Judged


@pytest.fixture(scope="module")
def court(trained_run: Path) -> Court:
    bundle = load_bundle(trained_run / "bundle")
    problem = set_up(existing_run(trained_run), Path())
    problem = replace(problem, items=bundle.contents.items)
    opponents = Opponents.load(trained_run / TUNED, len(problem.items))
    table = problem.forecasts(load_blocks(trained_run / FORECASTERS), problem.split.test)
    episode = problem.episodes(table, problem.split.test).whole(np.random.default_rng(0))
    judged = judge(problem, bundle.policy, opponents, Starts.alone(episode))
    return Court(problem, opponents, episode, judged)


def test_every_policy_meets_the_same_demand_and_the_same_start(court: Court) -> None:
    names = {"agent", "agent_perfect_forecast", "order_up_to", "reorder_point"}
    names |= {REFERENCE, PER_ITEM, AVERAGED}
    assert set(court.judged.ledgers) == names
    for ledger in court.judged.ledgers.values():
        np.testing.assert_array_equal(ledger.demand, court.episode.demand)
        np.testing.assert_array_equal(stock_before_demand(ledger), court.episode.start.on_hand)


def stock_before_demand(ledger: Ledger) -> Floats:
    """Return the first period's stock (I,); lead times are 2 or more, so no order is in it."""
    return np.asarray(ledger.on_hand[0] + ledger.sales[0])


def test_orders_differ_between_policies(court: Court) -> None:
    orders = [ledger.order for ledger in court.judged.ledgers.values()]
    assert not np.array_equal(orders[1], orders[2])


def test_nobody_pays_less_than_perfect_foresight_on_any_item(court: Court) -> None:
    bound = court.judged.results[-1]
    assert (bound.name, bound.kind) == ("perfect_foresight", "bound")
    least = bound.scorecard.per_item["cost"]
    assert (least >= 0).all()
    for result in court.judged.results[:-1]:
        assert (result.scorecard.per_item["cost"] >= least - 1e-9).all()
    assert np.isnan(bound.scorecard.total["fill_rate"])  # no stock was played


def test_the_agent_comes_first_and_the_rest_from_cheap_to_dear(court: Court) -> None:
    agent, *baselines, informed, _ = court.judged.results
    assert (agent.name, agent.kind, agent.difference) == ("agent", "agent", None)
    costs = [result.scorecard.total["cost"] for result in baselines]
    assert costs == sorted(costs)
    assert {result.kind for result in baselines} == {"baseline"}
    assert (informed.name, informed.kind) == ("agent_perfect_forecast", "what_if")


def test_the_agent_pays_less_where_its_forecasts_are_right(court: Court) -> None:
    agent, informed = court.judged.results[0], court.judged.results[-2]
    assert informed.scorecard.total["cost"] < agent.scorecard.total["cost"]
    assert informed.difference is not None
    assert ends(informed.difference)[0] > 0  # the agent's cost less this one's


def test_a_scorecard_counts_what_the_ledger_says(court: Court) -> None:
    for result in court.judged.results[:-1]:
        ledger, total = court.judged.ledgers[result.name], result.scorecard.total
        assert total["cost"] == pytest.approx(float(ledger.cost.mean()))
        assert total["fill_rate"] == pytest.approx(ledger.sales.sum() / ledger.demand.sum())
        assert total["average_stock"] == pytest.approx(float(ledger.on_hand.mean()))
        assert total["orders"] == pytest.approx(float((ledger.order > 0).mean()))


def test_a_difference_is_the_agents_cost_minus_theirs_with_an_interval_around_it(
    court: Court,
) -> None:
    ours = court.judged.results[0].scorecard.per_item["cost"]
    for result in court.judged.results[1:]:
        found = result.difference
        assert found is not None
        gap = ours - result.scorecard.per_item["cost"]
        assert found.difference == pytest.approx(gap.mean())
        low, high = ends(found)
        assert low <= found.difference <= high
        assert found.share_improved == pytest.approx((gap < 0).mean())


def test_settings_are_told_with_every_baseline(court: Court) -> None:
    for result in court.judged.results[1:-2]:
        assert result.settings == court.opponents.settings(result.name)
        assert "score_shift" in result.settings


def test_judging_twice_says_the_same(court: Court, trained_run: Path) -> None:
    agent = load_bundle(trained_run / "bundle").policy
    again = judge(court.problem, agent, court.opponents, Starts.alone(court.episode))
    for name, ledger in court.judged.ledgers.items():
        np.testing.assert_array_equal(again.ledgers[name].order, ledger.order)
    assert [r.difference for r in again.results] == [r.difference for r in court.judged.results]


def test_traces_show_where_the_agent_gains_most_and_least(court: Court, trained_run: Path) -> None:
    part = court.problem.split.test
    table = court.problem.forecasts(load_blocks(trained_run / FORECASTERS), part)
    shown = {t.label: t for t in traces(court.problem, court.judged, table, part)}
    agent, best = court.judged.results[:2]
    gap = agent.scorecard.per_item["cost"] - best.scorecard.per_item["cost"]
    ids = court.problem.panel.item_ids
    rows = {label: ids.index(trace.item_id) for label, trace in shown.items()}
    assert gap[rows["best"]] == gap.min()
    assert gap[rows["worst"]] == gap.max()
    for label, trace in shown.items():
        np.testing.assert_array_equal(trace.demand, court.episode.demand[:, rows[label]])
        assert len(trace.dates) == part.periods
        assert (trace.forecast_low <= trace.forecast_high).all()
        assert set(trace.orders) == {"agent", best.name}


def test_several_starts_are_averaged_and_each_is_told(court: Court, trained_run: Path) -> None:
    agent, problem = load_bundle(trained_run / "bundle").policy, court.problem
    table = problem.forecasts(load_blocks(trained_run / FORECASTERS), problem.split.test)
    source = problem.episodes(table, problem.split.test)
    empty = source.whole(np.random.default_rng(0), 0.0)
    assert not empty.start.on_hand.any()
    alone = judge(problem, agent, court.opponents, Starts.alone(empty))
    both = judge(problem, agent, court.opponents, Starts(court.episode, (court.episode, empty)))
    for name, counted in both.counted.items():
        once, again = court.judged.counted[name], alone.counted[name]
        assert counted.starts == once.starts + again.starts
        found = next(r for r in both.results if r.name == name)
        assert found.scorecard.total["cost"] == pytest.approx(np.mean(counted.starts))
        assert tuple(found.starts) == counted.starts
        np.testing.assert_array_equal(both.ledgers[name].order, court.judged.ledgers[name].order)
    bounds = [judged.results[-1].scorecard.total["cost"] for judged in (court.judged, alone, both)]
    assert bounds[2] == pytest.approx((bounds[0] + bounds[1]) / 2)


@pytest.mark.parametrize("fullness", [(1.0,), (1.0, 0.5, 2.0), (0.5, 1.0), (2.0, 0.0)])
def test_a_replay_of_the_agents_own_orders_makes_no_difference_whatever_the_starts(
    court: Court, trained_run: Path, fullness: tuple[float, ...]
) -> None:
    """Past orders answer one stock: they are set against the agent from that start alone."""
    agent, problem = load_bundle(trained_run / "bundle").policy, court.problem
    table = problem.forecasts(load_blocks(trained_run / FORECASTERS), problem.split.test)
    source = problem.episodes(table, problem.split.test)
    starts = Starts.of(source, fullness, [0, 3])
    own = Replay(play(agent, starts.usual).order)
    known = np.ones(len(problem.items), dtype=bool)
    shop = Incumbent(ORDERS, own, known, as_placed=True)
    judged = judge(problem, agent, court.opponents, starts, [shop])
    replayed = next(result for result in judged.results if result.name == ORDERS)
    found = replayed.difference
    assert found is not None
    assert (found.difference, *ends(found), found.share_improved) == (0.0, 0.0, 0.0, 0.0)
    played = [np.isfinite(cost) for cost in replayed.starts]
    assert played == [full == USUAL for full in fullness]
    usual = float(play(agent, starts.usual).cost.mean())
    assert replayed.scorecard.total["cost"] == pytest.approx(usual)
    labels = {ABC: ("A",) * len(known)}
    counted = {name: judged.counted[name] for name in ("agent", ORDERS)}
    (whole,) = by_class(counted, labels, np.ones(len(known)), problem.calendar, judged.usual)
    assert whole.differences[ORDERS] == found
    theirs = replayed.scorecard.per_item["cost"]
    np.testing.assert_allclose(replayed.beside(judged.results[0]), theirs)


def test_every_start_meets_the_same_lead_times(court: Court, trained_run: Path) -> None:
    problem = court.problem
    table = problem.forecasts(load_blocks(trained_run / FORECASTERS), problem.split.test)
    random = replace(problem.items, lead_time_std=np.full(len(problem.items), 1.5))
    source = replace(problem.episodes(table, problem.split.test), items=random)
    first, *others = Starts.of(source, [1.0, 0.5, 2.0], [0, 3]).counted
    assert first.lead_times is not None
    for other in others:
        np.testing.assert_array_equal(other.lead_times, first.lead_times)
        np.testing.assert_array_equal(other.review_phase, first.review_phase)
