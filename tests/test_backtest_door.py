"""`evaluate.py --forecasts` as a user meets it: the files it writes and the answers to mistakes."""

import csv
import json
import os
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from replenish.backtest.door import Request, make, prepared
from replenish.backtest.measures import MEASURES
from replenish.backtest.result import Contestant
from replenish.chosen import make_plugin
from replenish.config import ForecastConfig
from replenish.forecasting.blocks import Blocks
from replenish.plugins import plugin_names
from tests.tiny_run import Answer, call, call_process, write_tiny

CLASSICS = "moving_average,exponential_smoothing"
FILES = {"results.json", "by_item.csv", "by_class.csv", "choice.json", "report.html"}


def judge(folder: Path, *more: str, only: str = "moving_average", out: str = "out") -> Answer:
    """Judge forecasters on the tiny config."""
    named = [] if "--search" in more else ["--only", only]
    words: list[str | Path] = ["--forecasts", write_tiny(folder), "--out", folder / out]
    return call("evaluate", [*words, *named, *more])


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    """Return the folder of results and what the real command line said."""
    folder = tmp_path_factory.mktemp("judged")
    words: list[str | Path] = [
        "--forecasts",
        write_tiny(folder),
        "--only",
        CLASSICS,
        "--out",
        folder / "out",
    ]
    return folder / "out", call_process("evaluate", words)


def test_the_command_writes_every_file_and_prints_table_and_choice(
    judged: tuple[Path, Answer],
) -> None:
    folder, answer = judged
    assert answer.code == 0, answer.err
    lines = answer.err.splitlines()  # no bar where nobody watches, a line for each instead
    assert [line.partition(":")[0] for line in lines] == ["seasonal_naive", *CLASSICS.split(",")]
    assert all(re.fullmatch(r"\w+: \d+\.\d s", line) for line in lines)
    assert {entry.name for entry in folder.iterdir()} == FILES
    for words in ("seasonal_naive", *CLASSICS.split(","), "chosen on validation", "[forecast]"):
        assert words in answer.out
    assert f"report: {folder / 'report.html'}" in answer.out


def test_results_items_and_classes_say_the_same(judged: tuple[Path, Answer]) -> None:
    folder, _ = judged
    results = json.loads((folder / "results.json").read_text("utf-8"))
    with (folder / "by_item.csv").open(encoding="utf-8") as file:
        items = list(csv.DictReader(file))
    with (folder / "by_class.csv").open(encoding="utf-8") as file:
        classes = {(row["forecaster"], row["class"]): row for row in csv.DictReader(file)}
    assert [f["label"] for f in results["forecasters"]] == ["seasonal_naive", *CLASSICS.split(",")]
    for forecaster in results["forecasters"]:
        own = [row for row in items if row["forecaster"] == forecaster["label"]]
        assert len(own) == results["items"] == 12
        errors = [float(row["rmsse"]) for row in own if row["rmsse"]]
        assert np.mean(errors) == pytest.approx(forecaster["total"]["rmsse"])
        for name in MEASURES:
            told = classes[forecaster["label"], "all"][name]
            assert (float(told) if told else None) == forecaster["total"][name]
    assert set(items[0]) == {"forecaster", "item_id", "demand_class", "abc_class", *MEASURES}


def test_the_choice_can_be_pasted_into_a_config(
    judged: tuple[Path, Answer], tmp_path: Path
) -> None:
    chosen = json.loads((judged[0] / "choice.json").read_text("utf-8"))["all"]
    assert chosen["name"] in plugin_names("forecasters")
    words = [f"forecast.name={chosen['name']}", f"forecast.options={chosen['options'] or '{}'}"]
    sets = [part for word in words for part in ("--set", word)]
    assert judge(tmp_path, *sets, only=chosen["name"]).code == 0


@pytest.mark.parametrize("part", ["validation", "test"])
def test_what_comes_after_the_judged_part_is_absent(
    part: Literal["validation", "test"], tmp_path: Path
) -> None:
    problem, field = prepared(Request(write_tiny(tmp_path), part=part))
    ending = {"validation": problem.split.validation, "test": problem.split.test}[part]
    assert field.panel.n_periods == ending.last + 1
    assert field.origins[0] == ending.first - 1
    assert field.origins[-1] + field.horizon == ending.last
    assert field.fit_end == problem.split.fit.last
    before = {"validation": problem.split.train, "test": problem.split.validation}[part]
    assert field.past.n_periods == before.last + 1 <= field.origins[0]
    once = Request(write_tiny(tmp_path), ("forecast.refit=false",), part=part)
    assert prepared(once)[1].past.n_periods == problem.split.fit.last + 1


@pytest.mark.slow
def test_a_backtest_judges_the_forecasts_that_a_run_orders_on(tmp_path: Path) -> None:
    request = Request(write_tiny(tmp_path))
    problem, field = prepared(request)
    own = [make(Contestant("own", "moving_average")).fit(problem.panel.until(end), field.horizon)
           for end in problem.fit_ends]  # fmt: skip
    ordered_on = Blocks(tuple(one.fitted for one in own)).roll(  # type: ignore[attr-defined]
        problem.panel, field.origins, field.horizon
    )
    judged = make(Contestant("own", "moving_average")).fit(field.past, field.horizon)
    found = judged.roll(field.panel, field.origins, field.horizon)
    np.testing.assert_array_equal(found.sum_quantiles, ordered_on.sum_quantiles)
    assert set(found.fitted_until) == {problem.split.train.last}
    said = judge(tmp_path).out
    assert f"fitted: to {problem.panel.dates[problem.split.train.last].date()}" in said
    assert f"to {problem.panel.dates[problem.split.fit.last].date()}" in said.splitlines()[3]
    plain = judge(tmp_path, "--set", "forecast.refit=false", out="plain").out
    assert f"fitted: to {problem.panel.dates[problem.split.fit.last].date()}" in plain


def test_a_search_prints_lines_that_a_config_takes(tmp_path: Path) -> None:
    answer = judge(tmp_path, "--search", "moving_average", "--trials", "2")
    assert answer.code == 0, answer.err
    assert "moving_average: 2 trials" in answer.out
    pasted = tomllib.loads(answer.out[answer.out.index("[forecast]") :].partition("go on")[0])
    assert pasted["forecast"]["name"] == "moving_average"
    make_plugin("forecasters", ForecastConfig(**pasted["forecast"]))
    assert (tmp_path / "out" / "search-moving_average.journal").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--only", "moving_averge"], "did you mean 'moving_average'?"),
        (["--only", ""], "--only names no forecaster; leave it out for all"),
        (["--only", " , "], "--only names no forecaster"),
        (["--horizon", "200"], "--horizon is 200 periods, the fit part has 160"),
        (["--horizon", "50"], "horizon is 50 periods, the validation part has"),
        (["--seeds", "0,one"], "--seeds: 'one' is no whole number"),
        (["--seeds", "1,2"], "--seeds: none of the forecasters that take part has a seed"),
        (["--by", "wape", "--part", "test"], "--by chooses a forecaster, which is done on"),
        (["--set", "forecast.name=nonsense"], "'nonsense'"),
        (["--search", "arimaa"], "did you mean 'arima'?"),
        (["--set", "forecast.option.x=1"], "did you mean 'options'?"),
        (["--set", "forecast.options.windw=1"], "unknown key in [forecast.options] 'windw'"),
    ],
)
def test_a_mistake_is_answered_in_a_line_and_nothing_is_written(
    words: list[str], said: str, tmp_path: Path
) -> None:
    answer = judge(tmp_path, *words)
    assert answer.code == 2
    assert said in answer.err
    assert answer.err.startswith("error: ")
    assert answer.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [["--horizon", "0"], ["--part", "fit"], ["--by", "rmse_"]])
def test_a_word_that_is_no_option_is_answered_by_the_parser(
    words: list[str], tmp_path: Path
) -> None:
    given = ["--forecasts", str(write_tiny(tmp_path)), *words]
    answer = call_process("evaluate", given)
    assert answer.code == 2
    assert words[0] in answer.err.splitlines()[-1]


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.txt").write_text("dear")
    answer = judge(tmp_path)
    assert answer.code == 2
    assert "holds 'letter.txt', which no backtest wrote" in answer.err
    (tmp_path / "file").write_text("x")
    assert "is a file, expected a folder" in judge(tmp_path, out="file/deep").err
    assert os.listdir(tmp_path / "out") == ["letter.txt"]  # noqa: PTH208 - names alone


def test_results_are_replaced_only_when_that_is_said(judged: tuple[Path, Answer]) -> None:
    folder = judged[0]
    before = {entry.name: entry.read_bytes() for entry in folder.iterdir()}
    answer = judge(folder.parent)
    assert answer.code == 2
    assert "holds the results of a backtest; replace them with --overwrite" in answer.err
    assert {entry.name: entry.read_bytes() for entry in folder.iterdir()} == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    assert "locked: the folder cannot be written to" in judge(tmp_path, out="locked/out").err


def test_a_forecaster_that_fails_is_told_and_the_exit_code_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from forecasters.moving_average import MovingAverage

    def broken(*_: object) -> None:
        raise ZeroDivisionError("no window")

    monkeypatch.setattr(MovingAverage, "_train", broken)
    answer = judge(tmp_path, only=CLASSICS)
    assert answer.code == 2
    assert "failed: moving_average: ZeroDivisionError: no window" in answer.out
    results = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    assert [f["label"] for f in results["forecasters"]] == [
        "seasonal_naive",
        "exponential_smoothing",
    ]
    assert results["failures"] == {"moving_average": "ZeroDivisionError: no window"}


def test_neither_a_run_nor_a_config_is_answered_with_what_to_name() -> None:
    answer = call("evaluate", [])
    assert answer.code == 2
    assert "name the folder of a run, or a config with --forecasts" in answer.err


def test_a_run_and_a_config_of_forecasts_are_not_judged_at_once(tmp_path: Path) -> None:
    answer = call("evaluate", [tmp_path / "run", "--forecasts", write_tiny(tmp_path)])
    assert answer.code == 2
    assert "one at a time" in answer.err


def test_results_of_the_test_part_do_not_stand_where_the_choice_stands() -> None:
    request = Request(Path("configs/mine.toml"))
    assert request.folder == Path("runs/forecasts/mine")
    assert replace(request, part="test").folder == Path("runs/forecasts/mine-test")
    assert replace(request, part="test", out="here").folder == Path("here")


def test_where_no_sale_ever_changed_the_results_are_written_all_the_same(tmp_path: Path) -> None:
    days = pd.date_range("2023-01-01", periods=400)
    table = pd.DataFrame({"item_id": "a", "date": days, "sales": 4.0})
    table.to_csv(tmp_path / "sales.csv", index=False)
    config = tmp_path / "flat.toml"
    config.write_text('[data]\nsource = "files"\nsales = "sales.csv"\n', encoding="utf-8")
    answer = call("evaluate", ["--forecasts", config, "--only", "naive", "--out", tmp_path / "o"])
    assert answer.code == 0, answer.err
    assert (tmp_path / "o" / "report.html").is_file()


@pytest.mark.slow
def test_the_choice_of_before_does_not_stay_beside_results_of_the_test_part(
    tmp_path: Path,
) -> None:
    assert judge(tmp_path).code == 0
    assert (tmp_path / "out" / "choice.json").is_file()
    answer = judge(tmp_path, "--part", "test", "--overwrite")
    assert answer.code == 0, answer.err
    assert not (tmp_path / "out" / "choice.json").exists()
