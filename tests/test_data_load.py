"""From files to a panel: what is done to every kind of dirt, and what the report says of it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from replenish.data.config import DataConfig
from replenish.data.load import Loaded, load
from replenish.errors import InputError

DAYS = pd.date_range("2024-01-01", periods=60)  # a Monday


def bring(folder: Path, sales: str, **changes: object) -> Loaded:
    (folder / "sales.csv").write_text("item_id,date,sales" + sales, encoding="utf-8")
    config = DataConfig.model_validate({"source": "files", "sales": "sales.csv", **changes})
    return load(config, folder)


def kinds(loaded: Loaded) -> dict[str, int]:
    return {finding.kind: finding.rows for finding in loaded.report.findings}


def units(loaded: Loaded, item: int = 0) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in loaded.panel.sales[item]]


GAP = "\nA,2024-01-02,3\nA,2024-01-04,5\nB,2024-01-01,1\nB,2024-01-05,2\n"


def test_absent_periods_are_not_observed_and_an_item_starts_with_its_first_row(
    tmp_path: Path,
) -> None:
    loaded = bring(tmp_path, GAP)
    assert units(loaded) == [None, 3, None, 5, None]
    assert kinds(loaded) == {"missing": 4, "ended": 1}
    filled = bring(tmp_path, GAP, missing="zero")
    assert units(filled) == [None, 3, 0, 5, 0]
    assert units(filled, 1) == [1, 0, 0, 0, 2]


def test_an_empty_cell_is_not_observed_even_where_an_absent_row_is_zero(tmp_path: Path) -> None:
    text = "\nA,2024-01-01,3\nA,2024-01-02,\nA,2024-01-04,5\n"
    loaded = bring(tmp_path, text, empty_sales="unobserved", missing="zero")
    assert units(loaded) == [3, None, 0, 5]
    (empty,) = (found for found in loaded.report.findings if found.kind == "empty")
    assert (empty.rows, empty.examples) == (1, ("row 3: A on 2024-01-02",))


TWICE = "\nA,2024-01-01,3\nA,2024-01-02,4\nA,2024-01-01,5\n"


def test_duplicates_stop_or_are_handled_as_the_config_says(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 4.*'A'.*2024-01-01.*data\.duplicates"):
        bring(tmp_path, TWICE)
    added, last = (bring(tmp_path, TWICE, duplicates=how) for how in ("sum", "last"))
    assert (units(added), units(last)) == ([8, 4], [5, 4])
    assert kinds(added)["duplicates"] == kinds(last)["duplicates"] == 1
    assert added.report.findings[0].examples == ("row 4: A on 2024-01-01 = 5",)


def test_added_rows_are_out_of_stock_if_one_of_them_is(tmp_path: Path) -> None:
    text = ",in_stock,price\nA,2024-01-01,3,1,5\nA,2024-01-01,2,0,5\nA,2024-01-01,1,1,6\n"
    loaded = bring(tmp_path, text, duplicates="sum")
    assert units(loaded) == [6]
    assert loaded.panel.censored.tolist() == [[True]]
    assert loaded.panel.known["price"].tolist() == [[6]]  # of the last row


BELOW = "\nA,2024-01-01,3\nA,2024-01-02,-4\nA,2024-01-03,9\nA,2024-01-03,-2\n"


@pytest.mark.parametrize(
    ("negatives", "expected"),
    [("zero", [3, 0, 9]), ("net", [3, 0, 7]), ("unobserved", [3, None, None])],
)
def test_negatives_are_handled_as_the_config_says(
    negatives: str, expected: list[float | None], tmp_path: Path
) -> None:
    loaded = bring(tmp_path, BELOW, negatives=negatives, duplicates="sum")
    assert units(loaded) == expected
    assert kinds(loaded)["negatives"] == 2


def test_a_negative_sale_stops_unless_the_config_says_what_it_means(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 3, column 'sales', value '-4'.*data\.negatives"):
        bring(tmp_path, BELOW)


def test_net_adds_up_whatever_is_said_of_duplicates_and_lets_others_stop(tmp_path: Path) -> None:
    for duplicates in ("error", "sum", "last"):
        loaded = bring(tmp_path, BELOW, negatives="net", duplicates=duplicates)
        assert units(loaded) == [3, 0, 7]
        assert "duplicates" not in kinds(loaded)
    with pytest.raises(InputError, match=r"row 7, column 'item_id', value 'C'"):
        bring(tmp_path, f"{BELOW}C,2024-01-01,2\nC,2024-01-01,2\n", negatives="net")


def test_column_names_may_be_in_any_case_in_file_and_config(tmp_path: Path) -> None:
    loaded = bring(tmp_path, ",Temp,Ring\nA,2024-01-01,3,20,x\n", known=["Temp"], static=["RING"])
    assert loaded.panel.known["temp"].tolist() == [[20]]
    assert list(loaded.panel.static["ring"]) == ["x"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"known": ["sales"]}, "column 'sales' in known"),
        ({"past": ["weekday"]}, "column 'weekday' in past"),
        ({"known": ["temp"], "past": ["Temp"]}, "column 'temp' stands in known and in past"),
    ],
)
def test_a_column_named_for_two_ends_or_the_programs_own_is_refused(
    told: dict[str, list[str]], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        DataConfig.model_validate({"source": "files", "sales": "x.csv", **told})


def test_a_closed_day_without_a_row_is_a_sale_of_zero(tmp_path: Path) -> None:
    (tmp_path / "plan.csv").write_text("date,item_id,closed\n2024-01-03,*,1\n", encoding="utf-8")
    loaded = bring(tmp_path, GAP, plan="plan.csv")
    assert units(loaded) == [None, 3, 0, 5, None]
    assert units(loaded, 1) == [1, None, 0, None, 2]
    assert kinds(loaded)["closed"] == 2


def test_out_of_stock_is_a_lower_bound_not_a_hole(tmp_path: Path) -> None:
    text = ",in_stock\nA,2024-01-01,3,1\nA,2024-01-02,0,0\nA,2024-01-03,2,0.5\nA,2024-01-04,2,\n"
    loaded = bring(tmp_path, text)
    assert units(loaded) == [3, 0, 2, 2]
    assert loaded.panel.censored.tolist() == [[False, True, True, False]]
    assert kinds(loaded)["censored"] == 2


def test_further_columns_are_kept_by_what_is_known_about_them(tmp_path: Path) -> None:
    text = ",rain,offer,brand,note\nA,2024-01-01,3,0.5,1,Acme,x\nA,2024-01-02,3,0.7,2,Acme,y\n"
    named = {"past": ["rain"], "known": ["offer"], "static": ["brand"], "ignore": ["note"]}
    panel = bring(tmp_path, text, **named).panel
    assert panel.past["rain"].tolist() == [[0.5, 0.7]]
    assert panel.known["offer"].tolist() == [[1, 2]]
    assert panel.static["brand"] == ["Acme"]


def test_items_come_in_the_panels_order_and_strangers_are_reported(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text(
        "item_id,lead_time,category\nC,3,x\nB,2,y\n", encoding="utf-8"
    )
    loaded = bring(tmp_path, GAP, items="items.csv")
    assert list(loaded.items.index) == ["A", "B"] == list(loaded.panel.item_ids)
    assert loaded.items["lead_time"].isna().tolist() == [True, False]
    assert loaded.panel.static["category"] == ["", "y"]
    assert kinds(loaded)["items without sales"] == 1
    assert kinds(loaded)["items without parameters"] == 1


def test_lead_times_come_from_receipts_where_none_are_given(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("item_id,lead_time\nA,9\nB,\n", encoding="utf-8")
    rows = ["A,2024-01-01,2024-01-03", "B,2024-01-01,2024-01-03", "B,2024-01-01,2024-01-06"]
    text = "\n".join(["item_id,ordered_on,received_on", *rows])
    (tmp_path / "receipts.csv").write_text(text, encoding="utf-8")
    loaded = bring(tmp_path, GAP, items="items.csv", receipts="receipts.csv")
    assert loaded.items["lead_time"].tolist() == [9, 4]  # 3.5 rounds to even
    assert loaded.items["lead_time_std"].tolist() == pytest.approx([0, np.std([2, 5], ddof=1)])
    assert loaded.receipts is not None
    assert len(loaded.receipts) == 3
    (apart,) = (f for f in loaded.report.findings if f.kind == "lead times apart")
    assert apart.examples == ("A: 9 said, 2.0 received",)


def test_short_and_idle_items_are_dropped_and_named(tmp_path: Path) -> None:
    text = (
        "".join(f"\nA,{day.date()},0\nB,{day.date()},1" for day in DAYS[:20]) + "\nC,2024-01-20,5\n"
    )
    loaded = bring(tmp_path, text, min_periods=2, min_active_periods=3)
    assert loaded.panel.item_ids == ("B",)
    dropped = {finding.kind: finding.examples for finding in loaded.report.findings}
    assert dropped["short items"] == ("C",)
    assert dropped["idle items"] == ("A", "C")
    with pytest.raises(InputError, match="no item is left"):
        bring(tmp_path, text, min_periods=21)


def test_items_can_be_chosen_without_looking_ahead(tmp_path: Path) -> None:
    text = "".join(
        f"\nA,{day.date()},{int(day >= DAYS[10])}\nB,{day.date()},1" for day in DAYS[:20]
    )
    assert bring(tmp_path, text, min_active_periods=5).panel.item_ids == ("A", "B")
    early = bring(tmp_path, text, min_active_periods=5, count_until=str(DAYS[9].date()))
    assert early.panel.item_ids == ("B",)


def test_fewer_items_are_spread_over_the_sorted_ids(tmp_path: Path) -> None:
    text = "".join(f"\n{letter},2024-01-01,1" for letter in "HGFEDCBA")
    assert bring(tmp_path, text, max_items=3).panel.item_ids == ("A", "E", "H")


def test_a_mistyped_year_is_named_instead_of_a_calendar_of_centuries(tmp_path: Path) -> None:
    text = "\nA,2024-01-01,1\nA,2924-01-02,1\nA,2024-01-03,1\n"
    with pytest.raises(InputError, match=r"row 3, column 'date', value '2924-01-02'.*year"):
        bring(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "row", "year"),
    [
        ("\nA,2024-01-01,1\nA,2032-01-02,1\nA,2024-01-03,1\n", 3, 2032),
        ("\nA,2014-01-01,1\nA,2024-01-02,1\nA,2024-01-03,1\n", 2, 2014),
    ],
)
def test_a_mistyped_year_is_named_where_it_makes_a_year_without_a_row(
    tmp_path: Path, text: str, row: int, year: int
) -> None:
    with pytest.raises(InputError, match=rf"row {row}, .*'{year}-01-0\d': no row lies between"):
        bring(tmp_path, text)


def test_an_items_table_of_other_items_is_refused(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("item_id,lead_time\na,3\n", encoding="utf-8")
    with pytest.raises(
        InputError, match="'a': none of its 1 items is in the sales table, with 'A'"
    ):
        bring(tmp_path, GAP, items="items.csv")


@pytest.mark.parametrize(
    ("source", "name", "value", "reader"),
    [
        ("files", "folder", "abc", "an adapter"),
        ("files", "sample_items", 3, "sample"),
        ("sample", "folder", "abc", "an adapter"),
        ("sample", "plan", "plan.csv", "files"),
        ("m5_walmart_tiny", "sample_seed", 2, "sample"),
    ],
)
def test_a_setting_that_only_another_source_reads_is_refused(
    tmp_path: Path, source: str, name: str, value: object, reader: str
) -> None:
    config = DataConfig.model_validate({"source": source, name: value})
    with pytest.raises(
        InputError, match=rf"data\.{name} is .*'{source}' does not .*but {reader} do"
    ):
        load(config, tmp_path)


def test_a_name_that_does_not_exist_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'm5_walmart_tiny'"):
        load(DataConfig(source="m5_walmart"), Path())


def test_data_that_lies_nowhere_is_answered_with_the_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("REPLENISH_DATA", raising=False)
    with pytest.raises(InputError, match="REPLENISH_DATA"):
        load(DataConfig(source="m5_walmart_tiny"), tmp_path)
    monkeypatch.setenv("REPLENISH_DATA", str(tmp_path))
    with pytest.raises(InputError, match=r"calendar\.csv: no such file"):
        load(DataConfig(source="m5_walmart_tiny"), tmp_path)
    with pytest.raises(InputError, match=r"data\.sales is empty"):
        load(DataConfig(source="files"), tmp_path)


def test_the_report_can_be_printed_and_kept_as_json(tmp_path: Path) -> None:
    report = bring(tmp_path, BELOW, negatives="zero", duplicates="last").report
    kept = json.loads(json.dumps(report.to_dict()))
    assert kept["counts"]["items"] == 1
    assert [finding["kind"] for finding in kept["findings"]] == ["negatives", "duplicates"]
    text = report.to_text()
    assert "negatives: 2 rows below 0; counted as 0" in text
    assert "row 3: A on 2024-01-02 = -4" in text
    clean = bring(tmp_path, "\nA,2024-01-01,3\nA,2024-01-02,4\n").report
    assert "nothing to repair was found" in clean.to_text()


def test_weekly_files_are_read_as_they_are_and_other_weeks_refused(tmp_path: Path) -> None:
    text = "".join(f"\nA,{day.date()},{k}" for k, day in enumerate(DAYS[::7]))
    loaded = bring(tmp_path, text, frequency="W-MON")
    assert loaded.panel.sales[0].tolist() == list(range(9))
    for wrong in ("D", "W-SUN"):
        with pytest.raises(InputError, match=r"set data\.frequency to 'W-MON'"):
            bring(tmp_path, text, frequency=wrong)


def test_a_sale_without_a_price_is_reported(tmp_path: Path) -> None:
    text = ",price\nA,2024-01-01,3,\nA,2024-01-02,4,5\nA,2024-01-03,4,\n"
    loaded = bring(tmp_path, text)
    assert loaded.panel.known["price"].tolist() == [[5, 5, 5]]
    assert kinds(loaded) == {"no price": 2}


def test_every_setting_stands_in_the_docs_as_it_is() -> None:
    page = (Path(__file__).parents[1] / "docs" / "data.md").read_text(encoding="utf-8")
    for name, field in DataConfig.model_fields.items():
        default = "[]" if field.default == () else json.dumps(field.default)
        text = str(field.description).replace("|", "\\|")
        assert f"| `{name}` | `{default}` | {text} |" in page


def test_no_advice_is_given_that_is_followed_already(tmp_path: Path) -> None:
    days = [f"\nA,{day.date()},1" for day in DAYS[:14] if day.day != 3]
    for missing, advised in (("unobserved", True), ("zero", False)):
        text = "".join(days) + "\nB,2024-01-04,1\n"  # B's first days are not known either way
        report = bring(tmp_path, text, frequency="W-MON", missing=missing).report
        (gaps,) = (f for f in report.findings if f.kind == "weeks with gaps")
        assert ("data.missing" in gaps.done) == advised


def test_items_that_tell_forecasters_nothing_are_noted(tmp_path: Path) -> None:
    loaded = bring(tmp_path, "\nA,2024-01-02,3\nA,2024-01-03,1\nB,2024-01-02,0\nB,2024-01-03,0\n")
    note = next(f for f in loaded.report.findings if f.kind == "never sold")
    assert (note.rows, note.examples, note.done) == (1, ("B",), "forecast 0 with a narrow band")
