"""Money a year is the judge's own difference, scaled; the shop and both signs are shown."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from replenish.arrays import Floats
from replenish.judging.incumbent import LEVELS, ORDERS, FixedLevels, Incumbent
from replenish.planner.asked import asked_agent, asked_formula, asked_shop, moments
from replenish.planner.moments import Moments
from replenish.planner.situation import taken
from replenish.planner.value import PlannerView, Saving
from replenish.planner.view import IMPORTANT, OF_A_SIGN, chosen_rows, important
from replenish.reference import Levels
from replenish.report.planner_tables import parameter_list
from replenish.simulation import play
from replenish.tuning.opponents import REFERENCE
from replenish.tuning.search import take_rows
from tests.planner_case import Case, planner_case, whole

YEAR = 365.25  # days


@pytest.fixture(scope="module")
def case(trained_run: Path) -> Case:
    return planner_case(trained_run, shop=True)


@pytest.fixture(scope="module")
def view(case: Case) -> PlannerView:
    return case.view()


def test_the_saving_is_the_difference_of_scorecards_over_a_year_and_all_items(
    case: Case, view: PlannerView
) -> None:
    cards = {found.name: found.scorecard.total["cost"] for found in case.judged.results}
    formula = view.comparisons[-1]
    days, items = len(case.judged.episode.demand), len(case.problem.items)
    played = (cards[formula.rival] - cards["agent"]) * days * items  # in the whole test period
    assert formula.saving.money == pytest.approx(played * YEAR / days)
    assert cards[formula.rival] == min(
        cost for name, cost in cards.items() if name in {REFERENCE, *case.opponents.baselines}
    )


def test_the_saving_is_the_mean_over_the_starts_and_the_sum_over_the_items(
    view: PlannerView,
) -> None:
    money = [found.saving.money for found in view.comparisons]
    np.testing.assert_allclose(whole(view).sum(axis=1), money)
    assert len(view.comparisons[-1].starts) == 3
    assert np.mean(view.comparisons[-1].starts) == pytest.approx(money[-1])


def test_the_interval_is_the_report_s_own_turned_round_and_scaled(
    case: Case, view: PlannerView
) -> None:
    found = view.comparisons[-1]
    told = next(r.difference for r in case.judged.results if r.name == found.rival)
    assert told is not None and told.low is not None and told.high is not None  # noqa: PT018
    factor = YEAR * view.n_items
    assert (found.saving.low, found.saving.high) == (-told.high * factor, -told.low * factor)
    turned = {"better": "better", "worse": "worse", "uncertain": "uncertain"}
    assert found.saving.tone == turned[told.verdict]


@pytest.mark.parametrize(
    ("low", "high", "tone"),
    [
        (1.0, 3.0, "better"),
        (-3.0, -1.0, "worse"),
        (-1.0, 3.0, "uncertain"),
        (None, None, "uncertain"),
    ],
)
def test_only_an_interval_beside_zero_is_certain(
    low: float | None, high: float | None, tone: str
) -> None:
    assert Saving(2.0, low, high, 1.0, 0.5, 6).tone == tone


def test_what_the_shop_does_today_comes_first_and_the_formula_last(view: PlannerView) -> None:
    first, last = view.comparisons
    assert (first.rival, first.today, first.replayed, first.once) == (ORDERS, True, True, True)
    assert (last.rival, last.today, last.once) == (view.formula, False, False)
    assert len(first.starts) == 1  # past orders answer one stock


def test_without_the_shop_s_ordering_the_formula_is_the_headline(trained_run: Path) -> None:
    alone = planner_case(trained_run, (1.0,), shop=False).view()
    assert [found.today for found in alone.comparisons] == [False]
    assert alone.comparisons[0].rival == alone.formula


def test_savings_of_classes_add_up_to_the_whole(view: PlannerView) -> None:
    for number, found in enumerate(view.comparisons):
        for chosen in (
            [one for one in view.classes if one.abc and one.demand],
            [one for one in view.classes if not one.demand],
            [one for one in view.classes if not one.abc],
        ):
            assert sum(one.savings[number].money for one in chosen) == pytest.approx(
                found.saving.money
            )
            assert sum(one.items for one in chosen) == view.n_items
            assert sum(one.share for one in chosen) == pytest.approx(1.0)


def test_a_page_s_saving_is_what_its_table_of_costs_says(view: PlannerView) -> None:
    """Beside past orders, all are counted from the usual start, as the headline is."""
    for page in view.pages:
        gap = page.measures[ORDERS]["cost"] - page.measures["agent"]["cost"]
        assert page.saved[0] == pytest.approx(gap * YEAR)
        assert set(page.course.stock) == set(page.measures) == {"agent", ORDERS, view.formula}


def drawn(gains: int, losses: int) -> Floats:
    return np.array([*range(1000, 1000 + gains), *(-0.1 * k for k in range(1, losses + 1))])


@pytest.mark.parametrize(
    ("gains", "losses", "kept"),
    [
        (40, 40, (IMPORTANT - OF_A_SIGN, OF_A_SIGN)),
        (40, 2, (IMPORTANT - 2, 2)),
        (40, 0, (IMPORTANT, 0)),
        (3, 4, (3, 4)),
        (2, 40, (2, IMPORTANT - 2)),
    ],
)
def test_gains_and_losses_are_both_among_the_items_that_matter(
    gains: int, losses: int, kept: tuple[int, int]
) -> None:
    saved = drawn(gains, losses)
    for one, wanted in ((saved, kept), (-saved, kept[::-1])):
        rows = important(one)
        assert ((one[rows] > 0).sum(), (one[rows] < 0).sum()) == wanted
        assert (np.diff(np.abs(one[rows])) <= 0).all()


def test_the_largest_differences_come_first_and_top_sellers_follow() -> None:
    saved, value = np.array([1.0, -9.0, 0.0, 4.0]), np.array([5.0, 1.0, 7.0, 6.0])
    rows, number = chosen_rows(saved, value)
    assert rows.tolist() == [1, 3, 0, 2]
    assert number == 3


def test_what_is_asked_is_what_was_ordered(case: Case) -> None:
    """At every moment of its own play the agent answers the order that its ledger holds."""
    rows = np.array([5, 0, 7])
    agent = asked_agent(case.bundle.policy)
    episode = case.judged.episode
    found = Moments.of(moments(agent.of_rows(rows), take_rows(episode, rows)), rows)
    placed = case.judged.ledgers["agent"].order[found.period, found.who]
    np.testing.assert_allclose(agent.order(found.block, found.who), placed)


def test_a_formula_asked_about_some_rows_orders_as_it_does_among_all(case: Case) -> None:
    rows = np.array([3, 3, 11])
    observed = moments(case.bundle.policy, case.judged.episode)[4]
    for name in (REFERENCE, *case.opponents.baselines):
        every = case.opponents
        policy = every.reference if name == REFERENCE else every.baselines[name].policy
        some = asked_formula(every, name).wish(taken(observed, rows), rows)
        np.testing.assert_allclose(some, policy.order(observed)[rows])


def test_the_shop_s_levels_are_asked_and_its_past_orders_are_not(case: Case) -> None:
    n = len(case.problem.items)
    levels = Levels(np.full(n, 10.0), np.arange(n) + 20.0)
    known = np.arange(n) != 2
    asked = asked_shop(Incumbent(LEVELS, FixedLevels(levels), known))
    assert asked is not None
    moment = moments(case.bundle.policy, case.judged.episode)[0]
    low = replace(
        moment, state=replace(moment.state, on_hand=np.zeros(n), on_order=np.zeros((n, 1)))
    )
    wish = asked.wish(low, np.arange(n))
    np.testing.assert_array_equal(wish[known], (np.arange(n) + 20.0)[known])
    assert [asked.knows(item) for item in (1, 2, 3)] == [True, False, True]
    assert all(asked_shop(one) is None for one in case.today)


def test_two_views_of_one_run_are_alike(case: Case, view: PlannerView) -> None:
    again = case.view()
    for one, other in zip(view.pages, again.pages, strict=True):
        assert (one.differs.orders, one.saved) == (other.differs.orders, other.saved)
        assert one.differs.reasons == other.differs.reasons
    ledger = play(case.bundle.policy, case.judged.episode)
    np.testing.assert_array_equal(ledger.order, case.judged.ledgers["agent"].order)


@pytest.mark.parametrize("pack", [0.0, 1.0])
def test_parameters_keep_their_zeros_and_what_limits_nothing_is_left_out(
    view: PlannerView, pack: float
) -> None:
    parameters = {**view.pages[0].parameters, "shortage_cost": 1230.4, "pack_size": pack}
    told = dict(parameter_list(replace(view.pages[0], parameters=parameters), view, "day"))
    assert any(text.startswith("1,230") for text in told.values())
    assert not any("Pack" in words for words in told)
