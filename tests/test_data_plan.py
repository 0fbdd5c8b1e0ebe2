"""What is planned ahead, by days and by weeks, for one item, several, or all."""

from pathlib import Path

import numpy as np
import pytest

from replenish.data.config import DataConfig
from replenish.data.load import load
from replenish.errors import InputError
from tests.test_data_load import DAYS, GAP, bring, kinds


def test_the_plan_goes_beyond_the_history_and_an_item_goes_before_all(tmp_path: Path) -> None:
    plan = "date,item_id,promotion,price\n2024-01-03,*,1,\n2024-01-03,B,0,\n2024-01-05,*,1,9\n"
    (tmp_path / "plan.csv").write_text(plan + "2024-01-04,Z,1,\n", encoding="utf-8")
    text = ",price\nA,2024-01-01,3,5\nA,2024-01-02,4,\nB,2024-01-02,4,2\n"
    loaded = bring(tmp_path, text, plan="plan.csv")
    panel = loaded.panel
    assert [str(day.date()) for day in panel.plan_dates] == [
        "2024-01-03",
        "2024-01-04",
        "2024-01-05",
    ]
    assert panel.known["promotion"].tolist() == [[0, 0, 1, 0, 1], [0, 0, 0, 0, 1]]
    assert panel.known["price"].tolist() == [[5, 5, 5, 5, 9], [2, 2, 2, 2, 9]]
    assert panel.known["weekday"][0].tolist() == [0, 1, 2, 3, 4]
    assert kinds(loaded)["plan items"] == 1
    (tmp_path / "plan.csv").write_text(plan + "2024-01-09,Z,1,\n", encoding="utf-8")
    longer = bring(tmp_path, text, plan="plan.csv").panel
    assert longer.plan_dates.equals(panel.plan_dates)  # nothing is known of items there are not


def test_a_plan_by_the_day_says_the_same_of_weeks_in_a_file_of_weeks_as_of_days(
    tmp_path: Path,
) -> None:
    rows = ["09,*,1,,", "10,*,,,1", "11,A,0,0.7,", "16,*,,0.8,", "17,*,,0.8,", "23,A,1,,"]
    plan = "date,item_id,promotion,discount,closed\n" + "".join(f"2024-01-{r}\n" for r in rows)
    (tmp_path / "plan.csv").write_text(plan, encoding="utf-8")
    text = {n: "".join(f"\nA,{day.date()},5" for day in DAYS[:21:n]) for n in (1, 7)}
    days, weeks = (
        bring(tmp_path, text[n], frequency="W-MON", plan="plan.csv").panel for n in (1, 7)
    )
    assert days.known["promotion"][0].tolist() == [0, 1 / 7, 0, 1 / 7]
    assert days.known["discount"][0].tolist() == pytest.approx([1, 6.7 / 7, 6.6 / 7, 1])
    assert days.known["closed"][0].tolist() == [0, 1 / 7, 0, 0]  # open on six days
    for name, values in days.known.items():
        np.testing.assert_allclose(weeks.known[name], values)
    for panel in (days, weeks):  # of the plan's last week as well, which it leaves on Tuesday
        assert [str(day.date()) for day in panel.plan_dates] == ["2024-01-22"]


def test_a_plan_of_weeks_speaks_of_whole_weeks(tmp_path: Path) -> None:
    rows = "date,item_id,closed,holiday\n2024-01-22,*,1,\n2024-01-24,*,,1\n"  # by columns
    (tmp_path / "plan.csv").write_text(rows, encoding="utf-8")
    text = "".join(f"\nA,{day.date()},5" for day in DAYS[:21:7])
    panel = bring(tmp_path, text, frequency="W-MON", plan="plan.csv").panel
    assert panel.known["closed"].tolist() == [[0, 0, 0, 1]]
    assert panel.known["holiday"].tolist() == [[0, 0, 0, 1 / 7]]


def test_a_plan_and_receipts_with_a_header_alone_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "plan.csv").write_text("date,item_id,closed\n", encoding="utf-8")
    (tmp_path / "receipts.csv").write_text("item_id,ordered_on,received_on\n", encoding="utf-8")
    plain, told = bring(tmp_path, GAP), bring(
        tmp_path, GAP, plan="plan.csv", receipts="receipts.csv"
    )  # fmt: skip
    np.testing.assert_array_equal(told.panel.sales, plain.panel.sales)
    assert (told.panel.known["closed"] == 0).all()
    assert len(told.panel.plan_dates) == 0
    assert kinds(told) == kinds(plain)
    assert told.items["lead_time"].isna().all()


def test_a_star_in_one_key_column_speaks_of_all_its_values(tmp_path: Path) -> None:
    head, day = "store,product,date,", "2024-01-0"
    cells = [f"{s},{p},{day}{d}" for s in ("S1", "S2") for p in ("p", "q.") for d in (1, 2)]
    (tmp_path / "keys.csv").write_text(
        head + "sales\n" + "".join(f"{cell},3\n" for cell in cells), encoding="utf-8"
    )
    rows = [f"S1,*,{day}3,1,", f"*,q.,{day}3,,5", f"S2,q.,{day}3,,7", f"*,*,{day}3,0,3"]
    rows += [f"S1,*,{day}4,1,", f"S3,*,{day}4,1,", f"*,qq,{day}4,1,"]
    (tmp_path / "plan.csv").write_text("\n".join([head + "closed,price", *rows]), encoding="utf-8")
    config = DataConfig(source="files", sales="keys.csv", plan="plan.csv")
    loaded = load(config, tmp_path)
    assert loaded.panel.item_ids == ("S1|p", "S1|q.", "S2|p", "S2|q.")
    assert loaded.panel.known["closed"][:, 2:].tolist() == [[1, 1], [1, 1], [0, 0], [0, 0]]
    assert loaded.panel.known["price"][:, 2].tolist() == [3, 5, 3, 7]
    assert kinds(loaded)["plan items"] == 2


def test_a_mistyped_year_in_the_plan_is_named(tmp_path: Path) -> None:
    (tmp_path / "plan.csv").write_text("date,item_id,closed\n2924-01-03,*,1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"plan: .*2924-01-03.*year"):
        bring(tmp_path, GAP, plan="plan.csv")


def test_a_weekly_plan_continues_without_a_gap_where_history_ends_in_mid_week(
    tmp_path: Path,
) -> None:
    text = "".join(f"\nA,{day.date()},1" for day in DAYS[:17])  # two weeks and three days
    plan = "date,item_id,promotion\n" + "".join(f"{day.date()},*,1\n" for day in DAYS[17:30])
    (tmp_path / "plan.csv").write_text(plan, encoding="utf-8")
    panel = bring(tmp_path, text, frequency="W-MON", plan="plan.csv").panel
    assert panel.sales.tolist() == [[7, 7]]
    assert [str(d.date()) for d in panel.plan_dates] == ["2024-01-15", "2024-01-22", "2024-01-29"]
    np.testing.assert_allclose(panel.known["promotion"], [[0, 0, 4 / 7, 1, 2 / 7]])
