"""Where purchases are charged, stock built up is credited: in learning, tuning and judging."""

from pathlib import Path

import numpy as np
import pytest

from envs._core import Core, Rewards
from replenish.arrays import Floats
from replenish.bundle import load_bundle
from replenish.costs import credited_cost
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes
from replenish.forecasting.files import load_blocks
from replenish.guards.config import GuardConfig
from replenish.guards.corruption import corruption_trial
from replenish.items import Items, UnmetDemand
from replenish.judging.counted import count_up
from replenish.judging.judge import judge
from replenish.judging.own_sales import own_sales_trial
from replenish.judging.starts import Starts
from replenish.learned import LearnedPolicy
from replenish.protocols import Policy
from replenish.reference import Reference
from replenish.run_folder import FORECASTERS, TUNED, existing_run
from replenish.scorecard import Calendar
from replenish.simulation import Episode, play
from replenish.tuning.opponents import REFERENCE, Opponents, mean_cost
from replenish.tuning.search import Effort, tune
from replenish.workbench import set_up
from tests.tiny_run import call, results, train_tiny


def source(unmet_demand: UnmetDemand = "lost") -> DrawnEpisodes:
    items = Items.build(1, unmet_demand, lead_time=3, shortage_cost=9.0, unit_cost=3.0)
    return DrawnEpisodes(DemandFamily("poisson", 5.0), items, 40)


def episode(unmet_demand: UnmetDemand = "lost") -> Episode:
    return source(unmet_demand).draw(6, np.random.default_rng(4))


def untrained(features: Floats) -> Floats:
    """Return no move at all: such an agent orders as the reference does."""
    return np.zeros((len(features), 1))


@pytest.mark.parametrize("unmet_demand", ["lost", "backorder"])
@pytest.mark.parametrize("against", ["cost", "reference"])
def test_rewards_are_the_cost_that_is_judged(unmet_demand: UnmetDemand, against: str) -> None:
    played = episode(unmet_demand)
    core = Core(source(unmet_demand), 6, rewards=Rewards("cost", scaled=False))
    twin = Core(source(unmet_demand), 6, rewards=Rewards("reference", scaled=False))
    for env in (core, twin):
        env.reset(np.random.default_rng(0), played)
    paid = np.stack([-core.step(np.zeros((6, 1))).rewards for _ in range(40)])
    np.testing.assert_allclose(paid, credited_cost(play(Reference(), played), played.items))
    if against == "reference":
        gains = [twin.step(np.zeros((6, 1))).rewards for _ in range(40)]
        np.testing.assert_allclose(gains, 0.0, atol=1e-12)


@pytest.mark.parametrize("unmet_demand", ["lost", "backorder"])
def test_everybody_who_counts_a_play_counts_the_same(unmet_demand: UnmetDemand) -> None:
    played = episode(unmet_demand)
    counted = count_up(play(Reference(), played), played.items, Calendar())
    judged = float(counted.costs.per_item.mean())
    assert counted.tally.total(Calendar())["cost"] == pytest.approx(judged)
    assert mean_cost(Reference(), played) == pytest.approx(judged)
    agent = LearnedPolicy(untrained, Reference())
    trial = corruption_trial(
        agent, Reference(), played, GuardConfig(), np.random.default_rng(0), share=0.0
    )
    assert trial.clean == pytest.approx(judged)
    assert trial.guarded == pytest.approx(trial.clean_guarded)


def test_tuning_does_not_run_stock_down_to_save_purchases() -> None:
    """Over few periods, whoever buys nothing pays least unless what left the shelves is charged."""
    parts = [source().draw(6, np.random.default_rng(seed)) for seed in (1, 2)]
    short = [Episode(e.items, e.demand[:4], e.forecasts, e.start) for e in parts]
    tuned = tune(Reference, short[0], short[1], Effort(), per_item=False).policy
    for policy in (Reference(), Reference(score_shift=-3.0)):
        assert sum(mean_cost(tuned, e) for e in short) <= sum(mean_cost(policy, e) for e in short)


@pytest.fixture(scope="module")
def charged_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose items cost 3 each, judged."""
    words = ["items.override={unit_cost=3}", "evaluation.starts=[1.0]"]
    run = train_tiny(tmp_path_factory.mktemp("charged"), *words)
    assert call("evaluate", [run, "--without-guards"]).code == 0
    return run


@pytest.mark.slow
def test_an_untrained_agent_and_its_reference_cost_the_same_wherever_it_is_told(
    charged_run: Path,
) -> None:
    """Validation, the table of policies and own sales count one policy's play alike."""
    bundle, problem = load_bundle(charged_run / "bundle"), set_up(existing_run(charged_run), Path())
    opponents, part = Opponents.load(charged_run / TUNED, len(problem.items)), problem.split.test
    assert (problem.items.unit_cost == 3.0).all()
    reference = opponents.reference
    agent = LearnedPolicy(lambda seen: np.zeros((len(seen), 2 + reference.capped)), reference)
    table = problem.forecasts(load_blocks(charged_run / FORECASTERS), part)
    starts = Starts.of(problem.episodes(table, part), [1.0], [0, 3])
    judged = judge(problem, agent, opponents, starts)
    told = {result.name: result.scorecard.total["cost"] for result in judged.results}
    alone: dict[str, Policy] = {"agent": agent, REFERENCE: reference}
    own = own_sales_trial(problem, bundle.contents, alone, judged, part)
    for name in ("agent", REFERENCE):
        assert own[name]["cost, forecasts of recorded sales"] == pytest.approx(told[name])
        assert mean_cost(alone[name], starts.usual) == pytest.approx(told[name])
    assert told["agent"] == pytest.approx(told[REFERENCE])
    assert own[REFERENCE]["agent minus it in per cent, own sales"] == pytest.approx(0.0, abs=1e-9)
    assert min(told, key=lambda name: told[name]) == "perfect_foresight"


@pytest.mark.slow
def test_the_report_s_tables_agree_on_what_was_charged(charged_run: Path) -> None:
    told = results(charged_run)
    costs = {p["name"]: p["scorecard"]["total"]["cost"] for p in told["policies"]}
    for name in ("agent", REFERENCE):
        own = told["own_sales"][name]["cost, forecasts of recorded sales"]
        assert own == pytest.approx(costs[name])
