"""What moved an order: shares add up, and an input that alone differs explains all of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baselines.policy_search import PolicySearch
from replenish.arrays import Floats
from replenish.forecasting.forecast import DemandSum, Forecast
from replenish.items import Items
from replenish.judging.incumbent import LEVELS, FixedLevels, Incumbent
from replenish.observation import MEMORY, Observation
from replenish.planner.asked import Asked, asked_agent, asked_shop, moments
from replenish.planner.differs import disagreements
from replenish.planner.moments import Moments
from replenish.planner.situation import (
    COSTS,
    GROUPS,
    LEVEL,
    PLAN,
    RECORD,
    SPREAD,
    STOCK,
    at_position,
    mixed,
    with_forecast,
    with_ratios,
)
from replenish.planner.value import PlannerView
from replenish.planner.why import BACKGROUND, background, other_costs, shares, usual_days
from replenish.reference import Levels, Reference
from replenish.rules import feasible
from replenish.state import InventoryState
from tests.planner_case import Case, planner_case

SCORES = np.array([-1.0, 0.0, 1.0, 2.0])
PROBABILITIES = np.array([0.15865525, 0.5, 0.84134475, 0.97724987])
DAYS = 5  # that one day is compared with


def moment(
    n: int = 1, mean: float = 20.0, std: float = 4.0, context: Floats | None = None
) -> Observation:
    """Return n rows of one item: lead time 4, daily review, p = 9 h, 12 units of 20 at hand."""
    items = Items.build(n, lead_time=4, shortage_cost=9.0)
    means, stds = np.full(n, mean), np.full(n, std)
    total = DemandSum(means, stds, means[:, None] + stds[:, None] * SCORES, PROBABILITIES)
    told = np.zeros((n, 3)) if context is None else np.tile(context, (n, 1))
    five = np.ones((1, 5))
    return Observation(
        period=0,
        items=items,
        state=InventoryState(np.full(n, 9.0), np.tile([3.0, 0.0, 0.0, 0.0], (n, 1)), np.zeros(n)),
        forecast=Forecast(means[:, None] / 5 * five, stds[:, None] / 5 * five, total, told),
        recent_sales=np.full((n, MEMORY), 4.0),
        recent_in_stock=np.ones((n, MEMORY), dtype=bool),
        periods_to_review=np.zeros(n, dtype=np.int64),
    )


def stocked(units: float) -> Observation:
    one = moment()
    return replace(one, state=replace(one.state, on_hand=np.array([units])))


def dear(shortage: float) -> Observation:
    one = moment()
    return replace(one, items=replace(one.items, shortage_cost=np.array([shortage])))


LISTENS = Asked("formula", lambda _: PolicySearch(bias_weight=1.0, promotion_weight=1.0))


@pytest.mark.parametrize(
    ("group", "day"),
    [
        (STOCK, stocked(5.0)),
        (LEVEL, moment(mean=28.0)),
        (SPREAD, moment(std=7.0)),
        (RECORD, moment(context=np.array([0.5, 0.0, 0.0]))),
        (PLAN, moment(context=np.array([0.0, 0.0, 0.4]))),
        (COSTS, dear(40.0)),
    ],
)
def test_the_one_input_that_differs_explains_the_whole_order(group: str, day: Observation) -> None:
    usual = moment(DAYS)
    base, found = shares(LISTENS, day, usual, np.zeros(1, dtype=np.int64))
    order = LISTENS.wish(day, np.zeros(1, dtype=np.int64))
    assert base[0] == pytest.approx(LISTENS.wish(moment(), np.zeros(1, dtype=np.int64))[0])
    alone = GROUPS.index(group)
    assert abs(order[0] - base[0]) > 0.5
    assert found[0, alone] == pytest.approx(order[0] - base[0])
    np.testing.assert_allclose(np.delete(found[0], alone), 0.0, atol=1e-9)


def test_inputs_that_add_up_get_what_each_adds() -> None:
    """An order-up-to level rises by the mean's rise, the order falls by the stock's."""
    formula = Asked("reference", lambda _: Reference())
    day = stocked(12.0)
    day = replace(day, forecast=moment(mean=28.0).forecast)
    _, found = shares(formula, day, moment(DAYS), np.zeros(1, dtype=np.int64))
    assert found[0, GROUPS.index(LEVEL)] == pytest.approx(8.0)
    assert found[0, GROUPS.index(STOCK)] == pytest.approx(-3.0)


@pytest.mark.parametrize("chosen", [(), GROUPS])
def test_a_mixture_of_nothing_or_all_is_one_of_both(chosen: tuple[str, ...]) -> None:
    one, other = moment(), dear(40.0)
    other = replace(other, forecast=moment(mean=28.0, std=7.0).forecast, state=stocked(2.0).state)
    who = np.zeros(1, dtype=np.int64)
    wanted = LISTENS.wish(other if chosen else one, who)
    np.testing.assert_allclose(LISTENS.wish(mixed(one, other, chosen), who), wanted)


def test_other_items_lend_ratios_of_cost_and_not_money() -> None:
    mine = Items.build(2, holding_cost=[2.0, 0.0], shortage_cost=8.0, fixed_order_cost=10.0)
    theirs = Items.build(2, holding_cost=0.5, shortage_cost=10.0, fixed_order_cost=3.0)
    lent = with_ratios(mine, theirs)
    assert lent.holding_cost.tolist() == [2.0, 0.0]
    assert lent.shortage_cost.tolist() == [40.0, 8.0]  # nothing is known per holding cost of 0
    assert lent.fixed_order_cost.tolist() == [12.0, 10.0]


def test_items_that_stand_for_all_are_spread_over_their_costs_in_no_order() -> None:
    items = Items.build(200, shortage_cost=np.random.default_rng(0).permutation(200) + 1.0)
    chosen = other_costs(items, BACKGROUND)
    costs = np.sort(items.shortage_cost[chosen])
    assert (costs[0], costs[-1], len(set(costs))) == (1.0, 200.0, BACKGROUND)
    rank = np.argsort(np.argsort(items.shortage_cost[chosen]))
    assert abs(np.corrcoef(rank, np.arange(BACKGROUND))[0, 1]) < 0.4
    for number in (1, 2, 3, 31):
        assert len(other_costs(items, number)) == number


def test_the_days_compared_with_are_spread_over_all() -> None:
    rows = background(np.arange(100) * 3)
    assert len(rows) == BACKGROUND
    assert (rows[0], rows[-1]) == (0, 297)
    assert len(background(np.array([7]))) == BACKGROUND


@given(st.floats(-50, 500))
def test_any_position_can_be_asked_for(units: float) -> None:
    found = at_position(moment(), np.array([units]))
    assert found.inventory_position[0] == pytest.approx(units, abs=1e-9)
    assert found.state.on_hand[0] == pytest.approx(max(units - 3.0, 0.0))
    assert found.state.backorders[0] == max(-units, 0.0)


def test_a_forecast_times_two_is_twice_everything_but_its_record() -> None:
    one = moment(context=np.array([0.5, 0.1, 0.2]))
    two, who = with_forecast(one, np.array([2.0])), np.zeros(1, dtype=np.int64)
    assert two.forecast.lead_time_demand.mean[0] == 40.0
    assert two.forecast.context is one.forecast.context
    level = LISTENS.wish(one, who) + 12.0
    np.testing.assert_allclose(LISTENS.wish(two, who) + 12.0, 2.0 * level)


@pytest.fixture(scope="module")
def case(trained_run: Path) -> Case:
    return planner_case(trained_run, (1.0,), shop=True)


@pytest.fixture(scope="module")
def view(case: Case) -> PlannerView:
    return case.view()


def test_usual_order_shares_and_rules_add_up_to_the_orders(view: PlannerView) -> None:
    differing = [page.differs for page in view.pages if page.differs.date]
    assert len(differing) > 5
    for differs in differing:
        ours, theirs = list(differs.orders.values())[:2]
        for order, number in ((ours, 0), (theirs, 1)):
            moved = sum((reason.agent, reason.formula)[number] for reason in differs.reasons)
            told = differs.usual[number] + moved + differs.rules[number]
            assert told == pytest.approx(order, abs=1e-6)
        apart = [abs(reason.apart) for reason in differs.reasons]
        assert apart == sorted(apart, reverse=True)
        assert 0 < differs.more + differs.less <= differs.asked


def test_an_item_that_cannot_be_ordered_has_nothing_to_explain(case: Case) -> None:
    seen = moments(case.bundle.policy, case.judged.episode)
    shut = [replace(one, periods_to_review=(np.arange(12) == 4).astype(np.int64)) for one in seen]
    agent = asked_agent(case.bundle.policy)
    formula = Asked("fuller", lambda _: Reference(score_shift=1.5))
    dates = [str(day) for day in range(len(seen))]
    results = []
    for one in (
        seen,
        shut,
        [replace(m, periods_to_review=np.ones(12, dtype=np.int64)) for m in seen],
    ):
        found = Moments.of(one, np.arange(12))
        results.append(disagreements(found, [agent, formula], case.problem.items, dates))
    whole, without, never = results
    assert [differs.asked for differs, _ in never] == [0] * 12
    assert (without[4][0].asked, without[4][1]) == (0, None)
    for item in set(range(12)) - {4}:
        assert without[item][0].reasons == whole[item][0].reasons
        assert without[item][0].orders == whole[item][0].orders


def test_days_before_an_item_joins_are_no_moments_of_ordering(case: Case) -> None:
    seen = moments(case.bundle.policy, case.judged.episode)
    joins = np.where(np.arange(12) == 4, 9, 0)
    whole, later = Moments.of(seen, np.arange(12)), Moments.of(seen, np.arange(12), joins)
    assert later.period[later.rows(4)].min() == 9
    assert len(whole.rows(4)) - len(later.rows(4)) == 9
    np.testing.assert_array_equal(later.period[later.rows(3)], whole.period[whole.rows(3)])


def test_policies_that_order_alike_have_no_day_apart(case: Case) -> None:
    agent = asked_agent(case.bundle.policy)
    found = Moments.of(moments(case.bundle.policy, case.judged.episode), np.arange(12))
    twin = replace(agent, name="twin")
    for differs, curves in disagreements(
        found, [agent, twin], case.problem.items, ["2024-01-01"] * 99
    ):
        assert (differs.more, differs.less, differs.date, curves) == (0, 0, "", None)


def test_curves_go_through_the_day_s_orders(case: Case) -> None:
    """At a forecast of 1 everybody's curve is what was ordered; levels fall by one per unit."""
    n = len(case.problem.items)
    levels = Levels(np.full(n, 40.0), np.full(n, 90.0))
    shop = asked_shop(Incumbent(LEVELS, FixedLevels(levels), np.arange(n) != 1))
    assert shop is not None
    found = Moments.of(moments(case.bundle.policy, case.judged.episode), np.arange(n))
    agent = asked_agent(case.bundle.policy)
    formula = Asked("fuller", lambda _: Reference(score_shift=1.5))
    dates = [str(day) for day in range(case.judged.episode.n_periods)]
    items = case.problem.items
    seen = 0
    for item, (differs, curves) in enumerate(
        disagreements(found, [agent, formula, shop], items, dates)
    ):
        if curves is None:
            continue
        middle = len(curves.factor) // 2
        assert curves.factor[middle] == pytest.approx(1.0)
        for name, order in differs.orders.items():
            assert curves.by_factor[name][middle] == pytest.approx(order)
        assert (LEVELS in curves.by_position) == (item != 1)
        if item != 1:
            wish = np.where(curves.position <= 40.0, 90.0 - curves.position, 0.0)
            one = items.take(np.full(len(wish), item))
            np.testing.assert_allclose(
                curves.by_position[LEVELS], feasible(wish, one, curves.position)
            )
            seen += 1
    assert seen > 3


def test_background_days_are_the_item_s_own(case: Case) -> None:
    n = len(case.problem.items)
    found = Moments.of(moments(case.bundle.policy, case.judged.episode), np.arange(n))
    compared = np.stack([background(found.rows(place)) for place in range(n)])
    others = usual_days(found.block, compared, case.problem.items, np.arange(n))
    lead_times = others.items.lead_time.reshape(n, BACKGROUND)
    assert (lead_times == case.problem.items.lead_time[:, None]).all()
