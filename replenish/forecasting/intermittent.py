"""Demand that comes now and then: its size and how often it comes, smoothed apart."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from replenish.arrays import Bools, Floats, Ints
from replenish.forecasting.walking import WalkingModel


@dataclass(frozen=True, eq=False)
class Demands:
    """Sizes of demands and the intervals between them, of N rows.

    Attributes:
        period: Number of periods seen.
        size: (N,) units per demand.
        interval: (N,) periods between demands, the index counting them.
        since: (N,) periods since the last demand, counted alike.
        number: (N,) demands seen.
        alpha: (N,) smoothing constants.
        index: (N, S) season index.
        places: (periods,) place of each period in the season.
        corrected: Whether the bias of the ratio is taken off.
    """

    period: int
    size: Floats
    interval: Floats
    since: Floats
    number: Floats
    alpha: Floats
    index: Floats
    places: Ints
    corrected: bool

    def expected(self, steps: Ints) -> Floats:
        """Return (N, K) size over interval, times the index."""
        rate = self.size / np.maximum(self.interval, 1e-9)
        if self.corrected:
            rare = self.interval > 1.0 + 1e-9  # at 1 there is no ratio and no bias
            rate = rate * np.where(rare, 1.0 - self.alpha / 2.0, 1.0)
        return np.asarray(rate[:, None] * self.index[:, self.places[self.period + steps - 1]])

    def after(self, sales: Floats) -> "Demands":
        """Return the state after a period with these (N,) sales."""
        index = self.index[:, self.places[self.period]]
        since = self.since + np.where(np.isnan(sales), 0.0, index)
        sold = sales > 0
        number = self.number + sold
        size = _sized(self.size, sales, sold, number, self.alpha)
        interval = _sized(self.interval, since, sold, number, self.alpha)
        return replace(
            self,
            period=self.period + 1,
            size=size,
            interval=interval,
            since=np.where(sold, 0.0, since),
            number=number,
        )


@dataclass(frozen=True, eq=False)
class Chances:
    """Sizes of demands and the probability that there is one, of N rows.

    Attributes:
        period: Number of periods seen.
        size: (N,) units per demand.
        chance: (N,) probability of a demand in a period of index 1.
        number: (2, N) demands seen, and the sum of the indices of what was observed.
        constants: (2, N) smoothing constants of size and of chance.
        index: (N, S) season index.
        places: (periods,) place of each period in the season.
    """

    period: int
    size: Floats
    chance: Floats
    number: Floats
    constants: Floats
    index: Floats
    places: Ints

    def expected(self, steps: Ints) -> Floats:
        """Return (N, K) size times chance, times the index."""
        rate = self.size * self.chance
        return np.asarray(rate[:, None] * self.index[:, self.places[self.period + steps - 1]])

    def after(self, sales: Floats) -> "Chances":
        """Return the state after a period with these (N,) sales."""
        alpha, beta = self.constants
        index, seen = self.index[:, self.places[self.period]], ~np.isnan(sales)
        sold = sales > 0
        number = self.number + np.stack([sold, np.where(seen, index, 0.0)])
        gain = np.maximum(beta, 1.0 / np.maximum(number[1], 1e-9))
        gain = np.minimum(gain, 1.0 / np.maximum(index, 1e-9))
        moved = np.maximum(self.chance + gain * (sold - index * self.chance), 0.0)
        return replace(
            self,
            period=self.period + 1,
            size=_sized(self.size, sales, sold, number[0], alpha),
            chance=np.where(seen, moved, self.chance),
            number=number,
        )


def _sized(mean: Floats, value: Floats, sold: Bools, number: Floats, alpha: Floats) -> Floats:
    """Return the (N,) means after a value that counts only where something was sold.

    The mean of all values until there are 1 / alpha of them, smoothed from then on.
    """
    gain = np.maximum(alpha, 1.0 / np.maximum(number, 1.0))
    return np.where(sold, mean + gain * (np.where(sold, value, 0.0) - mean), mean)


@dataclass(frozen=True, eq=False)
class CrostonModel(WalkingModel):
    """Size of demands over the interval between them, both smoothed at demands (Croston 1972).

    ``z += alpha (y - z)`` and ``p += alpha (q - p)`` at each demand y that comes q periods after
    the one before; the forecast is z / p, or ``(1 - alpha / 2) z / p`` without the bias of that
    ratio (Syntetos & Boylan 2005, eq. 5), where demands do not come in every period. A period
    counts by its season index. The constants are alpha and the share of the season believed.

    Attributes:
        interval: (M + 1,) periods between demands, of fitting.
        corrected: Whether the bias is taken off.
    """

    kind: ClassVar[str] = "croston"
    interval: Floats
    corrected: bool

    def begin(self, rows: Ints, places: Ints) -> Demands:
        """Return size and interval of fitting; see `WalkingModel.begin`."""
        alpha, share = self.constants[rows].T
        interval, nothing = self.interval[rows].astype(float), np.zeros(len(rows))
        size = self.level[rows] * interval
        index = _believed(self.index[rows], share)
        return Demands(0, size, interval, nothing, nothing, alpha, index, places, self.corrected)


@dataclass(frozen=True, eq=False)
class TsbModel(WalkingModel):
    """Size of demands times their probability, which falls when nothing is sold.

    ``z += alpha (y - z)`` at a demand y; ``p += beta (1 - p)`` at a demand and ``p += beta (0 -
    p)`` without one; the forecast is p z (Teunter, Syntetos & Babai 2011, eq. 3 and 4). A period
    counts by its season index. The constants are alpha, beta and the share of the season.

    Attributes:
        interval: (M + 1,) periods between demands, of fitting.
    """

    kind: ClassVar[str] = "tsb"
    interval: Floats

    def begin(self, rows: Ints, places: Ints) -> Chances:
        """Return size and probability of fitting; see `WalkingModel.begin`."""
        alpha, beta, share = self.constants[rows].T
        interval = self.interval[rows].astype(float)
        index = _believed(self.index[rows], share)
        size, nothing = self.level[rows] * interval, np.zeros((2, len(rows)))
        constants = np.stack([alpha, beta])
        return Chances(0, size, 1.0 / interval, nothing, constants, index, places)


def _believed(index: Floats, share: Floats) -> Floats:
    """Return the (N, S) index, drawn towards 1 where little of it is believed."""
    return np.asarray(1.0 + share[:, None] * (index - 1.0))
