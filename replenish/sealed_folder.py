"""A folder that knows whether it is whole: its manifest holds the SHA-256 of every file."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from replenish.errors import InputError

MANIFEST = "manifest.json"
AGAIN = "export the bundle again"
_SEAL = "sha256_of_manifest"


def seal(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest with the hashes of all files below the folder, and its own.

    Args:
        folder: Holds everything but the manifest.
        manifest: JSON; must name its ``schema_version``.
    """
    whole = {**manifest, "sha256": {name: _sha256(folder / name) for name in _files(folder)}}
    whole[_SEAL] = _own_sha256(whole)
    (folder / MANIFEST).write_text(as_json(whole), encoding="utf-8")


def read_manifest(folder: Path, schema_version: int) -> dict[str, Any]:
    """Return the manifest after checking that it is as it was written.

    Raises:
        InputError: It is missing, no manifest, of another schema, or was changed.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected the folder bundle/ of a run")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        version = manifest["schema_version"]
        sealed = _own_sha256(manifest)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(f"{path}: not the manifest of a bundle; {AGAIN}") from None
    if version != schema_version:
        raise InputError(
            f"{path}: schema_version {version!r}, this program reads {schema_version}; "
            f"install the version of replenish that wrote it, or {AGAIN}"
        )
    if manifest.get(_SEAL) != sealed or not isinstance(manifest["sha256"], dict):
        raise InputError(f"{path}: the file was changed after export; {AGAIN}")
    return cast(dict[str, Any], manifest)


def check_files(folder: Path, expected: Mapping[str, str]) -> None:
    """Compare the files below a folder with the hashes of its manifest.

    Raises:
        InputError: For the first file that is missing, was changed, or does not belong there.
    """
    found = _files(folder)
    for name, digest in expected.items():
        if name not in found:
            raise InputError(f"{folder / name}: the file is missing; {AGAIN}")
        if _sha256(folder / name) != digest:
            raise InputError(f"{folder / name}: the file was changed after export; {AGAIN}")
    for name in found:
        if name not in expected:
            raise InputError(f"{folder / name}: the file is not part of the bundle; remove it")


def as_json(values: Any) -> str:
    """Return JSON that is the same for the same values; NaN and infinity are refused."""
    return json.dumps(values, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n"


def _files(folder: Path) -> list[str]:
    """Return the files below a folder by their relative names, the manifest left out."""
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in names if name != MANIFEST)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _own_sha256(manifest: Mapping[str, Any]) -> str:
    """Return the hash of all that a manifest says, but for this hash itself."""
    rest = {name: value for name, value in manifest.items() if name != _SEAL}
    return hashlib.sha256(as_json(rest).encode()).hexdigest()
