"""The files on the day of ordering: what was sold later is not there, closed days are known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from replenish.data.calendar import with_calendar
from replenish.data.config import DataConfig
from replenish.data.demand import realised_demand
from replenish.data.load import Loaded, load
from replenish.errors import InputError
from replenish.morning.as_of import day_of, morning_of
from tests.forecast_panels import panel_of

DAYS = pd.date_range("2024-01-01", periods=28)  # a Monday
OPEN = DAYS[DAYS.day_of_week < 6]


def bring(folder: Path, days: pd.DatetimeIndex, as_of: str, **changes: object) -> Loaded:
    """Load sales of 3 a day by item A, and by B but on the last day of the file."""
    rows = [f"A,{day.date()},3" for day in days] + [f"B,{day.date()},3" for day in days[:-1]]
    return bring_rows(folder, rows, as_of, **changes)


def bring_rows(folder: Path, rows: list[str], as_of: str, **changes: object) -> Loaded:
    (folder / "sales.csv").write_text("\n".join(["item_id,date,sales", *rows]), encoding="utf-8")
    told = {"source": "files", "sales": "sales.csv", **changes}
    return load(DataConfig.model_validate(told), folder, as_of=pd.Timestamp(as_of))


def closed(folder: Path, days: pd.DatetimeIndex) -> str:
    """Write a plan in which everybody is closed on these days."""
    rows = [f"{day.date()},*,1" for day in days]
    (folder / "plan.csv").write_text("\n".join(["date,item_id,closed", *rows]), encoding="utf-8")
    return "plan.csv"


def test_closed_days_up_to_the_day_of_ordering_are_sales_of_zero(tmp_path: Path) -> None:
    plan = closed(tmp_path, DAYS[25:])
    panel = bring(tmp_path, DAYS[:25], "2024-01-28", plan=plan).panel
    assert panel.dates[-1] == DAYS[26]
    assert panel.sales[0, -3:].tolist() == [3, 0, 0]
    assert np.isnan(panel.sales[1, -3:]).all()  # that closed hides no record that is late
    open_before = closed(tmp_path, DAYS[26:])
    panel = bring(tmp_path, DAYS[:25], "2024-01-28", plan=open_before).panel
    assert panel.dates[-1] == DAYS[24]  # the next day is not known


def test_an_item_that_is_gone_is_not_there_again_on_closed_days(tmp_path: Path) -> None:
    plan = closed(tmp_path, DAYS[DAYS.day_of_week == 6])
    rows = [f"A,{day.date()},3" for day in OPEN] + [f"B,{day.date()},3" for day in OPEN[:9]]
    panel = bring_rows(tmp_path, rows, "2024-01-29", plan=plan).panel  # a Monday
    assert panel.sales[0, 20] == panel.sales[0, 27] == panel.sales[1, 6] == 0  # Sundays
    assert np.isnan(panel.sales[1, DAYS.get_loc(OPEN[9]) :]).all()
    assert not realised_demand(panel)[1, 14:].any()


@pytest.mark.parametrize("as_of", ["2024-01-22", "2024-01-25"])
def test_a_week_that_ends_on_a_closed_day_is_whole_from_days_as_from_weeks(
    tmp_path: Path, as_of: str
) -> None:
    plan = closed(tmp_path, DAYS[DAYS.day_of_week == 6])
    days = bring(tmp_path, OPEN, as_of, plan=plan, frequency="W-MON")
    rows = [f"A,{day.date()},18" for day in DAYS[::7]]
    weeks = bring_rows(tmp_path, rows, as_of, plan=plan, frequency="W-MON").panel
    assert days.panel.sales[0].tolist() == weeks.sales[0].tolist() == [18, 18, 18]
    assert not days.panel.censored[0].any()
    assert days.panel.dates.equals(weeks.dates)
    assert "cut weeks" not in {finding.kind for finding in days.report.findings}


def test_the_last_week_of_a_history_is_whole_where_its_rest_is_closed(tmp_path: Path) -> None:
    plan = closed(tmp_path, DAYS[DAYS.day_of_week == 6])
    bring(tmp_path, OPEN, "2024-01-29")
    told = {"source": "files", "sales": "sales.csv", "plan": plan, "frequency": "W-MON"}
    assert load(DataConfig.model_validate(told), tmp_path).panel.n_periods == 4


@pytest.mark.parametrize("missing", ["zero", "unobserved"])
def test_a_row_of_the_future_is_counted_and_fills_no_day(tmp_path: Path, missing: str) -> None:
    rows = [f"{item},{day.date()},3" for day in DAYS[:10] for item in "AB"]
    plain = bring_rows(tmp_path, rows, "2024-01-20", missing=missing)
    typo = bring_rows(tmp_path, [*rows, "B,2025-01-10,3"], "2024-01-20", missing=missing)
    assert typo.panel.dates.equals(plain.panel.dates)
    np.testing.assert_array_equal(typo.panel.sales, plain.panel.sales)
    (found,) = (f for f in typo.report.findings if f.kind == "later sales")
    assert (found.rows, found.found) == (
        1, "rows are dated 2024-01-20 or later, up to 2025-01-10"
    )  # fmt: skip
    assert plain.report.findings == ()


def test_later_rows_tell_of_prices_as_a_plan_does(tmp_path: Path) -> None:
    rows = [f"A,{day.date()},3" for day in DAYS[:10]]
    lines = ["item_id,date,sales,price", *(f"{row},5" for row in rows), "A,2024-01-11,9,7"]
    (tmp_path / "sales.csv").write_text("\n".join(lines), encoding="utf-8")
    config = DataConfig(source="files", sales="sales.csv")
    panel = load(config, tmp_path, as_of=DAYS[10]).panel
    assert (panel.n_periods, len(panel.plan_dates)) == (10, 1)
    assert panel.known["price"][0, -2:].tolist() == [5, 7]
    assert np.nansum(panel.sales) == 30


def test_a_day_before_all_sales_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no sales before 2023-12-31, the first is of 2024-01-01"):
        bring(tmp_path, DAYS, "2023-12-31")


def test_an_item_closed_right_after_its_last_sale_is_not_late() -> None:
    panel = panel_of(np.ones((2, 203)))
    closed = np.zeros((2, 206))
    closed[0, 203:], closed[1, 204:] = 1.0, 1.0
    ahead = pd.date_range(panel.dates[-1] + pd.Timedelta(days=1), periods=3)
    planned = replace(panel, known={"closed": closed}, plan_dates=ahead)
    late = ahead[-1] + pd.Timedelta(days=1)
    reached = morning_of(with_calendar(planned), late, 14, "sales.csv").panel
    np.testing.assert_array_equal(reached.sales[0, -3:], [0, 0, 0])
    assert np.isnan(reached.sales[1, -3:]).all()  # one day is not known, so nor are the others


@pytest.mark.parametrize(
    "text", ["", "nan", "NaT", "now", "today", "None", "20241231", "2024-1-5", "2024-12-31 06:00"]
)
def test_a_day_is_written_as_in_the_files(text: str) -> None:
    assert day_of("2024-12-31", "--as-of") == pd.Timestamp("2024-12-31")
    with pytest.raises(InputError, match=f"--as-of: value '{text}': not a date; write it as 2024"):
        day_of(text, "--as-of")
