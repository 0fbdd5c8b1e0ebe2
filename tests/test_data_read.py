"""A mistake in a file is one line that names file, row, column, value and the way out."""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from replenish.data.config import DataConfig
from replenish.data.read import (
    read_items,
    read_open_orders,
    read_plan,
    read_receipts,
    read_sales,
    read_stock,
    require_items,
)
from replenish.errors import InputError
from replenish.item_table import with_rates

GOOD = "item_id,date,sales\nA,2024-01-01,3\nA,2024-01-02,4\n"


def write(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def message(call: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        call()
    text = str(caught.value)
    assert "\n" not in text
    return text


SALES_MISTAKES = {
    "date that is none": (
        "item_id,date,sales\nA,2024-01-01,3\nA,2024-02-30,4\n",
        ["row 3", "'date'", "'2024-02-30'", "write it as 2024-12-31"],
    ),
    "date in another order": (
        "item_id,date,sales\nA,31/12/2023,3\n",
        ["row 2", "'31/12/2023'", "2024-12-31"],
    ),
    "text where a number belongs": (
        "item_id,date,sales\nA,2024-01-01,three\n",
        ["row 2", "'sales'", "'three'", "not a number"],
    ),
    "number of an impossible size": (
        "item_id,date,sales\nA,2024-01-01,1e300\n",
        ["row 2", "'1e300'", "too large"],
    ),
    "date with a word": (
        "item_id,date,sales\nA,2024-01-01 late,3\n",
        ["row 2", "'2024-01-01 late'"],
    ),
    "year nought": ("item_id,date,sales\nA,0000-01-01,3\n", ["row 2", "'0000-01-01'"]),
    "another century": ("item_id,date,sales\nA,0224-01-01,3\n", ["row 2", "before 1900"]),
    "discount in per cent": (
        "item_id,date,sales,discount\nA,2024-01-01,3,20\n",
        ["row 2", "'discount'", "'20'", "1 or less"],
    ),
    "long cell without an end": (
        'item_id,date,sales\nA,2024-01-01,"3\n' + 20_000 * "A,2024-01-02,3\n",
        ["the quotes do not match"],
    ),
    "infinite sale": ("item_id,date,sales\nA,2024-01-01,inf\n", ["row 2", "'inf'"]),
    "empty sale": (
        "item_id,date,sales\nA,2024-01-01,3\nA,2024-01-02,\n",
        ["row 3", "'sales'", "''", "data.empty_sales"],
    ),
    "NaN sale": ("item_id,date,sales\nA,2024-01-01,NaN\n", ["row 2", "'NaN'", "data.empty_sales"]),
    "item without a name": ("item_id,date,sales\n,2024-01-01,3\n", ["row 2", "'item_id'"]),
    "unknown column": (
        "item_id,date,sales,promotoin\nA,2024-01-01,3,1\n",
        ["row 1", "'promotoin'", "did you mean 'promotion'?", "data.static"],
    ),
    "missing column": (
        "item_id,day,sales\nA,2024-01-01,3\n",
        ["'date' is missing", "item_id, day"],
    ),
    "negative price": (
        "item_id,date,sales,price\nA,2024-01-01,3,-2\n",
        ["row 2", "'price'", "'-2'", "0 or more"],
    ),
    "stock flag that is none": (
        "item_id,date,sales,in_stock\nA,2024-01-01,3,7\n",
        ["row 2", "'in_stock'", "'7'", "1 or less"],
    ),
    "column that stands twice": (
        "item_id,date,sales,sales\nA,2024-01-01,3,3\n",
        ["row 1", "twice"],
    ),
    "more cells than the header": (
        "item_id,date,sales\nA,2024-01-01,3\nA,2024-01-02,1,5\n",
        ["row 3", "4 cells", "header has 3"],
    ),
    "every row longer than the header": (
        "item_id,date,sales\nA,2024-01-01,3,9\nA,2024-01-02,1,5\n",
        ["row 2", "4 cells"],
    ),
    "quote that never ends": ('item_id,date,sales\nA,2024-01-01,"3\n', ["table.csv"]),
    "empty file": ("", ["table.csv: the file is empty", "bring a header"]),
    "header only": ("item_id,date,sales\n", ["no data rows"]),
}


@pytest.mark.parametrize("mistake", SALES_MISTAKES)
def test_a_mistake_in_the_sales_file_is_named_with_its_place(mistake: str, tmp_path: Path) -> None:
    text, parts = SALES_MISTAKES[mistake]
    path = write(tmp_path, text)
    line = message(lambda: read_sales(path))
    assert line.startswith(str(path))
    assert [part for part in parts if part not in line] == []


def test_a_wrong_path_is_answered_with_the_nearest_file(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "sales.csv")
    line = message(lambda: read_sales(tmp_path / "sale.csv"))
    assert "no such file" in line
    assert str(tmp_path / "sales.csv") in line
    assert "is a folder" in message(lambda: read_sales(tmp_path))
    other = write(tmp_path, GOOD, "sales.xlsx")
    assert "unknown kind of file" in message(lambda: read_sales(other))


def test_a_folder_is_not_offered_instead_of_itself(tmp_path: Path) -> None:
    folder = tmp_path / "table.csv"
    folder.mkdir()
    line = message(lambda: read_sales(folder))
    assert "is a folder" in line
    assert "did you mean" not in line


def test_a_file_of_other_bytes_is_answered_in_one_line(tmp_path: Path) -> None:
    latin = tmp_path / "latin.csv"
    latin.write_bytes("item_id,date,sales\nCafé,2024-01-01,3\n".encode("latin-1"))
    assert "not UTF-8" in message(lambda: read_sales(latin))
    assert "cannot be read" in message(lambda: read_sales(write(tmp_path, GOOD, "P.CSV.GZ")))
    packed = write(tmp_path, GOOD, "plain.csv.gz")
    assert "cannot be read" in message(lambda: read_sales(packed))
    parquet = write(tmp_path, GOOD, "text.parquet")
    assert "no readable Parquet file" in message(lambda: read_sales(parquet))


def test_blank_lines_do_not_shift_the_rows(tmp_path: Path) -> None:
    path = write(tmp_path, "item_id,date,sales\n\nA,2024-01-01,3\n\nA,2024-01-02,x\n")
    assert "row 5" in message(lambda: read_sales(path))


def test_rows_of_parquet_are_counted_from_one(tmp_path: Path) -> None:
    path = tmp_path / "sales.parquet"
    frame = pd.DataFrame({"item_id": ["A", "A"], "date": ["2024-01-01", "soon"], "sales": [1, 2]})
    frame.to_parquet(path)
    assert "row 2, column 'date', value 'soon'" in message(lambda: read_sales(path))


def test_csv_and_parquet_give_the_same_table(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "item_id": ["007", "12"],
            "date": pd.to_datetime(["2024-01-01", "2024-01-02"]),
            "sales": [3.0, 4.5],
            "in_stock": [True, False],
            "promotion": [0, 1],
        }
    )
    frame.to_csv(tmp_path / "sales.csv", index=False)
    frame.to_csv(tmp_path / "packed.csv.gz", index=False)
    frame.to_csv(tmp_path / "semicolon.csv", index=False, sep=";")
    frame.to_parquet(tmp_path / "sales.parquet")
    tables = [
        read_sales(tmp_path / name).reset_index(drop=True)
        for name in ("sales.csv", "packed.csv.gz", "semicolon.csv", "sales.parquet")
    ]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0], check_dtype=False)
    assert list(tables[0]["item_id"]) == ["007", "12"]  # leading zeros survive
    assert list(tables[0]["in_stock"]) == [1.0, 0.0]


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_a_time_of_the_day_is_cut_off_where_it_was_written(
    zone: str | None, tmp_path: Path
) -> None:
    stamps = pd.date_range("2024-03-30 23:30", periods=2, freq="D", tz=zone)  # clocks change
    frame = pd.DataFrame({"item_id": ["A", "A"], "date": stamps, "sales": [1, 2]})
    frame.to_parquet(tmp_path / "sales.parquet")
    frame.to_csv(tmp_path / "sales.csv", index=False)
    for name in ("sales.parquet", "sales.csv"):
        days = read_sales(tmp_path / name)["date"]
        assert [str(day) for day in days] == ["2024-03-30 00:00:00", "2024-03-31 00:00:00"]


def test_local_midnights_that_were_told_in_utc_are_not_read_as_the_day_before(
    tmp_path: Path,
) -> None:
    path = tmp_path / "sales.parquet"
    for zone in ("Europe/Berlin", "Europe/London", "America/New_York"):
        stamps = pd.date_range("2024-03-29", periods=6, freq="D", tz=zone).tz_convert("UTC")
        pd.DataFrame({"item_id": "A", "date": stamps, "sales": 1}).to_parquet(path)
        assert "another time zone" in message(partial(read_sales, path))
    for start in ("2024-03-29 00:00", "2024-03-29 12:37"):
        stamps = pd.date_range(start, periods=6, freq="D", tz="UTC")
        pd.DataFrame({"item_id": "A", "date": stamps, "sales": 1}).to_parquet(path)
        assert str(read_sales(path)["date"].iloc[0].date()) == "2024-03-29"


def test_nixtla_names_are_understood(tmp_path: Path) -> None:
    path = write(tmp_path, "unique_id,ds,y\nA,2024-01-01 00:00:00,3\n")
    table = read_sales(path)
    assert list(table.columns) == ["item_id", "date", "sales"]
    assert table["date"].iloc[0] == pd.Timestamp("2024-01-01")


def test_key_columns_are_joined_and_kept(tmp_path: Path) -> None:
    path = write(tmp_path, "date,product,store,sales\n2024-01-01,milk,01,3\n")
    table = read_sales(path)
    assert table.loc[2, "item_id"] == "01|milk"
    assert table.loc[2, "store"] == "01"
    path = write(tmp_path, "date,item_id,shop,sales\n2024-01-01,milk,01,3\n")
    assert "data.keys" in message(lambda: read_sales(path))
    named = read_sales(path, DataConfig(keys=("shop", "item_id")))
    assert named.loc[2, "item_id"] == "01|milk"


def test_items_keep_numbers_texts_and_gaps(tmp_path: Path) -> None:
    path = write(tmp_path, "item_id,name,lead_time,unit_cost\n007,Bond,3,\n12,Dozen,,2.5\n")
    items = read_items(path)
    assert list(items.index) == ["007", "12"]
    assert items["lead_time"].isna().tolist() == [False, True]
    assert items["name"].tolist() == ["Bond", "Dozen"]
    assert "holding_rate" not in items


def test_yearly_rates_add_up_to_the_holding_rate(tmp_path: Path) -> None:
    text = "item_id,capital_rate,storage_rate,loss_rate,holding_rate\nA,0.1,0.05,0.02,\nB,,,,0.3\n"
    items = with_rates(read_items(write(tmp_path, text)), {"holding_rate": 0.9})
    assert items["holding_rate"].tolist() == pytest.approx([0.17, 0.3])


ITEM_MISTAKES = {
    "item that stands twice": ("item_id,lead_time\nA,1\nA,2\n", ["row 3", "'A'", "twice"]),
    "negative lead time": ("item_id,lead_time\nA,-1\n", ["row 2", "'lead_time'", "'-1'"]),
    "half a period": ("item_id,lead_time\nA,2.5\n", ["row 2", "'2.5'", "lead_time_std"]),
    "centuries": ("item_id,lead_time\nA,1e9\n", ["row 2", "'lead_time'", "3650 or less"]),
    "no review": ("item_id,review_period\nA,0\n", ["row 2", "'review_period'", "1 or more"]),
    "unknown column": ("item_id,leadtime\nA,1\n", ["'leadtime'", "'lead_time'"]),
}


@pytest.mark.parametrize("mistake", ITEM_MISTAKES)
def test_a_mistake_in_the_items_file_is_named_with_its_place(mistake: str, tmp_path: Path) -> None:
    text, parts = ITEM_MISTAKES[mistake]
    path = write(tmp_path, text)
    line = message(lambda: read_items(path))
    assert [part for part in parts if part not in line] == []


def test_stock_is_read_and_checked(tmp_path: Path) -> None:
    table = read_stock(write(tmp_path, "item_id,on_hand\nA,3\nB,0\n"))
    assert table.to_dict("list") == {"item_id": ["A", "B"], "on_hand": [3, 0], "backorders": [0, 0]}
    for text, part in (
        ("item_id,on_hand\nA,few\n", "'few'"),
        ("item_id,on_hand\nA,inf\n", "'inf'"),
        ("item_id,on_hand\nA,1\nA,1\n", "twice"),
        ("item_id,stock\nA,1\n", "'on_hand' is missing"),
    ):
        path = write(tmp_path, text)
        assert part in message(partial(read_stock, path))
    odd = read_stock(write(tmp_path, "item_id,on_hand\nA,-3\nB,\n"))  # a guard answers for these
    assert odd["on_hand"].tolist() == [-3, pytest.approx(math.nan, nan_ok=True)]


def test_an_item_of_another_table_is_named_with_its_row(tmp_path: Path) -> None:
    path = write(tmp_path, "item_id,on_hand\nA,3\nC,0\n")
    stock = read_stock(path)
    require_items(stock, path, ["A", "B", "C"], "the sales table")
    line = message(lambda: require_items(stock, path, ["A", "B"], "the sales table"))
    assert "row 3, column 'item_id', value 'C': not in the sales table" in line


def test_open_orders_may_repeat_an_item(tmp_path: Path) -> None:
    path = write(tmp_path, "item_id,quantity,due_date\nA,3,2024-01-05\nA,6,2024-01-09\n")
    assert read_open_orders(path)["quantity"].tolist() == [3, 6]
    path = write(tmp_path, "item_id,quantity,due_date\nA,0,2024-01-05\nA,6,2024-01-09\n")
    assert read_open_orders(path)["quantity"].tolist() == [6]  # a closed line is not overdue
    path = write(tmp_path, "item_id,quantity,due_date\nA,3,tomorrow\n")
    assert "row 2, column 'due_date', value 'tomorrow'" in message(lambda: read_open_orders(path))


def test_a_header_alone_says_that_there_is_nothing_of_its_kind(tmp_path: Path) -> None:
    nothing = "item_id,quantity,due_date\n"
    assert list(read_open_orders(write(tmp_path, nothing)).columns) == nothing.strip().split(",")
    assert read_plan(write(tmp_path, "date,item_id,closed\n")).empty
    assert read_receipts(write(tmp_path, "item_id,ordered_on,received_on\n")).empty
    for read, header in ((read_stock, "item_id,on_hand\n"), (read_items, "item_id,lead_time\n")):
        path = write(tmp_path, header)
        assert "no data rows" in message(partial(read, path))


def test_plan_may_speak_of_all_items(tmp_path: Path) -> None:
    path = write(tmp_path, "date,item_id,promotion,closed\n2024-01-05,*,,1\n2024-01-05,A,yes,\n")
    plan = read_plan(path)
    assert plan["item_id"].tolist() == ["*", "A"]
    assert plan["promotion"].tolist()[1] == 1.0
    path = write(tmp_path, "date,item_id,closed\n2024-01-05,A,1\n2024-01-05,A,0\n")
    assert "row 3" in message(lambda: read_plan(path))


def test_goods_are_not_received_before_they_are_ordered(tmp_path: Path) -> None:
    text = "item_id,ordered_on,received_on,quantity\nA,2024-01-05,2024-01-04,3\n"
    path = write(tmp_path, text)
    assert "row 2, column 'received_on', value '2024-01-04'" in message(lambda: read_receipts(path))
