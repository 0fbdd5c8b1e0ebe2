"""Arrays and files of a saved forecaster: written whole, read unchanged, never unpickled."""

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replenish.errors import InputError


def packed(arrays: dict[str, NDArray[Any]]) -> bytes:
    """Return the arrays as the bytes of an npz file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpacked(content: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of an npz file; nothing in it is unpickled."""
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def write_whole(path: Path, content: bytes) -> None:
    """Write the file under a temporary name and move it into place."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)


def read_unchanged(path: Path, expected: str) -> bytes:
    """Return the content of the file.

    Raises:
        InputError: It is missing, or its hash is not the expected one.
    """
    if not path.is_file():
        raise InputError(f"{path}: the file is missing; export the forecaster again")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != expected:
        raise InputError(f"{path}: the file was changed or cut off; export the forecaster again")
    return content
