"""The rows of a CSV or Parquet file, or one clear line that says why they cannot be read."""

import csv
import gzip
import warnings
import zlib
from collections.abc import Iterator
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from replenish.errors import InputError

_OPEN_QUOTES = "the quotes do not match; close every quoted cell"
SUFFIXES = (".csv", ".csv.gz", ".tsv", ".txt", ".parquet")


def read_rows(path: Path) -> pd.DataFrame:
    """Return the file's table, CSV cells as text, indexed by file row.

    A CSV file's header is row 1 and its first data row 2, blank lines counted and left out; the
    separator is the one of the header (comma, semicolon or tab). Parquet data starts at row 1.

    Raises:
        InputError: No such file, an unknown kind of file, or one that holds no such table.
        OSError: The machine cannot read it.
    """
    if not path.is_file():
        folder = path.parent
        entries = folder.iterdir() if folder.is_dir() else ()
        near = get_close_matches(path.name, [e.name for e in entries if e.is_file()], 1, 0.5)
        hint = f"did you mean {str(folder / near[0])!r}?" if near else "check the path"
        kind = "is a folder, not a file" if path.is_dir() else "no such file"
        raise InputError(f"{path}: {kind}; {hint}")
    if not path.name.lower().endswith(SUFFIXES):
        raise InputError(f"{path}: unknown kind of file; bring one of {', '.join(SUFFIXES)}")
    return _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_csv(path)


def _read_parquet(path: Path) -> pd.DataFrame:
    """Return the table, rows counted from 1."""
    try:
        frame = pd.read_parquet(path)
    except PermissionError:
        raise
    except (OSError, ValueError) as problem:  # pyarrow's errors are subclasses of these
        reason = str(problem).splitlines()[0]
        raise InputError(f"{path}: no readable Parquet file ({reason}); write it again") from None
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame


def _read_csv(path: Path) -> pd.DataFrame:
    """Return the table as text, rows counted from 2."""
    try:
        separator = _separator(path)
        _refuse_twice(path, separator)
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                path,
                sep=separator,
                dtype=str,
                keep_default_na=False,
                skip_blank_lines=False,
                index_col=False,
                encoding="utf-8-sig",
            )
    except UnicodeDecodeError:
        raise InputError(f"{path}: the text is not UTF-8; save the file as UTF-8") from None
    except pd.errors.EmptyDataError:
        raise InputError(f"{path}: the file is empty; bring a header and data rows") from None
    except (pd.errors.ParserError, pd.errors.ParserWarning):
        raise _uneven(path, separator) from None
    except csv.Error:
        raise InputError(f"{path}: {_OPEN_QUOTES}") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as problem:
        raise InputError(f"{path}: cannot be read ({problem}); check the file") from None
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    blank = (frame.isna() | (frame == "")).all(axis=1)
    return frame[~blank] if bool(blank.any()) else frame


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file, unpacked where it is packed."""
    if path.suffix.lower() == ".gz":
        with gzip.open(path, "rt", encoding="utf-8-sig") as packed:
            yield from packed
    else:
        with path.open(encoding="utf-8-sig") as plain:
            yield from plain


def _separator(path: Path) -> str:
    """Return the one of comma, semicolon and tab that the header has most of."""
    header = next(_lines(path), "")
    return max(",;\t", key=header.count)


def _refuse_twice(path: Path, separator: str) -> None:
    """Raise for a column name that the header holds twice."""
    header = [name.strip() for name in next(csv.reader(_lines(path), delimiter=separator), [])]
    for name in header:
        if header.count(name) > 1:
            raise InputError(f"{path}: row 1: column {name!r} stands there twice; remove one")


def _uneven(path: Path, separator: str) -> InputError:
    """Return the error for the first row that has more cells than the header."""
    rows = csv.reader(_lines(path), delimiter=separator)
    with suppress(csv.Error):  # a cell without an end
        width = len(next(rows))
        for number, cells in enumerate(rows, 2):
            if len(cells) > width:
                return InputError(
                    f"{path}: row {number}: {len(cells)} cells, the header has {width}; "
                    f"quote cells that hold {separator!r}"
                )
    return InputError(f"{path}: {_OPEN_QUOTES}")
