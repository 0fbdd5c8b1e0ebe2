"""Training leaves a whole run, goes on where it stopped, and exports what is better."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import agents._training as training
from agents._monitor import Monitor
from envs.stable_baselines import StableBaselinesReplenishment
from replenish.bundle import load_bundle
from replenish.config import config_template, load_config
from replenish.forecasting.files import load_blocks
from replenish.run_folder import existing_run
from replenish.streams import Stream
from replenish.tuning.opponents import mean_cost
from replenish.tuning.search import LEANINGS
from replenish.workbench import set_up
from tests.tiny_run import ROOT, TINY, call, call_process, train_tiny, write_tiny

STEPS = 3_072


def weights(run: Path, name: str = "last.npz") -> dict[str, np.ndarray]:
    with np.load(run / "checkpoints" / name, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def notes(run: Path, name: str = "last.npz") -> dict[str, float]:
    content: dict[str, float] = json.loads(bytes(weights(run, name)["notes"]).decode())
    return content


def scalars(run: Path) -> EventAccumulator:
    events = EventAccumulator(str(run / "tensorboard"))
    events.Reload()
    return events


def test_a_run_holds_everything_that_it_was_made_from_and_led_to(trained_run: Path) -> None:
    provenance = json.loads((trained_run / "provenance.json").read_text("utf-8"))
    assert provenance["seed"] == 0
    assert provenance["versions"]["torch"] == torch.__version__
    assert len(provenance["data_sha256"]) == 64
    report = json.loads((trained_run / "data_report.json").read_text("utf-8"))
    assert "12" in json.dumps(report)
    contents = load_bundle(trained_run / "bundle").contents
    assert contents.horizon > 0
    paths = {"folder", "sales", "items", "plan", "receipts", "orders"}
    assert not paths & contents.data.keys()  # a bundle holds no path
    assert not list(trained_run.rglob("*.partial*"))


def test_the_kept_config_is_the_resolved_one(trained_run: Path) -> None:
    kept = (trained_run / "config.toml").read_text("utf-8")
    assert tomllib.loads(kept)["train"]["steps"] == STEPS
    assert "clip_range" not in kept  # what the agent's file says by itself stays there
    assert load_config(trained_run / "config.toml").env.rows == 32


def test_tensorboard_shows_what_a_planner_reads(trained_run: Path) -> None:
    events = scalars(trained_run)
    seen = set(events.Tags()["scalars"])
    expected = "cost cost_holding cost_shortage cost_ordering fill_rate orders average_stock"
    assert {f"validation/{name}" for name in expected.split()} <= seen
    assert {
        "validation/gap_to_best_baseline_percent",
        "validation/best_cost_per_period",
        "shop/training_cost_per_period",
        "train/loss",
    } <= seen
    costs = [event.value for event in events.Scalars("validation/cost")]
    assert events.Scalars("validation/cost")[0].step == 0  # the untrained agent is judged too
    best = events.Scalars("validation/best_cost_per_period")[-1].value
    assert best == pytest.approx(min(costs), rel=1e-6)
    parts = [
        events.Scalars(f"validation/cost_{part}")[0].value
        for part in ("holding", "shortage", "ordering")
    ]
    assert sum(parts) == pytest.approx(costs[0], rel=1e-5)


def test_tensorboard_knows_the_hyper_parameters_with_the_final_score(trained_run: Path) -> None:
    content = scalars(trained_run).summary_metadata["_hparams_/session_start_info"].plugin_data
    assert b"agent/learning_rate" in content.content
    assert b"moving_average" in content.content
    metrics = scalars(trained_run).summary_metadata["_hparams_/experiment"].plugin_data
    assert b"validation/best_cost_per_period" in metrics.content


@pytest.mark.slow
def test_the_same_seed_learns_the_same_weights(trained_run: Path, tmp_path: Path) -> None:
    ours, again = weights(trained_run), weights(train_tiny(tmp_path))
    other = weights(train_tiny(tmp_path, "train.seed=1", name="other"))
    learned = [name for name in ours if name.startswith("weights/policy/")]
    assert learned
    for name in learned:
        np.testing.assert_array_equal(ours[name], again[name])
    assert any(not np.array_equal(ours[name], other[name]) for name in learned)


def test_the_best_network_on_validation_is_kept_and_exported(trained_run: Path) -> None:
    costs = scalars(trained_run).Scalars("validation/cost")
    cheapest = min(costs, key=lambda event: event.value)
    best = notes(trained_run, "best.npz")
    assert best["best_step"] == cheapest.step
    scores = load_bundle(trained_run / "bundle").contents.scores
    assert scores["agent_as_learned"] == pytest.approx(best["best_cost"], rel=1e-6)


def test_the_exported_blend_costs_on_validation_what_the_run_said(trained_run: Path) -> None:
    bundle, problem = load_bundle(trained_run / "bundle"), set_up(existing_run(trained_run), Path())
    part, scores = problem.split.validation, bundle.contents.scores
    table = problem.forecasts(load_blocks(trained_run / "forecasters"), part)
    validation = problem.episodes(table, part).whole(Stream.CHOICES.generator(0))
    assert set(bundle.contents.own.share) <= set(LEANINGS)
    assert mean_cost(bundle.policy, validation) == pytest.approx(scores["agent"], rel=1e-6)
    unknown = bundle.policy.for_rows(np.full(12, -1))
    assert mean_cost(unknown, validation) == pytest.approx(scores["agent_as_learned"], rel=1e-6)


def stop_at(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop learning as Ctrl-C does, at a number of row-steps."""
    plain = Monitor._on_step

    def stopping(self: Monitor) -> bool:
        self.stopped = self.num_timesteps >= steps
        return plain(self)

    monkeypatch.setattr(Monitor, "_on_step", stopping)


@pytest.mark.slow
@pytest.mark.parametrize("agent", ["ppo", "sac"])
def test_a_stopped_training_goes_on_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: str
) -> None:
    text = TINY.replace('"ppo"', f'"{agent}"')
    if agent == "sac":
        text = text.replace("n_steps = 24", "learning_starts = 512\nbatch_size = 64")
    arguments: list[str | Path] = [write_tiny(tmp_path, text), "--runs", tmp_path]
    with monkeypatch.context() as patch:
        stop_at(1_600, patch)
        stopped = call("train", arguments)
    assert stopped.code == 130
    assert re.search(r"go on with: python train\.py .* --resume", stopped.out)
    run = tmp_path / "tiny"
    learned = 2 * 24 * 32 if agent == "ppo" else 1_600 - 32  # the rest taught nothing yet
    assert notes(run)["num_timesteps"] == learned
    assert not (run / "bundle").exists()
    again = call("train", [*arguments, "--resume", "--force"])
    assert again.code == 0, again.err
    assert notes(run)["num_timesteps"] == pytest.approx(STEPS, abs=768)
    assert notes(run)["num_timesteps"] >= STEPS
    assert load_bundle(run / "bundle").contents.scores["agent"] > 0


def test_a_finished_run_says_what_comes_next(trained_run: Path) -> None:
    config = trained_run.parent / "tiny.toml"
    answer = call("train", [config, "--runs", trained_run.parent, "--resume"])
    assert answer.code == 0
    assert f"python evaluate.py {trained_run}" in answer.out


def test_resuming_meets_demand_that_the_learner_has_not_seen(
    trained_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(trained_run, tmp_path / "tiny")
    seeds: list[int] = []
    plain = StableBaselinesReplenishment.seed

    def noted(self: StableBaselinesReplenishment, seed: int | None = None) -> object:
        seeds.append(int(seed or 0))
        return plain(self, seed)

    monkeypatch.setattr(StableBaselinesReplenishment, "seed", noted)
    shutil.rmtree(tmp_path / "tiny" / "bundle")
    arguments: list[str | Path] = [write_tiny(tmp_path), "--runs", tmp_path, "--resume", "--force"]
    assert call("train", arguments).code == 0
    assert seeds[0] == 0
    assert seeds[-1] >= STEPS


def test_a_better_network_found_since_the_last_checkpoint_is_not_lost(
    trained_run: Path, tmp_path: Path
) -> None:
    """A kill between a look and the next checkpoint leaves a best network younger than the last."""
    run = tmp_path / "tiny"
    shutil.copytree(trained_run, run)
    shutil.rmtree(run / "bundle")
    (run / "checkpoints" / ".last.1.partial.npz").write_bytes(b"half")
    rewrite_notes(run / "checkpoints" / "last.npz", num_timesteps=1_536, best_cost=1e9)
    rewrite_notes(run / "checkpoints" / "best.npz", best_cost=1e-9, best_step=1_600)
    arguments: list[str | Path] = [write_tiny(tmp_path), "--runs", tmp_path, "--resume", "--force"]
    assert call("train", arguments).code == 0
    assert notes(run, "best.npz")["best_step"] == 1_600
    assert notes(run)["best_cost"] == 1e-9
    kept = sorted(path.name for path in (run / "checkpoints").iterdir())
    assert kept == ["best.npz", "last.npz"]


def rewrite_notes(path: Path, **changes: float) -> None:
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    told = json.loads(bytes(arrays["notes"]).decode()) | changes
    arrays["notes"] = np.frombuffer(json.dumps(told).encode(), dtype=np.uint8)
    np.savez(path, **arrays)


def never_better(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every update leave the agent as the reference policy."""
    plain = training.make_learner

    def frozen(*arguments: object) -> object:
        model = plain(*arguments)  # type: ignore[arg-type]  # passed through as they came
        model.train = lambda: None
        return model

    monkeypatch.setattr(training, "make_learner", frozen)


@pytest.mark.slow
def test_an_agent_no_better_than_its_fallback_is_exported_by_force_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never_better(monkeypatch)
    arguments: list[str | Path] = [write_tiny(tmp_path), "--runs", tmp_path]
    refused = call("train", arguments)
    assert refused.code == 2
    assert "not better than reference" in refused.err
    assert "--resume --force" in refused.err
    run = tmp_path / "tiny"
    assert not (run / "bundle").exists()
    assert notes(run)["num_timesteps"] >= STEPS
    forced = call("train", [*arguments, "--resume", "--force"])
    assert forced.code == 0, forced.err
    assert load_bundle(run / "bundle").contents.scores["agent"] > 0


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--resume"], ["no run there", "train.py"]),
        (["--resume", "--set", "train.seed=2"], ["--set with --resume"]),
        (["--name", "a/b"], ["--name"]),
        (["--name", ".."], ["--name"]),
        (["--runs", "tiny.toml"], ["--runs"]),
    ],
)
def test_a_run_that_cannot_begin_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: list[str]
) -> None:
    write_tiny(tmp_path)
    monkeypatch.chdir(tmp_path)
    answer = call("train", ["tiny.toml", *arguments])
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    for word in words:
        assert word in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.toml"]


def test_a_folder_that_is_no_run_is_never_removed(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "thesis.txt").write_text("years of work", "utf-8")
    answer = call("train", [write_tiny(tmp_path), "--runs", tmp_path, "--overwrite"])
    assert answer.code == 2
    assert "is not a run" in answer.err
    assert (tmp_path / "tiny" / "thesis.txt").read_text("utf-8") == "years of work"


def test_a_run_does_not_go_on_with_other_data(trained_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "tiny"
    shutil.copytree(trained_run, run)
    shutil.rmtree(run / "bundle")
    config = run / "config.toml"
    text = config.read_text("utf-8")
    assert "sample_seed = 1" in text
    config.write_text(text.replace("sample_seed = 1", "sample_seed = 2"), "utf-8")
    answer = call("train", [write_tiny(tmp_path), "--runs", tmp_path, "--resume"])
    assert answer.code == 2
    assert "the data are not the ones this run was trained on" in answer.err


def test_help_teaches_and_answers_at_once() -> None:
    for door in ("train", "evaluate"):
        answer = call_process(door, ["--help"])
        assert answer.code == 0
        assert f"python {door}.py" in answer.out


def test_a_config_to_start_from_is_printed_when_asked_for() -> None:
    answer = call_process("train", ["--keys"])
    assert (answer.code, answer.out, answer.err) == (0, config_template(), "")


@pytest.mark.parametrize("door", ["train", "evaluate"])
def test_help_imports_nothing_that_is_slow(door: str) -> None:
    code = (
        f"import sys, {door}; print({{'numpy', 'pandas', 'torch', 'pydantic'}} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
