"""A run's folder: a new one appears whole, and until then the old one stays as it was."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from replenish import run_folder
from replenish.config import Config
from replenish.run_folder import (
    CONFIG,
    LOOKS,
    check_new_run,
    existing_run,
    new_run,
    provenance,
    write_json,
)

GONE = 99_999_999  # no process has that number


def stopping(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("step", ["write_text_atomic", "write_json", "rename"])
def test_an_old_run_stays_where_a_new_one_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    run = tmp_path / "mine"
    new_run(run, Config(), {"found.json": 1}, overwrite=False)
    write_json(run / LOOKS, {"looks": 3})
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    rename = Path.rename
    with monkeypatch.context() as broken:
        if step == "rename":  # the old folder has gone by then
            broken.setattr(Path, "rename", lambda old, new: (
                stopping() if old.suffix == ".partial" else rename(old, new)
            ))  # fmt: skip
        else:
            broken.setattr(run_folder, step, stopping)
        with pytest.raises(KeyboardInterrupt):
            new_run(run, Config(), {"found.json": 2}, overwrite=True)
    assert list(tmp_path.iterdir()) == [run]
    assert {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()} == before
    new_run(run, Config(), {"found.json": 2}, overwrite=True)
    assert list(tmp_path.iterdir()) == [run]
    assert (run / "found.json").read_text("utf-8") == "2\n"
    assert (run / LOOKS).read_bytes() == before[LOOKS]
    assert (run / CONFIG).is_file()


@pytest.mark.parametrize("asked", ["by name", "for a new one"])
def test_a_run_that_was_being_replaced_when_the_process_died_is_there_again(
    tmp_path: Path, asked: str
) -> None:
    run = tmp_path / "mine"
    new_run(run, Config(), {}, overwrite=False)
    write_json(run / LOOKS, {"looks": 3})
    (run / f".bundle.{GONE}.partial").mkdir()
    (run / f".provenance.{GONE}.partial.json").touch()
    run.rename(tmp_path / f".mine.{GONE}.replaced")
    if asked == "by name":
        assert existing_run(run) == Config()
    else:
        check_new_run(run, overwrite=True)
        new_run(run, Config(), {}, overwrite=True)
    assert (run / LOOKS).is_file()
    assert not list(run.glob(".*"))
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_what_belongs_to_others_or_to_a_living_process_is_left(tmp_path: Path) -> None:
    run = tmp_path / "a"
    new_run(run, Config(), {}, overwrite=False)
    stale = tmp_path / f".a.{GONE}.replaced"
    kept = [tmp_path / f".a.b.{GONE}.replaced", run / f".bundle.{os.getpid()}.partial"]
    for folder in (stale, *kept):
        folder.mkdir()
    assert existing_run(run) == Config()
    assert not stale.exists()  # or it would come back when the run is removed
    assert all(folder.exists() for folder in kept)


def test_provenance_names_the_commit_of_the_code_wherever_it_was_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = provenance(0, "", Path())["git_commit"]
    git = shutil.which("git")
    if git is None:
        pytest.skip("no git")
    monkeypatch.chdir(tmp_path)
    subprocess.run([git, "init", "-q"], check=True)
    assert provenance(0, "", Path())["git_commit"] == here
