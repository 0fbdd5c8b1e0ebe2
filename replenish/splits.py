"""Time split in four, with a gap, so that no choice is judged on what it was made on."""

from dataclasses import dataclass

import pandas as pd

from replenish.config import SplitConfig
from replenish.data.panel import Panel
from replenish.errors import InputError

SHARES = (0.40, 0.75, 0.85)  # ends of fit, train and validation without dates in the config


@dataclass(frozen=True)
class Part:
    """A stretch of periods, both ends included."""

    first: int
    last: int

    @property
    def periods(self) -> int:
        """Number of periods."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class Split:
    """The four parts of a panel's time: forecasters learn, agents learn, choices, the test."""

    fit: Part
    train: Part
    validation: Part
    test: Part


def split_time(panel: Panel, config: SplitConfig, gap: int) -> Split:
    """Return the four parts; each but the first begins a gap after the end of the one before.

    Args:
        panel: T periods.
        config: Last dates, or nothing.
        gap: Periods between two parts, at least the longest lead time + review period.

    Raises:
        InputError: A date is none or out of order, or a part is too short to be of use.
    """
    dates = (config.fit_until, config.train_until, config.validation_until, config.test_until)
    shares = (*SHARES, 1.0)
    ends = [
        _period(panel, date, name) if date else int(panel.n_periods * share) - 1
        for date, share, name in zip(
            dates, shares, ("fit", "train", "validation", "test"), strict=True
        )
    ]
    for before, name in enumerate(("train", "validation", "test")):
        if ends[before + 1] <= ends[before]:
            raise InputError(
                f"split.{name}_until is {panel.dates[ends[before + 1]].date()}, not after the end "
                f"of the part before, {panel.dates[ends[before]].date()}; move one of the dates"
            )
    starts = [0, *(end + 1 + gap for end in ends[:-1])]
    parts = [Part(first, last) for first, last in zip(starts, ends, strict=True)]
    for name, part in zip(("fit", "train", "validation", "test"), parts, strict=True):
        if part.periods < gap + 1:
            raise InputError(
                f"split.{name}_until: the {name} part has {max(part.periods, 0)} periods after a "
                f"gap of {gap}, expected at least {gap + 1} (longest lead time + review period, "
                f"plus one); bring a longer history or move the dates"
            )
    return Split(*parts)


def _period(panel: Panel, date: str, name: str) -> int:
    """Return the period that holds a date of the config."""
    try:
        return panel.period_of(pd.Timestamp(date))
    except ValueError as problem:
        raise InputError(f"split.{name}_until is {date!r}: {problem}") from None
