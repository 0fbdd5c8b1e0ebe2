"""``runs/NAME``: where a run stands, what it was made from, and how it goes on."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from replenish.config import Config, dump_config, load_config
from replenish.errors import InputError
from replenish.files import new_folder_atomic, restore, write_text_atomic

CONFIG, PROVENANCE, DATA_REPORT = "config.toml", "provenance.json", "data_report.json"
TUNED, FORECASTERS, CHECKPOINTS = "baselines.json", "forecasters", "checkpoints"
BUNDLE, REPORT, TENSORBOARD, LOOKS = "bundle", "report", "tensorboard", "test_looks.json"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PACKAGES = (
    "gymnasium", "numpy", "onnxruntime", "pandas", "scipy", "stable-baselines3", "statsmodels",
    "torch",
)  # fmt: skip


def check_name(name: str) -> None:
    """Raise an `InputError` unless a run can be called so: letters, digits, dot, dash, underscore.

    A name that begins with a dot is none: such folders are half-written runs.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"--name {name!r}: expected up to 64 letters, digits, '.', '-' and '_'")


def check_new_run(folder: Path, *, overwrite: bool) -> None:
    """Raise unless a new run can be made there; nothing is written or removed.

    A run that a killed process was about to replace stands there again.

    Args:
        folder: The runs' folder and the run's name.
        overwrite: Whether a run that stands there may be replaced.

    Raises:
        InputError: Something stands there, or nothing can be written there.
    """
    restore(folder)
    root = next(above for above in folder.parents if above.exists())
    if not root.is_dir() or not os.access(root, os.W_OK):
        raise InputError(f"{root}: no folder that can be written to; choose another with --runs")
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder / CONFIG).is_file():
        raise InputError(f"{folder}: is not a run (no {CONFIG}); choose another --name")
    if not overwrite:
        raise InputError(
            f"{folder}: the run exists; go on with --resume, replace it with --overwrite, "
            "or choose another --name"
        )


def new_run(folder: Path, config: Config, found: Mapping[str, Any], *, overwrite: bool) -> None:
    """Make the folder of a run with its first files; whole, or what stood there stays.

    How often the test period was looked at under this name is carried over: a new run on the
    same data has not made it unseen.

    Args:
        folder: As `check_new_run` allows.
        config: Resolved.
        found: File name -> JSON.
        overwrite: Whether a run that stands there is replaced.

    Raises:
        InputError: Something stands there, or the folder cannot be written.
    """
    check_new_run(folder, overwrite=overwrite)
    with new_folder_atomic(folder, overwrite=True) as new:
        (new / CHECKPOINTS).mkdir()
        write_text_atomic(new / CONFIG, dump_config(config))
        for name, content in found.items():
            write_json(new / name, content)
        if (folder / LOOKS).is_file():
            shutil.copyfile(folder / LOOKS, new / LOOKS)


def existing_run(folder: Path) -> Config:
    """Return the config of a run; what a killed process left beside or in it is put right.

    Raises:
        InputError: There is no such run.
    """
    restore(folder)
    if not (folder / CONFIG).is_file():
        raise InputError(f"{folder}: no run there (no {CONFIG}); train one with train.py")
    return load_config(folder / CONFIG)


def write_json(path: Path, content: Any) -> None:
    """Write JSON, whole or not at all."""
    write_text_atomic(path, json.dumps(content, indent=1, allow_nan=False) + "\n", overwrite=True)


def provenance(seed: int, data_hash: str, base: Path) -> dict[str, Any]:
    """Return what a run was made from: versions, seed, data, command, commit.

    Args:
        seed: Of everything random.
        data_hash: Of what was loaded.
        base: Folder that the config's paths start from.
    """
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "python": sys.version.split()[0],
        "versions": versions,
        "seed": seed,
        "data_sha256": data_hash,
        "paths_start_from": str(base.resolve()),
        "command": ["python", *sys.argv],
        "git_commit": _commit(),
    }


def read_provenance(folder: Path) -> dict[str, Any]:
    """Return what `provenance` said when the run was trained."""
    try:
        content: dict[str, Any] = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise InputError(
            f"{folder / PROVENANCE}: cannot be read ({problem}); train again"
        ) from None
    if not isinstance(content, dict):
        raise InputError(f"{folder / PROVENANCE}: not as train.py wrote it; train again")
    return content


def paths_start(folder: Path) -> Path:
    """Return the folder that the paths in a run's config start from.

    Raises:
        InputError: The run's provenance does not say.
    """
    start = read_provenance(folder).get("paths_start_from")
    if not isinstance(start, str):
        raise InputError(f"{folder / PROVENANCE}: no paths_start_from in it; train again")
    return Path(start)


def check_data(folder: Path, data_hash: str) -> None:
    """Refuse to judge a run on data that differ from what it was trained on.

    Raises:
        InputError: The data changed since.
    """
    if read_provenance(folder).get("data_sha256") != data_hash:
        raise InputError(
            f"{folder / PROVENANCE}: the data are not the ones this run was trained on; "
            "bring them back, or train again"
        )


def count_look(folder: Path) -> int:
    """Note that the test period is looked at, and return how often it has been.

    Raises:
        InputError: The file that counts is not as written.
    """
    path = folder / LOOKS
    looks = 1 + (_looks(path) if path.exists() else 0)
    write_json(path, {"looks": looks})
    return looks


def _looks(path: Path) -> int:
    """Return how often the test period was looked at before."""
    try:
        looks = json.loads(path.read_text(encoding="utf-8"))["looks"]
        if type(looks) is int and looks >= 0:
            return looks
    except (OSError, KeyError, TypeError, ValueError):
        pass
    raise InputError(f"{path}: not as written; evaluate a fresh run")


def _commit() -> str:
    """Return the commit of the checkout and whether it was changed since, or that there is none."""
    git = shutil.which("git")
    if git is None:
        return "unknown"

    def said(*words: str) -> str:
        found = subprocess.run(  # noqa: S603 - fixed words
            [git, *words], capture_output=True, text=True, check=False, cwd=Path(__file__).parent
        )
        return found.stdout.strip()

    changed = " with changes" if said("status", "--porcelain", "--untracked-files=no") else ""
    return (said("rev-parse", "HEAD") or "unknown") + changed
