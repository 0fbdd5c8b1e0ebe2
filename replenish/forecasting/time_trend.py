"""Linear and exponential trend: regression on time that forgets slowly."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.forecasting.walking import MOST_GROWTH, Damping, WalkingModel, grown

DAMPING = 0.98  # of the slope per period ahead: no line goes on for ever
LEAST_WEIGHT = 1e-6  # periods
STEADY = 28**3 / 12  # the spread of 28 periods of time: a slope seen on less is not believed
START_WEIGHT = 0.05  # periods that the level of fitting counts for before the first observation
SMEARING_KEPT = 0.5 ** (1 / 364)  # a period later: far longer than any line, lest the two agree
MOST_SMEARING = 3.0
MOST_SO_FAR = 4.0  # how far the level now may be from the mean level, as a factor


@dataclass(frozen=True, eq=False)
class Line:
    """Discounted sums of a regression on time, time being 0 in the last period seen.

    Attributes:
        period: Number of periods seen.
        sums: (6, N) weight w, w x, w x^2, w z, w x z, w z^2.
        smearing: (2, N) discounted sums of what was seen and of what the line said; of 1 + sales.
        constants: (2, N) share of the weights left a period later, share of the slope believed.
        index: (N, S) season index.
        places: (periods,) place of each period in the season.
        logarithmic: Whether z is the log of 1 + sales freed of their season, or these sales.
    """

    period: int
    sums: Floats
    smearing: Floats
    constants: Floats
    index: Floats
    places: Ints
    logarithmic: bool

    def fitted(self) -> tuple[Floats, Floats]:
        """Return the (N,) level now and the (N,) slope believed, on the scale of z."""
        w, wx, wxx, wz, wxz, wzz = self.sums
        x, z = wx / w, wz / w
        spread, along = wxx - x * wx + STEADY, wxz - x * wz
        explained = along**2 / spread
        noise = np.maximum(wzz - z * wz - explained, 0.0) / w
        certain = np.maximum(1.0 - noise / np.maximum(explained, 1e-12), 0.0)
        slope = along / spread * certain * self.constants[1]
        if self.logarithmic:
            most = np.log(MOST_SO_FAR)
            return z + np.clip(-slope * x, -most, most), slope
        return grown(z, (-slope * x)[:, None], MOST_SO_FAR)[:, 0], slope

    def expected(self, steps: Ints) -> Floats:
        """Return (N, K) the line, damped, times the index."""
        ahead = self._freed(steps, *self.fitted())
        if self.logarithmic:
            factor = self.smearing[0] / self.smearing[1]
            ahead = ahead * np.clip(factor, 1.0 / MOST_SMEARING, MOST_SMEARING)[:, None] - 1.0
        index = self.index[:, self.places[self.period + steps - 1]]
        return np.maximum(ahead, 0.0) * index

    def _freed(self, steps: Ints, level: Floats, slope: Floats) -> Floats:
        """Return (N, K) sales freed of season, or where logarithmic 1 + these before smearing."""
        reach = Damping(np.array([DAMPING]), np.zeros(1, dtype=int)).reach(steps)
        growth = reach * slope[:, None]
        if not self.logarithmic:
            return grown(level, growth)
        most = np.log(MOST_GROWTH)
        return np.asarray(np.exp(level[:, None] + np.clip(growth, -most, most)))

    def after(self, sales: Floats) -> "Line":
        """Return the sums after a period with these (N,) sales."""
        keep = self.constants[0]
        index, seen = self.index[:, self.places[self.period]], ~np.isnan(sales)
        weight = np.where(seen, index, 0.0)
        freed = np.where(seen, sales, 0.0) / index
        smearing = self.smearing
        if self.logarithmic:
            said = self._freed(np.array([1]), *self.fitted())[:, 0]
            smearing = SMEARING_KEPT * smearing + weight * np.stack([1.0 + freed, said])
            freed = np.log1p(freed)
        w, wx, wxx, wz, wxz, wzz = self.sums
        keep = np.where(w * keep > LEAST_WEIGHT, keep, 1.0)  # of long silence nothing is forgotten
        older = np.stack([w, wx - w, wxx - 2.0 * wx + w, wz, wxz - wz, wzz]) * keep
        older[0] += weight
        older[3] += weight * freed
        older[5] += weight * freed**2
        return replace(self, period=self.period + 1, sums=older, smearing=smearing)


@dataclass(frozen=True, eq=False)
class TimeTrendModel(WalkingModel):
    """A line through sales freed of their season, or through their logs, old ones counting less.

    Recursive least squares with exponential forgetting (Ljung & Soderstrom 1983; "general
    exponential smoothing", Brown 1963), each period weighted by its season index. The slope is
    drawn towards 0 where little time was seen and where noise explains it (times ``1 - variance
    of the rest / squares explained``, positive-part shrinkage after James & Stein 1961),
    multiplied by the share believed, and damped by 0.98 per period ahead; the level at most
    halves or doubles by it.

    The mean of a log is not the log of the mean: what the line says is multiplied by the ratio of
    what was seen to what it had said one period before (the smearing estimate of Duan 1983 in
    the form of a ratio, out of sample), so that forecasts are right on average.

    The constants are the share of the weights left a period later and the share of the slope.

    Attributes:
        logarithmic: Whether the trend is exponential.
    """

    kind: ClassVar[str] = "time_trend"
    logarithmic: bool = False

    def begin(self, rows: Ints, places: Ints) -> Line:
        """Return a flat line at the level of fitting; see `WalkingModel.begin`."""
        level = self.level[rows].astype(float)
        start = np.log1p(level) if self.logarithmic else level
        sums = np.zeros((6, len(rows)))
        sums[[0, 3, 5]] = START_WEIGHT * np.stack([np.ones(len(rows)), start, start**2])
        smearing = np.tile(START_WEIGHT * (1.0 + level), (2, 1))
        constants = np.ascontiguousarray(self.constants[rows].T)
        return Line(0, sums, smearing, constants, self.index[rows], places, self.logarithmic)
