"""Forecasts that learn along an episode from what the simulated shop itself sold.

A table of forecasts made beforehand saw every sale that really happened. A shop that runs out sees
less: here each row's forecast knows the simulated sales and the evenings with an empty shelf, and
nothing else after the start.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.context import (
    RUN_UP,
    planned_promotion,
    standard_errors,
    standardised,
    track_record,
)
from replenish.forecasting.forecast import Forecast, ForecastTable
from replenish.forecasting.point import Seen
from replenish.forecasting.record import Record
from replenish.forecasting.runtime import FittedForecaster


@dataclass(frozen=True, eq=False)
class Launch:
    """What is told of items that the shop does not serve yet: their sales as recorded.

    An empty shelf says that demand was missed only where the shop means to sell the item.

    Attributes:
        record: (N, T) history, beyond the start of the episode.
        served: (N,) period of the record from which the shop's own sales count.
    """

    record: Panel
    served: Ints

    def told(self, period: int, seen: Seen) -> Seen:
        """Return what the shop saw, and the record of rows that it does not serve yet."""
        early = self.served > period
        if not early.any():
            return seen
        recorded = Seen.of(self.record, period)
        return replace(
            seen,
            sales=np.where(early, recorded.sales, seen.sales),
            censored=np.where(early, recorded.censored, seen.censored),
        )

    def take(self, rows: Ints) -> Self:
        """Return that of these rows, repeats allowed."""
        return type(self)(self.record.take(rows), self.served[rows])


@dataclass(frozen=True, eq=False)
class OnlinePath:
    """What N rows expect now, one row per item, moved on by `after`.

    Attributes:
        forecaster: Fitted before the start.
        standing: Where it stands.
        past: History up to the start, with the plan beyond it.
        protection_period: (N,) lead time + review period.
        periods: Length of the episode.
        errors: (N, up to `RUN_UP`) last one-period errors in standard deviations.
        launch: Of rows that join later; None where all are there from the start.
    """

    forecaster: FittedForecaster
    standing: Any
    past: Panel
    protection_period: Ints
    periods: int
    errors: Floats
    launch: Launch | None = None

    @classmethod
    def begin(
        cls,
        forecaster: FittedForecaster,
        past: Panel,
        protection_period: Ints,
        periods: int,
        launch: Launch | None = None,
        record: Record | None = None,
    ) -> Self:
        """Return the path at the end of the past.

        Args:
            forecaster: Fitted on the past or on its first part.
            past: History of N items, with the plan beyond it.
            protection_period: (N,) lead time + review period.
            periods: Length of the episode.
            launch: Of rows that join later; None where all are there from the start.
            record: Errors made before the end of fitting; None = none are known.
        """
        last = past.n_periods - 1
        standing = forecaster.start(past, periods + int(protection_period.max()))
        first = max(last - RUN_UP, 0)
        table = forecaster.roll(past, np.arange(first, last + 1), 1, in_sample=True)
        errors = standard_errors(past, table, record)
        return cls(forecaster, standing, past, protection_period, periods, errors, launch)

    @cached_property
    def _table(self) -> ForecastTable:
        return self.forecaster.forecast(self.standing, int(self.protection_period.max()))

    def at(self, period: int) -> Forecast:  # noqa: ARG002 - it stands at one period only
        """Return the forecast of the period that comes next."""
        table = self._table
        bias, spread = (numbers[:, -1:] for numbers in track_record(self._record))
        promotion = planned_promotion(self.past, table, self.protection_period)
        context = np.stack((bias, spread, promotion), axis=2)
        origin = int(table.origins[0])
        return replace(table, context=context).from_origin(origin, self.protection_period)

    def reaches(self, period: int) -> bool:
        """Return whether the plan goes on for as long as this period has to be covered."""
        return period <= self.periods

    @property
    def _record(self) -> Floats:
        """(N, at least 1) errors; nothing is known at the very start."""
        return self.errors if self.errors.shape[1] else np.full((len(self.errors), 1), np.nan)

    def after(self, seen: Seen) -> "OnlinePath":
        """Return the path after a period in which the shop saw these sales."""
        if self.launch is not None:
            seen = self.launch.told(self.standing.period, seen)
        told = np.where(seen.censored, np.nan, seen.sales)
        error = standardised(told, self._table.mean[:, 0, 0], self._table.std[:, 0, 0])
        return replace(
            self,
            standing=self.forecaster.step(self.standing, seen),
            errors=np.concatenate((self.errors, error[:, None]), axis=1)[:, -RUN_UP:],
        )

    def take(self, rows: Ints) -> "OnlinePath":
        """Return the path of these rows, repeats allowed, from the start on.

        Raises:
            ValueError: The path has moved; what it saw belongs to its own rows.
        """
        if self.standing.period != self.past.n_periods:
            raise ValueError("the path has left its start; take rows before the first period")
        past, cover = self.past.take(rows), self.protection_period[rows]
        launch = None if self.launch is None else self.launch.take(rows)
        path = self.begin(self.forecaster, past, cover, self.periods, launch)
        return replace(path, errors=self.errors[rows])  # with the record that they began with
