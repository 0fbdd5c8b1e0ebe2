"""Stress: what happens to a shop, and what its policies are told of that."""

from dataclasses import dataclass, field, fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasters.exponential_smoothing import ExponentialSmoothing
from replenish.arrays import Floats, Ints
from replenish.costs import Ledger, credited_cost
from replenish.forecasting.online import OnlinePath
from replenish.items import Items
from replenish.observation import Observation
from replenish.protocols import Policy
from replenish.simulation import Episode, empty_start, play
from replenish.stress.cases import RECORDS, Case, Window, cases, multiplied
from replenish.stress.world import World, lead_times
from tests.forecast_panels import shop
from tests.shops import Story, UpTo, Wishes, shop_of, stories


@dataclass
class Notes:
    """Writes down what a policy is shown."""

    policy: Policy
    seen: list[Observation] = field(default_factory=list)

    def order(self, observation: Observation) -> Floats:
        self.seen.append(observation)
        return self.policy.order(observation)


def case(name: str, items: Items) -> Case:
    return next(found for found in cases(items) if found.name == name)


def stressed(name: str, episode: Episode, window: Window, seed: int = 0) -> World:
    chosen = case(name, episode.items)
    return chosen.change(World.of(episode), window, np.random.default_rng(seed))


def same(one: Ledger, other: Ledger) -> bool:
    return all(
        np.array_equal(getattr(one, spec.name), getattr(other, spec.name)) for spec in fields(one)
    )


@pytest.mark.parametrize("lead_time", [0, 1, 2, 5])
def test_a_supplier_that_stops_delivers_nothing_and_all_of_it_afterwards(lead_time: int) -> None:
    episode = shop_of([3.0] * 60, on_hand=10, lead_time=lead_time)
    orders = Wishes(np.arange(60.0)[:, None] + 1)
    window = Window(20, 41)
    usual, ledger = play(orders, episode), stressed("supplier stops", episode, window).play(orders)
    assert (ledger.received[20:41] == 0).all()
    assert ledger.received[41, 0] == usual.received[20:42].sum()
    for elsewhere in (slice(0, 20), slice(42, 60)):
        np.testing.assert_array_equal(ledger.received[elsewhere], usual.received[elsewhere])
    np.testing.assert_array_equal(ledger.order, usual.order)


def test_what_was_under_way_when_the_test_began_is_held_back_too() -> None:
    episode = shop_of([0.0] * 12, on_order=[1, 2, 4, 8, 16], lead_time=5)
    ledger = stressed("supplier stops", episode, Window(2, 5)).play(Wishes(np.zeros((12, 1))))
    assert ledger.received[:, 0].tolist() == [0, 1, 0, 0, 0, 30, 0, 0, 0, 0, 0, 0]


SUPPLY = ("supplier stops", "lead time × 2", "random lead times")


@given(stories(), st.integers(0, 20), st.integers(1, 12))
def test_no_unit_appears_or_vanishes_under_any_stress(
    story: Story, first: int, length: int
) -> None:
    episode = story.episode
    window = Window(min(first, episode.n_periods), min(first + length, episode.n_periods))
    for found in cases(episode.items):
        world = found.change(World.of(episode), window, np.random.default_rng(first))
        ledger, start = world.play(Wishes(story.wishes)), world.episode.start
        assert start.on_order.sum() == episode.start.on_order.sum()
        left = ledger.sales if episode.items.unmet_demand == "lost" else ledger.demand
        position = ledger.on_hand + ledger.on_order - ledger.backorders
        before = start.inventory_position + np.cumsum(ledger.order - left, axis=0)
        np.testing.assert_allclose(position, before, atol=1e-9)
        assert (ledger.received >= 0).all()


@given(stories())
def test_a_shop_without_stress_is_the_shop_that_the_judge_plays(story: Story) -> None:
    policy = UpTo(20.0)
    plain = World.of(story.episode)
    told = plain.delivering(lead_times(story.episode).copy())  # late in name, and in nothing else
    usual = play(policy, story.episode)
    assert same(plain.play(policy), usual)
    assert same(told.play(policy), usual)
    notes, truth = Notes(policy), Notes(policy)
    told.play(notes)
    plain.play(truth)
    for shown, true in zip(notes.seen, truth.seen, strict=True):
        width = true.state.on_order.shape[1]
        np.testing.assert_array_equal(shown.state.on_order[:, :width], true.state.on_order)


def test_a_late_order_stands_where_it_was_promised_and_then_as_overdue_by_hand() -> None:
    # L = 2: 6 units ordered in period 1 are promised for period 3 and come in period 5.
    episode = shop_of([0.0] * 8, lead_time=2)
    wishes = np.zeros((8, 1))
    wishes[1] = 6
    notes = Notes(Wishes(wishes))
    stressed("lead time × 2", episode, Window(0, 4)).play(notes)
    assert [seen.state.on_order[0].tolist() for seen in notes.seen] == [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [6, 0, 0, 0],  # in a period
        [6, 0, 0, 0],  # due, and not there
        [6, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
    ]
    assert [seen.state.on_hand[0] for seen in notes.seen] == [0, 0, 0, 0, 0, 6, 6, 6]
    assert all(seen.items.lead_time[0] == 2 for seen in notes.seen)  # nobody is told


@pytest.mark.parametrize("name", SUPPLY)
def test_policies_know_how_much_is_under_way_whenever_it_comes(name: str) -> None:
    rng = np.random.default_rng(5)
    episode = shop_of(rng.poisson(4.0, (50, 6)).astype(float), on_hand=9, lead_time=3)
    notes, world = Notes(UpTo(25.0)), stressed(name, episode, Window(10, 30))
    ledger = world.play(notes)
    assert (lead_times(world.episode) != 3).any()
    assert (lead_times(world.episode)[30:] == 3).all()
    for period, seen in enumerate(notes.seen[1:], 1):
        after = ledger.received[period]
        open_then = ledger.on_order[period - 1] - after
        np.testing.assert_allclose(seen.state.in_transit, open_then)


def test_phantom_stock_is_in_the_records_and_nowhere_else() -> None:
    rng = np.random.default_rng(3)
    demand = rng.poisson(4.0, (40, 10)).astype(float)
    episode = shop_of(demand, on_hand=8, lead_time=2)
    orders = Wishes(rng.poisson(4.0, demand.shape).astype(float))
    world, notes, truth = (
        stressed("phantom stock", episode, Window(10, 25)),
        Notes(orders),
        Notes(orders),
    )
    assert same(world.play(notes), play(truth, episode))
    wrong = set()
    for period, (shown, true) in enumerate(zip(notes.seen, truth.seen, strict=True)):
        stock = np.asarray(true.state.on_hand)
        if not 10 <= period < 25:
            np.testing.assert_array_equal(shown.state.on_hand, stock)
            continue
        factor = shown.state.on_hand[stock > 0] / stock[stock > 0]
        wrong |= set(factor.round(9).tolist())
        assert (np.asarray(shown.state.on_hand)[stock == 0] == 0).all()
        np.testing.assert_allclose(
            shown.inventory_position - true.inventory_position, shown.state.on_hand - stock
        )
    assert wrong == {1 + RECORDS, 1 - RECORDS}
    signs = world.recorded[10] > 1 if world.recorded is not None else np.zeros(10)
    assert signs.sum() == 5


@pytest.mark.parametrize(("name", "share"), [("holding cost", 1.5), ("shortage cost", 1.5)])
def test_a_dearer_cost_is_known_and_counted_from_its_day_on(name: str, share: float) -> None:
    demand = np.random.default_rng(2).poisson(5.0, (30, 4)).astype(float)
    episode = shop_of(demand, on_hand=8, lead_time=1, holding_cost=2.0, shortage_cost=7.0)
    orders = Wishes(np.full(demand.shape, 5.0))
    notes, usual = Notes(orders), play(orders, episode)
    ledger = stressed(f"{name} × 1.5", episode, Window(12, 30)).play(notes)
    kind = f"cost_{name.partition(' ')[0]}"
    paid, before = getattr(ledger, kind), getattr(usual, kind)
    np.testing.assert_array_equal(paid[:12], before[:12])
    np.testing.assert_allclose(paid[12:], share * before[12:])
    np.testing.assert_array_equal(ledger.on_hand, usual.on_hand)
    assert before[12:].sum() > 0
    known = [getattr(seen.items, name.replace(" ", "_"))[0] for seen in notes.seen]
    assert known == [known[0]] * 12 + [share * known[0]] * 18
    rise = credited_cost(ledger, episode.items).sum() - credited_cost(usual, episode.items).sum()
    assert rise == pytest.approx(0.5 * before[12:].sum())


def test_demand_is_multiplied_in_whole_units_and_in_the_window_alone() -> None:
    rng = np.random.default_rng(1)
    demand = rng.poisson(0.7, (90, 200)).astype(float)
    demand[:, 0] = 0.3  # estimated where the shop was out of stock
    episode = shop_of(demand, lead_time=1)
    for name, factor in (("demand × 2", 2.0), ("demand × 0.5", 0.5), ("sales days", 4.0)):
        world = stressed(name, episode, Window(20, 70), seed=4)
        found = world.episode.demand
        np.testing.assert_array_equal(
            np.delete(found, np.s_[20:70], 0), np.delete(demand, np.s_[20:70], 0)
        )
        np.testing.assert_allclose(found[20:70, 0], 0.3 * factor)
        whole = found[20:70, 1:]
        assert (whole == np.floor(whole)).all()
        assert whole.sum() == pytest.approx(factor * demand[20:70, 1:].sum(), rel=0.02)
        if factor >= 1:
            np.testing.assert_array_equal(whole, factor * demand[20:70, 1:])
        again = stressed(name, episode, Window(20, 70), seed=4)
        np.testing.assert_array_equal(found, again.episode.demand)
    assert multiplied(np.array([3.0]), 0.0, rng)[0] == 0


def test_three_sales_days_are_three_sevenths_of_a_week() -> None:
    days, weeks = (case("sales days", Items.build(1)).window(52, each) for each in (1, 7))
    assert (days.first, days.end, days.share) == (13, 16, 1.0)
    assert (weeks.first, weeks.end, weeks.share) == (13, 14, 3 / 7)
    world = stressed("sales days", shop_of([7.0] * 52), weeks)
    assert world.episode.demand[13, 0] == pytest.approx(7 * (1 + 3 * 3 / 7))


def test_what_costs_or_takes_nothing_is_not_changed() -> None:
    names = [found.name for found in cases(Items.build(3, lead_time=0, holding_cost=0.0))]
    assert names == [
        "demand × 2", "demand × 0.5", "sales days", "supplier stops", "phantom stock",
        "shortage cost × 1.5",
    ]  # fmt: skip
    assert len(cases(Items.build(3))) == 9


def test_a_shock_of_demand_reaches_forecasts_through_the_shop_s_own_sales_alone() -> None:
    """They rise where stock met the shock, and the plan, which did not announce it, stays."""
    panel = shop()
    cover: Ints = np.full(panel.n_items, 3)
    items = Items.build(panel.n_items, lead_time=2, shortage_cost=9.0)
    fitted = ExponentialSmoothing().fit(panel.until(299), 5).fitted
    path = OnlinePath.begin(fitted, panel.until(339), cover, 40)
    demand = np.nan_to_num(panel.sales[:, 340:380].T)
    full = replace(empty_start(items), on_hand=np.full(len(items), 1e6))
    for start, reached in ((full, True), (empty_start(items), False)):
        episode = Episode(items, demand, path, start)
        told = []
        for world in (World.of(episode), stressed("demand × 2", episode, Window(10, 30))):
            notes = Notes(Wishes(np.zeros(demand.shape)))
            world.play(notes)
            told.append(notes.seen[30].forecast)
        usual, later = (forecast.lead_time_demand.mean.sum() for forecast in told)
        assert later > 1.2 * usual if reached else later == usual
        contexts = [forecast.context for forecast in told if forecast.context is not None]
        np.testing.assert_array_equal(contexts[0][:, 2], contexts[1][:, 2])
