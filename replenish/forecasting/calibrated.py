"""A point model and its errors, together the forecaster that workbench and production run."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from replenish.arrays import Bools, Floats, Ints
from replenish.data.panel import Panel
from replenish.errors import InputError, unknown
from replenish.forecasting.archive import packed, read_unchanged, unpacked, write_whole
from replenish.forecasting.calendar import period_number
from replenish.forecasting.catalogue import ALL_KINDS
from replenish.forecasting.censoring import Uncensoring, Watch
from replenish.forecasting.forecast import LEVELS, ForecastTable
from replenish.forecasting.matching import match_items
from replenish.forecasting.point import (
    Parts,
    PointForecast,
    PointModel,
    Seen,
    check_sales,
    closed,
    under,
)
from replenish.forecasting.residuals import ErrorModel
from replenish.forecasting.smoothing import SmoothingModel

ERROR_ARRAYS = ("item_factor", "centres", "quantiles", "sum_std", "std", "alone")


@dataclass(frozen=True, eq=False)
class Standing:
    """Where an online forecaster stands after a number of periods; `step` returns a new one.

    Attributes:
        period: Number of periods seen; the origin is the one before.
        point: State of the point model.
        watch: State of what replaces censored sales.
        rows: (N,) the item's row among the fitted ones.
        shut: (N, P) True where the plan says closed.
        fitted_until: Last period that fitting saw, in the numbers of this walk.
    """

    period: int
    point: Any
    watch: Watch
    rows: Ints
    shut: Bools
    fitted_until: int


@dataclass(frozen=True, eq=False)
class CalibratedForecaster:
    """Forecasts the mean by a point model and the distribution by the model's own past errors.

    Attributes:
        point: Gives the mean.
        errors: Gives the distribution around it.
        uncensoring: Replaces sales that stockouts cut short before the point model sees them.
        item_ids: (M,) items of fitting.
        frequency: Of the panel of fitting, as pandas names it.
        fitted_until_date: Start of the last period that fitting and calibration saw.
    """

    point: PointModel
    errors: ErrorModel
    uncensoring: Uncensoring
    item_ids: tuple[str, ...]
    frequency: str
    fitted_until_date: pd.Timestamp

    def roll(
        self,
        panel: Panel,
        origins: Ints,
        horizon: int,
        levels: Floats | None = None,
        *,
        in_sample: bool = False,
    ) -> ForecastTable:
        """Return forecasts from every origin (see `replenish.forecasting.runtime.Rolling.roll`).

        Raises:
            InputError: The horizon is longer than that of fitting, the panel has another
                frequency, or an origin lies before the end of fitting.
            ValueError: The origins or levels do not rise, or lie outside the history or 0 to 1.
        """
        starts = rising(origins, panel.n_periods)
        self._check(panel, horizon)
        until = self._until(panel, int(starts[0]), in_sample)
        likely = self.uncensoring.panel(panel, int(starts[-1]) + 1)
        point = self.point.predict(likely, starts, horizon)
        rows = match_items(panel.item_ids, self.item_ids)
        ahead = starts[:, None] + np.arange(1, horizon + 1)  # (O, H)
        shut = closed(panel, int(starts[-1]) + horizon + 1)[:, ahead]
        return self._table((point, shut), starts, rows, until, levels)

    def start(self, past: Panel, periods: int, *, in_sample: bool = False) -> Standing:
        """Return where the forecaster stands at the end of the past.

        Args:
            past: History of N rows, with the plan for what is to come.
            periods: How many more periods will be seen and forecast at most.
            in_sample: Whether the past may end before that of fitting.

        Raises:
            InputError: Another frequency than at fitting, or the past ends before its end.
        """
        self._check(past, 1)
        until = self._until(past, past.n_periods - 1, in_sample)
        whole = past.n_periods + periods
        rows = match_items(past.item_ids, self.item_ids)
        standing = Standing(
            0,
            self.point.start(past, whole),
            self.uncensoring.start(past, whole),
            rows,
            closed(past, whole),
            until,
        )
        for period in range(past.n_periods):
            standing = self.step(standing, Seen.of(past, period))
        return standing

    def step(self, standing: Standing, seen: Seen) -> Standing:
        """Return where it stands after one more period of (N,) sales; NaN = nothing is known."""
        self._check_reach(standing, 1)
        shut = standing.shut[:, standing.period]
        if shut.any():
            seen = replace(seen, sales=np.where(shut, np.nan, seen.sales))
        watch, told = self.uncensoring.step(standing.watch, seen)
        point = self.point.step(standing.point, told)
        return replace(standing, period=standing.period + 1, point=point, watch=watch)

    def forecast(
        self, standing: Standing, horizon: int, levels: Floats | None = None
    ) -> ForecastTable:
        """Return the forecast from here, a table with the one origin ``standing.period - 1``.

        Raises:
            InputError: The horizon is longer than that of fitting.
        """
        self._check_horizon(horizon)
        self._check_reach(standing, horizon)
        point = self.point.forecast(standing.point, horizon)
        shut = standing.shut[:, None, standing.period : standing.period + horizon]
        origin = np.array([standing.period - 1])
        return self._table((point, shut), origin, standing.rows, standing.fitted_until, levels)

    def _table(
        self,
        told: tuple[PointForecast, Bools],
        origins: Ints,
        rows: Ints,
        until: int,
        levels: Floats | None,
    ) -> ForecastTable:
        """Return the table of a point forecast and of the (N, O, H) closed periods."""
        wanted = _probabilities(LEVELS if levels is None else levels)
        shut = told[1]
        point = told[0].open_only(shut)
        singles, std, sum_std, sum_quantiles = self.errors.spread_out(point, rows, wanted)
        if shut.any():
            nothing = np.logical_and.accumulate(shut, axis=2)  # no open period so far
            singles = replace(singles, scale=np.where(shut, 0.0, singles.scale))
            std, sum_std = np.where(shut, 0.0, std), np.where(nothing, 0.0, sum_std)
            sum_quantiles = np.where(nothing[..., None], np.float32(0.0), sum_quantiles)
        return ForecastTable(
            origins,
            point.mean,
            std,
            sum_std,
            sum_quantiles,
            wanted,
            fitted_until=np.full(len(origins), until),
            singles=singles,
        )

    def _check_reach(self, standing: Standing, periods: int) -> None:
        reach = standing.shut.shape[1]
        if standing.period + periods > reach:
            raise ValueError(
                f"{standing.period} periods are seen and {periods} more asked for, start laid out "
                f"{reach}; start with more periods"
            )

    def _check(self, panel: Panel, horizon: int) -> None:
        self._check_horizon(horizon)
        check_sales(panel)
        if panel.frequency != self.frequency:
            raise InputError(
                f"the sales have frequency {panel.frequency!r}, the forecaster was fitted on "
                f"{self.frequency!r}; bring sales of that frequency or fit it again"
            )

    def _check_horizon(self, horizon: int) -> None:
        if not 1 <= horizon <= self.errors.horizon:
            raise InputError(
                f"horizon is {horizon} periods, the forecaster was fitted for 1 to "
                f"{self.errors.horizon}; fit it again with the longer horizon"
            )

    def _until(self, panel: Panel, first: int, in_sample: bool) -> int:
        """Return the last period of fitting, and refuse a first origin before it."""
        until = period_number(panel, self.fitted_until_date)
        if first < until and not in_sample:
            raise InputError(
                f"origin {panel.dates[first].date()} lies before {self.fitted_until_date.date()}, "
                "up to which the forecaster was fitted: it has seen what came true; take later "
                "origins, fit on less, or allow it with in_sample=True"
            )
        return until

    def save(self, folder: Path) -> dict[str, Any]:
        """Write arrays and networks into the folder and return the JSON that describes them."""
        parts = self.point.parts()
        arrays = {f"point.{name}": values for name, values in parts.arrays.items()}
        arrays |= {f"errors.{name}": getattr(self.errors, name) for name in ERROR_ARRAYS}
        demand = self.uncensoring.smoothing.parts().arrays
        arrays |= {f"demand.{name}": values for name, values in demand.items()}
        arrays["demand.dispersion"] = self.uncensoring.dispersion
        arrays["demand.lift"] = self.uncensoring.lift
        arrays["item_ids"] = np.array(self.item_ids)
        files = {"arrays.npz": packed(arrays), **parts.files}
        for name, content in files.items():
            write_whole(folder / name, content)
        return {
            "kind": self.point.kind,
            "frequency": self.frequency,
            "fitted_until_date": self.fitted_until_date.isoformat(),
            "exponent": self.errors.exponent,
            "settings": dict(parts.settings),
            "sha256": {n: hashlib.sha256(c).hexdigest() for n, c in sorted(files.items())},
        }

    @classmethod
    def load(cls, folder: Path, description: dict[str, Any]) -> Self:
        """Return the forecaster that `save` wrote.

        Raises:
            InputError: The kind is unknown, or a file is missing or was changed.
        """
        kind = str(description.get("kind"))
        if kind not in ALL_KINDS:
            raise unknown("kind of forecaster", kind, ALL_KINDS)
        files = {n: read_unchanged(folder / n, h) for n, h in description["sha256"].items()}
        arrays = unpacked(files.pop("arrays.npz"))
        point, demand = (under(arrays, prefix) for prefix in ("point.", "demand."))
        dispersion, lift = demand.pop("dispersion"), demand.pop("lift")
        return cls(
            ALL_KINDS[kind].assemble(Parts(description["settings"], point, files)),
            ErrorModel(
                float(description["exponent"]), *(arrays[f"errors.{n}"] for n in ERROR_ARRAYS)
            ),
            Uncensoring(SmoothingModel.assemble(Parts({}, demand, {})), dispersion, lift),
            tuple(str(name) for name in arrays["item_ids"]),
            str(description["frequency"]),
            pd.Timestamp(description["fitted_until_date"]),
        )


def rising(origins: Ints, n_periods: int) -> Ints:
    """Return the origins as whole numbers, and refuse what no history has."""
    starts = np.asarray(origins, dtype=int)
    if len(starts) == 0 or (np.diff(starts) <= 0).any():
        raise ValueError(f"origins must be at least one and rise, got {starts}")
    if starts[0] < 0 or starts[-1] >= n_periods:
        raise ValueError(
            f"origins {starts[0]}..{starts[-1]} are outside the history, "
            f"expected 0..{n_periods - 1}"
        )
    return starts


def _probabilities(levels: Floats | Sequence[float]) -> Floats:
    """Return levels as an array, and refuse what are no rising probabilities."""
    wanted = np.array(levels, dtype=float)
    inside = ((wanted > 0) & (wanted < 1)).all()
    if wanted.ndim != 1 or len(wanted) < 2 or not inside or (np.diff(wanted) <= 0).any():
        raise ValueError(
            f"levels must be two or more probabilities, rising, within 0 and 1: {wanted}"
        )
    return wanted
