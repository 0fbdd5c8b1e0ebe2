"""The real process: a polite stop leaves a whole checkpoint, a kill loses nothing written."""

import json
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.tiny_run import ROOT, TINY, Answer, call, call_process, command, environment, write_tiny

STEPS = 40 * 768
LONGER = TINY.replace("steps = 3_072", f"steps = {STEPS}")


def start(arguments: Sequence[str | Path]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command("train", arguments),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def stopped(process: subprocess.Popen[str], number: int) -> Answer:
    process.send_signal(number)
    out, err = process.communicate(timeout=300)
    return Answer(process.returncode, out, err)


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 300
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.01)


def written_at(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def wait_for_change(path: Path, before: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 300
    while written_at(path) == before and process.poll() is None:
        assert time.monotonic() < deadline, f"nothing new in {path}"
        time.sleep(0.01)


def steps_of(checkpoint: Path) -> int:
    with np.load(checkpoint, allow_pickle=False) as file:
        return int(json.loads(bytes(file["notes"]).decode())["num_timesteps"])


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_polite_stop_leaves_a_whole_checkpoint_and_says_how_to_go_on(
    tmp_path: Path, number: int
) -> None:
    arguments: list[str | Path] = [write_tiny(tmp_path, LONGER), "--runs", str(tmp_path)]
    process = start(arguments)
    last = tmp_path / "tiny" / "checkpoints" / "last.npz"
    wait_for(last, process)
    answer = stopped(process, number)
    assert answer.code == 130
    assert "Traceback" not in answer.err
    assert 0 < steps_of(last) < STEPS
    line = next(line for line in answer.out.splitlines() if line.startswith("stopped; go on with"))
    words = line.partition(": python train.py ")[2].split()
    again = call_process("train", [*words, "--force"])
    assert again.code == 0, again.err
    assert steps_of(last) >= STEPS


@pytest.mark.slow
def test_a_stop_before_learning_says_how_to_go_on(tmp_path: Path) -> None:
    slow_tuning = LONGER.replace("candidates = 4", "candidates = 4096")
    process = start([write_tiny(tmp_path, slow_tuning), "--runs", str(tmp_path)])
    wait_for(tmp_path / "tiny" / "forecasters", process)
    answer = stopped(process, signal.SIGINT)
    assert answer.code == 130
    assert "Traceback" not in answer.err
    assert "stopped; go on with: python train.py" in answer.out


@pytest.mark.slow
def test_a_kill_at_any_moment_loses_nothing_that_was_written(tmp_path: Path) -> None:
    arguments: list[str | Path] = [write_tiny(tmp_path, LONGER), "--runs", str(tmp_path)]
    run, rng = tmp_path / "tiny", np.random.default_rng(3)
    last, reached, killed = run / "checkpoints" / "last.npz", 0, 0
    start_of_all, tuned = run / "baselines" / "policy_search.json", run / "baselines.json"
    landmarks = (run / "config.toml", run / "forecasters", start_of_all, last, last, last, tuned)
    for landmark in landmarks:
        begun, before = (run / "config.toml").exists(), written_at(landmark)
        process = start([*arguments, "--resume" if begun else "--overwrite", "--force"])
        wait_for_change(landmark, before, process)
        time.sleep(rng.uniform(0.0, 0.5))
        process.kill()
        _, err = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), err
        killed += process.returncode == -signal.SIGKILL
        if last.exists():
            assert steps_of(last) >= reached
            reached = steps_of(last)
    assert killed >= 3
    answer = call("train", [*arguments, "--resume", "--force"])
    assert answer.code == 0, answer.err
    assert steps_of(last) >= STEPS
    assert call("evaluate", [run, "--without-guards"]).code == 0
