"""Records that are none, empty or impossible: the morning goes on, and says what it made of it."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from replenish.bundle import load_bundle
from replenish.shop_files import Day, Recommendation, ShopFiles, recommend
from tests.shop_fixture import ShopFolder, make_shop

NAMES = ("sales", "stock", "open_orders", "plan")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> ShopFolder:
    return make_shop(tmp_path_factory.mktemp("shop"))


def recommended(shop: ShopFolder, **files: Path | None) -> Recommendation:
    """Return the orders of the shop's files, some of them replaced."""
    paths: dict[str, Any] = {name: shop.path(name) for name in NAMES} | files
    day = Day(pd.Timestamp(shop.as_of))
    return recommend(load_bundle(shop.folder / "bundle"), ShopFiles(**paths), day)


def test_open_orders_without_rows_say_that_nothing_is_on_its_way(
    shop: ShopFolder, tmp_path: Path
) -> None:
    none = tmp_path / "none.csv"
    none.write_text("item_id,quantity,due_date\n", encoding="utf-8")
    orders = recommended(shop, open_orders=none).orders
    assert (orders["on_order"] == 0).all()
    pd.testing.assert_frame_equal(orders, recommended(shop, open_orders=None).orders)


@pytest.mark.parametrize("written", ["-5", ""])
def test_impossible_stock_hands_its_item_alone_to_the_fallback(
    shop: ShopFolder, tmp_path: Path, written: str
) -> None:
    stock, row = shop.table("stock").astype({"on_hand": str}), 3
    stock.loc[row, "on_hand"] = written
    stock.to_csv(tmp_path / "stock.csv", index=False)
    before = recommended(shop).orders
    after = recommended(shop, stock=tmp_path / "stock.csv").orders
    assert after["flags"][row].startswith("fallback ")
    assert "stock_record" in after["flags"][row]
    assert f"stock is recorded as {written or 'nan'} units on hand" in after["reason"][row]
    expected = max(after["forecast_lead_time_demand"][row] - after["on_order"][row], 0)
    assert after["on_hand"][row] == pytest.approx(0 if written else expected)
    pd.testing.assert_frame_equal(after.drop(index=row), before.drop(index=row))
