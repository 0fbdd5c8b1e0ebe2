"""A run that takes a second: twelve items, 400 days, a moving average, two updates of PPO."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import evaluate
import train

ROOT = Path(__file__).resolve().parent.parent
TINY = """
[data]
source = "sample"
sample_items = 12
sample_periods = 400

[forecast]
name = "moving_average"

[env]
rows = 32
periods = 24

[agent]
name = "ppo"

[agent.options]
n_steps = 24
hidden = [16]

[train]
steps = 3_072
evaluate_every = 768
checkpoint_every = 1_536

[baselines]
names = ["order_up_to", "reorder_point", "rolling_horizon"]
candidates = 4
rounds = 2
programme_items = 2
"""


@dataclass(frozen=True)
class Answer:
    """What a command line said."""

    code: int
    out: str
    err: str


def write_tiny(folder: Path, text: str = TINY) -> Path:
    """Write the config into a folder and return its path."""
    path = folder / "tiny.toml"
    path.write_text(text, encoding="utf-8")
    return path


def sets(*words: str) -> list[str]:
    """Return ``--set`` before each word."""
    return [part for word in words for part in ("--set", word)]


def call(door: str, arguments: Sequence[str | Path]) -> Answer:
    """Run a door in this process, as its command line would."""
    main = {"train": train.main, "evaluate": evaluate.main}[door]
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = main([str(word) for word in arguments])
    return Answer(code, out.getvalue(), err.getvalue())


def command(door: str, arguments: Sequence[str | Path]) -> list[str]:
    """Return the real command line of a door."""
    return [sys.executable, str(ROOT / f"{door}.py"), *(str(word) for word in arguments)]


def environment() -> dict[str, str]:
    """Return what a newcomer's shell holds: no data, one thread."""
    kept = {name: value for name, value in os.environ.items() if name != "REPLENISH_DATA"}
    return {**kept, "OMP_NUM_THREADS": "1"}


def call_process(door: str, arguments: Sequence[str | Path]) -> Answer:
    """Run a door in a process of its own."""
    done = subprocess.run(
        command(door, arguments),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def train_tiny(folder: Path, *words: str, name: str = "tiny") -> Path:
    """Train to the end and return the run's folder; exported even where it learned little."""
    told = ["--name", name, "--force", *sets(*words)]
    answer = call("train", [write_tiny(folder), "--runs", folder, *told])
    assert answer.code == 0, answer.out + answer.err
    return folder / name


def results(run: Path) -> dict[str, Any]:
    """Return what the report of a run says to programs."""
    content: dict[str, Any] = json.loads((run / "report" / "results.json").read_text("utf-8"))
    return content
