"""What the shop does today is judged beside the others, as it was placed, and never tuned."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from replenish.arrays import Floats
from replenish.chosen import make_plugin
from replenish.config import load_config
from replenish.data.sample import sample_tables, write_sample
from replenish.judging.incumbent import (
    LEVELS,
    ORDERS,
    FixedLevels,
    Incumbent,
    incumbents,
    orders_unplayed,
)
from replenish.reference import Levels
from replenish.simulation import play
from replenish.workbench import Problem, set_up
from tests.tiny_run import call, call_process, sets, write_tiny

TODAY = "as the shop does today; from the usual start alone"
FILES = """
[data]
source = "files"
sales = "sales.csv"
items = "items.csv"
plan = "plan.csv"
orders = "past_orders.csv"

[forecast]
name = "moving_average"
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Return the config of a small shop's files."""
    write_sample(tmp_path, sample_tables(6, 400, seed=5))
    path = tmp_path / "shop.toml"
    path.write_text(FILES, encoding="utf-8")
    return path


def change(path: Path, **columns: Any) -> pd.DataFrame:
    """Write new columns into a CSV file and return it; None drops a column."""
    table = pd.read_csv(path).assign(**columns)
    table = table.drop(columns=[name for name, values in columns.items() if values is None])
    table.to_csv(path, index=False)
    return table


def today(config: Path, slack: int = 11) -> tuple[Problem, dict[str, Incumbent]]:
    problem = set_up(load_config(config), config.parent)
    found = incumbents(problem.loaded, problem.split.test, slack)
    return problem, {one.name: one for one in found}


def played(one: Incumbent, problem: Problem, otherwise: Floats) -> Floats:
    """Return the (T, N) orders of the incumbent; what it does not know orders level by level."""
    part = problem.split.test
    fallback = FixedLevels(Levels(otherwise, otherwise))
    fitted = load_forecast(problem)
    episode = problem.episodes(fitted, part).whole(np.random.default_rng(0))
    return play(one.beside(fallback), one.meets(episode)).order


def load_forecast(problem: Problem) -> Any:
    forecaster = make_plugin("forecasters", problem.config.forecast)
    fitted = forecaster.fit(problem.panel.until(problem.split.fit.last), problem.horizon).fitted
    return problem.forecasts(fitted, problem.split.test)


def test_past_orders_are_played_as_they_were_placed(shop: Path) -> None:
    """Packs, minimum orders and review days of the items table do not touch them."""
    change(shop.parent / "items.csv", review_period=7, pack_size=1000)
    problem, found = today(shop)
    assert list(found) == [ORDERS]
    orders = played(found[ORDERS], problem, np.zeros(6))
    table = pd.read_csv(shop.parent / "past_orders.csv", parse_dates=["ordered_on"])
    dates = problem.panel.dates[problem.split.test.first : problem.split.test.last + 1]
    placed = table.pivot_table("quantity", "ordered_on", "item_id", "sum").reindex(dates)
    expected = placed[list(problem.panel.item_ids)].fillna(0.0).to_numpy()
    assert expected.sum() > 0
    np.testing.assert_array_equal(orders, expected)


def test_orders_of_one_day_are_added_up_and_of_other_days_left_out(shop: Path) -> None:
    path = shop.parent / "past_orders.csv"
    table = pd.read_csv(path)
    beyond = table.tail(3).assign(ordered_on="2030-01-01")
    pd.concat([table, table, beyond]).to_csv(path, index=False)
    problem, found = today(shop)
    twice = played(found[ORDERS], problem, np.zeros(6))
    table.to_csv(path, index=False)
    problem, found = today(shop)
    np.testing.assert_array_equal(twice, 2 * played(found[ORDERS], problem, np.zeros(6)))


def test_past_orders_of_an_item_that_is_not_there_yet_are_not_set_against_the_agent(
    shop: Path,
) -> None:
    problem, found = today(shop)
    part = problem.split.test
    joins = np.where(np.arange(6) == 2, part.first + 5, part.first)
    (some,) = incumbents(problem.loaded, part, 11, joins)
    np.testing.assert_array_equal(some.known, found[ORDERS].known & (np.arange(6) != 2))


def test_min_and_max_order_up_to_the_level_at_or_below_the_minimum(shop: Path) -> None:
    rules = {"pack_size": 0, "min_order": 0}
    change(shop.parent / "items.csv", reorder_point=20, order_up_to_level=50, **rules)
    problem, found = today(shop)
    orders = played(found[LEVELS], problem, np.zeros(6))
    assert (orders[orders > 0] >= 30).all()
    assert found[LEVELS].settings == "as the shop does today"
    change(shop.parent / "items.csv", reorder_point=None, order_up_to_level=50, **rules)
    problem, found = today(shop)
    filled = played(found[LEVELS], problem, np.zeros(6))
    assert (filled > 0).sum() > (orders > 0).sum()  # no minimum: filled up at every review


def test_items_of_which_nothing_is_known_are_ordered_by_the_agent(shop: Path) -> None:
    level = [50.0, None, 50.0, None, 50.0, 50.0]
    change(shop.parent / "items.csv", order_up_to_level=level, pack_size=0, min_order=0)
    problem, found = today(shop)
    own, agents = (FixedLevels(Levels(np.full(6, x), np.full(6, x))) for x in (50.0, 80.0))
    episode = problem.episodes(load_forecast(problem), problem.split.test)
    whole = episode.whole(np.random.default_rng(0))
    unknown = pd.Index(problem.loaded.items["order_up_to_level"]).isna()
    assert unknown.sum() == 2
    expected = np.where(unknown, play(agents, whole).order, play(own, whole).order)
    np.testing.assert_array_equal(played(found[LEVELS], problem, np.full(6, 80.0)), expected)
    assert "2 items of which nothing is known" in found[LEVELS].settings


@pytest.mark.parametrize("kept", ["before 2022-09-01", "after 2023-02-01", "other items"])
def test_orders_that_do_not_reach_over_the_judged_period_say_nothing(shop: Path, kept: str) -> None:
    path = shop.parent / "past_orders.csv"
    table = pd.read_csv(path)
    day = kept.rsplit(maxsplit=1)[-1]
    if kept == "other items":
        table = table.assign(item_id="sold elsewhere")
    else:
        early = table["ordered_on"] < day
        table = table[early if kept.startswith("before") else ~early]
    table.to_csv(path, index=False)
    assert today(shop)[1] == {}


def test_the_sample_shows_before_and_after(trained_run: Path, tmp_path: Path) -> None:
    """The table of `evaluate.py` holds the habit of the sample's shop, dearer than the agent."""
    folder = shutil.copytree(trained_run, tmp_path / "tiny")
    answer = call("evaluate", [folder, "--without-guards"])
    assert answer.code == 0, answer.err
    assert ORDERS in answer.out
    results = json.loads((folder / "report" / "results.json").read_text("utf-8"))
    habit = next(p for p in results["policies"] if p["name"] == ORDERS)
    assert (habit["kind"], habit["settings"]) == ("baseline", TODAY)
    assert habit["agent_minus_this"]["percent"] < 0
    usual, *others = habit["cost_from_each_start"]  # orders that were placed answer one stock
    assert usual == pytest.approx(habit["scorecard"]["total"]["cost"])
    assert others == [None, None]
    assert habit["usual_start_alone"]
    assert "incumbent_orders was played from the usual start alone" in page_of(folder)


def page_of(run: Path) -> str:
    return (run / "report" / "report.html").read_text("utf-8")


def test_past_orders_that_miss_the_judged_part_are_said_to_be_unplayed(shop: Path) -> None:
    path = shop.parent / "past_orders.csv"
    table = pd.read_csv(path)
    problem, found = today(shop)
    arguments = problem.split.test, 11
    assert found
    assert orders_unplayed(problem.loaded, *arguments) == []
    table[table["ordered_on"] < "2022-09-01"].to_csv(path, index=False)
    problem, _ = today(shop)
    (said,) = orders_unplayed(problem.loaded, *arguments)
    assert "data.orders reaches from" in said
    assert "and not over the judged part, " in said
    table.assign(item_id="sold elsewhere").to_csv(path, index=False)
    (said,) = orders_unplayed(today(shop)[0].loaded, *arguments)
    assert "no order of a judged item" in said


def test_a_file_that_the_sample_does_not_read_is_refused(tmp_path: Path) -> None:
    answer = call("train", [write_tiny(tmp_path), "--runs", tmp_path, *sets("data.orders=o.csv")])
    check_refused(answer.code, answer.err, ["data.orders is 'o.csv'", "'sample' does not read"])


BAD = {
    "no number": ("past_orders.csv", {"quantity": "many"}, ["row 2", "'quantity'", "'many'"]),
    "below 0": ("past_orders.csv", {"quantity": -1}, ["row 2", "'quantity'", "below 0"]),
    "no date": ("past_orders.csv", {"ordered_on": "soon"}, ["row 2", "'ordered_on'", "'soon'"]),
    "no column": ("past_orders.csv", {"ordered_on": None}, ["'ordered_on' is missing"]),
    "min over max": (
        "items.csv",
        {"reorder_point": 9, "order_up_to_level": 5},
        ["row 2", "'reorder_point'", "'9'", "order_up_to_level"],
    ),
    "no max": ("items.csv", {"reorder_point": 9}, ["row 2", "'reorder_point'", "give both"]),
}


@pytest.mark.parametrize(("file", "columns", "words"), BAD.values(), ids=BAD)
def test_a_mistake_in_what_the_shop_does_is_one_line(
    shop: Path, file: str, columns: dict[str, Any], words: list[str]
) -> None:
    change(shop.parent / file, **columns)
    answer = call("train", [shop, "--runs", shop.parent])
    check_refused(answer.code, answer.err, [file, *words])


def test_a_mistake_is_refused_by_the_real_command_line_and_nothing_is_written(shop: Path) -> None:
    change(shop.parent / "past_orders.csv", quantity="many")
    answer = call_process("train", [shop, "--runs", shop.parent / "runs"])
    check_refused(answer.code, answer.err, ["past_orders.csv", "row 2", "'many'"])
    assert not (shop.parent / "runs").exists()
    gone = call_process("train", [shop, *sets("data.orders=nothing.csv")])
    check_refused(gone.code, gone.err, ["nothing.csv"])


def check_refused(code: int, error: str, words: list[str]) -> None:
    assert code == 2
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    for word in words:
        assert word in error
