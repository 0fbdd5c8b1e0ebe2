"""How often the days of a test part have been looked at, whatever folder the results went to."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from replenish.errors import InputError
from replenish.files import check_new_file, write_text_atomic

PLACE = Path("runs") / "forecasts" / "test_looks.json"


@dataclass(frozen=True)
class Looks:
    """The count for one part of one panel, in a file that all backtests share.

    Attributes:
        path: The file; it holds key -> number of looks.
        key: Of data and part.
    """

    path: Path
    key: str

    @classmethod
    def at(cls, data_sha256: str, part: str, dates: tuple[str, str]) -> "Looks":
        """Return the count of a part, below the folder that the command is run in.

        Neither --out nor the other dates of the split are in the key: the same days of the same
        data are looked at again.

        Args:
            data_sha256: Of sales, items and receipts.
            part: Its name.
            dates: Of its first and last period, ISO.
        """
        asked = json.dumps([data_sha256, part, *dates])
        return cls(PLACE, hashlib.sha256(asked.encode()).hexdigest())

    def check(self) -> None:
        """Raise unless a look can be counted; asked before the work.

        Raises:
            InputError: The file is not as written, or it cannot be written.
        """
        self._counts()
        _make_folder(self.path.parent)
        check_new_file(self.path, overwrite=True)

    def count(self) -> int:
        """Note one more look and return how many there have been."""
        counts = self._counts()
        counts[self.key] = counts.get(self.key, 0) + 1
        _make_folder(self.path.parent)
        write_text_atomic(self.path, json.dumps(counts, indent=1) + "\n", overwrite=True)
        return counts[self.key]

    def _counts(self) -> dict[str, int]:
        """Return all counts of the file, none where there is no file."""
        if not self.path.exists():
            return {}
        try:
            counts = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            counts = None
        if not isinstance(counts, dict) or not all(_is_count(n) for n in counts.values()):
            raise InputError(
                f"{self.path}: the count of looks at the test part is not as written; restore it, "
                "or remove it and tell readers that looks before today are not counted"
            )
        return counts


def _is_count(number: object) -> bool:
    """Return whether this can be a number of looks."""
    return isinstance(number, int) and not isinstance(number, bool) and number >= 1


def _make_folder(folder: Path) -> None:
    """Make the folder, or say in one line why it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise InputError(
            f"{folder}: looks at the test part are counted there, but the folder cannot be made "
            f"({problem.strerror}); run in a folder that can be written to"
        ) from None
