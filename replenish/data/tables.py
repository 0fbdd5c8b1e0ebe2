"""Reading a table that a user wrote: every mistake is answered with its place and a way out.

Frames returned here are indexed by the row number that the user sees: in a CSV file the header
is row 1 and the first data row is row 2; a Parquet file has no header row, its data starts at 1.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from replenish.data.rows import read_rows
from replenish.errors import InputError

ALIASES = {"unique_id": "item_id", "ds": "date", "y": "sales"}
EMPTY = ("", "nan", "na", "n/a", "null", "none", "nat", "<na>")
LARGEST = 1e12  # of any number: beyond it units and money are mistakes
EARLIEST = pd.Timestamp("1900-01-01")  # of any date
_MANY = 5  # stamps of one hour are no chance
WORDS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0}


def bad_cell(path: Path, row: object, column: str, value: object, rest: str) -> InputError:
    """Return the error for one cell; ``rest`` says what is wrong and the way out."""
    return InputError(f"{path}: row {row}, column {column!r}, value {str(value)!r}: {rest}")


def read_table(path: Path, may_be_empty: bool = False) -> pd.DataFrame:
    """Return the table with lower-case column names, text cells, and file rows as index.

    Args:
        path: The file.
        may_be_empty: Whether a header alone says something: that there is nothing of its kind.

    Raises:
        InputError: No such file, an unknown kind of file, a file that cannot be read, that is
            empty or has a header only, or two columns of one name.
    """
    frame = read_rows(path)
    names = [str(name).strip().lower() for name in frame.columns]
    frame.columns = pd.Index([ALIASES.get(name, name) for name in names])
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise InputError(f"{path}: row 1: column {twice[0]!r} stands there twice; remove one")
    if frame.empty and not may_be_empty:
        raise InputError(f"{path}: the file has no data rows; bring at least one")
    return frame


def check_columns(
    frame: pd.DataFrame, path: Path, needed: Sequence[str], known: Iterable[str], way_out: str = ""
) -> None:
    """Raise for a column that is missing or that nobody knows, naming the nearest one.

    Args:
        frame: The table.
        path: Its file, for the message.
        needed: Columns that must be there.
        known: Columns that may be there besides.
        way_out: What else a user can do about an unknown column.
    """
    names = [*dict.fromkeys([*needed, *known])]
    for column in needed:
        if column not in frame.columns:
            near = get_close_matches(column, list(frame.columns), n=1, cutoff=0.6)
            hint = f"is it {near[0]!r}? " if near else ""
            raise InputError(
                f"{path}: row 1: column {column!r} is missing; {hint}"
                f"the file has: {', '.join(map(str, frame.columns))}"
            )
    for column in frame.columns:
        if column not in names:
            near = get_close_matches(str(column), names, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise InputError(
                f"{path}: row 1: unknown column {str(column)!r}; {hint}"
                f"known: {', '.join(names)}{way_out}"
            )


def is_empty(cells: "pd.Series[str]") -> "pd.Series[bool]":
    """Return True where a cell holds nothing or a word for nothing."""
    if cells.dtype.kind in "fiubM":
        return cells.isna()
    return cells.isna() | cells.astype(str).str.strip().str.lower().isin(EMPTY)


def numbers(
    frame: pd.DataFrame,
    column: str,
    path: Path,
    empty: str = "",
    minimum: float = -np.inf,
    maximum: float = np.inf,
) -> "pd.Series[float]":
    """Return a column as numbers; ``true`` and ``yes`` count as 1.

    Args:
        frame: The table, indexed by file row.
        column: Name of the column.
        path: Its file, for the message.
        empty: The way out to name where an empty cell is a mistake; empty: it becomes NaN.
        minimum: Smallest number allowed.
        maximum: Largest number allowed.

    Raises:
        InputError: Text where a number belongs, an infinite number, one out of bounds.
    """
    cells = frame[column]
    if cells.dtype.kind in "fiub":
        values = cells.astype(float)
    else:
        text = cells.astype(str).str.strip()
        values = pd.to_numeric(text, errors="coerce").astype(float)
        if bool(values.isna().any()):
            values = values.fillna(text.str.lower().map(WORDS).astype(float))
    blank = is_empty(cells)
    finite = pd.Series(np.isfinite(values.to_numpy()), index=values.index)
    refuse(cells, ~finite & ~blank, path, "not a number; write e.g. 12.5")
    if empty:
        refuse(cells, blank, path, f"empty where a number belongs; {empty}")
    refuse(cells, values.abs() > LARGEST, path, "too large to be true; correct it")
    refuse(cells, values < minimum, path, f"below {minimum:g}; write {minimum:g} or more")
    refuse(cells, values > maximum, path, f"above {maximum:g}; write {maximum:g} or less")
    return values


def dates(frame: pd.DataFrame, column: str, path: Path) -> "pd.Series[pd.Timestamp]":
    """Return a column as days; a time of the day is cut off.

    Raises:
        InputError: A cell is no date written as 2024-12-31.
    """
    cells = frame[column]
    if cells.dtype.kind == "M":
        values = pd.to_datetime(cells)
        rest = "midnight of another time zone, told in UTC; write days without a zone"
        refuse(cells, _midnights_elsewhere(values), path, rest)
    else:
        number, each = pd.factorize(cells.astype(str), use_na_sentinel=False)  # few days, many rows
        day = (
            pd.Series(each)
            .str.strip()
            .str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[T ]\d{1,2}:\d{2}.*)?$")[0]
        )
        days = pd.to_datetime(day, format="%Y-%m-%d", errors="coerce")
        values = pd.Series(days.to_numpy()[number], cells.index)
    refuse(cells, values.isna(), path, "not a date; write it as 2024-12-31")
    days = values.dt.tz_localize(None).dt.normalize()
    refuse(cells, days < EARLIEST, path, "before 1900; correct the year")
    return days


def _midnights_elsewhere(stamps: "pd.Series[pd.Timestamp]") -> "pd.Series[bool]":
    """Return True throughout where many UTC stamps are of one full hour, or two by summer time."""
    known = stamps[stamps.notna()]
    hours, full = set(known.dt.hour), bool((known == known.dt.floor("h")).all())
    near = any({(hour + step) % 24 for step in (0, 1)} >= hours for hour in hours)
    told = str(stamps.dt.tz) == "UTC" and full and near and hours != {0} and len(known) >= _MANY
    return pd.Series(told, stamps.index)


def item_ids(frame: pd.DataFrame, path: Path, keys: Sequence[str]) -> "pd.Series[str]":
    """Return the items' names as text; several key columns are joined as ``store|product``.

    Raises:
        InputError: A key is empty.
    """
    parts = []
    for key in keys or ("item_id",):
        refuse(frame[key], is_empty(frame[key]), path, "empty where an item belongs; name the item")
        parts.append(frame[key].astype(str).str.strip())
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "|" + part
    return joined.rename("item_id")


def refuse(cells: "pd.Series[str]", wrong: "pd.Series[bool]", path: Path, rest: str) -> None:
    """Raise `InputError` for the first wrong cell; ``rest`` says what is wrong and the way out."""
    if bool(wrong.any()):
        row = wrong.index[int(np.argmax(wrong.to_numpy()))]
        raise bad_cell(path, row, str(cells.name), cells[row], rest)
