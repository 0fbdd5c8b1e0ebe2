"""What the classical models share: parameters per item, and a state that walks through time."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.matching import match_items
from replenish.forecasting.point import Parts, PointForecast, Seen, rolled
from replenish.forecasting.saved import put_together, taken_apart
from replenish.forecasting.smoothing import season_places

MOST_GROWTH = 2.0  # a trend changes the level by no more than this factor, however far ahead


class Walker(Protocol):
    """Where N rows stand after a number of periods."""

    def expected(self, steps: Ints) -> Floats:
        """Return (N, K) units expected ``steps`` (K,) periods ahead, never negative."""
        ...

    def after(self, sales: Floats) -> Self:
        """Return where the rows stand after a period with these (N,) sales, NaN = unknown."""
        ...


@dataclass(frozen=True, eq=False)
class WalkingModel(ABC):
    """A point model whose parameters are rows of arrays, one per item.

    Attributes:
        item_ids: (M,) items of fitting.
        constants: (M + 1, K) what was chosen per item; the model says what the columns mean. The
            last row is for unknown items; so in all that follow.
        index: (M + 1, S) multiplicative season index around 1.
        level: (M + 1,) units, the level where nothing was observed yet.
    """

    kind: ClassVar[str]
    item_ids: tuple[str, ...]
    constants: Floats
    index: Floats
    level: Floats

    @abstractmethod
    def begin(self, rows: Ints, places: Ints) -> Walker:
        """Return the state before the first period.

        Args:
            rows: (N,) row of the parameters of each item.
            places: (periods,) place of each period in the season.
        """

    def start(self, panel: Panel, periods: int) -> Walker:
        """Return the state before the panel's first period; see `PointModel.start`."""
        places = season_places(panel, periods, self.index.shape[1])
        return self.begin(match_items(panel.item_ids, self.item_ids), places)

    def step(self, state: Walker, seen: Seen) -> Walker:
        """Return the state after one more period; see `PointModel.step`."""
        return state.after(seen.sales)

    def forecast(self, state: Walker, horizon: int) -> PointForecast:
        """Return what is expected from here; see `PointModel.forecast`."""
        return PointForecast(state.expected(np.arange(1, horizon + 1))[:, None])

    def predict(self, panel: Panel, origins: Ints, horizon: int) -> PointForecast:
        """Return the forecast from every origin; see `PointModel.predict`."""
        return rolled(self, panel, origins, horizon)

    def parts(self) -> Parts:
        """Return the fields."""
        return taken_apart(self)

    @classmethod
    def assemble(cls, parts: Parts) -> Self:
        """Return the model that `parts` came from."""
        return put_together(cls, parts)


def grown(level: Floats, growth: Floats, most: float = MOST_GROWTH) -> Floats:
    """Return the (N, K) level after a growth (N, K) in units, at most by the factor ``most``."""
    base = level[:, None]
    return np.clip(base + growth, base / most, base * most)


@dataclass(frozen=True, eq=False)
class Damping:
    """Sums of powers of damping factors: how far a damped trend gets in k periods.

    Attributes:
        factors: (U,) the different factors phi, each at most 1.
        rows: (N,) which of them each row has.
    """

    factors: Floats
    rows: Ints

    @classmethod
    def of(cls, phi: Floats) -> Self:
        """Return the damping of rows with these (N,) factors."""
        factors, rows = np.unique(phi, return_inverse=True)
        return cls(factors, np.asarray(rows, dtype=int))

    def reach(self, steps: Ints) -> Floats:
        """Return (N, K) phi + phi^2 + ... + phi^k for each k of ``steps``."""
        powers = self.factors[:, None] ** np.arange(1, int(steps.max()) + 1)
        reach: Floats = np.cumsum(powers, axis=1)[:, steps - 1][self.rows]
        return reach


def unset(level: Floats, columns: int) -> Floats:
    """Return (M + 1, K) constants that are still to be chosen."""
    return np.full((len(level), columns), np.nan)
