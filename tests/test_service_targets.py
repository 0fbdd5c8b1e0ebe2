"""A shortage cost may be given as a service level, a holding cost by the year, both by class."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replenish.config import Config, load_config
from replenish.data.config import DataConfig
from replenish.data.read import read_items
from replenish.errors import InputError
from replenish.item_table import items_for, parameters_of, shortage_cost_for
from replenish.items import Items
from replenish.items_config import ItemsConfig
from replenish.workbench import Problem, make_items, set_up

IDS = ("a", "b", "c")
SALES = {"big": 60.0, "middle": 6.0, "small": 1.0}  # units a day at one price


def items_of(config: ItemsConfig, days: int = 1, **columns: Any) -> Items:
    table = pd.DataFrame(columns, index=pd.Index(IDS, name="item_id"))
    known = (), Items.build(0)
    given_ = parameters_of(table, days, config.rules)
    return items_for(IDS, known, config.standard(days), given_, "items")


@given(h=st.floats(0.001, 1e3), level=st.floats(0.01, 0.999))
def test_at_its_shortage_cost_a_service_level_is_the_critical_ratio(h: float, level: float) -> None:
    cost = shortage_cost_for(h, level)
    np.testing.assert_allclose(cost / (cost + h), level)
    items = Items.build(1, holding_cost=h, shortage_cost=cost)
    np.testing.assert_allclose(items.critical_ratio, level)


def test_a_service_level_counts_where_no_shortage_cost_is_given() -> None:
    config = ItemsConfig(service_level=0.9)
    items = items_of(config, holding_cost=[1.0, 2.0, np.nan], shortage_cost=[5.0, np.nan, np.nan])
    np.testing.assert_allclose(items.shortage_cost, [5.0, 18.0, 9.0])  # h = 1 where nobody says


def test_the_tables_own_service_level_goes_before_the_configs() -> None:
    columns: dict[str, Any] = {"holding_cost": [2.0, 2.0, 2.0], "service_level": [0.5, np.nan, 0.8]}
    np.testing.assert_allclose(
        items_of(ItemsConfig(service_level=0.9), **columns).shortage_cost, [2.0, 18.0, 8.0]
    )
    share = ItemsConfig(shortage_share=0.3)
    items = items_of(share, price=[10.0, 10.0, 10.0], **columns)
    np.testing.assert_allclose(items.shortage_cost, [2.0, 3.0, 8.0])


def test_a_service_level_follows_the_holding_cost_that_counts_in_the_end() -> None:
    config = ItemsConfig(service_level=0.75, holding_rate=0.365)
    items = items_of(config, unit_cost=[10.0, 20.0, np.nan])
    np.testing.assert_allclose(items.holding_cost, [0.01, 0.02, 1.0])
    np.testing.assert_allclose(items.shortage_cost, 3 * items.holding_cost)
    over = ItemsConfig(service_level=0.75, override={"holding_cost": 4.0})
    np.testing.assert_allclose(items_of(over, unit_cost=[1.0, 2.0, 3.0]).shortage_cost, 12.0)


@pytest.mark.parametrize(("days", "periods"), [(1, 365.0), (7, 365.0 / 7)])
def test_holding_costs_by_the_year_are_told_per_period(days: int, periods: float) -> None:
    config = ItemsConfig(
        holding_cost_per="year", defaults={"holding_cost": 73.0}, service_level=0.5
    )
    items = items_of(config, days, holding_cost=[36.5, np.nan, 0.365])
    np.testing.assert_allclose(items.holding_cost, np.array([36.5, 73.0, 0.365]) / periods)
    np.testing.assert_allclose(items.shortage_cost, items.holding_cost)


def test_todays_orders_read_the_items_table_by_the_same_rules() -> None:
    config = ItemsConfig(service_level=0.8, holding_cost_per="year")
    known = ("a", "b"), Items.build(2, holding_cost=[1.0, 2.0], shortage_cost=[7.0, 8.0])
    table = pd.DataFrame({"holding_cost": [365.0, np.nan, np.nan]}, index=pd.Index(IDS))
    given_ = parameters_of(table, 1, config.rules)
    items = items_for(IDS, known, config.standard(1), given_, "items.csv")
    np.testing.assert_allclose(items.holding_cost, [1.0, 2.0, 1.0])
    np.testing.assert_allclose(items.shortage_cost, [4.0, 8.0, 4.0])  # b: as it was exported


def test_stock_that_costs_nothing_makes_no_shortage_cost() -> None:
    with pytest.raises(
        InputError, match=r"service_level of item 'b' is 0\.9 and its holding_cost 0"
    ):
        items_of(ItemsConfig(service_level=0.9), holding_cost=[1.0, 0.0, 1.0])


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("item_id,service_level\nx,0.9\ny,95\n", "row 3, column 'service_level', value '95': no"),
        ("item_id,service_level\nx,0\n", "no share between 0 and 1; write e.g. 0.95"),
        (
            "item_id,service_level,shortage_cost\nx,,3\ny,0.9,3\n",
            "row 3, column 'service_level', value '0.9': shortage_cost is given too",
        ),
    ],
)
def test_a_wrong_target_in_the_table_is_said_in_a_line(
    tmp_path: Path, cells: str, words: str
) -> None:
    (tmp_path / "items.csv").write_text(cells, encoding="utf-8")
    with pytest.raises(InputError, match=words) as caught:
        read_items(tmp_path / "items.csv")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("service_level = 0.9\nshortage_share = 0.3", "service_level and shortage_share are given"),
        ("service_level = 0.9\ndefaults = {shortage_cost = 2}", "defaults.shortage_cost are given"),
        (
            "service_level = 0.9\nservice_level_by_class = {A = 0.9, B = 0.8, C = 0.7}",
            "service_level and service_level_by_class are given",
        ),
        ("service_level_by_class = {A = 0.9}", "gives A, expected all of A, B and C"),
        ("service_level_by_class = {A = 95}", "less than 1"),
        ("service_level_by_class = {D = 0.9}", "'A', 'B' or 'C'"),
        ("service_level = 1.0", "less than 1"),
        ("review_period_by_class = {A = 0, B = 1, C = 1}", "greater than or equal to 1"),
    ],
)
def test_a_wrong_target_in_the_config_is_said_in_a_line(
    tmp_path: Path, table: str, words: str
) -> None:
    (tmp_path / "mine.toml").write_text(f"[items]\n{table}\n", encoding="utf-8")
    with pytest.raises(InputError, match=words) as caught:
        load_config(tmp_path / "mine.toml")
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three items of which the small one sells a thousand times as much after the fit part."""
    folder = tmp_path_factory.mktemp("classes")
    rows = [
        (item, str(day.date()), units * (1000 if item == "small" and number >= 60 else 1))
        for item, units in SALES.items()
        for number, day in enumerate(pd.date_range("2024-01-01", periods=150))
    ]
    table = pd.DataFrame(rows, columns=["item_id", "date", "sales"])
    table.to_csv(folder / "sales.csv", index=False)
    (folder / "items.csv").write_text("item_id,review_period\nbig,5\nmiddle,\nsmall,\n", "utf-8")
    return folder


def problem(shop: Path, **items: Any) -> Problem:
    data = DataConfig(source="files", sales="sales.csv", items="items.csv")
    return set_up(Config(data=data, items=ItemsConfig(**items)), shop)


def test_targets_by_class_look_at_the_fit_part_alone(shop: Path) -> None:
    found = problem(
        shop,
        service_level_by_class={"A": 0.95, "B": 0.9, "C": 0.5},
        review_period_by_class={"A": 1, "B": 2, "C": 3},
        defaults={"lead_time": 2},
    )
    assert found.panel.item_ids == ("big", "middle", "small")
    ratio = found.items.shortage_cost / (found.items.shortage_cost + found.items.holding_cost)
    np.testing.assert_allclose(ratio, [0.95, 0.9, 0.5])
    assert found.items.review_period.tolist() == [5, 2, 3]  # big: its own
    assert [sentence.split()[0] for sentence in found.assumed] == ["holding_cost"]


def test_an_item_that_never_sold_is_one_of_class_c() -> None:
    config = ItemsConfig(
        service_level_by_class={"A": 0.95, "B": 0.9, "C": 0.8}, defaults={"holding_cost": 0.5}
    )
    assert config.standard(1)["shortage_cost"] == pytest.approx(2.0)


def test_without_targets_nothing_is_made_up(shop: Path) -> None:
    plain = problem(shop, defaults={"lead_time": 2})
    items = make_items(plain.panel, plain.loaded.items, ItemsConfig(defaults={"lead_time": 2}))
    np.testing.assert_array_equal(plain.items.shortage_cost, items.shortage_cost)
    assert plain.items.review_period.tolist() == [5, 1, 1]
