"""Time split in four, and items held out, so that no choice is judged on what it was made on."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd

from replenish.arrays import Bools
from replenish.data.panel import Panel
from replenish.errors import InputError
from replenish.split_config import SplitConfig

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


def split_time(panel: Panel, config: SplitConfig, cover: int) -> Split:
    """Return the four parts; each but the first begins a gap after the end of the one before.

    Args:
        panel: T periods.
        config: Last dates and gap, or nothing.
        cover: Longest lead time + review period, the gap where the config gives none. A part is
            one period longer at least: no order would matter in a shorter one.

    Raises:
        InputError: A date is none or out of order, or a part is too short to be of use.
    """
    gap = cover if config.gap < 0 else config.gap
    dates = (config.fit_until, config.train_until, config.validation_until, config.test_until)
    names = ("fit", "train", "validation", "test")
    ends = [
        _end(panel, date, name, share)
        for date, name, share in zip(dates, names, (*SHARES, 1.0), strict=True)
    ]
    for before, name in enumerate(names[1:]):
        if ends[before + 1] <= ends[before]:
            raise InputError(
                f"split.{name}_until is {panel.dates[ends[before + 1]].date()}, not after the end "
                f"of the part before, {panel.dates[ends[before]].date()}; move one of the dates"
            )
    starts = [0, *(end + 1 + gap for end in ends[:-1])]
    parts = [Part(first, last) for first, last in zip(starts, ends, strict=True)]
    for name, part in zip(names, parts, strict=True):
        if part.periods < cover + 1:
            raise InputError(
                f"split.{name}_until: the {name} part has {max(part.periods, 0)} periods after a "
                f"gap of {gap}, expected at least {cover + 1} (longest lead time + review period, "
                f"plus one); bring a longer history, move the dates, or set split.gap"
            )
    return Split(*parts)


def fit_end(panel: Panel, config: SplitConfig) -> int:
    """Return the last period of the fit part: what may be known before anything is judged.

    Raises:
        InputError: The date is none of the history.
    """
    return max(_end(panel, config.fit_until, "fit", SHARES[0]), 0)


def choices_end(panel: Panel, config: SplitConfig) -> int:
    """Return the last period of the validation part: what may be known before the judgement.

    Raises:
        InputError: The date is none of the history.
    """
    return max(_end(panel, config.validation_until, "validation", SHARES[-1]), 0)


def held_out(item_ids: Sequence[str], config: SplitConfig) -> Bools:
    """Return (N,) True for the items that nobody learns from: named, or drawn by the seed.

    Args:
        item_ids: N names; a draw depends on their number alone.
        config: Share and seed, or names.

    Raises:
        InputError: There is no item of a name, or none would be left to learn from.
    """
    number = len(item_ids)
    for name in config.held_out_names:
        if name not in item_ids:
            near = get_close_matches(name, item_ids, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise InputError(
                f"split.held_out_names: {name!r} is none of the {number} items of the data; {hint}"
                "correct it or leave it out"
            )
    if config.held_out_names:
        out = np.isin(item_ids, config.held_out_names)
    else:
        count = int(np.ceil(config.held_out_items * number))
        out = np.zeros(number, dtype=bool)
        out[np.random.default_rng(config.held_out_seed).permutation(number)[:count]] = True
    if out.all():
        raise InputError(
            f"split: all {number} items are held out and none is left to learn from; "
            "hold out fewer by split.held_out_items or split.held_out_names"
        )
    return np.asarray(out)


def _end(panel: Panel, date: str, name: str, share: float) -> int:
    """Return the last period of a part: the config's, or the one at a share of the history."""
    return _period(panel, date, name) if date else int(panel.n_periods * share) - 1


def _period(panel: Panel, date: str, name: str) -> int:
    """Return the period that holds a date of the config."""
    try:
        return panel.period_of(pd.Timestamp(date))
    except ValueError as problem:
        raise InputError(f"split.{name}_until is {date!r}: {problem}") from None
