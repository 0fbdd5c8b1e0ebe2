"""Forecasters fitted on longer and longer pasts: every origin gets the latest honest one."""

from dataclasses import dataclass, fields

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.calendar import period_number
from replenish.forecasting.calibrated import rising
from replenish.forecasting.forecast import ForecastTable, Singles
from replenish.forecasting.runtime import FittedForecaster


@dataclass(frozen=True, eq=False)
class Blocks:
    """Forecasters of one kind, each fitted on an expanding block of the past.

    An origin is forecast by the last of them that was fitted no later than it; so that all
    forecasts are out of sample, and none is made by a forecaster older than need be.

    Attributes:
        fitted: At least one, with `fitted_until_date` rising.
    """

    fitted: tuple[FittedForecaster, ...]

    @property
    def last(self) -> FittedForecaster:
        """The one that has seen most: what goes into production."""
        return self.fitted[-1]

    def roll(
        self,
        panel: Panel,
        origins: Ints,
        horizon: int,
        levels: Floats | None = None,
        *,
        in_sample: bool = False,
    ) -> ForecastTable:
        """Return forecasts from every origin, ``fitted_until`` telling by whom.

        Raises:
            InputError: An origin lies before the end of the first fitting (see
                `CalibratedForecaster.roll`).
        """
        starts = rising(origins, panel.n_periods)
        ends = np.array([period_number(panel, one.fitted_until_date) for one in self.fitted])
        whose = np.maximum(np.searchsorted(ends, starts, side="right") - 1, 0)
        return joined(
            [
                one.roll(panel, starts[whose == number], horizon, levels, in_sample=in_sample)
                for number, one in enumerate(self.fitted)
                if (whose == number).any()
            ]
        )


def joined(tables: list[ForecastTable]) -> ForecastTable:
    """Return one table of tables whose origins follow each other."""
    if len(tables) == 1:
        return tables[0]
    parts = {}
    for spec in fields(ForecastTable):
        values = [getattr(table, spec.name) for table in tables]
        if spec.name == "levels" or values[0] is None:
            parts[spec.name] = values[0]
        elif spec.name == "singles":
            parts[spec.name] = Singles.joined(values)
        else:
            axis = 0 if spec.name in {"origins", "fitted_until"} else 1
            parts[spec.name] = np.concatenate(values, axis=axis)
    return ForecastTable(**parts)
