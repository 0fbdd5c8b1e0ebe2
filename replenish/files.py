"""Files and folders that appear whole or not at all: built beside their place, then moved."""

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from replenish.errors import InputError

_WAY_OUT = "choose another name or remove it"


@contextmanager
def new_file_atomic(
    path: Path, *, overwrite: bool = False, way_out: str = _WAY_OUT
) -> Iterator[Path]:
    """Give a temporary path beside ``path``, moved into place when the block ends well.

    The temporary name keeps the suffix, so that a writer that goes by it still works. If the
    block raises, nothing is left and an old file stays as it was.

    Args:
        path: Where the file shall stand.
        overwrite: Whether a file that stands there may be replaced.
        way_out: What the message recommends where a file stands there already.

    Raises:
        InputError: The file exists, is a folder, or its folder is missing.
        OSError: It cannot be written: no permission, no space.
    """
    check_new_file(path, overwrite=overwrite, way_out=way_out)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    try:
        yield temporary
        _to_disk(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def check_new_file(path: Path, *, overwrite: bool = False, way_out: str = _WAY_OUT) -> None:
    """Raise unless a file can be written at ``path``; arguments as in `new_file_atomic`.

    Ask before long work, so that its result is not lost at the end.

    Raises:
        InputError: The file exists, is a folder, or its folder is missing.
        PermissionError: Its folder cannot be written to.
    """
    if path.is_dir():
        raise InputError(f"{path}: is a folder, expected the name of a file; choose another name")
    if path.exists() and not overwrite:
        raise InputError(f"{path}: the file exists; {way_out}")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {str(path.parent)!r}; create it first")
    if not os.access(path.parent, os.W_OK):
        reason = f"the folder {str(path.parent)!r} cannot be written to; {way_out}"
        raise PermissionError(errno.EACCES, reason, str(path))


def write_bytes_atomic(path: Path, content: bytes, *, overwrite: bool = False) -> None:
    """Write a file that appears whole or not at all (see `new_file_atomic`)."""
    with new_file_atomic(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(content)


def write_text_atomic(path: Path, text: str, *, overwrite: bool = False) -> None:
    """Write UTF-8 text, line ends as given; whole or not at all (see `new_file_atomic`)."""
    write_bytes_atomic(path, text.encode(), overwrite=overwrite)


@contextmanager
def new_folder_atomic(
    path: Path, *, overwrite: bool = False, way_out: str = _WAY_OUT
) -> Iterator[Path]:
    """Give a new folder beside ``path``, moved into place when the block ends well.

    Folders above it are made. If the block raises, the temporary folder is removed and an old
    folder stays as it was.

    Args:
        path: Where the folder shall stand.
        overwrite: Whether what stands there may be replaced, whole.
        way_out: What the message recommends where something stands there already.

    Raises:
        InputError: Something stands at ``path`` already, or above it what is no folder.
        OSError: It cannot be written: no permission, no space.
    """
    if path.exists() and not overwrite:
        raise InputError(f"{path}: it exists and is not overwritten; {way_out}")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        temporary.mkdir(parents=True)
    except (FileExistsError, NotADirectoryError) as problem:
        raise InputError(f"{path}: cannot be written ({problem.strerror})") from None
    try:
        yield temporary
        for entry in sorted(temporary.rglob("*")):
            if entry.is_file():
                _to_disk(entry)
        if path.exists() and not overwrite:  # somebody was faster
            raise InputError(f"{path}: it appeared meanwhile and is not overwritten; {way_out}")
        _swap(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _swap(temporary: Path, path: Path) -> None:
    """Move the whole folder into place, where an old one may stand; that one goes last."""
    old = path.with_name(f".{path.name}.{os.getpid()}.replaced")
    try:
        if path.exists():
            path.rename(old)
        temporary.rename(path)
    except BaseException:
        if old.exists() and not path.exists():
            old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)


def restore(path: Path) -> None:
    """Put back a folder that a process was killed while replacing, and clear what it half wrote.

    What a process that lives is about to do is left to it.
    """
    for old in _left(path.parent, rf"\.{re.escape(path.name)}\.(\d+)\.replaced"):
        if path.exists():  # it was being removed
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(path)
    for half in _left(path, r"\..+\.(\d+)\.partial(\..+)?"):
        shutil.rmtree(half) if half.is_dir() else half.unlink(missing_ok=True)


def _left(folder: Path, pattern: str) -> list[Path]:
    """Return the entries of such names that a process left that is no more; the pattern has it."""
    found = [(re.fullmatch(pattern, entry.name), entry) for entry in _entries(folder)]
    return [entry for match, entry in found if match and not _alive(int(match[1]))]


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _alive(process: int) -> bool:
    """Return whether a process may be running; on Windows, where asking would end it, always."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def _to_disk(path: Path) -> None:
    """Ask the system to write the file out, so that a power cut leaves old or new, never half."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())
