"""What the judge lets a policy see, `replenish recommend` shows it too, on any day.

The judge looks forecasts up in single precision; nothing else may differ.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from replenish import run_folder
from replenish.arrays import Floats
from replenish.bundle import Bundle, load_bundle
from replenish.forecasting.files import load_blocks
from replenish.morning.as_of import Morning, morning_of
from replenish.morning.decide import Shelf, decide
from replenish.morning.ordered_by import POLICIES
from replenish.morning.shop_stock import ShopStock
from replenish.observation import Observation
from replenish.protocols import Policy
from replenish.rules import feasible
from replenish.simulation import Episode, Shop
from replenish.tuning.opponents import AVERAGED, Opponents
from replenish.workbench import Problem, set_up


@pytest.fixture(scope="module")
def problem(trained_run: Path) -> Problem:
    return set_up(run_folder.existing_run(trained_run), run_folder.paths_start(trained_run))


@pytest.fixture(scope="module")
def bundle(trained_run: Path) -> Bundle:
    whole = load_bundle(trained_run / "bundle")
    return replace(whole, contents=replace(whole.contents, guards={"enabled": False}))


def judged_from(problem: Problem, run: Path, day: int) -> Episode:
    """Return an episode of the test period that begins on its k-th day."""
    part, n = problem.split.test, len(problem.items)
    table = problem.forecasts(load_blocks(run / run_folder.FORECASTERS), part)
    source, rng = problem.episodes(table, part), np.random.default_rng(day)
    return source.cut(np.arange(n), np.full(n, part.first + day), 2, rng, np.ones(n))


def features(bundle: Bundle, seen: Observation) -> Floats:
    """Return what the network reads."""
    levels = bundle.contents.reference.levels(seen.items, seen.forecast)
    return bundle.policy.features(seen, levels)


def morning_on(
    problem: Problem, episode: Episode, judged: Observation, day: int
) -> tuple[Morning, Shelf]:
    """Return what is known on the k-th day of the test period, and the stock of the episode."""
    nothing = np.zeros(len(episode.items), dtype=bool)
    shelf = Shelf(
        items=problem.items,
        stock=ShopStock(episode.start, nothing, nothing),
        periods_to_review=np.asarray(judged.periods_to_review),
        rows=np.arange(len(episode.items)),
    )
    date = problem.panel.dates[problem.split.test.first + day]
    return morning_of(problem.panel, date, problem.horizon, "sales.csv"), shelf


@pytest.mark.parametrize("day", [0, 1, 9, 40])
def test_a_judged_morning_is_an_ordered_one(
    problem: Problem, bundle: Bundle, trained_run: Path, day: int
) -> None:
    episode = judged_from(problem, trained_run, day)
    judged = Shop(episode).observe()
    decided = decide(bundle, *morning_on(problem, episode, judged, day))
    ordered = features(bundle, decided.observation)
    np.testing.assert_allclose(ordered, features(bundle, judged), rtol=3e-6, atol=1e-6)
    wish = bundle.policy.order(judged)
    assert (wish > 0).any()
    np.testing.assert_allclose(decided.wish, wish, rtol=1e-5)
    order = feasible(decided.wish, problem.items, judged.inventory_position)
    np.testing.assert_array_equal(decided.order, order)


def test_stock_outs_on_record_are_seen_by_both(
    problem: Problem, bundle: Bundle, trained_run: Path
) -> None:
    recorded = problem.panel.censored[:, problem.split.test.first :]
    day = int(recorded.any(axis=0).argmax()) + 1
    judged = Shop(judged_from(problem, trained_run, day)).observe()
    assert not judged.recent_in_stock[:, -1].all()
    test_a_judged_morning_is_an_ordered_one(problem, bundle, trained_run, day)


@pytest.mark.parametrize("by", POLICIES)
def test_a_formula_orders_what_was_judged_too(
    problem: Problem, bundle: Bundle, trained_run: Path, by: str
) -> None:
    episode = judged_from(problem, trained_run, 3)
    judged = Shop(episode).observe()
    opponents = Opponents.load(trained_run / run_folder.TUNED, len(problem.items))
    averaged = opponents.baselines[AVERAGED].policy
    three: tuple[Policy, ...] = (bundle.policy, averaged, opponents.reference)
    one = dict(zip(POLICIES, three, strict=True))[by]
    decided = decide(bundle, *morning_on(problem, episode, judged, 3), by=by)
    wish = one.order(judged)
    assert (wish > 0).any()
    np.testing.assert_allclose(decided.wish, wish, rtol=1e-5)
