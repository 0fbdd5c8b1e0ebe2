"""The linear programme orders what theory says, and is judged on a sample of items."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from baselines import rolling_horizon
from baselines._futures import sampled_futures
from baselines.rolling_horizon import RollingHorizon
from replenish.bundle import load_bundle
from replenish.config import BaselinesConfig
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes
from replenish.forecasting.files import load_blocks
from replenish.forecasting.path import SteadyForecast
from replenish.items import Items
from replenish.judging.judge import Judged, judge
from replenish.judging.programme import NAME, programme_notes, with_programme
from replenish.judging.starts import Starts
from replenish.observation import Observation
from replenish.reference import Reference
from replenish.run_folder import TUNED, existing_run
from replenish.simulation import Episode, Shop, empty_start, play
from replenish.state import InventoryState
from replenish.tuning.opponents import Opponents, mean_cost
from replenish.workbench import Problem, set_up
from tests.textbook import not_searched

FAMILY = DemandFamily("poisson", 20.0)


def start(on_hand: float = 0.0, due: float = 0.0, **parameters: float) -> Observation:
    """Return the first moment of a shop with steady demand; ``due`` arrives in one period."""
    items = Items.build(4, **parameters)
    state = empty_start(items)
    on_order = state.on_order.copy()
    on_order[:, 0] = due
    told = InventoryState(np.full(4, on_hand), on_order, state.backorders)
    steady = SteadyForecast(FAMILY.forecast(items.protection_period))
    return Shop(Episode(items, np.zeros((1, 4)), steady, told)).observe()


@pytest.mark.parametrize("shortage_cost", [1.0, 4.0, 19.0])
def test_with_one_period_of_lead_time_it_orders_the_newsvendors_quantile(
    shortage_cost: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Empty shelves: the order alone meets the next period (Arrow, Harris and Marschak 1951)."""
    monkeypatch.setattr(rolling_horizon, "SCENARIOS", 500)
    wish = RollingHorizon().order(start(lead_time=1, shortage_cost=shortage_cost))
    quantile = stats.poisson(20.0).ppf(shortage_cost / (1.0 + shortage_cost))
    np.testing.assert_allclose(wish, quantile, atol=1.5)


def test_stock_that_will_be_left_is_not_ordered_again() -> None:
    """Sixty on hand today leave about forty for tomorrow, which needs 26 of them."""
    none, plenty = (
        RollingHorizon().order(start(on_hand, lead_time=1, shortage_cost=9.0))
        for on_hand in (0.0, 60.0)
    )
    assert (none > 20).all()
    np.testing.assert_array_equal(plenty, 0.0)
    due = RollingHorizon().order(start(20.0, 10.0, lead_time=1, shortage_cost=9.0))
    np.testing.assert_allclose(none - due, 10.0, atol=4.0)  # what is on its way counts


def test_between_reviews_nothing_is_ordered_and_a_review_covers_all_until_the_next() -> None:
    seen = start(lead_time=1, review_period=4, shortage_cost=9.0)
    wish = RollingHorizon().order(seen)
    total = stats.poisson(80.0)
    assert (wish > total.ppf(0.4)).all()
    assert (wish < total.ppf(0.999)).all()
    waiting = replace(seen, periods_to_review=np.array([0, 1, 2, 3]))
    np.testing.assert_array_equal(RollingHorizon().order(waiting)[1:], 0.0)


@pytest.mark.parametrize("pack_size", [0.0, 1.0])
def test_futures_add_up_to_what_the_forecast_says(pack_size: float) -> None:
    seen = start(lead_time=3, pack_size=pack_size)
    futures = sampled_futures(seen, 4000, 6, np.random.default_rng(0))
    assert futures.shape == (4000, 4, 6)
    assert (futures >= 0).all()
    np.testing.assert_allclose(futures.mean(axis=0), 20.0, atol=0.5)
    sums = futures[:, :, :4].sum(axis=2)
    for level in (0.05, 0.5, 0.95):
        found = np.quantile(sums, level, axis=0)
        np.testing.assert_allclose(found, stats.poisson(80.0).ppf(level), atol=1.5)
    if pack_size:
        np.testing.assert_array_equal(futures, np.round(futures))


@pytest.mark.slow
def test_untuned_it_is_cheaper_than_the_untuned_level_where_sales_are_lost() -> None:
    items = Items.build(1, lead_time=4, shortage_cost=9.0)
    played = DrawnEpisodes(DemandFamily("poisson", 5.0), items, 100).draw(
        4, np.random.default_rng(2)
    )
    ledger = play(RollingHorizon(), played)
    assert ledger.cost.mean() < 0.95 * mean_cost(Reference(), played)
    assert ledger.on_hand[50:].max() < 40.0
    assert ledger.sales[50:].sum() > 0.9 * ledger.demand[50:].sum()


@pytest.fixture(scope="module")
def judged(trained_run: Path) -> tuple[Problem, Judged]:
    bundle = load_bundle(trained_run / "bundle")
    problem = set_up(existing_run(trained_run), Path())
    part = problem.split.validation
    table = problem.forecasts(load_blocks(trained_run / "forecasters"), part)
    episode = problem.episodes(table, part).whole(np.random.default_rng(0))
    opponents = Opponents.load(trained_run / TUNED, len(problem.items))
    return problem, judge(problem, bundle.policy, opponents, Starts.alone(episode))


def told(problem: Problem, judged: Judged, **settings: object) -> list[str]:
    baselines = BaselinesConfig.model_validate(settings)
    config = problem.config.model_copy(update={"baselines": baselines})
    return programme_notes(replace(problem, config=config), judged)


@pytest.mark.slow
def test_the_report_states_its_cost_and_the_agents_on_the_same_items(
    judged: tuple[Problem, Judged],
) -> None:
    problem, found = judged
    (note,) = told(problem, found, programme_items=12)
    agent = found.results[0].scorecard.total["cost"]
    assert "on 12 of 12 items" in note
    assert f"agent {agent:.4g} " in note
    assert f"{found.results[1].name} {found.results[1].scorecard.total['cost']:.4g}." in note
    assert "from the usual start" in note
    (few,) = told(problem, found, programme_items=3)
    assert "on 3 of 12 items" in few
    assert "too few items for an interval" in few


@pytest.mark.slow
def test_it_stands_in_the_table_where_it_plays_every_item(judged: tuple[Problem, Judged]) -> None:
    problem, found = judged
    nobody = Opponents({}, Reference(), not_searched())
    few, all_of_them = (
        replace(problem, config=problem.config.model_copy(update={"baselines": chosen}))
        for chosen in (BaselinesConfig(programme_items=11), BaselinesConfig(programme_items=12))
    )
    assert with_programme(few, nobody) is nobody
    opponents = with_programme(all_of_them, nobody)
    assert opponents.settings(NAME) == "nothing to tune"
    again = judge(all_of_them, Reference(), opponents, Starts.alone(found.episode))
    assert NAME in {result.name for result in again.results if result.kind == "baseline"}
    assert programme_notes(all_of_them, again) == []


def test_it_is_left_out_where_the_config_says_so_or_nothing_is_lost(
    judged: tuple[Problem, Judged],
) -> None:
    problem, found = judged
    assert told(problem, found, programme_items=0) == []
    assert told(problem, found, without=["rolling_horizon"]) == []
    assert told(problem, found, names=["eoq"]) == []
    items = replace(found.episode.items, unmet_demand="backorder")
    waiting = replace(found, episode=replace(found.episode, items=items))
    assert "not judged" in told(problem, waiting)[0]
