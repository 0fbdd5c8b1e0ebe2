"""Tables that benchmarks draw from the reports of runs say what the reports say."""

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import intervals, results, walk_forward
from benchmarks._blocks import BLOCKS, costs_of, mean_cost, read_blocks
from benchmarks._doors import report_of
from replenish.config import load_config
from replenish.report import write_report
from replenish.run_folder import new_run
from tests.report_evaluation import evaluation, guarded

CONFIG = str(Path(__file__).parent.parent / "configs" / "m5.toml")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "one"
    write_report(guarded(evaluation(-0.3)), folder / "report")
    return folder


def table(text: str) -> list[list[str]]:
    """Return the cells of a Markdown table's rows, without its head."""
    rows = [line.strip("|").split("|") for line in text.strip().splitlines()[2:]]
    return [[cell.strip() for cell in row] for row in rows]


def called(module: object, words: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["benchmark", *words])
    module.main()  # type: ignore[attr-defined]


def test_results_draws_the_intervals_that_the_report_tells(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called(results, [str(run)], monkeypatch)
    policies, best = (table(part) for part in capsys.readouterr().out.split("\n\n"))
    told = json.loads((run / "report" / "results.json").read_text(encoding="utf-8"))["policies"]
    gaps = {policy["name"]: policy["agent_minus_this"] for policy in told}
    assert {row[0] for row in policies} == set(gaps)
    for name, *_, cell in policies:
        if gap := gaps[name]:
            ends = f"[{gap['percent_low']:+.1f}, {gap['percent_high']:+.1f}]"
            assert cell == f"{gap['percent']:+.1f} % {ends}"
    costs = {p["name"]: p["scorecard"]["total"]["cost"] for p in told if p["kind"] == "baseline"}
    assert best[0][:2] == ["one", min(costs, key=lambda name: float(costs[name]))]


def test_walking_forward_moves_every_date_and_pools_the_periods(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, list[str]]] = []

    def judged(config: str, folder: Path, words: Sequence[str], needs: str) -> Path:
        assert (config, needs) == (CONFIG, BLOCKS)
        asked.append((folder.name, list(words)))
        return run / "report"

    monkeypatch.setattr(walk_forward, "report_of", judged)
    called(walk_forward, [CONFIG, "--windows", "2"], monkeypatch)
    assert [name for name, _ in asked] == ["window-0", "window-1"]
    for words, until in ((asked[0][1], "2016-04-24"), (asked[1][1], "2015-10-24")):
        assert f'split.test_until="{until}"' in words
    assert 'split.validation_until="2015-04-24"' in asked[1][1]
    costs = costs_of(read_blocks(run / "report" / BLOCKS))
    for name, first, second, both, *_ in table(capsys.readouterr().out):
        assert first == second == both == f"{mean_cost(costs[name]):.4f}"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--months", "3"], "test periods would overlap"),
        (["--seed", "5", "--windows", "1"], "its train.seed is 0, here it is 5"),
    ],
)
def test_windows_that_overlap_and_runs_of_another_question_stop_the_benchmark(
    tmp_path: Path,
    words: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    new_run(tmp_path / "window-0", load_config(Path(CONFIG)), {}, overwrite=False)
    (tmp_path / "window-0" / "report").mkdir()
    (tmp_path / "window-0" / "report" / BLOCKS).touch()
    assert report_of(CONFIG, tmp_path / "window-0", [], BLOCKS).is_dir()  # the same question
    with pytest.raises(SystemExit) as ended:
        called(walk_forward, [CONFIG, "--runs", str(tmp_path), *words], monkeypatch)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_intervals_are_tried_on_every_mixture_of_parts(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called(intervals, [str(run), "--trials", "12"], monkeypatch)
    rows = table(capsys.readouterr().out)
    assert [tuple(row[1:3]) for row in rows] == [
        (f"× {a:g}", f"× {b:g}") for a, b in intervals.PARTS
    ]
    held = [float(row[4].rstrip(" %")) for row in rows]
    assert min(held) > 60.0  # as drawn, the pigeonhole holds the truth nearly always
    for row in rows:
        assert 0 < float(row[7]) <= float(row[8]) * 1.3


def test_costs_of_different_items_are_not_compared(run: Path) -> None:
    rows = read_blocks(run / "report" / BLOCKS)
    one = rows["policy"] == "agent"
    other = pd.concat([rows[~one], rows[one].iloc[:-1]])
    with pytest.raises(ValueError, match="different items"):
        costs_of(other)


@pytest.mark.parametrize("module", [results, intervals])
def test_a_run_that_was_not_judged_is_answered_in_a_line(
    module: object,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as end:
        called(module, [str(tmp_path / "nothing")], monkeypatch)
    assert end.value.code == 2
    assert f"python evaluate.py {tmp_path / 'nothing'}" in capsys.readouterr().err
