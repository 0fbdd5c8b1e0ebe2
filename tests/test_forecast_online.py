"""Forecasts that learn within the simulation see what the shop sees, and no more."""

from dataclasses import replace

import numpy as np
import pytest

from forecasters.exponential_smoothing import ExponentialSmoothing
from replenish.arrays import Floats
from replenish.forecasting.context import with_context
from replenish.forecasting.online import Launch, OnlinePath
from replenish.forecasting.path import ForecastLookup
from replenish.forecasting.point import Seen
from replenish.items import Items
from replenish.observation import Observation
from replenish.reference import Reference
from replenish.simulation import Episode, empty_start, play
from replenish.state import InventoryState
from tests.forecast_panels import panel_of, shop

COVER = np.array([3, 5, 2, 4, 3, 3, 3, 3, 3, 3, 3, 3])
FIRST, PERIODS = 380, 30


class Watcher:
    """Orders by the formula and keeps what it was shown."""

    def __init__(self) -> None:
        self.seen: list[Observation] = []
        self.reference = Reference()

    def order(self, observation: Observation) -> Floats:
        self.seen.append(observation)
        levels = self.reference.levels(observation.items, observation.forecast)
        return np.maximum(levels.order_up_to_level - observation.inventory_position, 0.0)


def items() -> Items:
    return Items.build(12, lead_time=COVER - 1, holding_cost=1.0, shortage_cost=9.0)


def full_shelves() -> InventoryState:
    start = empty_start(items())
    return InventoryState(np.full(12, 1e6), start.on_order, start.backorders)


def episode(start: InventoryState, *, online: bool) -> Episode:
    """Return sales of the shop played again, with forecasts of one kind or the other."""
    panel = replace(shop(), sales=np.nan_to_num(shop().sales), censored=np.zeros((12, 420), bool))
    fitted = ExponentialSmoothing().fit(panel.until(300), 6).fitted
    demand = panel.sales[:, FIRST : FIRST + PERIODS].T
    if online:
        path = OnlinePath.begin(fitted, panel.until(FIRST - 1), COVER, PERIODS)
        return Episode(items(), demand, path, start)
    table = fitted.roll(panel, np.arange(300, FIRST + PERIODS), 5)
    table = with_context(panel, table, COVER).since(FIRST - 1)
    lookup = ForecastLookup.of(table, COVER)
    return Episode(items(), demand, lookup.path(np.arange(12), np.full(12, FIRST)), start)


def test_with_full_shelves_the_shop_forecasts_what_the_table_does() -> None:
    watchers = Watcher(), Watcher()
    for watcher, online in zip(watchers, (True, False), strict=True):
        play(watcher, episode(full_shelves(), online=online))
    for own, table in zip(watchers[0].seen, watchers[1].seen, strict=True):
        np.testing.assert_allclose(own.forecast.mean, table.forecast.mean, rtol=1e-9)
        totals = own.forecast.lead_time_demand, table.forecast.lead_time_demand
        np.testing.assert_allclose(totals[0].quantiles, totals[1].quantiles, rtol=1e-5)
        assert own.forecast.context is not None
        assert table.forecast.context is not None
        np.testing.assert_allclose(own.forecast.context, table.forecast.context, atol=1e-9)


def test_an_empty_shop_learns_nothing_from_selling_nothing() -> None:
    start = empty_start(items())

    class Idle(Watcher):
        def order(self, observation: Observation) -> Floats:
            self.seen.append(observation)
            return np.zeros(12)

    idle = Idle()
    ledger = play(idle, episode(start, online=True))
    assert ledger.sales.sum() == 0
    first, last = (seen.forecast.lead_time_demand.mean for seen in (idle.seen[0], idle.seen[-1]))
    assert (last > 0.5 * first).all()
    assert (last < 2.0 * first).all()


def test_one_policy_s_stockouts_are_not_seen_by_the_next() -> None:
    shared = episode(empty_start(items()), online=True)
    before = shared.forecasts.at(0).mean
    play(Watcher(), shared)
    np.testing.assert_array_equal(shared.forecasts.at(0).mean, before)


def test_waiting_customers_are_counted_as_demand() -> None:
    path = OnlinePath.begin(
        ExponentialSmoothing().fit(panel_of(np.full((1, 60), 5.0)), 3).fitted,
        panel_of(np.full((1, 60), 5.0)),
        np.array([2]),
        40,
    )
    watcher = Watcher()
    one = Items.build(1, "backorder", lead_time=1, holding_cost=1.0, shortage_cost=9.0)
    demand = np.full((40, 1), 9.0)
    play(watcher, Episode(one, demand, path, empty_start(one)))
    assert watcher.seen[-1].forecast.mean[0, 0] == pytest.approx((60 * 5 + 39 * 9) / 99)


def test_rows_are_taken_from_the_start_and_not_from_later_on() -> None:
    whole = episode(full_shelves(), online=True).forecasts
    rows = np.array([7, 7, 2])
    some = whole.take(rows)
    np.testing.assert_allclose(some.at(0).mean, whole.at(0).mean[rows, :3])
    assert isinstance(whole, OnlinePath)
    known = replace(whole, errors=np.full_like(whole.errors, 1.5))  # as with a record
    told = known.at(0).context, known.take(rows).at(0).context
    assert told[0] is not None
    np.testing.assert_array_equal(told[1], told[0][rows])
    moved = whole.after(Seen(np.full(12, 3.0), np.zeros(12, dtype=bool)))
    with pytest.raises(ValueError, match="left its start"):
        moved.take(rows)


@pytest.mark.parametrize("served", [0, 15])
def test_of_an_item_that_joins_later_the_record_is_heard_until_it_is_served(served: int) -> None:
    # It sells 40 a day elsewhere from period 60 on; this shop has an empty shelf all the time.
    sales = np.full((1, 100), 4.0)
    sales[:, 60:] = 40.0
    panel, cover = panel_of(sales), np.array([2])
    past = panel.until(59)
    fitted = ExponentialSmoothing().fit(past, 3).fitted
    launch = Launch(panel, np.array([60 + served]))
    path = OnlinePath.begin(fitted, past, cover, 40, launch).take(np.array([0]))
    heard = []
    for _ in range(30):
        path = path.after(Seen(np.zeros(1), np.ones(1, dtype=bool)))
        heard.append(path.at(0).mean[0, 0])
    told = fitted.roll(panel, np.arange(60, 90), 1).mean[0, :, 0]
    np.testing.assert_allclose(heard[:served], told[:served])
    assert heard[-1] == pytest.approx(told[served - 1] if served else 4.0, rel=0.25)
