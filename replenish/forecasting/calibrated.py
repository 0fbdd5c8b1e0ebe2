"""A point model and its errors, together the forecaster that workbench and production run."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.errors import InputError, unknown
from replenish.forecasting.calendar import period_number
from replenish.forecasting.forecast import LEVELS, ForecastTable
from replenish.forecasting.kinds import KINDS
from replenish.forecasting.matching import match_items
from replenish.forecasting.point import Parts, PointModel, open_days_only
from replenish.forecasting.residuals import ErrorModel

ERROR_ARRAYS = ("item_factor", "edges", "quantiles", "sum_std", "std")


@dataclass(frozen=True, eq=False)
class CalibratedForecaster:
    """Forecasts the mean by a point model and the distribution by the model's own past errors.

    Attributes:
        point: Gives the mean.
        errors: Gives the distribution around it.
        item_ids: (M,) items of fitting.
        frequency: Of the panel of fitting, as pandas names it.
        fitted_until_date: Start of the last period that fitting and calibration saw.
    """

    point: PointModel
    errors: ErrorModel
    item_ids: tuple[str, ...]
    frequency: str
    fitted_until_date: pd.Timestamp

    def roll(self, panel: Panel, origins: Ints, horizon: int) -> ForecastTable:
        """Return forecasts from every origin (see `replenish.protocols.Forecaster.roll`).

        Raises:
            InputError: The horizon is longer than that of fitting, or the panel has another
                frequency.
            ValueError: The origins do not rise or lie outside the history.
        """
        starts = self._checked(panel, origins, horizon)
        point = open_days_only(self.point.predict(panel, starts, horizon), panel, starts)
        rows = match_items(panel.item_ids, self.item_ids)
        std, sum_std, sum_quantiles = self.errors.spread_out(point, rows)
        until = period_number(panel, self.fitted_until_date)
        levels: Floats = np.array(LEVELS)
        return ForecastTable(starts, point.mean, std, sum_std, sum_quantiles, levels, until)

    def _checked(self, panel: Panel, origins: Ints, horizon: int) -> Ints:
        starts = np.asarray(origins, dtype=int)
        if not 1 <= horizon <= self.errors.horizon:
            raise InputError(
                f"horizon is {horizon} periods, the forecaster was fitted for 1 to "
                f"{self.errors.horizon}; fit it again with the longer horizon"
            )
        if panel.frequency != self.frequency:
            raise InputError(
                f"the sales have frequency {panel.frequency!r}, the forecaster was fitted on "
                f"{self.frequency!r}; bring sales of that frequency or fit it again"
            )
        if len(starts) == 0 or (np.diff(starts) <= 0).any():
            raise ValueError(f"origins must be at least one and rise, got {starts}")
        if starts[0] < 0 or starts[-1] >= panel.n_periods:
            raise ValueError(
                f"origins {starts[0]}..{starts[-1]} are outside the history, "
                f"expected 0..{panel.n_periods - 1}"
            )
        return starts

    def save(self, folder: Path) -> dict[str, Any]:
        """Write arrays and networks into the folder and return the JSON that describes them."""
        parts = self.point.parts()
        arrays = {f"point.{name}": values for name, values in parts.arrays.items()}
        arrays |= {f"errors.{name}": getattr(self.errors, name) for name in ERROR_ARRAYS}
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
        if kind not in KINDS:
            raise unknown("kind of forecaster", kind, KINDS)
        files = {n: read_unchanged(folder / n, h) for n, h in description["sha256"].items()}
        arrays = unpacked(files.pop("arrays.npz"))
        mine = {n[6:]: values for n, values in arrays.items() if n.startswith("point.")}
        return cls(
            KINDS[kind].assemble(Parts(description["settings"], mine, files)),
            ErrorModel(
                float(description["exponent"]), *(arrays[f"errors.{n}"] for n in ERROR_ARRAYS)
            ),
            tuple(str(name) for name in arrays["item_ids"]),
            str(description["frequency"]),
            pd.Timestamp(description["fitted_until_date"]),
        )


def packed(arrays: dict[str, NDArray[Any]]) -> bytes:
    """Return the arrays as the bytes of an npz file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpacked(content: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of an npz file; nothing in it is unpickled."""
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def write_whole(path: Path, content: bytes) -> None:
    """Write the file under a temporary name and move it into place."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)


def read_unchanged(path: Path, expected: str) -> bytes:
    """Return the content of the file.

    Raises:
        InputError: It is missing, or its hash is not the expected one.
    """
    if not path.is_file():
        raise InputError(f"{path}: the file is missing; export the forecaster again")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != expected:
        raise InputError(f"{path}: the file was changed or cut off; export the forecaster again")
    return content
