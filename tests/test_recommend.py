"""Monday's orders: the policy's own, or the fallback's where something is strange."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replenish.arrays import Floats
from replenish.bundle import Bundle, load_bundle
from replenish.data.calendar import with_calendar
from replenish.data.panel import Panel
from replenish.errors import InputError
from replenish.item_table import items_for, parameters_of
from replenish.items import DEFAULTS, Items
from replenish.morning.as_of import Morning, Today, morning_of
from replenish.morning.decide import Shelf, decide, observe, wish_of
from replenish.morning.order_table import COLUMNS, Decided, order_table
from replenish.morning.shop_stock import ShopStock, shop_stock
from replenish.rules import feasible
from replenish.state import InventoryState
from tests.bundle_fixture import HORIZON, write_bundle
from tests.forecast_panels import panel_of, shop

N = 12
AS_OF = pd.Timestamp("2021-07-26")  # a Monday
TODAY = Today(AS_OF, AS_OF, 1)


def some_items(**changes: float) -> Items:
    rng = np.random.default_rng(3)
    parameters: dict[str, Floats | float] = {
        "lead_time": rng.integers(0, 6, N).astype(float),
        "shortage_cost": rng.uniform(2, 20, N),
        "pack_size": 6.0,
    }
    return Items.build(N, **(parameters | changes))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("run") / "bundle"
    return load_bundle(write_bundle(folder, with_calendar(shop(N, 203)), some_items()))


@pytest.fixture(scope="module")
def morning() -> Morning:
    return morning_of(with_calendar(shop(N, 203)), AS_OF, HORIZON, "sales.csv")


def shelf_of(items: Items, on_hand: float = 4.0, periods_to_review: int = 0) -> Shelf:
    state = InventoryState(np.full(N, on_hand), np.zeros((N, items.longest_lead_time)), np.zeros(N))
    nothing = np.zeros(N, dtype=bool)
    return Shelf(
        items=items,
        stock=ShopStock(state, nothing, nothing),
        periods_to_review=np.full(N, periods_to_review),
        rows=np.arange(N),
    )


def unguarded(bundle: Bundle) -> Bundle:
    return replace(bundle, contents=replace(bundle.contents, guards={"enabled": False}))


def test_the_day_of_ordering_is_the_first_day_forecast(bundle: Bundle, morning: Morning) -> None:
    assert morning.panel.dates[morning.origin] == AS_OF - pd.Timedelta(days=1)
    assert morning.today.period_start == AS_OF
    origin = np.array([morning.origin])
    table = bundle.contents.forecaster.roll(morning.panel, origin, HORIZON)
    seen = observe(morning, shelf_of(some_items()), table)
    np.testing.assert_array_equal(seen.forecast.mean, table.mean[:, 0])
    np.testing.assert_array_equal(seen.recent_sales, morning.panel.sales[:, -7:])


def test_orders_are_the_policys_after_the_rules(bundle: Bundle, morning: Morning) -> None:
    decided = decide(unguarded(bundle), morning, shelf_of(some_items()))
    seen = decided.observation
    wish = bundle.policy.order(seen)
    assert (wish > 0).any()
    np.testing.assert_array_equal(decided.wish, wish)
    expected = feasible(wish, seen.items, seen.inventory_position)
    np.testing.assert_array_equal(decided.order, expected)
    assert not decided.fallback.any()


def test_nothing_sold_on_or_after_the_day_changes_an_order(bundle: Bundle) -> None:
    panel = with_calendar(shop(N, 203))
    early = AS_OF - pd.Timedelta(days=20)
    other = replace(panel, sales=panel.sales.copy())
    other.sales[:, -20:] = 1e6
    orders = [
        decide(bundle, morning_of(p, early, HORIZON, "sales.csv"), shelf_of(some_items())).order
        for p in (panel, other)
    ]
    assert orders[0].sum() > 0
    np.testing.assert_array_equal(orders[0], orders[1])


def test_late_sales_are_bridged_said_and_decided_by_the_fallback(bundle: Bundle) -> None:
    late = AS_OF + pd.Timedelta(days=5)
    morning = morning_of(with_calendar(shop(N, 203)), late, HORIZON, "sales.csv")
    assert morning.panel.dates[-1] == late - pd.Timedelta(days=1)
    assert np.isnan(morning.panel.sales[:, -5:]).all()
    assert "5 periods up to 2021-07-31 are not known" in morning.notes[0]
    decided = decide(bundle, morning, shelf_of(some_items()))
    assert decided.fallback.all()
    assert all("late_data" in flags for flags in decided.flags)
    reference = bundle.contents.reference.order(decided.observation)
    np.testing.assert_array_equal(decided.wish, reference)


def test_a_plan_is_known_where_sales_are_late() -> None:
    panel = shop(N, 203)
    ahead = pd.date_range(AS_OF, periods=3)
    price = np.concatenate((panel.known["price"], np.full((N, 3), 7.0)), axis=1)
    planned = replace(panel, known={"price": price}, plan_dates=ahead)
    reached = morning_of(with_calendar(planned), AS_OF + pd.Timedelta(days=2), HORIZON, "s").panel
    assert list(reached.plan_dates) == [ahead[2]]
    np.testing.assert_array_equal(reached.known["price"], price)
    further = morning_of(with_calendar(planned), AS_OF + pd.Timedelta(days=5), HORIZON, "s").panel
    assert len(further.plan_dates) == 0
    assert (further.known["price"][:, -5:] == 7.0).all()
    assert further.known["weekday"][0, -1] == (AS_OF + pd.Timedelta(days=4)).day_of_week


def test_weeks_end_before_the_week_of_ordering() -> None:
    sales: Floats = np.arange(30.0)[None, :]
    panel = panel_of(sales, frequency="W-MON")
    day = panel.dates[20] + pd.Timedelta(days=3)
    morning = morning_of(panel, day, HORIZON, "sales.csv")
    assert morning.today.period_start == panel.dates[20]
    np.testing.assert_array_equal(morning.panel.sales, sales[:, :20])
    assert "lies within the period" in morning.notes[-1]


def test_a_history_shorter_than_the_horizon_is_refused() -> None:
    with pytest.raises(InputError, match="9 periods of sales before"):
        morning_of(panel_of(np.ones((1, 30))), pd.Timestamp("2021-01-13"), HORIZON, "sales.csv")


@pytest.mark.parametrize("guards", [{}, {"enabled": False}])
def test_a_network_that_gives_no_number_leaves_the_fallback(
    bundle: Bundle, morning: Morning, guards: dict[str, bool]
) -> None:
    broken = replace(bundle.policy, network=lambda features: np.full((len(features), 1), np.nan))
    contents = replace(bundle.contents, guards=guards)
    decided = decide(Bundle(contents, bundle.manifest, broken), morning, shelf_of(some_items()))
    assert decided.fallback.all()
    assert (decided.order > 0).any()
    np.testing.assert_array_equal(
        decided.wish, bundle.contents.reference.order(decided.observation)
    )
    levels = broken.levels(decided.observation)
    assert np.isnan(wish_of(levels, decided.observation)).all()


def test_how_large_a_sale_that_nobody_believes_is_does_not_matter(
    bundle: Bundle, morning: Morning
) -> None:
    before = decide(bundle, morning, shelf_of(some_items()))
    spiked = []
    for times in (40, 4000):
        sales = morning.panel.sales.copy()
        sales[10, -1] = times * np.nanmax(sales[10])
        panel = replace(morning.panel, sales=sales)
        spiked.append(decide(bundle, replace(morning, panel=panel), shelf_of(some_items())))
    assert {"fallback", "demand_spike"} <= set(spiked[0].flags[10].split())
    assert spiked[0].causes[10].endswith("last 3 periods are left out of its forecast")
    assert 0 < spiked[0].order[10] < 3 * before.order[10]
    np.testing.assert_array_equal(spiked[0].order, spiked[1].order)
    others = np.arange(N) != 10
    np.testing.assert_array_equal(spiked[0].order[others], before.order[others])


def test_an_input_outside_training_is_decided_by_the_fallback(
    bundle: Bundle, morning: Morning
) -> None:
    low = np.where(np.arange(len(bundle.contents.feature_low)) == 0, 15.0, -20.0)
    narrow = replace(bundle, contents=replace(bundle.contents, feature_low=low))
    decided = decide(narrow, morning, shelf_of(some_items(), on_hand=0.0))
    assert decided.fallback.all()
    assert all("out_of_range" in flags for flags in decided.flags)
    assert decided.causes[0].startswith("on_hand is 0, in training it lay between 15 and")


def test_an_item_off_review_gets_no_order_and_the_next_date(
    bundle: Bundle, morning: Morning
) -> None:
    items = some_items(review_period=7.0)
    decided = decide(unguarded(bundle), morning, shelf_of(items, on_hand=0.0, periods_to_review=3))
    assert (decided.order == 0).all()
    table = order_table(decided, TODAY)
    assert (table["reason"] == "not reviewed today, next review on 2021-07-29").all()
    assert (table["due_date"] == "").all()


def test_the_table_holds_every_item_and_its_numbers(bundle: Bundle, morning: Morning) -> None:
    items = some_items(lead_time=0.0, min_order=24.0, max_order=36.0)
    decided = decide(unguarded(bundle), morning, shelf_of(items, on_hand=0.0))
    table = order_table(decided, TODAY)
    assert tuple(table.columns) == COLUMNS
    assert tuple(table["item_id"]) == morning.panel.item_ids
    assert (table["due_date"][table["order"] > 0] == "2021-07-26").all()  # lead time 0
    position = table["on_hand"] + table["on_order"]
    np.testing.assert_allclose(table["inventory_position"], position)
    assert table["stockout_probability"].between(0, 1).all()
    raised = table["reason"][table["order"] == 24]
    assert raised.str.contains("the minimum order of 24").any()
    cut = table["reason"][table["wish"] > 36]
    assert len(cut)
    assert cut.str.contains("cut from .* to 36 by the item's upper limits").all()


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 50), st.integers(-30, 60)), max_size=8))
def test_every_open_unit_counts_once(rows: list[tuple[int, int, int]]) -> None:
    items, ids = Items.build(3, lead_time=[0, 2, 5]), ("a", "b", "c")
    stock = pd.DataFrame(
        {"item_id": ["c", "a", "b"], "on_hand": [3.0, 1.0, 2.0], "backorders": 0.0}
    )
    open_orders = pd.DataFrame(
        {
            "item_id": [ids[item] for item, _, _ in rows],
            "quantity": [float(quantity) for _, quantity, _ in rows],
            "due_date": [AS_OF + pd.Timedelta(days=ahead) for _, _, ahead in rows],
        }
    )
    lying = shop_stock(ids, items, stock, open_orders.astype({"due_date": "datetime64[s]"}), TODAY)
    expected = [sum(q for item, q, _ in rows if item == row) for row in range(3)]
    np.testing.assert_allclose(lying.state.on_order.sum(axis=1), expected)
    np.testing.assert_array_equal(lying.state.on_hand, [1.0, 2.0, 3.0])


def test_an_open_order_arrives_in_the_period_of_its_due_date() -> None:
    items = Items.build(1, lead_time=4)
    stock = pd.DataFrame({"item_id": ["a"], "on_hand": [0.0], "backorders": [2.0]})
    for ahead, column, overdue, far in (
        (-3, 0, True, False),
        (0, 0, True, False),
        (1, 0, False, False),
        (4, 3, False, False),
        (9, 3, False, True),
    ):
        due = pd.to_datetime([AS_OF + pd.Timedelta(days=ahead)])
        orders = pd.DataFrame({"item_id": ["a"], "quantity": [5.0], "due_date": due})
        lying = shop_stock(("a",), items, stock, orders, TODAY)
        np.testing.assert_array_equal(np.flatnonzero(lying.state.on_order[0]), [column])
        assert (bool(lying.overdue[0]), bool(lying.far[0])) == (overdue, far)
        assert lying.state.inventory_position[0] == 3.0


def test_parameters_come_from_the_table_then_the_bundle_then_the_defaults() -> None:
    known = (("a", "b"), Items.build(2, lead_time=[3, 4], shortage_cost=[5, 6]))
    table = pd.DataFrame({"lead_time": [np.nan, 7.0, np.nan]}, index=["b", "a", "new"])
    defaults = {**DEFAULTS, "lead_time": 9, "shortage_cost": 8.0}
    items = items_for(("b", "a", "new"), known, defaults, parameters_of(table, 1), "items.csv")
    np.testing.assert_array_equal(items.lead_time, [4, 7, 9])
    np.testing.assert_array_equal(items.shortage_cost, [6, 5, 8])


def test_a_yearly_rate_of_the_cost_is_a_cost_per_period() -> None:
    table = pd.DataFrame(
        {"unit_cost": [36.5, 36.5], "holding_rate": [0.2, 0.2], "holding_cost": [np.nan, 9.0]}
    )
    for days, cost in ((1, 0.02), (7, 0.14)):
        given_ = parameters_of(table, days)
        np.testing.assert_allclose(given_["holding_cost"], [cost, 9.0])
        np.testing.assert_allclose(given_["unit_value"], [36.5, 36.5])
        assert "unit_cost" not in given_  # worth, not a charge


def test_an_items_table_is_read_by_the_rules_of_the_run() -> None:
    table = pd.DataFrame({"price": [10.0, 20.0], "unit_cost": [np.nan, 8.0], "lead_time": 3.0})
    rules = {
        "margin": 0.4,
        "holding_rate": 0.365,
        "shortage_share": 0.5,
        "override": {"lead_time": 7},
        "defaults": {"pack_size": 2},
    }
    given_ = parameters_of(table, 1, rules)
    np.testing.assert_allclose(given_["unit_value"], [6.0, 8.0])
    np.testing.assert_allclose(given_["holding_cost"], [0.006, 0.008])
    np.testing.assert_allclose(given_["shortage_cost"], [5.0, 10.0])
    np.testing.assert_allclose(given_["lead_time"], [7, 7])
    assert list(parameters_of(table, 1)) == ["lead_time", "price", "unit_value"]


def test_decided_rows_are_the_panels_rows(bundle: Bundle, morning: Morning) -> None:
    """One item decided alone gets the order that it gets among the others."""
    items, everything = some_items(), decide(unguarded(bundle), morning, shelf_of(some_items()))
    for row in (0, 5, 11):
        alone = _one(unguarded(bundle), morning, items, row)
        assert alone.order[0] == everything.order[row]


def _one(bundle: Bundle, morning: Morning, items: Items, row: int) -> Decided:
    rows = np.array([row])
    whole = shelf_of(items)
    panel: Panel = morning.panel.take(rows)
    state = InventoryState(
        whole.stock.state.on_hand[rows],
        np.zeros((1, items.take(rows).longest_lead_time)),
        np.zeros(1),
    )
    none = np.zeros(1, dtype=bool)
    shelf = Shelf(items.take(rows), ShopStock(state, none, none), np.zeros(1, dtype=int), rows)
    return decide(bundle, replace(morning, panel=panel), shelf)


def test_a_folder_name_is_free_of_meaning(bundle: Bundle, tmp_path: Path) -> None:
    """A bundle decides the same wherever it lies: nothing in it is a path."""
    other = tmp_path / "moved"
    write_bundle(other, with_calendar(shop(N, 203)), some_items())
    assert load_bundle(other).manifest == bundle.manifest


def test_within_a_week_only_what_was_due_by_today_is_overdue() -> None:
    items = Items.build(2, lead_time=2)
    stock = pd.DataFrame({"item_id": ["a", "b"], "on_hand": 0.0, "backorders": 0.0})
    wednesday = Today(AS_OF + pd.Timedelta(days=2), AS_OF, 7)
    due = pd.to_datetime([AS_OF + pd.Timedelta(days=1), AS_OF + pd.Timedelta(days=4)])
    orders = pd.DataFrame({"item_id": ["a", "b"], "quantity": 5.0, "due_date": due})
    lying = shop_stock(("a", "b"), items, stock, orders, wednesday)
    np.testing.assert_array_equal(lying.state.on_order, [[5.0, 0.0], [5.0, 0.0]])
    np.testing.assert_array_equal(lying.overdue, [True, False])


def test_a_plan_that_ends_too_early_is_told() -> None:
    morning = morning_of(shop(N, 205).until(202), AS_OF, HORIZON, "sales.csv")
    assert any("the plan covers 2 of the 14 periods" in note for note in morning.notes)
    whole = morning_of(shop(N, 230).until(202), AS_OF, HORIZON, "sales.csv")
    assert not any("the plan covers" in note for note in whole.notes)
