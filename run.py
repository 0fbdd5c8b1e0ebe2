#!/usr/bin/env python3
"""Set up, try and check replenish with nothing but Python and git: `python3 run.py` lists how.

The first call makes `.venv` and installs the versions of `constraints.txt` into it; a stamp in it
spares later calls the work, and an installation that was interrupted is made anew.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "replenish-setup.txt"  # what was installed; "unfinished" until all of it was
CONSTRAINTS = ROOT / "constraints.txt"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"

DEMO_DATE = "2025-01-07"  # the day after the sample's last one
DEMO_SHORT = [  # every step of the way, each too short to be any good
    *("--set", "forecast.options.updates=400", "--set", "baselines.rounds=1"),
    *("--set", "train.steps=20000", "--force"),
]


def demo_commands(short: bool, extra: list[str]) -> list[tuple[str, list[str]]]:
    """Return the title and the arguments to Python of every step of the main job, in order."""
    today = "runs/demo/today"  # files as a shop would bring them
    train = ["train.py", "configs/demo.toml", "--name", "demo", "--overwrite"]
    recommend = ["-m", "replenish", "recommend", "--bundle", "runs/demo/bundle"]
    for name in ("sales", "items", "stock", "open-orders", "plan"):
        recommend += [f"--{name}", f"{today}/{name.replace('-', '_')}.csv"]
    return [
        ("train an agent on the sample data", train + (DEMO_SHORT if short else []) + extra),
        ("judge it on days that nobody trained on", ["evaluate.py", "runs/demo"]),
        ("write today's files", ["-m", "replenish", "sample", "--items", "600", "--out", today]),
        (
            "decide today's orders",
            [*recommend, "--as-of", DEMO_DATE, "--out", f"{today}/orders.csv"],
        ),
    ]


def run_step(title: str, arguments: list[str], python: Path = PYTHON) -> int:
    """Run Python with the arguments from the checkout; say what, and how long it took."""
    print(f"== {title}: {shlex.join([python.name, *arguments])}", flush=True)
    start = time.monotonic()
    environment = {"OMP_NUM_THREADS": "1", **os.environ}  # two threads fight over small networks
    command = [str(python), *arguments]
    status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    outcome = "done" if status == 0 else f"FAILED (exit code {status})"
    print(f"== {title}: {outcome} after {time.monotonic() - start:.1f} s", flush=True)
    return status


def run_all(steps: list[tuple[str, list[str]]]) -> None:
    """Run the steps one after the other and stop at the first that fails, with its exit code."""
    for title, arguments in steps:
        if status := run_step(title, arguments):
            sys.exit(status)


def fingerprint() -> str:
    """Return what an installation depends on, as a hash: versions, metadata, Python."""
    metadata = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.")[0]
    text = "\n".join([metadata, sys.version, str(ROOT), CONSTRAINTS.read_text(encoding="utf-8")])
    return hashlib.sha256(text.encode()).hexdigest()


def pinned(package: str) -> str:
    """Return the package with its version as the constraints file has it."""
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith(f"{package}=="))


def cuda_parts(report: dict[str, Any]) -> list[str]:
    """Return what pip would install for graphics cards, from its `--dry-run --report`."""
    packages = [part["metadata"] for part in report["install"]]
    parts = [f"{package['name'].lower()} {package['version']}" for package in packages]
    return [part for part in parts if re.match(r"nvidia-|cuda-|.*\+(cu|rocm)", part)]


def ask_before_cuda(torch: list[str]) -> None:
    """Stop with a choice where this pip command would take a CUDA build; download nothing."""
    command = [str(PYTHON), *torch, "--dry-run", "--report", "-"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode:
        sys.stderr.write(answer.stderr)
        raise SystemExit(f"pip finds no {pinned('torch')} for this machine; see its words above")
    found = cuda_parts(json.loads(answer.stdout))
    if not found:
        return
    print(
        f"\npip would take a CUDA build of torch here, several gigabytes ({len(found)} parts, such "
        f"as {', '.join(found[:3])}).\nThis project needs a processor only. Choose one, "
        "then call the same command again:\n"
        f"  python3 run.py setup --torch-index {CPU_INDEX}    the build for processors\n"
        "  python3 run.py setup --cuda    the CUDA build after all",
        file=sys.stderr,
    )
    raise SystemExit(2)


def set_up(options: argparse.Namespace) -> None:
    """Make `.venv` hold exactly the pinned versions; do nothing where it does already."""
    wanted = fingerprint()
    known = STAMP.read_text(encoding="utf-8") if STAMP.exists() else None
    if known == wanted and PYTHON.exists():
        print(f"== set-up: {VENV.name} is up to date", flush=True)
        return
    VENV.mkdir(exist_ok=True)
    found = [path for path in VENV.iterdir() if path != STAMP]
    if found and known is None:
        raise SystemExit(f"{VENV} was not made by run.py; move it away, then try again")
    STAMP.write_text("unfinished", encoding="utf-8")
    for path in found:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    if run_step("make .venv", ["-m", "venv", str(VENV)], Path(sys.executable)):
        raise SystemExit("cannot make .venv (on Debian: apt install python3-venv)")
    install = ["-m", "pip", "install", "-qq", "-c", CONSTRAINTS.name]
    torch = [*install, pinned("torch")]
    torch += ["--extra-index-url", options.torch_index] if options.torch_index else []
    run_all([("install pip", [*install, pinned("pip")])])
    if not options.cuda:
        ask_before_cuda(torch)
    rest = [*install, "--no-build-isolation", "-e", ".[train,dev]"]
    builder = [*install, pinned("hatchling")]
    run_all([("install torch", torch), ("install hatchling", builder), ("install the rest", rest)])
    STAMP.write_text(wanted, encoding="utf-8")


def check(all_tests: bool, extra: list[str]) -> None:
    """Run format check, lint, type check and tests, all of them, and fail if one did."""
    workers = ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadfile"]
    steps = [
        ("format", ["-m", "ruff", "format", "--check", "."]),
        ("lint", ["-m", "ruff", "check", "."]),
        ("types", ["-m", "mypy"]),
        ("tests", ["-m", "pytest", *workers, *(["--all"] if all_tests else []), *extra]),
    ]
    if failed := [title for title, arguments in steps if run_step(title, arguments)]:
        raise SystemExit(f"failed: {', '.join(failed)}")


def read_arguments(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return the options, and what is to be passed on to train.py (demo) or to pytest."""
    setup = argparse.ArgumentParser(add_help=False)
    setup.add_argument("--torch-index", metavar="URL", help="take torch from this index")
    setup.add_argument("--cuda", action="store_true", help="accept a CUDA build of torch")
    parser = argparse.ArgumentParser(description="Set up, try and check replenish.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    texts = {
        "setup": "make .venv with the pinned versions",
        "demo": "set up, then the main job on the sample data; more arguments go to train.py",
        "test": "set up, then check; more arguments go to pytest",
        "check": "format check, lint, type check and tests",
    }
    one = {
        name: commands.add_parser(name, parents=[setup], help=text, allow_abbrev=False)
        for name, text in texts.items()
    }
    one["demo"].add_argument("--short", action="store_true", help="train for seconds only")
    for name in ("test", "check"):
        one[name].add_argument("--all", action="store_true", help="run the slow tests too")
    options, extra = parser.parse_known_args(arguments)
    if options.command == "setup" and extra:
        one["setup"].error(f"unknown arguments: {shlex.join(extra)}")
    if options.command is None:
        parser.print_help()
        raise SystemExit(2)
    return options, extra


def main() -> None:
    """Do what the command line asks."""
    if sys.version_info < (3, 11):  # noqa: UP036 (anyone may call this file)
        raise SystemExit(f"run.py needs Python 3.11 or newer; this is {sys.version.split()[0]}")
    options, extra = read_arguments(sys.argv[1:])
    set_up(options)
    if options.command == "demo":
        run_all(demo_commands(options.short, extra))
        print("== look at runs/demo/report/report.html and runs/demo/today/orders.csv", flush=True)
    elif options.command in ("test", "check"):
        check(options.all, extra)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
