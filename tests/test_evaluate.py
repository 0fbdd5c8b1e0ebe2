"""Judging a run: the same answer however often it is asked, and looks are counted."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replenish.bundle import load_bundle
from replenish.forecasting.files import load_blocks
from replenish.run_folder import existing_run
from replenish.simulation import play
from replenish.workbench import Problem, set_up
from tests.tiny_run import Answer, call, call_process, results, train_tiny, write_tiny


@pytest.fixture
def run(trained_run: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    shutil.copytree(trained_run, folder, ignore=shutil.ignore_patterns("report", "test_looks.json"))
    return folder


@pytest.mark.slow
def test_the_report_says_the_same_however_often_it_is_asked(run: Path) -> None:
    assert call("evaluate", [run, "--without-guards"]).code == 0
    once = results(run)
    assert once.pop("looks_at_test_period") == 1
    again = call("evaluate", [run, "--without-guards"])
    assert again.code == 0
    twice = results(run)
    assert twice.pop("looks_at_test_period") == 2
    assert twice == once


def test_the_command_prints_every_policy_and_where_the_report_lies(run: Path) -> None:
    answer = call_process("evaluate", [run])
    assert answer.code == 0, answer.err
    for name in ("agent", "order_up_to", "reorder_point", "reference", "perfect_foresight"):
        assert name in answer.out
    assert f"report: {run / 'report' / 'report.html'}" in answer.out
    assert "\r" not in answer.err  # no bar where nobody watches
    assert results(run)["guards"]
    assert any("Rolling-horizon" in note for note in results(run)["notes"])
    own = results(run)["own_sales"]
    assert {"agent", "reference"} < set(own)
    ours, theirs = (own[n]["cost, forecasts of its own sales"] for n in ("agent", "reference"))
    assert ours > 0
    gap = own["reference"]["agent minus it in per cent, own sales"]
    assert gap == pytest.approx(100 * (ours / theirs - 1))
    assert own["reference"]["agent minus it, from"] <= gap <= own["reference"]["agent minus it, to"]
    assert own["agent"]["agent minus it, from"] is None


def test_what_was_exported_is_what_is_judged(run: Path) -> None:
    """The agent's test cost is the cost of the bundle's orders, played by hand."""
    assert call("evaluate", [run, "--without-guards"]).code == 0
    bundle = load_bundle(run / "bundle")
    config = existing_run(run)
    problem: Problem = set_up(config, Path())
    part, rng = problem.split.test, np.random.default_rng([0, 3])
    table = problem.forecasts(load_blocks(run / "forecasters"), part)
    source, shelves = problem.episodes(table, part), config.evaluation.starts
    starts = [play(bundle.policy, source.whole(rng, full)) for full in shelves]
    costs = [float(ledger.cost_shortage.mean()) for ledger in starts]
    agent = results(run)["policies"][0]
    assert agent["name"] == "agent"
    told = agent["scorecard"]["total"]["cost_shortage"]
    assert told == pytest.approx(np.mean(costs), rel=1e-12)
    assert len(agent["cost_from_each_start"]) == len(set(costs)) == 3


@pytest.fixture(scope="module")
def late_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose orders take 1.5 periods more or less, judged from starts in any order."""
    words = ["items.override={lead_time_std=1.5}", "evaluation.starts=[0.5,1.0,2.0]"]
    return train_tiny(tmp_path_factory.mktemp("late"), *words)


@pytest.mark.slow
def test_what_shows_one_play_alone_shows_the_usual_start(late_run: Path) -> None:
    """Wherever the usual stock stands among the starts, and with the same lead times from each."""
    answer = call("evaluate", [late_run, "--without-guards", "--sensitivity", "--frontier"])
    assert answer.code == 0, answer.err
    told = results(late_run)
    agent = told["policies"][0]
    half, usual, double = agent["cost_from_each_start"]
    assert len({half, usual, double}) == 3
    case = told["sensitivity"][0]
    assert (case["parameter"], case["cost"]) == ("as it is", pytest.approx(usual))
    assert told["own_sales"]["agent"]["cost, forecasts of recorded sales"] == pytest.approx(usual)
    fixed = {p["name"]: p for p in told["policies"]}[case["best"]]
    assert case["best_cost"] == pytest.approx(fixed["cost_from_each_start"][1])


@pytest.mark.slow
def test_a_start_that_does_not_count_is_played_for_what_shows_it_alone(run: Path) -> None:
    config = run / "config.toml"
    text = config.read_text("utf-8")
    assert call("evaluate", [run, "--without-guards"]).code == 0
    usual = results(run)
    lines = text.split("starts = [", 1)
    config.write_text(lines[0] + "starts = [0.5]" + lines[1].split("]", 1)[1], "utf-8")
    assert call("evaluate", [run, "--without-guards"]).code == 0
    other = results(run)
    assert other["own_sales"]["reference"] == usual["own_sales"]["reference"]
    assert other["policies"][0]["cost_from_each_start"] == [
        usual["policies"][0]["cost_from_each_start"][1]
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "train.seed=1"], "--set goes with --forecasts CONFIG"),
        (["--by", "mase"], "--by goes with --forecasts"),
        (["--horizon", "7"], "--horizon goes"),
        (["--seeds", "1"], "--seeds goes"),
        (["--only", "arima"], "--only goes"),
        (["--part", "test"], "--part goes"),
        (["--search", "arima"], "--search goes"),
        (["--trials", "3"], "--trials goes"),
        (["--out", "x"], "--out goes"),
        (["--overwrite"], "--overwrite goes"),
    ],
)
def test_an_option_of_forecasts_is_refused_with_a_run_and_nothing_is_looked_at(
    run: Path, words: list[str], said: str
) -> None:
    refused(call("evaluate", [run, *words]), said)
    assert not (run / "test_looks.json").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--frontier"], "--frontier goes with a run"),
        (["--sensitivity"], "--sensitivity goes with a run"),
        (["--stress"], "--stress goes with a run"),
        (["--base", "."], "--base goes with a run"),
        (["--without-guards"], "--without-guards goes with a run"),
        (["--trials", "3"], "--trials goes with --search NAME"),
        (["--search", "arima", "--part", "test"], "--part does not go with --search"),
        (["--search", "arima", "--only", "arima"], "--only does not go with --search"),
        (["--search", "arima", "--seeds", "1"], "--seeds does not go with --search"),
    ],
)
def test_an_option_of_a_run_is_refused_with_forecasts(
    tmp_path: Path, words: list[str], said: str
) -> None:
    out = tmp_path / "out"
    refused(call("evaluate", ["--forecasts", write_tiny(tmp_path), "--out", out, *words]), said)
    assert not out.exists()


def refused(answer: Answer, said: str) -> None:
    assert answer.code == 2
    assert answer.err.startswith("error: ")
    assert answer.err.count("\n") == 1
    assert said in answer.err


def test_what_can_fail_early_is_checked_before_a_look_is_counted(run: Path) -> None:
    (run / "report").write_text("mine", "utf-8")
    refused(call("evaluate", [run]), "report: no folder that can be written to")
    (run / "report").unlink()
    (run / "report" / "results.csv").mkdir(parents=True)
    refused(call("evaluate", [run]), "results.csv: is a folder")
    shutil.rmtree(run / "report")
    for path in (run / "forecasters").rglob("*.json"):
        path.write_text("{", "utf-8")
    refused(call("evaluate", [run]), "forecasters")
    assert not (run / "test_looks.json").exists()


def spoil(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("config.toml", None, ["no run there", "train.py"]),
        ("config.toml", b"[train]\nsede = 3\n", ["config.toml", "did you mean 'seed'?"]),
        ("provenance.json", None, ["provenance.json", "train again"]),
        ("provenance.json", b"[]", ["provenance.json", "train again"]),
        ("provenance.json", b'{"seed": 1}', ["provenance.json", "train again"]),
        ("provenance.json", b'{"paths_start_from": "."}', ["data are not the ones"]),
        ("baselines.json", None, ["baselines.json", "train again"]),
        ("baselines.json", b"{", ["baselines.json", "train again"]),
        ("baselines.json", b'{"baselines": []}', ["baselines.json", "train again"]),
        ("baselines.json", b'{"baselines": {}, "reference": 3}', ["baselines.json"]),
        ("bundle/manifest.json", None, ["manifest.json"]),
        ("bundle/policy.onnx", b"no network", ["policy.onnx", "changed"]),
        ("bundle/items.json", None, ["items.json", "missing"]),
        ("bundle/notes.txt", b"mine", ["notes.txt", "not part of the bundle"]),
        ("test_looks.json", b"{}", ["test_looks.json"]),
        ("test_looks.json", b'{"looks": 1e400}', ["test_looks.json"]),
        ("test_looks.json", b'{"looks": -3}', ["test_looks.json"]),
        ("test_looks.json", b'{"looks": "2"}', ["test_looks.json"]),
    ],
)
def test_a_run_with_a_spoilt_file_is_refused_and_not_looked_at(
    run: Path, file: str, content: bytes | None, words: list[str]
) -> None:
    spoil(run / file, content)
    answer = call("evaluate", [run, "--without-guards"])
    assert answer.code == 2, answer.err
    assert answer.err.startswith("error: ")
    assert answer.err.count("\n") == 1
    for word in words:
        assert word in answer.err
    assert not (run / "report").exists()
    if file != "test_looks.json":
        assert not (run / "test_looks.json").exists()


def changed_baseline(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def apply(run: Path) -> None:
        path = run / "baselines.json"
        content = json.loads(path.read_text("utf-8"))
        change(content["baselines"])
        path.write_text(json.dumps(content), "utf-8")

    return apply


@pytest.mark.parametrize(
    "change",
    [
        changed_baseline(
            lambda b: b["order_up_to"].update(
                individuality=1.0, parameters={"score_shift": [1.0, 2.0]}
            )
        ),
        changed_baseline(lambda b: b["order_up_to"]["parameters"].update(shift=1.0)),
        changed_baseline(
            lambda b: b["order_up_to"].update(individuality=0, parameters={"score_shift": None})
        ),
        changed_baseline(lambda b: b["order_up_to"].pop("individuality")),
        changed_baseline(lambda b: b.update(order_upto=b["order_up_to"])),
    ],
    ids=["other items", "unknown parameter", "no number", "no kind", "no such policy"],
)
def test_a_policy_that_was_not_tuned_so_is_refused(
    run: Path, change: Callable[[Path], None]
) -> None:
    change(run)
    answer = call("evaluate", [run, "--without-guards"])
    assert answer.code == 2
    assert answer.err.count("\n") == 1


def test_a_folder_that_is_no_run_is_refused_by_the_real_command_line(tmp_path: Path) -> None:
    answer = call_process("evaluate", [tmp_path])
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "no run there" in answer.err


def test_a_run_that_was_not_exported_says_how_to_get_there(run: Path) -> None:
    shutil.rmtree(run / "bundle")
    answer = call("evaluate", [run])
    assert answer.code == 2
    assert "--resume" in answer.err
