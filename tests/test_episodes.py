"""Episodes: chance comes from the seed, demand from the panel, forecasts from the day before."""

from dataclasses import replace

import numpy as np
import pytest

from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes, PanelEpisodes, steady_start
from replenish.forecasting.forecast import LEVELS, ForecastTable
from replenish.forecasting.path import ForecastLookup
from replenish.items import Items
from replenish.observation import MEMORY
from replenish.simulation import Episode, Shop
from replenish.tuning.search import repeat_rows

N, T, H = 4, 40, 8  # items, periods, horizon
FIRST = 12  # first period that may be played


def source(periods: int = 6, **parameters: object) -> PanelEpisodes:
    """Return a panel whose demand says where it comes from: 1000 x item + period."""
    demand = 1000.0 * np.arange(N)[:, None] + np.arange(T)
    sales = demand.copy()
    sales[1, 9] = np.nan
    origins = np.arange(FIRST - 1, T - 1)
    mean = demand[:, origins][..., None] + np.arange(1, H + 1) / 100.0  # origin's own, and h
    sums = np.cumsum(mean, axis=2)
    quantiles = np.repeat(sums[..., None], len(LEVELS), axis=3)
    table = ForecastTable(
        origins,
        mean,
        np.ones_like(mean),
        np.ones_like(mean),
        quantiles,
        np.array(LEVELS),
        0 * origins + FIRST,
    )
    items = Items.build(N, lead_time=[0, 1, 2, 5], **parameters)  # type: ignore[arg-type]
    lookup = ForecastLookup.of(table, items.protection_period)
    return PanelEpisodes(items, demand, sales, lookup, FIRST, T - 1, periods)


def where(episode: Episode) -> tuple[list[int], list[int]]:
    """Return which item each row plays and where it starts, read off its demand."""
    first = episode.demand[0].astype(int)
    return list(first // 1000), list(first % 1000)


def test_a_row_replays_its_items_demand_and_sees_forecasts_from_the_period_before() -> None:
    episode = source().draw(50, np.random.default_rng(1))
    items, starts = where(episode)
    assert set(items) == set(range(N))
    assert min(starts) == FIRST
    assert max(starts) == T - 7  # so that the period after its last one is forecast, too
    assert Shop(episode).foreseen
    shop = Shop(episode)
    for period in range(6):
        assert episode.demand[period].tolist() == [
            1000.0 * i + s + period for i, s in zip(items, starts, strict=True)
        ]
        np.testing.assert_allclose(
            shop.observe().forecast.mean_at(0) + 1 - 0.01, episode.demand[period]
        )
        shop.step(np.zeros(50))
    np.testing.assert_array_equal(episode.items.lead_time, np.array([0, 1, 2, 5])[items])


def test_the_sales_before_a_start_are_what_was_recorded() -> None:
    episode = source().whole(np.random.default_rng(0))
    known = Shop(episode).observe().recent_sales
    np.testing.assert_array_equal(known[0], np.arange(FIRST - MEMORY, FIRST))
    assert np.isnan(known[1]).tolist() == [False] * 4 + [True] + [False] * 2  # period 9


def test_what_ran_out_before_a_start_is_known_as_it_is_on_a_morning() -> None:
    in_stock = np.ones((N, T), dtype=bool)
    in_stock[2, FIRST - 2] = False
    told = replace(source(), in_stock=in_stock).whole(np.random.default_rng(0))
    expected = np.ones((N, MEMORY), dtype=bool)
    expected[2, -2] = False
    np.testing.assert_array_equal(Shop(told).observe().recent_in_stock, expected)
    twice = Shop(repeat_rows(told, 2)).observe().recent_in_stock
    np.testing.assert_array_equal(twice, np.tile(expected, (2, 1)))
    assert Shop(source().whole(np.random.default_rng(0))).observe().recent_in_stock.all()


def test_a_whole_episode_plays_every_item_over_every_period() -> None:
    episode = source().whole(np.random.default_rng(0))
    assert episode.demand.shape == (T - FIRST, N)
    assert where(episode) == (list(range(N)), [FIRST] * N)


def test_receipts_later_than_the_items_say_find_room_in_the_pipeline() -> None:
    shares = np.zeros((N, 10))
    shares[:, 9] = 1.0
    late = replace(source(), receipts=shares)
    episode = late.draw(8, np.random.default_rng(4))
    assert episode.start.on_order.shape == (8, 9)
    assert not episode.start.on_order[:, 4:].any()  # an item's own lead time fills its start
    shop = Shop(episode)
    shop.step(np.full(8, 10.0))
    for periods in range(8, 3, -1):  # that the order still takes
        assert (shop.state.on_order[:, periods - 1] == 10.0).all()
        shop.step(np.zeros(8))


def test_the_same_seed_draws_the_same_episode() -> None:
    parts = source(lead_time_std=1.0, review_period=3)
    one, two, other = (parts.draw(20, np.random.default_rng(s)) for s in (5, 5, 6))
    for name in ("demand", "lead_times", "review_phase"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    np.testing.assert_array_equal(one.start.on_hand, two.start.on_hand)
    assert (one.demand != other.demand).any()


def test_reviews_begin_on_every_day_of_the_cycle() -> None:
    items = Items.build(1, review_period=7)
    episode = DrawnEpisodes(DemandFamily("poisson", 3.0), items).draw(200, np.random.default_rng(0))
    assert episode.review_phase is not None
    assert set(episode.review_phase) == set(range(7))


def test_a_steady_start_has_one_periods_demand_under_way_for_each_period_to_wait() -> None:
    items = Items.build(3, lead_time=[0, 1, 4], pack_size=[0.0, 0.0, 1.0])
    forecast = DemandFamily("poisson", 2.5).forecast(items.protection_period)
    start = steady_start(items, forecast, np.array([1.0, 0.0, 1.0]))
    assert start.on_order[0].tolist() == [0.0] * 4
    assert start.on_order[1].tolist() == [0.0] * 4
    assert start.on_order[2].tolist() == [2.0, 3.0, 2.0, 0.0]  # 7.5 in whole units
    spare = forecast.lead_time_demand.std
    assert start.on_hand[0] == pytest.approx(2.5 + spare[0])
    assert start.on_hand[1] == 0.0
    assert start.on_hand[2] == round(2.5 + spare[2])


@pytest.mark.parametrize("name", ["poisson", "geometric"])
@pytest.mark.parametrize("mean", [0.5, 2.5, 40.0])
def test_what_a_shop_has_to_spare_is_the_deviation_of_usual_demand(name: str, mean: float) -> None:
    items = Items.build(1, lead_time=3)
    forecast = DemandFamily(name, mean).forecast(items.protection_period)
    start = steady_start(items, forecast, np.ones(1))
    spare = forecast.lead_time_demand.std
    np.testing.assert_allclose(start.on_hand, mean + spare, rtol=0.02)


def test_a_deviation_made_of_few_errors_fills_no_shelf() -> None:
    items = Items.build(1, lead_time=2)
    usual = DemandFamily("poisson", 0.4).forecast(items.protection_period)
    total = usual.lead_time_demand
    odd = replace(usual, lead_time_demand=replace(total, std=np.array([54.0])))
    start = steady_start(items, odd, np.ones(1))
    upper = max(2 * (total.quantile(0.8413447)[0] - total.mean[0]), total.mean[0] ** 0.5)
    assert start.on_hand[0] == pytest.approx(0.4 + upper)
    assert start.on_hand[0] < 4.0


def test_starting_stock_differs_from_row_to_row() -> None:
    items = Items.build(1, lead_time=2)
    episode = DrawnEpisodes(DemandFamily("poisson", 5.0), items).draw(100, np.random.default_rng(0))
    stock = episode.start.on_hand
    assert stock.min() < 2.0
    assert stock.max() > 10.0


def test_the_drawn_forecast_stores_the_level_at_which_the_critical_ratio_lies() -> None:
    items = Items.build(1, lead_time=2, holding_cost=1.0, shortage_cost=7.0)
    episode = DrawnEpisodes(DemandFamily("poisson", 5.0), items).draw(2, np.random.default_rng(0))
    assert 7.0 / 8.0 in episode.forecasts.at(0).lead_time_demand.levels
