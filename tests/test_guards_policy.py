"""Laws of the guarded policy: it changes nothing without need, and never passes on nonsense."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replenish.arrays import Floats
from replenish.demand_families import DemandFamily
from replenish.forecasting.path import SteadyForecast
from replenish.guards import GuardConfig, GuardedPolicy, check_decisions
from replenish.guards.decisions import DECISION_GUARDS, decision_flags
from replenish.guards.repair import repaired, stock_by_the_books
from replenish.items import Items, UnmetDemand
from replenish.observation import Observation
from replenish.reference import Reference
from replenish.simulation import Episode, Shop, empty_start, play

N = 12


def items(**parameters: float) -> Items:
    return Items.build(N, **({"lead_time": 3, "shortage_cost": 9.0} | parameters))


def episode(periods: int = 30, seed: int = 0, **parameters: float) -> Episode:
    family, rows = DemandFamily("poisson", 5.0), items(**parameters)
    return Episode(
        items=rows,
        demand=family.draw((periods, N), np.random.default_rng(seed)),
        forecasts=SteadyForecast(family.forecast(rows.protection_period)),
        start=empty_start(rows),
    )


def observation(**parameters: float) -> Observation:
    shop = Shop(episode(30, 0, **parameters))
    for _ in range(10):
        shop.step(Reference().order(shop.observe()))
    return shop.observe()


@dataclass
class Says:
    """A policy that asks for what it is told, whatever it sees."""

    wish: Floats

    def order(self, observation: Observation) -> Floats:
        return self.wish


@pytest.mark.parametrize("fixed_order_cost", [0.0, 100.0])
@pytest.mark.parametrize("max_order", [3.0, np.inf])
def test_no_decision_guard_fires_on_the_reference_policys_own_wish(
    fixed_order_cost: float, max_order: float
) -> None:
    seen = observation(fixed_order_cost=fixed_order_cost, max_order=max_order)
    wish = Reference().order(seen)
    assert check_decisions(seen, wish, wish, GuardConfig()) == []


def test_a_policy_without_fault_is_hardly_ever_overruled() -> None:
    shop, policy = Shop(episode(periods=200)), Reference(score_shift=0.3)
    guarded, overruled = GuardedPolicy(policy, Reference()), []
    while not shop.over:
        seen = shop.observe()
        decision = guarded.decide(seen)
        own = policy.order(seen)
        np.testing.assert_array_equal(decision.wish[~decision.fallback], own[~decision.fallback])
        overruled.append(decision.fallback.mean())
        shop.step(decision.wish)
    assert np.mean(overruled) < 0.01


def test_guards_that_are_off_leave_every_order_as_it_is() -> None:
    policy, off = Reference(score_shift=0.3), GuardConfig(enabled=False)
    alone = play(policy, episode())
    watched = play(GuardedPolicy(policy, Reference(), off), episode())
    np.testing.assert_array_equal(watched.order, alone.order)


@pytest.mark.parametrize("nonsense", [np.nan, np.inf, -np.inf, -5.0, 1e9])
def test_nonsense_from_the_network_becomes_the_fallbacks_order(nonsense: float) -> None:
    seen = observation()
    expected = Reference().order(seen)
    wish = expected.copy()
    wish[[2, 7]] = nonsense
    decision = GuardedPolicy(Says(wish), Reference()).decide(seen)
    np.testing.assert_array_equal(decision.wish, expected)
    np.testing.assert_array_equal(np.flatnonzero(decision.fallback), [2, 7])


def test_a_guard_that_only_flags_does_not_change_the_order() -> None:
    seen = observation()
    wish = Reference().order(seen) + 1e4
    config = GuardConfig.model_validate(
        {name: {"fallback": False} for name in ("too_much_cover", "far_from_reference")}
    )
    decision = GuardedPolicy(Says(wish), Reference(), config).decide(seen)
    assert decision.flags["far_from_reference"].all()
    assert not decision.fallback.any()
    np.testing.assert_array_equal(decision.wish, wish)


def test_a_guard_that_is_off_does_not_look() -> None:
    seen = observation()
    off = GuardConfig.model_validate({name: {"enabled": False} for name in DECISION_GUARDS})
    flags = decision_flags(seen, np.full(N, np.nan), np.zeros(N), off)
    assert flags == {}
    assert decision_flags(seen, np.full(N, np.nan), np.zeros(N), GuardConfig(enabled=False)) == {}


@pytest.mark.parametrize("on_hand", [np.nan, np.inf, -4.0])
def test_an_impossible_stock_record_goes_to_the_fallback(on_hand: float) -> None:
    seen = observation()
    stock = np.asarray(seen.state.on_hand).copy()
    stock[3] = on_hand
    broken = replace(seen, state=replace(seen.state, on_hand=stock))
    decision = GuardedPolicy(Says(np.zeros(N)), Reference()).decide(broken)
    assert decision.flags["stock_record"].sum() == 1
    assert decision.fallback[3]
    assert np.isfinite(decision.wish).all()


def test_unknown_stock_orders_the_safety_stock_and_not_a_whole_level() -> None:
    seen = observation()
    broken = replace(seen, state=replace(seen.state, on_hand=np.full(N, np.nan)))
    reference = Reference()
    level = reference.levels(seen.items, seen.forecast).order_up_to_level
    wish = GuardedPolicy(Says(np.zeros(N)), reference).decide(broken).wish
    np.testing.assert_allclose(wish, level - seen.forecast.lead_time_demand.mean)


@pytest.mark.parametrize("factor", [10.0, 0.1, np.nan])
def test_a_forecast_that_jumps_for_a_day_gives_way_to_yesterdays(factor: float) -> None:
    seen = observation()
    good, total = seen.forecast, seen.forecast.lead_time_demand
    scaled = replace(
        total, mean=total.mean * factor, std=total.std * factor, quantiles=total.quantiles * factor
    )
    bad = replace(good, mean=good.mean * factor, std=good.std * factor, lead_time_demand=scaled)
    guarded = GuardedPolicy(Reference(), Reference())
    guarded.order(replace(seen, period=10))
    decision = guarded.decide(replace(seen, period=11, forecast=bad))
    assert decision.fallback.all()
    np.testing.assert_array_equal(decision.wish, Reference().order(seen))


def test_an_impossible_forecast_gives_way_to_one_that_still_knows_the_plan() -> None:
    seen = observation()
    context = np.tile([2.0, 1.0, 0.5], (N, 1))
    broken = replace(seen.forecast, mean=np.full_like(seen.forecast.mean, np.nan), context=context)
    safe = repaired(replace(seen, forecast=broken), np.arange(N) < 6, None).forecast
    np.testing.assert_array_equal(safe.context, [[0.0, 0.0, 0.5]] * 6 + [[2.0, 1.0, 0.5]] * 6)


def test_a_forecast_that_stays_at_its_new_level_is_believed_on_the_second_day() -> None:
    seen = observation()
    higher = DemandFamily("poisson", 50.0).forecast(seen.items.protection_period)
    guarded = GuardedPolicy(Reference(), Reference())
    guarded.order(replace(seen, period=10))
    assert guarded.decide(replace(seen, period=11, forecast=higher)).flags["forecast_jump"].all()
    second = guarded.decide(replace(seen, period=12, forecast=higher))
    assert not second.flags["forecast_jump"].any()


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=N, max_size=N))
def test_what_leaves_the_guard_is_a_quantity_whatever_the_policy_says(wish: list[float]) -> None:
    decided = GuardedPolicy(Says(np.array(wish)), Reference()).order(observation())
    assert np.isfinite(decided).all()
    assert (decided >= 0).all()


@pytest.mark.parametrize("unmet_demand", ["lost", "backorder"])
def test_the_books_say_what_is_really_on_the_shelf(unmet_demand: UnmetDemand) -> None:
    drawn, policy = episode(periods=60), Reference(-2.0)
    shop = Shop(replace(drawn, items=replace(drawn.items, unmet_demand=unmet_demand)))
    before = shop.observe()
    while shop.period < 59:
        shop.step(policy.order(before))
        now = shop.observe()
        books = stock_by_the_books(before, now)
        known = now.recent_in_stock[:, -1] | (unmet_demand == "lost")
        np.testing.assert_allclose(books[known], now.state.on_hand[known], atol=1e-9)
        assert (books >= now.state.on_hand - 1e-9).all()
        before = now


def test_the_books_are_silent_where_yesterdays_order_may_have_arrived() -> None:
    seen = observation(lead_time=1)
    assert np.isnan(stock_by_the_books(seen, seen)).all()


def test_a_lost_stock_record_is_read_from_the_books() -> None:
    shop, policy = Shop(episode()), Reference()
    guarded = GuardedPolicy(policy, policy)
    for _ in range(20):
        shop.step(guarded.order(shop.observe()))
    seen = shop.observe()
    lost = replace(seen, state=replace(seen.state, on_hand=np.full(N, np.nan)))
    np.testing.assert_allclose(guarded.order(lost), policy.order(seen))


def test_repair_leaves_what_is_right_as_it_is() -> None:
    seen = observation()
    same = repaired(seen, np.zeros(N, dtype=bool), None)
    np.testing.assert_array_equal(same.state.on_hand, seen.state.on_hand)
    np.testing.assert_array_equal(same.state.on_order, seen.state.on_order)
    assert same.forecast is seen.forecast


def test_a_forecast_lost_on_the_first_day_is_made_from_recent_sales() -> None:
    seen = replace(observation(), recent_sales=np.full((N, 7), 4.0))
    total = seen.forecast.lead_time_demand
    nothing = replace(total, mean=np.full(N, np.nan))
    broken = replace(seen, forecast=replace(seen.forecast, lead_time_demand=nothing))
    told = repaired(broken, np.ones(N, dtype=bool), None).forecast.lead_time_demand
    np.testing.assert_allclose(told.mean, 4.0 * seen.items.protection_period)
    np.testing.assert_allclose(told.std, np.sqrt(told.mean))
    assert (np.diff(told.quantiles, axis=1) > 0).all()
