"""What is known ahead as numbers: place in the season, time of year, price, promotion, holiday."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from replenish.arrays import Floats
from replenish.data.panel import Panel
from replenish.errors import InputError
from replenish.forecasting.calendar import (
    following_dates,
    season_length,
    season_position,
    yearly_waves,
)

# The calendar is told by columns that are made here; a number of the day would be drawn out
# beyond what was seen. On closed days no sales are expected, whatever a regression says.
LEFT_OUT = frozenset({"closed", "weekday", "month", "day_of_year"})


@dataclass(frozen=True)
class Regressors:
    """The columns that are known ahead, the same at fitting and at forecasting.

    Attributes:
        frequency: Of the panel, as pandas names it.
        places: Whether the places of the season have a column each (without the last).
        harmonics: Pairs of yearly sines and cosines.
        names: Columns of `Panel.known` used.
        sizes: Largest absolute value of each in fitting, by which it is divided.
    """

    frequency: str
    places: bool
    harmonics: int
    names: tuple[str, ...]
    sizes: tuple[float, ...]

    @property
    def n_shared(self) -> int:
        """Number of columns that are the same for all items."""
        places = season_length(self.frequency) - 1 if self.places else 0
        return places + 2 * self.harmonics

    def shared(self, panel: Panel, periods: int) -> Floats:
        """Return (periods, K) calendar columns; season columns sum to zero over the season."""
        dates = following_dates(panel, periods)
        columns = [yearly_waves(dates, self.harmonics)]
        if self.places:
            season = season_length(self.frequency)
            codes = np.eye(season)[:, :-1] - np.eye(season)[:, -1:]  # last place: minus the rest
            columns.insert(0, codes[season_position(dates, self.frequency)])
        return np.concatenate(columns, axis=1)

    def own(self, panel: Panel, periods: int) -> list[Floats]:
        """Return (N, periods) of each known column; a missing number counts as 0.

        Prices are logs relative to the mean of the half year before. Beyond the plan a price
        stays and everything else is 0.

        Raises:
            InputError: The panel lacks a column of fitting.
        """
        return [
            known_column(panel, name, periods) / size
            for name, size in zip(self.names, self.sizes, strict=True)
        ]

    def description(self) -> dict[str, Any]:
        """Return the fields for JSON."""
        return {
            "frequency": self.frequency,
            "places": self.places,
            "harmonics": self.harmonics,
            "names": list(self.names),
            "sizes": list(self.sizes),
        }

    @classmethod
    def described(cls, fields: Mapping[str, Any]) -> Self:
        """Return the regressors of a `description`."""
        return cls(
            str(fields["frequency"]),
            bool(fields["places"]),
            int(fields["harmonics"]),
            tuple(str(name) for name in fields["names"]),
            tuple(float(size) for size in fields["sizes"]),
        )

    @classmethod
    def learnt(cls, past: Panel, places: bool = True) -> Self:
        """Return the regressors that the past can tell something about.

        A season needs two of its lengths, a year one and a half years of history; a known
        column needs to have varied.

        Args:
            past: History and plan.
            places: Whether the season is wanted.
        """
        season = season_length(past.frequency)
        years = (past.dates[-1] - past.dates[0]).days / 365.25
        places = places and 1 < season <= 24 and past.n_periods >= 2 * season
        sizes = {
            name: float(np.abs(column).max())
            for name in past.known
            if name not in LEFT_OUT
            and np.ptp(column := known_column(past, name, past.n_periods)) > 0
        }
        return cls(
            past.frequency,
            places,
            2 if years >= 1.5 and season != 12 else 0,
            tuple(sizes),
            tuple(sizes.values()),
        )


def known_column(panel: Panel, name: str, periods: int) -> Floats:
    """Return (N, periods) a known column without gaps; see `Regressors.own`."""
    if name not in panel.known:
        raise InputError(
            f"the plan lacks the column {name!r}, which the forecaster was fitted with; "
            "bring it or fit again without it"
        )
    values = np.asarray(panel.known[name], dtype=float)[:, :periods]
    if name == "price":
        values = log_price_ratio(values, panel.frequency)
    filled: Floats = np.nan_to_num(values)
    lacking = periods - filled.shape[1]
    if lacking <= 0:
        return filled
    last = filled[:, -1:] if name == "price" else np.zeros((len(filled), 1))
    return np.concatenate([filled, np.repeat(last, lacking, axis=1)], axis=1)


def log_price_ratio(price: Floats, frequency: str) -> Floats:
    """Return (N, T) log of each price over the mean of the half year up to it."""
    window = 26 if frequency.startswith("W") else 6 if frequency.startswith("M") else 182
    seen = np.isfinite(price) & (price > 0)
    total = np.cumsum(np.where(seen, price, 0.0), axis=1)
    number = np.cumsum(seen, axis=1)
    total[:, window:], number[:, window:] = (
        total[:, window:] - total[:, :-window],
        number[:, window:] - number[:, :-window],
    )
    usual = total / np.maximum(number, 1)
    ratio = np.where(seen, price, 1.0) / np.where(seen & (usual > 0), usual, 1.0)
    return np.asarray(np.where(seen, np.log(ratio), 0.0))
