"""Runs that a benchmark trains and judges through the two doors that users take."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from replenish.config import load_config
from replenish.run_folder import CONFIG

ROOT = Path(__file__).resolve().parent.parent


def stop(words: str) -> NoReturn:
    """Say in one line what is wrong, and end with exit code 2."""
    print(f"error: {words}", file=sys.stderr)
    sys.exit(2)


def report_of(config: str, run: Path, words: Sequence[str], needs: str) -> Path:
    """Return the folder of a run's report; train and judge the run where that is missing.

    What the doors say goes to a log beside the run; one that was made with other settings stops
    the benchmark.

    Args:
        config: A preset.
        run: Folder of the run.
        words: ``section.key=value`` for ``--set``.
        needs: File without which the report is missing.
    """
    report, log = run / "report", run.with_name(f"{run.name}.log")
    if (report / needs).exists():
        _check_settings(config, run, words)
    else:
        sets = [part for word in words for part in ("--set", word)]
        train = ["train.py", config, "--name", run.name, "--runs", str(run.parent), "--force"]
        _call([*train, *sets, "--overwrite"], log)
        _call(["evaluate.py", str(run), "--without-guards"], log)
    return report


def _check_settings(config: str, run: Path, words: Sequence[str]) -> None:
    """Stop where a run that stands there answers another question."""
    wanted, found = (
        told.model_dump() for told in (load_config(Path(config), words), load_config(run / CONFIG))
    )
    for section, values in wanted.items():
        for name, value in values.items():
            if value != (other := found[section][name]):
                stop(
                    f"{run}: its {section}.{name} is {other!r}, here it is {value!r}; choose "
                    "another folder with --runs"
                )


def _call(arguments: Sequence[str], log: Path) -> None:
    """Run one of the two doors."""
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {"OMP_NUM_THREADS": "1", **os.environ}
    with log.open("a", encoding="utf-8") as file:
        command = [sys.executable, str(ROOT / arguments[0]), *arguments[1:]]
        done = subprocess.run(
            command, env=environment, stdout=file, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        stop(f"{arguments[0]} ended with {done.returncode}; see {log}")
