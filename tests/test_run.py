"""`run.py`: set-up happens once, is repaired when cut short, and never surprises with gigabytes."""

import ast
import json
import subprocess
import sys
import tomllib
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

import run

ROOT = Path(__file__).resolve().parent.parent
CHOICE = Namespace(torch_index=None, cuda=False)


def report(*packages: tuple[str, str]) -> dict[str, Any]:
    """Return the part that counts of `pip install --dry-run --report` for these packages."""
    return {"install": [{"metadata": {"name": n, "version": v}} for n, v in packages]}


class Pip:
    """Takes the place of every process that `run.py` starts, and remembers what it was asked."""

    def __init__(self, answer: dict[str, Any], fails_at: str = "") -> None:
        self.answer = answer
        self.fails_at = fails_at
        self.commands: list[list[str]] = []

    def __call__(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        if command[1:3] == ["-m", "venv"]:
            (run.PYTHON.parent).mkdir(exist_ok=True)
            run.PYTHON.touch()
        failed = bool(self.fails_at) and self.fails_at in command[-1]
        return subprocess.CompletedProcess(command, int(failed), json.dumps(self.answer), "")

    @property
    def installed(self) -> list[str]:
        """Return what follows `-c constraints.txt` in every real installation."""
        real = [command for command in self.commands if "--dry-run" not in command]
        return [" ".join(command[7:]) for command in real if "pip" in command]


@pytest.fixture
def pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pip:
    fake = Pip(report(("torch", "2.13.0+cpu")))
    monkeypatch.setattr(run, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(run, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(run, "STAMP", tmp_path / ".venv" / "stamp")
    monkeypatch.setattr(subprocess, "run", fake)
    return fake


@pytest.mark.parametrize(
    ("packages", "parts"),
    [
        ([("torch", "2.13.0+cpu"), ("sympy", "1.14.0")], []),
        ([("torch", "2.13.0"), ("networkx", "3.6.1")], []),
        ([("torch", "2.13.0"), ("nvidia-cudnn-cu13", "9.2")], ["nvidia-cudnn-cu13 9.2"]),
        ([("torch", "2.13.0"), ("cuda-toolkit", "13.0")], ["cuda-toolkit 13.0"]),
        ([("torch", "2.13.0+cu130")], ["torch 2.13.0+cu130"]),
        ([("torch", "2.13.0+rocm7.0")], ["torch 2.13.0+rocm7.0"]),
    ],
)
def test_a_cuda_build_is_recognised_by_its_parts(
    packages: list[tuple[str, str]], parts: list[str]
) -> None:
    assert run.cuda_parts(report(*packages)) == parts


def test_a_cuda_build_stops_with_a_choice_before_anything_is_downloaded(
    pip: Pip, capsys: pytest.CaptureFixture[str]
) -> None:
    pip.answer = report(("torch", "2.13.0"), ("nvidia-cublas", "13.1"))
    with pytest.raises(SystemExit) as stop:
        run.set_up(CHOICE)
    assert stop.value.code == 2
    assert pip.installed == [run.pinned("pip")]
    words = capsys.readouterr().err
    assert "setup --torch-index https://" in words
    assert "setup --cuda" in words


@pytest.mark.parametrize(
    ("choice", "torch"),
    [
        (CHOICE, run.pinned("torch")),
        (Namespace(torch_index=None, cuda=True), run.pinned("torch")),
        (
            Namespace(torch_index="https://x", cuda=False),
            f"{run.pinned('torch')} --extra-index-url https://x",
        ),
    ],
    ids=["cpu", "cuda", "index"],
)
def test_torch_comes_first_and_alone(pip: Pip, choice: Namespace, torch: str) -> None:
    run.set_up(choice)
    assert pip.installed == [
        run.pinned("pip"),
        torch,
        run.pinned("hatchling"),
        "--no-build-isolation -e .[train,dev]",
    ]


def test_accepting_cuda_is_not_asked_again(pip: Pip) -> None:
    pip.answer = report(("torch", "2.13.0+cu130"))
    run.set_up(Namespace(torch_index=None, cuda=True))
    assert len(pip.installed) == 4


def test_set_up_is_done_once(pip: Pip) -> None:
    run.set_up(CHOICE)
    pip.commands.clear()
    run.set_up(CHOICE)
    assert pip.commands == []


@pytest.mark.parametrize("fails_at", ["pip==", "torch==", "hatchling==", ".[train,dev]"])
def test_a_set_up_cut_short_is_made_anew(pip: Pip, fails_at: str) -> None:
    pip.fails_at = fails_at
    with pytest.raises(SystemExit):
        run.set_up(CHOICE)
    half_installed = run.VENV / "lib" / "half-installed"
    half_installed.mkdir(parents=True)
    (run.VENV / "lib64").symlink_to(run.VENV / "lib")
    pip.fails_at, pip.commands = "", []
    run.set_up(CHOICE)
    assert not half_installed.exists()
    assert len(pip.installed) == 4


def test_other_versions_are_installed_anew(
    pip: Pip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.set_up(CHOICE)
    changed = tmp_path / "constraints.txt"
    changed.write_text(run.CONSTRAINTS.read_text("utf-8").replace("tqdm==", "tqdm==9"), "utf-8")
    monkeypatch.setattr(run, "CONSTRAINTS", changed)
    pip.commands.clear()
    run.set_up(CHOICE)
    assert len(pip.installed) == 4


def test_an_environment_of_the_user_is_left_alone(pip: Pip) -> None:
    run.VENV.mkdir()
    mine = run.VENV / "mine"
    mine.touch()
    with pytest.raises(SystemExit, match="was not made by run"):
        run.set_up(CHOICE)
    assert mine.exists()
    assert pip.commands == []


def test_check_runs_every_check_and_names_the_failed(
    pip: Pip, capsys: pytest.CaptureFixture[str]
) -> None:
    pip.fails_at = "mypy"
    with pytest.raises(SystemExit, match=r"^failed: types$"):
        run.check(all_tests=True, extra=["-x"])
    assert [command[2] for command in pip.commands] == ["ruff", "ruff", "mypy", "pytest"]
    assert pip.commands[-1][-2:] == ["--all", "-x"]
    assert "types: FAILED (exit code 1)" in capsys.readouterr().out


def test_the_demo_stops_at_the_first_failure_with_its_exit_code(pip: Pip) -> None:
    pip.fails_at = "runs/demo"
    with pytest.raises(SystemExit) as stop:
        run.run_all(run.demo_commands(short=True, extra=["--set", "train.seed=2"]))
    assert stop.value.code == 1
    assert [command[1] for command in pip.commands] == ["train.py", "evaluate.py"]
    assert pip.commands[0][-2:] == ["--set", "train.seed=2"]


def test_an_old_python_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    ast.parse((ROOT / "run.py").read_text("utf-8"), feature_version=(3, 8))
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer"):
        run.main()


def test_without_a_command_all_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        run.read_arguments([])
    assert stop.value.code == 2
    assert {"setup", "demo", "test", "check"} <= set(capsys.readouterr().out.split())


def test_what_run_does_not_know_is_passed_on() -> None:
    options, extra = run.read_arguments(["demo", "--short", "--set", "train.seed=2"])
    assert (options.short, extra) == (True, ["--set", "train.seed=2"])
    options, extra = run.read_arguments(["test", "--all", "-k", "stock"])
    assert (options.all, extra) == (True, ["-k", "stock"])
    with pytest.raises(SystemExit):
        run.read_arguments(["setup", "--cuba"])


def dependencies() -> list[Requirement]:
    """Return every dependency that pyproject.toml names, extras and build tool included."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = settings["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    return [Requirement(line) for line in [*project["dependencies"], *extras]]


@pytest.mark.parametrize("dependency", dependencies(), ids=lambda dependency: dependency.name)
def test_every_dependency_is_pinned_and_explained(dependency: Requirement) -> None:
    pins = dict(
        line.lower().replace("_", "-").split("==")
        for line in run.CONSTRAINTS.read_text("utf-8").splitlines()
        if not line.startswith("#")
    )
    assert dependency.specifier.contains(pins[dependency.name])
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    assert f"| {dependency.name} |" in page
