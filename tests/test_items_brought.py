"""An items table of the morning changes what it says, and nothing that it does not speak of."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from replenish.bundle import Bundle
from replenish.errors import InputError
from replenish.item_table import overlaid, overridden, parameters_of, told_by
from replenish.morning.shop_files import Day, ShopFiles, recommend
from tests.shop_fixture import ShopFolder, make_shop, unguarded_bundle

NOTHING = float("nan")
RULES = {"margin": 0.25, "holding_rate": 3.65, "shortage_share": 0.1, "service_level": 0.5}


def table_of(**columns: list[float]) -> pd.DataFrame:
    """Return an items table of A and B."""
    return pd.DataFrame(columns, index=pd.Index(["A", "B"], name="item_id"))


TRAINED = {
    "explicit": table_of(
        price=[8, 8], unit_cost=[2, 2], holding_cost=[0.5, 0.5], shortage_cost=[3, 3]
    ),
    "by rates": table_of(price=[8, 8]),
    "by service": table_of(holding_cost=[0.5, 0.5], service_level=[0.9, 0.8]),
}


@pytest.mark.parametrize(
    ("trained", "brought", "expected"),
    [
        ("explicit", {"price": [99.0, NOTHING]}, {"holding_cost": 0.5, "shortage_cost": 3}),
        ("explicit", {"holding_cost": [0.7, NOTHING]}, {"holding_cost": 0.7, "shortage_cost": 3}),
        ("explicit", {"holding_rate": [36.5, NOTHING]}, {"holding_cost": 0.2, "shortage_cost": 3}),
        ("explicit", {"service_level": [0.8, NOTHING]}, {"shortage_cost": 2.0}),  # 0.5 x 0.8 / 0.2
        ("explicit", {"capital_rate": [73.0, NOTHING]}, {"holding_cost": 0.4}),
        ("by rates", {"price": [16.0, NOTHING]}, {"holding_cost": 0.12, "shortage_cost": 1.6}),
        ("by rates", {"unit_cost": [3.0, NOTHING]}, {"holding_cost": 0.03, "shortage_cost": 0.8}),
        ("by rates", {"shortage_cost": [5.0, NOTHING]}, {"holding_cost": 0.06, "shortage_cost": 5}),
        ("by service", {"shortage_cost": [7.0, NOTHING]}, {"shortage_cost": 7.0}),
        ("by service", {"holding_cost": [1.0, NOTHING]}, {"shortage_cost": 9.0}),
    ],
)
def test_what_a_table_does_not_say_is_as_in_training(
    trained: str, brought: dict[str, list[float]], expected: dict[str, float]
) -> None:
    before = TRAINED[trained]
    whole = overlaid(table_of(**brought), list(before.index), told_by(before))
    given = parameters_of(whole, 1, RULES)
    told = {name: values[0] for name, values in given.items()}
    if "service_level" in told and not np.isnan(told["service_level"]):
        level = told["service_level"]
        told["shortage_cost"] = told["holding_cost"] * level / (1 - level)
    assert {name: told[name] for name in expected} == pytest.approx(expected)
    for values in given.values():  # the bundle's count for an item of which nothing is said
        assert np.isnan(values[1]) or trained == "by rates"


def test_an_item_told_of_nowhere_else_has_what_the_table_says() -> None:
    table = table_of(price=[4.0, 2.0])
    whole = overlaid(table, ["A"], told_by(table_of(price=[8, 8], unit_cost=[2, 2]).loc[["A"]]))
    assert whole["price"].tolist() == [4, 2]
    assert whole["unit_cost"].tolist() == pytest.approx([2, NOTHING], nan_ok=True)


def test_a_table_that_an_override_beats_is_answered() -> None:
    table = table_of(lead_time=[7, 9], pack_size=[NOTHING, 6])
    said = overridden(table, {"override": {"lead_time": 7.0, "pack_size": 6.0}})
    assert len(said) == 1
    assert "lead_time" in said[0]
    assert "says lead_time 7 for all" in said[0]
    same = overridden(table_of(holding_rate=[0.1, 0.1]), {"override": {"holding_cost": 2.0}})
    assert "holding_cost or holding_rate of the items table is not used" in same[0]
    assert not overridden(table_of(unit_cost=[9, 9]), {"override": {"unit_cost": 1.0}})


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> ShopFolder:
    return make_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def bundle(shop: ShopFolder) -> Bundle:
    return unguarded_bundle(shop)


def orders(bundle: Bundle, shop: ShopFolder, **paths: Any) -> pd.DataFrame:
    files = {"sales": shop.path("sales"), "stock": shop.path("stock"), "plan": shop.path("plan")}
    return recommend(bundle, ShopFiles(**(files | paths)), Day(pd.Timestamp(shop.as_of))).orders


@pytest.mark.parametrize("number", range(4))
def test_a_part_of_the_trained_table_changes_no_order(
    bundle: Bundle, shop: ShopFolder, tmp_path: Path, number: int
) -> None:
    rng, items = np.random.default_rng(number), shop.table("items")
    some = rng.permutation(items.columns.drop("item_id"))[: rng.integers(1, len(items.columns))]
    part = items.iloc[rng.permutation(len(items))[:5]][["item_id", *some]]
    part.to_csv(tmp_path / "items.csv", index=False)
    found = orders(bundle, shop, items=tmp_path / "items.csv")
    pd.testing.assert_frame_equal(found, orders(bundle, shop))


def test_a_file_without_in_stock_is_refused_where_training_had_it(
    bundle: Bundle, shop: ShopFolder, tmp_path: Path
) -> None:
    shop.table("sales").drop(columns="in_stock").to_csv(tmp_path / "sales.csv", index=False)
    with pytest.raises(InputError, match=r"sales\.csv: row 1: column 'in_stock' is missing"):
        orders(bundle, shop, sales=tmp_path / "sales.csv")
