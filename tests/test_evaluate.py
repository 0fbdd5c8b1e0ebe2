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
from tests.tiny_run import call, call_process, results


@pytest.fixture
def run(trained_run: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    shutil.copytree(trained_run, folder, ignore=shutil.ignore_patterns("report", "test_looks.json"))
    return folder


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
    assert own["agent"]["cost, forecasts of its own sales"] > 0


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
