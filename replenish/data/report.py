"""The data report: what was found in the data, and what was done to it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

EXAMPLES = 5


@dataclass(frozen=True)
class Finding:
    """One kind of dirt.

    Attributes:
        kind: Short name, e.g. ``"duplicates"``.
        found: What was found, in words.
        done: What was done to it, in words.
        rows: How many rows, cells or items are concerned.
        examples: Up to five places.
    """

    kind: str
    found: str
    done: str
    rows: int
    examples: tuple[str, ...] = ()


@dataclass
class Findings:
    """The list that grows while data is read; only findings that concern something enter.

    Attributes:
        entries: In the order in which they were met.
        repeats: item_id and date of every row that was merged with an earlier one, or None.
    """

    entries: list[Finding] = field(default_factory=list)
    repeats: pd.DataFrame | None = None

    def add(
        self, kind: str, found: str, done: str, rows: int, examples: Sequence[str] = ()
    ) -> None:
        """Note a finding, unless it concerns no row."""
        if rows > 0:
            self.entries.append(Finding(kind, found, done, rows, tuple(examples[:EXAMPLES])))


@dataclass(frozen=True)
class DataReport:
    """What a panel holds and what was done on the way to it.

    Attributes:
        source: Name of the source or path of the sales file.
        counts: Name -> number or date, e.g. ``items``, ``periods``, ``observed``.
        findings: In the order in which they were met.
    """

    source: str
    counts: Mapping[str, int | float | str]
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, numbers and texts, ready for JSON."""
        return {
            "source": self.source,
            "counts": dict(self.counts),
            "findings": [
                {**asdict(entry), "examples": list(entry.examples)} for entry in self.findings
            ],
        }

    def to_text(self) -> str:
        """Return the report as lines for a terminal."""
        lines = [f"Data report: {self.source}"]
        width = max((len(name) for name in self.counts), default=0)
        lines += [
            f"  {name.replace('_', ' '):<{width}}  {_show(value)}"
            for name, value in self.counts.items()
        ]
        if not self.findings:
            return "\n".join([*lines, "  nothing to repair was found"])
        for entry in self.findings:
            lines.append(f"  - {entry.kind}: {entry.rows:,} {entry.found}; {entry.done}")
            if entry.examples:
                lines.append(f"      e.g. {'; '.join(entry.examples)}")
        return "\n".join(lines)


def _show(value: float | str) -> str:
    """Return a count with thousands marked, a share with one decimal, a text as it is."""
    if isinstance(value, float) and not isinstance(value, int):
        return f"{value:.1%}"
    return value if isinstance(value, str) else f"{value:,}"
