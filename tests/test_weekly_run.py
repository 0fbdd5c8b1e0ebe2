"""Weeks are as natural as days: one problem, one training, one morning, whatever the file holds."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from replenish.cli import main as command_line
from replenish.data.sample import sample_tables, write_sample
from replenish.run_folder import existing_run
from replenish.workbench import Problem, set_up
from tests.tiny_run import TINY, call, results, sets, write_tiny

ITEMS, DAYS = 12, 700  # a hundred weeks that begin on Monday
FILES = '[data]\nsource = "files"\nsales = "days.csv"\nitems = "items.csv"\nfrequency = "W-MON"\n'
AS_OF = "2023-12-04"  # the Monday after the last whole week


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sales by the day and the same by the week; lead times of one and two weeks."""
    folder = tmp_path_factory.mktemp("weeks")
    write_sample(folder, sample_tables(ITEMS, DAYS))
    table = pd.read_csv(folder / "sales.csv", dtype={"item_id": str}, parse_dates=["date"])
    days = table[["item_id", "date", "sales", "in_stock"]]
    closed = pd.DataFrame({"item_id": days["item_id"].unique(), "sales": 0, "in_stock": 1})
    closed = closed.merge(pd.DataFrame({"date": pd.to_datetime(["2022-12-25"])}), how="cross")
    days = pd.concat([days, closed]).sort_values(["item_id", "date"])
    launch = days[days["sales"] > 0].groupby("item_id")["date"].min()
    days = days[days["date"] >= days["item_id"].map(launch)]
    days.to_csv(folder / "days.csv", index=False)
    monday = days["date"] - pd.to_timedelta(days["date"].dt.day_of_week, unit="D")
    weeks = days.groupby(["item_id", monday.rename("week")], as_index=False).agg(
        sales=("sales", "sum"), in_stock=("in_stock", "min"), number=("sales", "size")
    )
    weeks.loc[weeks["number"] < 7, "in_stock"] = 0  # the week of a launch
    weeks = weeks.rename(columns={"week": "date"}).drop(columns="number")
    weeks.to_csv(folder / "weeks.csv", index=False)
    items = pd.read_csv(folder / "items.csv", dtype={"item_id": str})
    items.assign(lead_time=1 + np.arange(len(items)) % 2).to_csv(folder / "items.csv", index=False)
    write_tiny(folder, FILES + "\n[forecast]\n" + TINY.partition("[forecast]\n")[2])
    return folder


@pytest.fixture(scope="module")
def run(shop: Path) -> Path:
    told = sets("env.periods=12", "forecast.name=exponential_smoothing")
    answer = call("train", [shop / "tiny.toml", "--runs", shop, "--name", "run", "--force", *told])
    assert answer.code == 0, answer.err
    return shop / "run"


def problem(shop: Path, run: Path, sales: str) -> Problem:
    config = existing_run(run)
    return set_up(config.model_copy(update={"data": config.data.model_copy(
        update={"sales": sales})}), shop)  # fmt: skip


def test_days_summed_to_weeks_and_a_file_of_weeks_are_the_same_problem(
    shop: Path, run: Path
) -> None:
    days, weeks = (problem(shop, run, f"{name}.csv") for name in ("days", "weeks"))
    assert (days.panel.n_items, days.panel.n_periods) == (ITEMS, DAYS // 7)
    np.testing.assert_array_equal(days.panel.sales, weeks.panel.sales)
    np.testing.assert_array_equal(days.panel.censored, weeks.panel.censored)
    assert days.panel.censored.any()
    assert days.data_hash == weeks.data_hash
    assert days.calendar == weeks.calendar
    assert (days.calendar.days_per_period, days.calendar.block_periods) == (7, 4)


def test_a_morning_orders_alike_from_days_and_from_weeks(shop: Path, run: Path) -> None:
    ids = pd.read_csv(shop / "items.csv", dtype={"item_id": str})["item_id"]
    pd.DataFrame({"item_id": ids, "on_hand": 2.0}).to_csv(shop / "stock.csv", index=False)
    tables = []
    for name in ("days", "weeks"):
        files = ("--sales", shop / f"{name}.csv", "--stock", shop / "stock.csv")
        more = ("--bundle", run / "bundle", "--as-of", AS_OF, "--out", shop / f"{name}-out.csv")
        with pytest.raises(SystemExit) as ended:
            command_line(["recommend", *map(str, (*files, *more))])
        assert ended.value.code == 0
        tables.append(pd.read_csv(shop / f"{name}-out.csv"))
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert (tables[0]["order"] > 0).any()
    due = pd.to_datetime(tables[0].loc[tables[0]["order"] > 0, "due_date"])
    ahead = (due - pd.Timestamp(AS_OF)).dt.days
    assert set(ahead) <= {7, 14}  # lead times of one and two weeks
    assert tables[0]["reason"].str.contains("next 14 days|next 21 days").any()


def test_results_speak_of_weeks_and_cover_is_still_in_days(run: Path) -> None:
    answer = call("evaluate", [run, "--without-guards"])
    assert answer.code == 0, answer.err
    assert "Costs are money per item and week" in answer.out
    said = results(run)
    assert said["facts"]["period"] == "week"
    assert said["facts"]["blocks of time"] == "4 weeks"
    assert said["facts"]["lead time"].startswith("1 to 2, median 1.5 weeks")
    agent = said["policies"][0]["scorecard"]["total"]
    served = agent["average_stock"] / agent["days_of_cover"]  # units a day
    weekly = problem(run.parent, run, "days.csv")
    part = weekly.split.test
    asked = weekly.demand[:, part.first : part.last + 1].mean() / 7
    assert served == pytest.approx(asked * agent["fill_rate"], rel=0.02)
