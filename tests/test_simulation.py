"""The clock: hand-worked traces, nothing appears or vanishes, rows and futures do not leak."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from scipy import stats

from replenish.costs import Ledger
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes
from replenish.items import Items, UnmetDemand
from replenish.reference import Reference
from replenish.simulation import Episode, Shop, play
from replenish.tuning.search import repeat_rows
from tests.shops import Story, UpTo, Wishes, shop_of, stories


def trace(ledger: Ledger, *names: str) -> list[list[float]]:
    """Return the first row's ledger, one list per name."""
    return [getattr(ledger, name)[:, 0].tolist() for name in names]


def wishes(*units: float) -> Wishes:
    return Wishes(np.array(units)[:, None])


def test_lost_sales_by_hand() -> None:
    # Lead time 2, h = 1, p = 4; 5 on hand and 3 due next period; wishes 6, 0, 2, 0.
    shop = shop_of((4, 6, 2, 9), on_hand=5, on_order=(3,), lead_time=2, shortage_cost=4.0)
    ledger = play(wishes(6, 0, 2, 0), shop)
    assert trace(ledger, "received", "sales", "unmet", "on_hand") == [
        [0.0, 3.0, 6.0, 0.0],  # received: the start's 3, then the 6 ordered two periods before
        [4.0, 4.0, 2.0, 4.0],
        [0.0, 2.0, 0.0, 5.0],
        [1.0, 0.0, 4.0, 0.0],
    ]
    assert trace(ledger, "on_order", "cost") == [[9.0, 6.0, 2.0, 2.0], [1.0, 8.0, 4.0, 20.0]]
    assert trace(ledger, "backorders") == [[0.0, 0.0, 0.0, 0.0]]


def test_backorders_by_hand() -> None:
    # The same shop where demand waits: 2 wait from period 1, 3 from period 3, p = 4 each period.
    shop = shop_of(
        (4, 6, 2, 9), "backorder", on_hand=5, on_order=(3,), lead_time=2, shortage_cost=4.0
    )
    ledger = play(wishes(6, 0, 2, 0), shop)
    assert trace(ledger, "sales", "backorders", "on_hand", "cost") == [
        [4.0, 4.0, 2.0, 2.0],
        [0.0, 2.0, 0.0, 7.0],
        [1.0, 0.0, 2.0, 0.0],
        [1.0, 8.0, 2.0, 28.0],
    ]


def test_a_fixed_cost_is_paid_once_per_order_by_hand() -> None:
    # Order up to 10 whenever below, lead time 1, K = 5, c = 2, h = 1.
    shop = shop_of((3, 0, 4), on_hand=10, lead_time=1, fixed_order_cost=5.0, unit_cost=2.0)
    ledger = play(UpTo(10.0), shop)
    assert trace(ledger, "order", "cost_ordering", "cost_holding") == [
        [0.0, 3.0, 0.0],
        [0.0, 11.0, 0.0],
        [7.0, 7.0, 6.0],
    ]


def test_lead_time_zero_serves_the_same_period_by_hand() -> None:
    ledger = play(UpTo(6.0), shop_of((4, 7, 0), lead_time=0, shortage_cost=3.0))
    assert trace(ledger, "order", "received", "sales", "unmet", "on_hand", "cost") == [
        [6.0, 4.0, 6.0],
        [6.0, 4.0, 6.0],
        [4.0, 6.0, 0.0],
        [0.0, 1.0, 0.0],
        [2.0, 0.0, 6.0],
        [2.0, 3.0, 6.0],
    ]


def test_random_lead_times_may_overtake_by_hand() -> None:
    # Orders of 10, 20, 30 with lead times 3, 1, 0: the second arrives before the first.
    lead_times = np.array([[3], [1], [0], [1], [1]])
    ledger = play(wishes(10, 20, 30, 0, 0), shop_of((0,) * 5, lead_times=lead_times))
    assert trace(ledger, "received", "on_hand", "on_order") == [
        [0.0, 0.0, 50.0, 10.0, 0.0],
        [0.0, 0.0, 50.0, 60.0, 60.0],
        [10.0, 30.0, 10.0, 0.0, 0.0],
    ]


def test_a_review_every_seventh_period_by_hand() -> None:
    shop = shop_of((2,) * 16, on_hand=20, lead_time=1, review_period=7)
    shop = replace(shop, review_phase=np.array([3]))
    clock = Shop(shop)
    waits, orders = [], []
    while not clock.over:
        waits.append(int(clock.observe().periods_to_review[0]))
        orders.append(float(clock.step(UpTo(20.0).order(clock.observe())).order[0]))
    assert waits == [3, 2, 1, 0, 6, 5, 4, 3, 2, 1, 0, 6, 5, 4, 3, 2]
    assert orders == [0.0] * 3 + [6.0] + [0.0] * 6 + [14.0] + [0.0] * 5


def test_a_least_stock_orders_at_reviews_only_by_hand() -> None:
    shop = shop_of((4,) * 6, on_hand=8, lead_time=1, review_period=3, min_stock=10.0)
    ledger = play(wishes(0, 0, 0, 0, 0, 0), shop)
    assert trace(ledger, "order", "on_hand") == [
        [2.0, 0.0, 0.0, 10.0, 0.0, 0.0],
        [4.0, 2.0, 0.0, 0.0, 6.0, 2.0],
    ]


@given(stories())
def test_no_unit_appears_or_vanishes(story: Story) -> None:
    episode, ledger = story.episode, play(Wishes(story.wishes), story.episode)
    gone = ledger.sales if episode.items.unmet_demand == "lost" else ledger.demand
    position = ledger.on_hand + ledger.on_order - ledger.backorders
    begin = np.concatenate((episode.start.inventory_position[None], position[:-1]))
    np.testing.assert_allclose(position, begin + ledger.order - gone, atol=1e-9)
    for name, values in ledger.as_dict().items():
        assert (values >= 0).all(), name
    assert (np.minimum(ledger.on_hand, ledger.backorders) == 0).all()


@given(stories())
def test_every_unit_ordered_is_received_its_lead_time_later(story: Story) -> None:
    episode, ledger = story.episode, play(Wishes(story.wishes), story.episode)
    periods, n = ledger.order.shape
    times = episode.lead_times
    if times is None:
        times = np.broadcast_to(episode.items.lead_time, (periods, n))
    expected = np.zeros((periods + 20, n))
    columns = episode.start.on_order.shape[1]
    expected[1 : columns + 1] += episode.start.on_order.T
    rows = np.broadcast_to(np.arange(n), (periods, n))
    np.add.at(expected, (np.arange(periods)[:, None] + times, rows), ledger.order)
    np.testing.assert_allclose(ledger.received, expected[:periods], atol=1e-9)


@given(stories())
def test_rows_do_not_influence_each_other(story: Story) -> None:
    episode = story.episode
    together = play(Wishes(story.wishes), episode).as_dict()
    for row in range(len(episode.items)):
        mine = play(Wishes(story.wishes[:, [row]]), _only(episode, row)).as_dict()
        for name, values in mine.items():
            np.testing.assert_array_equal(values[:, 0], together[name][:, row], err_msg=name)


def _only(episode: Episode, row: int) -> Episode:
    """Return the episode of one row."""
    rows, start = np.array([row]), episode.start
    assert episode.review_phase is not None
    return replace(
        episode,
        items=episode.items.take(rows),
        demand=episode.demand[:, rows],
        forecasts=episode.forecasts.take(rows),
        start=type(start)(start.on_hand[rows], start.on_order[rows], start.backorders[rows]),
        lead_times=None if episode.lead_times is None else episode.lead_times[:, rows],
        review_phase=episode.review_phase[rows],
    )


@given(stories())
def test_no_observation_knows_demand_that_is_still_to_come(story: Story) -> None:
    episode = story.episode
    now = episode.n_periods // 2
    other = episode.demand.copy()
    other[now:] = 11.0 - other[now:]
    one, two = Shop(episode), Shop(replace(episode, demand=other))
    for period in range(now):
        one.step(story.wishes[period])
        two.step(story.wishes[period])
    seen, unseen = one.observe(), two.observe()
    for name in ("recent_sales", "recent_in_stock", "periods_to_review", "inventory_position"):
        np.testing.assert_array_equal(getattr(seen, name), getattr(unseen, name))
    np.testing.assert_array_equal(seen.state.on_order, unseen.state.on_order)


def test_an_observation_stays_as_it_was_when_time_goes_on() -> None:
    shop = Shop(shop_of((3, 4, 5, 6), on_hand=9))
    shop.step(np.array([2.0]))
    seen = shop.observe()
    before = seen.recent_sales.copy(), seen.recent_in_stock.copy(), seen.state.on_order.copy()
    shop.step(np.array([5.0]))
    shop.step(np.array([5.0]))
    np.testing.assert_array_equal(seen.recent_sales, before[0])
    np.testing.assert_array_equal(seen.recent_in_stock, before[1])
    np.testing.assert_array_equal(seen.state.on_order, before[2])


def test_a_long_episode_is_remembered_as_well_as_a_short_one() -> None:
    demand = np.arange(200.0)[:, None]
    shop, windows = Shop(shop_of(demand, on_hand=1e6)), []
    while not shop.over:
        windows.append(shop.observe().recent_sales)
        shop.step(np.zeros(1))
    for period, window in enumerate(windows):
        expected = np.arange(period - 7.0, period)
        np.testing.assert_array_equal(window[0], np.where(expected >= 0, expected, np.nan))


def test_a_shop_remembers_its_last_sales_and_whether_stock_ran_out() -> None:
    episode = shop_of((3, 4, 2.5), on_hand=9)
    known = np.arange(7.0)[None, :]
    shop = Shop(replace(episode, recent_sales=known))
    for _ in range(3):
        shop.step(np.zeros(1))
    assert shop.recent_sales[0].tolist() == [3.0, 4.0, 5.0, 6.0, 3.0, 4.0, 2.0]
    assert shop.recent_in_stock[0].tolist() == [True] * 6 + [False]


def test_a_shop_that_sells_its_last_piece_does_not_know_whether_more_was_asked_for() -> None:
    met, missed = (Shop(shop_of((demand,), on_hand=2)) for demand in (2, 5))
    for shop in (met, missed):
        shop.step(np.zeros(1))
    np.testing.assert_array_equal(met.recent_sales, missed.recent_sales)
    np.testing.assert_array_equal(met.recent_in_stock, missed.recent_in_stock)


def test_repeated_rows_repeat_the_ledger() -> None:
    rng = np.random.default_rng(5)
    items = Items.build(1, lead_time=3, lead_time_std=1.0, review_period=2)
    episode = DrawnEpisodes(DemandFamily("poisson", 4.0), items, periods=30).draw(3, rng)
    once, twice = play(Reference(), episode), play(Reference(), repeat_rows(episode, 2))
    np.testing.assert_array_equal(np.tile(once.cost, (1, 2)), twice.cost)


def test_an_episode_whose_parts_do_not_fit_is_refused() -> None:
    good = shop_of((1, 2), lead_time=3)
    with pytest.raises(ValueError, match="demand has shape"):
        replace(good, demand=np.zeros((2, 2)))
    with pytest.raises(ValueError, match="the longest lead time needs 5"):
        replace(good, lead_times=np.array([[5], [1]]))


def exact_backorder_cost(level: int, mean: float, lead_time: int, p: float) -> float:
    """Return h E(S - D)+ + p E(D - S)+ for D over L + 1 periods, h = 1 (Zipkin 2000, 6.2)."""
    demand = stats.poisson(mean * (lead_time + 1))
    units = np.arange(int(demand.ppf(1 - 1e-12)) + 2)
    chance = demand.pmf(units)
    left, waiting = np.maximum(level - units, 0), np.maximum(units - level, 0)
    return float(chance @ (left + p * waiting))


def simulated(
    policy: UpTo | Reference, unmet_demand: UnmetDemand, lead_time: int, p: float
) -> tuple[float, float]:
    """Return mean cost per period and its standard error, demand Poisson with mean 5."""
    items = Items.build(1, unmet_demand, lead_time=lead_time, shortage_cost=p)
    source = DrawnEpisodes(DemandFamily("poisson", 5.0), items, periods=450)
    cost = play(policy, source.draw(400, np.random.default_rng(11))).cost[50:]
    rows = cost.mean(axis=0)
    return float(rows.mean()), float(rows.std() / np.sqrt(len(rows)))


@pytest.mark.parametrize("lead_time", [0, 1, 4])
@pytest.mark.parametrize("p", [4.0, 19.0])
def test_the_reference_reaches_the_known_optimum_with_backorders(lead_time: int, p: float) -> None:
    levels = range(1, 80)
    best = min(exact_backorder_cost(level, 5.0, lead_time, p) for level in levels)
    cost, error = simulated(Reference(), "backorder", lead_time, p)
    assert abs(cost - best) < 4 * error
    assert error < 0.01 * best


@pytest.mark.parametrize("level", [5, 8])
def test_lost_sales_without_lead_time_cost_what_the_newsvendor_says(level: int) -> None:
    exact = exact_backorder_cost(level, 5.0, 0, 9.0)
    cost, error = simulated(UpTo(float(level)), "lost", 0, 9.0)
    assert abs(cost - exact) < 4 * error


def exact_lost_sales_cost(level: int, mean: float, p: float) -> float:
    """Return the cost of a base stock with lead time 1 by power iteration over stock on hand.

    With x on hand after receipt, S - x are ordered; demand d leaves (x - d)+, and S - x arrive.
    """
    units = np.arange(int(stats.poisson(mean).ppf(1 - 1e-13)) + 2)
    chance = stats.poisson(mean).pmf(units)
    moves = np.zeros((level + 1, level + 1))
    cost = np.zeros(level + 1)
    for x in range(level + 1):
        left = np.maximum(x - units, 0)
        np.add.at(moves[x], left + level - x, chance)
        cost[x] = chance @ (left + p * np.maximum(units - x, 0))
    share = np.full(level + 1, 1.0 / (level + 1))
    for _ in range(3000):
        share = share @ moves
    return float(share @ cost / share.sum())


@pytest.mark.parametrize("level", [9, 13])
def test_lost_sales_with_a_lead_time_cost_what_the_markov_chain_says(level: int) -> None:
    exact = exact_lost_sales_cost(level, 5.0, 9.0)
    cost, error = simulated(UpTo(float(level)), "lost", 1, 9.0)
    assert abs(cost - exact) < 4 * error
