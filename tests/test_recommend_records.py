"""Records that are none, empty or impossible: the morning goes on, and says what it made of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from replenish.bundle import load_bundle
from replenish.errors import InputError
from replenish.morning.shop_files import Day, Recommendation, ShopFiles, recommend
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
    assert "out_of_range" not in after["flags"][row]  # of course, with such a stock
    assert f"stock is recorded as {written or 'unknown'} units on hand" in after["reason"][row]
    expected = max(after["forecast_lead_time_demand"][row] - after["on_order"][row], 0)
    assert after["on_hand"][row] == pytest.approx(0 if written else expected)
    pd.testing.assert_frame_equal(after.drop(index=row), before.drop(index=row))


def renamed(shop: ShopFolder, folder: Path, ids: dict[str, str]) -> dict[str, Path]:
    """Write the shop's tables with other names for some items."""
    files = {name: folder / f"{name}.csv" for name in NAMES}
    for name, path in files.items():
        shop.table(name).replace({"item_id": ids}).to_csv(path, index=False)
    return files


def test_what_is_assumed_of_an_item_that_the_bundle_does_not_know_is_said(
    shop: ShopFolder, tmp_path: Path
) -> None:
    names = shop.table("stock")["item_id"]
    files = renamed(shop, tmp_path, {names[2]: "NEW-1", names[5]: "NEW-2"})
    items = tmp_path / "items.csv"
    items.write_text("item_id,lead_time,service_level,holding_cost\nNEW-1,4,0.9,0.1\n", "utf-8")
    said = [note for note in recommended(shop, **files).notes if note.startswith("assumed")]
    parameters = ("lead_time", "holding_cost", "shortage_cost", "review_period")
    assert [note.split()[1] for note in said] == list(parameters)
    assert said[0] == (
        "assumed: lead_time is not given for 2 items that the bundle does not know "
        "(NEW-1, NEW-2): 3 counts; say it with --items"
    )
    notes = recommended(shop, **files, items=items).notes
    said = [note for note in notes if note.startswith("assumed")]
    assert len(said) == len(parameters)
    assert all("for 1 items" in note and "(NEW-2)" in note for note in said[:3])
    assert any("what the config or the bundle says of them counts" in note for note in notes)
    assert not any(note.startswith("assumed") for note in recommended(shop).notes)


def test_items_of_the_bundle_that_no_file_has_are_named(shop: ShopFolder, tmp_path: Path) -> None:
    names = shop.table("stock")["item_id"]
    files = renamed(shop, tmp_path, {names[2]: "NEW-1", names[5]: names[5].lower()})
    (said,) = (n for n in recommended(shop, **files).notes if n.startswith("not in the files"))
    assert said.startswith("not in the files: 2 of the bundle's 12 items (")
    assert said.endswith(f"1 are there in another spelling ({names[5].lower()} for {names[5]})")
    assert not any(n.startswith("not in the files") for n in recommended(shop).notes)


def test_an_item_without_sales_for_weeks_counts_as_taken_off_sale(
    shop: ShopFolder, tmp_path: Path
) -> None:
    sales, names = shop.table("sales"), shop.table("stock")["item_id"]
    ago = (pd.to_datetime(sales["date"]).max() - pd.to_datetime(sales["date"])).dt.days
    ended = sales["item_id"].map({names[1]: 29, names[4]: 9}).fillna(0)  # days ago
    sales[ago >= ended].to_csv(tmp_path / "sales.csv", index=False)
    orders = recommended(shop, sales=tmp_path / "sales.csv").orders.set_index("item_id")
    gone = orders.loc[names[1]]
    assert (gone["order"], gone["flags"]) == (0.0, "by_hand gone")
    assert gone["reason"].startswith("no sales row for more than 28 periods")
    assert "late_data" in orders.loc[names[4], "flags"]  # nine days: the fallback decides


def test_customers_wait_only_at_a_shop_where_they_may(shop: ShopFolder, tmp_path: Path) -> None:
    stock = shop.table("stock").assign(backorders=[0.0] * 3 + [15.0] + [0.0] * 8)
    stock.to_csv(tmp_path / "stock.csv", index=False)
    with pytest.raises(
        InputError, match=r"row 5, column 'backorders', value 15: unmet demand is l"
    ):
        recommended(shop, stock=tmp_path / "stock.csv")


@pytest.mark.parametrize(("head", "hint"), [("00", "lost its zeros?"), ("X-", "name items alike")])
def test_a_shop_of_which_the_bundle_knows_no_item_is_refused(
    shop: ShopFolder, tmp_path: Path, head: str, hint: str
) -> None:
    bundle = load_bundle(shop.folder / "bundle")
    known = tuple(f"{head}{name}" for name in bundle.contents.item_ids)
    other = replace(bundle, contents=replace(bundle.contents, item_ids=known))
    files = ShopFiles(shop.path("sales"), shop.path("stock"))
    with pytest.raises(InputError) as caught:
        recommend(other, files, Day(pd.Timestamp(shop.as_of)))
    mine = known[0].removeprefix(head)
    assert f"sales.csv: column 'item_id', value {mine!r}: no item" in str(caught.value)
    assert f"such as {known[0]!r}; {hint}" in str(caught.value)


def test_a_bundle_trained_on_the_sample_reads_a_shops_files(shop: ShopFolder) -> None:
    bundle = load_bundle(shop.folder / "bundle")
    data = {"source": "sample", "sample_items": 3, "sample_seed": 9}
    trained = replace(bundle, contents=replace(bundle.contents, data=data))
    files = ShopFiles(*map(shop.path, ("sales", "stock")))
    orders = recommend(trained, files, Day(pd.Timestamp(shop.as_of))).orders
    assert (orders["order"] > 0).any()
