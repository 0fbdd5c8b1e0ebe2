"""Laws of the way from table to panel: nothing looks ahead, no unit appears or vanishes."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from replenish.data.build import build_panel
from replenish.data.calendar import weekly
from replenish.data.config import DataConfig
from replenish.data.load import load
from replenish.data.panel import Panel
from replenish.data.report import Findings
from replenish.data.sample import sample_tables, write_sample
from replenish.data.source import Tables
from replenish.errors import InputError

DAYS = pd.date_range("2024-01-01", periods=60)  # a Monday


@pytest.mark.parametrize("outliers", ["keep", "cap", "interpolate"])
@pytest.mark.parametrize("missing", ["unobserved", "zero"])
def test_the_panel_until_an_origin_is_the_panel_of_a_file_cut_there(
    outliers: str, missing: str, tmp_path: Path
) -> None:
    tables = sample_tables(8, 150, 11)
    sales = tables.sales.copy()
    sales.loc[sales.index[70::97], "sales"] *= 30  # outliers
    sales = sales.drop(sales.index[40::53])  # holes
    write_sample(tmp_path, replace(tables, sales=sales))
    origin = pd.Timestamp("2022-05-11")
    sales[sales["date"] <= origin].to_csv(tmp_path / "cut.csv", index=False)
    config = DataConfig.model_validate(
        {
            "source": "files",
            "sales": "sales.csv",
            "plan": "plan.csv",
            "outliers": outliers,
            "missing": missing,
        }
    )
    whole, cut = (
        load(config, tmp_path),
        load(config.model_copy(update={"sales": "cut.csv"}), tmp_path),
    )
    assert "outliers" in [finding.kind for finding in whole.report.findings]
    past = whole.panel.until(whole.panel.period_of(origin))
    rows = np.array([past.item_ids.index(item) for item in cut.panel.item_ids])
    past = past.take(rows)
    assert past.plan_dates.equals(cut.panel.plan_dates)
    np.testing.assert_array_equal(cut.panel.sales, past.sales)
    np.testing.assert_array_equal(cut.panel.censored, past.censored)
    for name, values in past.known.items():
        history = slice(0, past.n_periods)
        np.testing.assert_array_equal(cut.panel.known[name][:, history], values[:, history])


@st.composite
def long_tables(draw: st.DrawFn) -> pd.DataFrame:
    """Sales of up to three items on some of 60 days, each day at most once."""
    cells = st.tuples(st.sampled_from("ABC"), st.integers(0, 59))
    places = sorted(draw(st.sets(cells, min_size=1, max_size=80)))
    sold = [draw(st.integers(0, 9)) for _ in places]
    return pd.DataFrame(
        {
            "item_id": [item for item, _ in places],
            "date": [DAYS[day] for _, day in places],
            "sales": np.array(sold, dtype=float),
        }
    )


@settings(max_examples=60, deadline=None)
@given(long_tables(), st.sampled_from(["unobserved", "zero"]))
def test_no_unit_is_lost_between_table_and_panel(table: pd.DataFrame, missing: str) -> None:
    tables = Tables(
        "x", table, pd.DataFrame(), missing="zero" if missing == "zero" else "unobserved"
    )
    panel = build_panel(tables, "D", Findings())
    total = table.groupby("item_id")["sales"].sum()
    np.testing.assert_allclose(np.nansum(panel.sales, axis=1), total.loc[list(panel.item_ids)])
    holes = np.isnan(panel.sales)
    first = np.argmax(~holes, axis=1)
    for row, start in enumerate(first):
        assert holes[row, :start].all()  # nothing before the first row
        assert missing == "unobserved" or not holes[row, start:].any()


@settings(max_examples=60, deadline=None)
@given(long_tables(), st.sampled_from(["W-MON", "W-WED", "W-SUN"]))
def test_a_week_is_the_sum_of_its_days_and_says_when_days_are_missing(
    table: pd.DataFrame, frequency: str
) -> None:
    daily = build_panel(Tables("x", table, pd.DataFrame()), "D", Findings())
    try:
        panel = weekly(daily, frequency, notes := Findings())
    except InputError:
        assert daily.n_periods < 13  # seven days may lie across two weeks
        return
    for column, start in enumerate(panel.dates):
        first = daily.period_of(start)
        days = daily.sales[:, first : first + 7]
        seen = ~np.isnan(days)
        expected = np.where(seen.any(axis=1), np.nansum(days, axis=1), np.nan)
        np.testing.assert_allclose(panel.sales[:, column], expected)
        np.testing.assert_array_equal(
            panel.censored[:, column], seen.any(axis=1) & ~seen.all(axis=1)
        )
    left_out = daily.n_periods - 7 * panel.n_periods
    assert 0 <= left_out <= 12
    said = {entry.kind: entry.rows for entry in notes.entries}
    assert said.get("cut weeks", 0) == left_out
    assert said.get("weeks with gaps", 0) == panel.censored.sum()


CLEAN = "item_id,date,sales,in_stock\n" + "".join(
    f"{item},{day.date()},{day.day % 5},1\n" for item in "AB" for day in DAYS[:15]
)
ODD = (b",", b"\n", b'"', b"\x00", b"-", b"e9", b"nan", b";", b"\r", b" ", b"\xff", b"2924", b"")


def panel_or_line(path: Path) -> Panel | str:
    try:
        return load(DataConfig(source="files", sales=str(path)), Path()).panel
    except InputError as problem:
        return str(problem)


@example([(0, 0, b'"'), (37, 9, b'"')])  # a column's name that holds a line end
@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(CLEAN) - 1), st.integers(0, 9), st.sampled_from(ODD)),
        min_size=1,
        max_size=4,
    )
)
def test_a_damaged_file_gives_a_panel_or_one_line_never_a_traceback(
    damages: list[tuple[int, int, bytes]],
) -> None:
    content = CLEAN.encode()
    for place, length, odd in damages:
        content = content[:place] + odd + content[place + length :]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sales.csv"
        path.write_bytes(content)
        outcome = panel_or_line(path)
    if isinstance(outcome, str):
        assert outcome
        assert "\n" not in outcome
    else:
        assert (outcome.sales[~np.isnan(outcome.sales)] >= 0).all()
