"""Records that somebody should look at: what is doubted, what is only said, and to whom."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from replenish.bundle import Bundle, load_bundle
from replenish.data.calendar import with_calendar
from replenish.forecasting.forecast import CONTEXT
from replenish.items import Items
from replenish.morning.as_of import Morning, Today, morning_of
from replenish.morning.decide import Shelf, decide
from replenish.morning.order_table import Decided, order_table, reasons
from replenish.morning.shop_files import Day, Recommendation, ShopFiles, recommend
from replenish.morning.shop_stock import ShopStock
from replenish.reference import Reference
from replenish.state import InventoryState
from tests.bundle_fixture import HORIZON, write_bundle
from tests.forecast_panels import shop
from tests.shop_fixture import ShopFolder, make_shop

N, ROW = 12, 10
AS_OF = pd.Timestamp("2021-07-26")
ITEMS = Items.build(N, lead_time=3, shortage_cost=8.0, pack_size=6.0)
OTHERS = ("demand_spike", "demand_collapse", "out_of_range", "far_from_reference")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("run") / "bundle"
    return load_bundle(write_bundle(folder, with_calendar(shop(N, 203)), ITEMS))


@pytest.fixture(scope="module")
def morning() -> Morning:
    return morning_of(with_calendar(shop(N, 203)), AS_OF, HORIZON, "sales.csv")


def orders(bundle: Bundle, morning: Morning, waiting: float = 0.0, items: Items = ITEMS) -> Decided:
    stock = (np.full(N, 4.0 if waiting == 0 else 0.0), np.zeros((N, 3)), np.full(N, waiting))
    nothing = np.zeros(N, dtype=bool)
    shelf = Shelf(
        items=items,
        stock=ShopStock(InventoryState(*stock), nothing, nothing),
        periods_to_review=np.zeros(N, dtype=int),
        rows=np.arange(N),
    )
    return decide(bundle, morning, shelf)


def test_a_forecast_that_jumps_is_made_again_without_the_last_sales(
    bundle: Bundle, morning: Morning
) -> None:
    off = {name: {"enabled": False} for name in OTHERS}
    alone = replace(bundle, contents=replace(bundle.contents, guards=off))
    before, jumped = orders(alone, morning), []
    for times in (40, 4000):
        sales = morning.panel.sales.copy()
        sales[ROW, -1] = times * np.nanmax(sales[ROW])
        jumped.append(orders(alone, replace(morning, panel=replace(morning.panel, sales=sales))))
    assert set(jumped[0].flags[ROW].split()) >= {"fallback", "forecast_jump"}
    cause = jumped[0].causes[ROW]
    assert cause.startswith(f"the forecast of the next {HORIZON} periods went from ")
    assert cause.endswith("last 3 periods are left out of its forecast")
    assert 0 < jumped[0].order[ROW] < 3 * before.order[ROW]
    np.testing.assert_array_equal(jumped[0].order, jumped[1].order)
    rest = np.arange(N) != ROW
    np.testing.assert_array_equal(jumped[0].order[rest], before.order[rest])


@pytest.mark.parametrize("age", [4, 10, 40])
def test_a_wrong_booking_is_not_ordered_when_it_is_old(
    bundle: Bundle, morning: Morning, age: int
) -> None:
    before = orders(bundle, morning)
    sales = morning.panel.sales.copy()
    sales[ROW, -age] = 1e12
    spiked = orders(bundle, replace(morning, panel=replace(morning.panel, sales=sales)))
    assert spiked.order[ROW] <= 1.5 * before.order[ROW]
    assert "demand_spike" in spiked.flags[ROW].split()
    assert "fallback" not in spiked.flags[ROW].split()
    day = morning.panel.dates[-age].date()
    (reason,) = (reasons(spiked, morning.today)[row] for row in spiked.left_out)
    assert f"; the sale of 1e+12 on {day}, where " in reason
    assert reason.endswith(" were expected, is left out of the forecast")
    rest = np.arange(N) != ROW
    np.testing.assert_array_equal(spiked.order[rest], before.order[rest])


def test_a_doubted_sale_leaves_the_planned_promotion_in_the_order(
    bundle: Bundle, morning: Morning
) -> None:
    sales = morning.panel.sales.copy()
    sales[ROW, -1] = 1e6
    told = morning.panel.known["promotion"]
    levels = []
    for planned in (0.0, 1.0):
        plan = np.concatenate((told, np.full((N, HORIZON), planned)), axis=1)
        days = pd.date_range(AS_OF, periods=HORIZON)
        known = {name: np.pad(v, ((0, 0), (0, HORIZON))) for name, v in morning.panel.known.items()}
        panel = replace(
            morning.panel, sales=sales, known={**known, "promotion": plan}, plan_dates=days
        )
        formula = Reference(promotion_weight=2.0)
        listening = replace(bundle, contents=replace(bundle.contents, reference=formula))
        decided = orders(listening, replace(morning, panel=panel))
        assert "fallback" in decided.flags[ROW].split()
        context = decided.observation.forecast.context
        assert context is not None
        assert context[ROW, CONTEXT.index("promotion")] == planned
        assert context[ROW, CONTEXT.index("spread")] != 0
        levels.append(float(decided.levels.reorder_point[ROW]))
    assert levels[1] > levels[0]


def test_a_guard_that_is_off_or_only_flags_leaves_nothing_out(
    bundle: Bundle, morning: Morning
) -> None:
    sales = morning.panel.sales.copy()
    sales[ROW, -10] = 1e6
    odd = replace(morning, panel=replace(morning.panel, sales=sales))
    for guard in ({"enabled": False}, {"fallback": False}):
        contents = replace(bundle.contents, guards={"demand_spike": guard})
        assert not orders(replace(bundle, contents=contents), odd).left_out
    assert set(orders(bundle, odd).left_out) == {ROW}


def test_a_least_stock_of_none_is_no_reason(bundle: Bundle, morning: Morning) -> None:
    decided = orders(bundle, morning, waiting=5.0)
    small = replace(decided, wish=np.full(N, 3.0), order=np.full(N, 6.0))
    today = Today(AS_OF, AS_OF, 1)
    for reason in reasons(small, today):
        assert reason.endswith("; rounded up from 3 to 6: whole packs of 6")
    observation = replace(small.observation, items=replace(ITEMS, min_stock=np.full(N, 1.0)))
    for reason in reasons(replace(small, observation=observation), today):
        assert reason.endswith("the least stock of 1 and whole packs of 6")


def test_an_order_that_its_cap_cuts_says_so(bundle: Bundle, morning: Morning) -> None:
    whole = orders(bundle, morning)
    capped = replace(whole, wish=whole.wish / 2)
    row = int(np.argmax(whole.wish))
    level, most = whole.levels.order_up_to_level[row], capped.wish[row]
    assert f"; raised to {level:,.1f} for the next 4 days" in reasons(whole, morning.today)[row]
    towards = f"; raised towards {level:,.1f} by {most:,.1f}, the most of one order, for the next"
    assert towards in reasons(capped, morning.today)[row]


def recommended(place: ShopFolder) -> Recommendation:
    """Return the orders by a bundle that adds up rows that come twice."""
    bundle = load_bundle(place.folder / "bundle")
    contents = replace(bundle.contents, data={**bundle.contents.data, "duplicates": "sum"})
    files = ShopFiles(place.path("sales"), place.path("stock"), plan=place.path("plan"))
    return recommend(replace(bundle, contents=contents), files, Day(pd.Timestamp(place.as_of)))


def test_an_item_whose_recent_rows_came_twice_is_flagged_alone(tmp_path: Path) -> None:
    place = make_shop(tmp_path)
    sales = place.table("sales")
    items = sales["item_id"].unique()
    again = [
        sales[sales["item_id"] == items[3]].tail(2),
        sales[sales["item_id"] == items[5]].head(2),  # long ago
    ]
    before = recommended(place).orders
    assert not before["flags"].str.contains("duplicate_rows").any()
    pd.concat([sales, *again]).to_csv(place.path("sales"), index=False)
    after = recommended(place)
    flagged = after.orders["flags"].str.split().map(lambda flags: "duplicate_rows" in flags)
    assert after.orders["item_id"][flagged].to_list() == [items[3]]
    assert any(note.startswith("duplicates: 4 rows") for note in after.notes)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (
            {"max_stock": 5.0},
            "the most stock of 5 leaves room for 1, less than the least order of 6",
        ),
        ({"max_stock": 3.0}, "the most stock of 3 leaves room for 0"),
        ({"min_order": 0.0, "pack_size": 0.0, "max_order": 0.0}, "the largest order is 0"),
        ({"min_order": 7.0, "max_order": 9.0}, "the least order, 12, is above the largest one, 9"),
    ],
)
def test_an_order_that_fits_nowhere_says_which_limit_binds(
    bundle: Bundle, morning: Morning, limits: dict[str, float], said: str
) -> None:
    items = Items.build(N, lead_time=3, shortage_cost=8.0, **({"pack_size": 6.0} | limits))
    alone = replace(bundle, contents=replace(bundle.contents, guards={"enabled": False}))
    decided = orders(alone, morning, items=items)
    assert (decided.order == 0).all()
    wished = order_table(decided, morning.today)["reason"][decided.wish > 0]
    assert len(wished) > 3
    assert wished.str.endswith(f"no order, since {said}").all()
