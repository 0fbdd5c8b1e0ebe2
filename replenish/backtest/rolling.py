"""Which origins forecasts are judged from: time runs one way, and every split keeps to it."""

from dataclasses import dataclass

import numpy as np

from replenish.arrays import Ints
from replenish.errors import InputError
from replenish.splits import Part


@dataclass(frozen=True, eq=False)
class Fold:
    """One step of time-series cross-validation.

    Attributes:
        fit_end: Last period that is fitted on; fitting begins with the first period.
        origins: (O,) periods that are forecast from, each with a whole horizon after it.
        horizon: Periods ahead.
    """

    fit_end: int
    origins: Ints
    horizon: int

    @property
    def judged(self) -> tuple[int, int]:
        """First and last period that forecasts are judged on."""
        return int(self.origins[0]) + 1, int(self.origins[-1]) + self.horizon


def part_origins(part: Part, horizon: int, name: str = "validation") -> Ints:
    """Return the (O,) origins whose whole horizon lies in a part of time.

    Args:
        part: The first origin is the period before it.
        horizon: Periods ahead.
        name: What the part is called in the message.

    Raises:
        InputError: The part is shorter than the horizon.
    """
    if horizon > part.periods:
        raise InputError(
            f"horizon is {horizon} periods, the {name} part has {part.periods}; shorten it with "
            f"--horizon or move split.{name}_until"
        )
    return np.arange(part.first - 1, part.last - horizon + 1)


def folds(n_periods: int, number: int, horizon: int) -> list[Fold]:
    """Return expanding blocks: each fold is fitted on all that lies before its own block.

    The first half of the periods is only ever fitted on; the rest is parted into as many blocks
    of equal length as there are folds (Hyndman & Athanasopoulos 2021, 5.10).

    Args:
        n_periods: Periods to split.
        number: Of folds, 1 or more.
        horizon: Periods ahead; a block is at least as long.

    Raises:
        InputError: The periods are too few.
    """
    if number < 1:
        raise InputError(f"folds is {number}, expected 1 or more")
    first = n_periods // 2
    length = (n_periods - first) // number
    if length < horizon or first <= horizon:
        raise InputError(
            f"{n_periods} periods are too few for {number} folds with a horizon of {horizon}: "
            f"a fold would judge {length} periods; take fewer folds, a shorter horizon or more "
            "history"
        )
    ends = [n_periods - (number - k) * length - 1 for k in range(number)]
    return [Fold(end, np.arange(end, end + length - horizon + 1), horizon) for end in ends]
