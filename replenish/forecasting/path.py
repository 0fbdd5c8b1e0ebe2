"""Forecasts along an episode: what each of N rows expects at each of its T periods."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.forecasting.forecast import DemandSum, Forecast, ForecastTable
from replenish.forecasting.point import Seen


class ForecastPath(Protocol):
    """Gives the forecast that N rows see at period t of their episode."""

    def at(self, period: int) -> Forecast:
        """Return the forecast whose first column is this period's demand."""
        ...

    def reaches(self, period: int) -> bool:
        """Return whether there is a forecast of this period for every row."""
        ...

    def after(self, seen: Seen) -> "ForecastPath":
        """Return the path after a period that showed this; itself where nothing is learnt on it."""
        ...

    def take(self, rows: Ints) -> "ForecastPath":
        """Return the path of these rows, in this order, repeats allowed."""
        ...


@dataclass(frozen=True, eq=False)
class SteadyForecast:
    """The same forecast at every period: demand is drawn from a known, fixed distribution."""

    forecast: Forecast

    def at(self, period: int) -> Forecast:  # noqa: ARG002 - the contract names the period
        """Return the forecast; it does not depend on the period."""
        return self.forecast

    def reaches(self, period: int) -> bool:  # noqa: ARG002 - the contract names the period
        """Return True: there is always one."""
        return True

    def after(self, seen: Seen) -> "SteadyForecast":  # noqa: ARG002 - the contract names it
        """Return the same path: the distribution is known."""
        return self

    def take(self, rows: Ints) -> "SteadyForecast":
        """Return the forecasts of these rows."""
        return SteadyForecast(self.forecast.take(rows))


@dataclass(frozen=True, eq=False)
class ForecastLookup:
    """Forecasts of a panel laid out so that one row's forecast is one contiguous slice.

    Attributes:
        first_origin: Period number of the first origin; origins follow without a gap.
        n_origins: Number of origins O.
        mean: (n_items * O, H) units per period.
        std: (n_items * O, H) units per period.
        total: (n_items * O, 2 + Q) mean, std and quantiles of lead-time demand.
        levels: (Q,) probability of each quantile.
    """

    first_origin: int
    n_origins: int
    mean: Floats
    std: Floats
    total: Floats
    levels: Floats

    @classmethod
    def of(
        cls,
        table: ForecastTable,
        protection_period: Ints,
        rows: Ints | None = None,
        context: Floats | None = None,
    ) -> "ForecastLookup":
        """Lay a table out for items that must cover these (n_items,) numbers of periods.

        Args:
            table: Forecasts of items, or of those that the items' versions are made of.
            protection_period: (n_items,) periods to cover.
            rows: (n_items,) each one's row of the table; None = one row each, in order.
            context: (n_items, O, C) instead of the table's; None = the table's.

        Raises:
            ValueError: The horizon is too short, or the origins have gaps.
        """
        o, h = table.mean.shape[1:]
        if int(protection_period.max()) > h:
            raise ValueError(
                f"lead time + review period is {int(protection_period.max())} periods, "
                f"the forecast reaches {h}; raise forecast.horizon"
            )
        if (np.diff(table.origins) != 1).any():
            raise ValueError("origins have gaps; roll over consecutive periods")
        if rows is None:
            rows = np.arange(len(table.mean))
        k, n = np.asarray(protection_period) - 1, len(rows)
        if context is None:
            context = np.zeros((n, o, 0)) if table.context is None else table.context[rows]
        total = np.concatenate(
            (
                table.mean.cumsum(axis=2)[rows, :, k][..., None],
                table.sum_std[rows, :, k][..., None],
                table.sum_quantiles[rows, :, k],
                context,
            ),
            axis=2,
        )  # (n, O, 2 + Q + C)
        return cls(
            first_origin=int(table.origins[0]),
            n_origins=o,
            mean=np.ascontiguousarray(table.mean[rows].reshape(n * o, h)),
            std=np.ascontiguousarray(table.std[rows].reshape(n * o, h)),
            total=np.ascontiguousarray(total.reshape(n * o, -1)),
            levels=table.levels,
        )

    @classmethod
    def joined(cls, parts: Sequence["ForecastLookup"]) -> "ForecastLookup":
        """Return the lookup of the items of all parts, which have the same origins."""
        stacked: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("mean", "std", "total")
        }
        return replace(parts[0], **stacked)

    def path(self, items: Ints, starts: Ints) -> "LookupPath":
        """Return the path of N rows: row n is ``items[n]``, its period 0 is ``starts[n]``."""
        return LookupPath(self, items * self.n_origins + starts - 1 - self.first_origin)


class GatheredForecast(Forecast):
    """Forecasts of a `ForecastLookup`; their periods are gathered when somebody looks at them.

    An order is decided on lead-time demand and, at most, single periods: gathering H periods of N
    rows at every step would cost more than all the rest of the step.
    """

    _lookup: ForecastLookup
    _where: Ints

    @classmethod
    def of(cls, lookup: ForecastLookup, where: Ints) -> "GatheredForecast":
        """Return the forecasts in these (N,) rows of the lookup."""
        total = lookup.total.take(where, axis=0)  # (N, 2 + Q + C)
        end = 2 + len(lookup.levels)
        lead_time_demand = DemandSum(total[:, 0], total[:, 1], total[:, 2:end], lookup.levels)
        forecast = cls.__new__(cls)
        forecast.__dict__.update(
            _lookup=lookup,
            _where=where,
            lead_time_demand=lead_time_demand,
            context=total[:, end:] if total.shape[1] > end else None,
        )
        return forecast

    @cached_property
    def mean(self) -> Floats:
        """(N, H) units per period."""
        return self._lookup.mean.take(self._where, axis=0)

    @cached_property
    def std(self) -> Floats:
        """(N, H) units per period."""
        return self._lookup.std.take(self._where, axis=0)

    def mean_at(self, columns: Ints | int) -> Floats:
        """Return the (N,) mean of one column, or of one column per row."""
        if "mean" in self.__dict__:
            return super().mean_at(columns)
        horizon = self._lookup.mean.shape[1]
        return np.asarray(self._lookup.mean.ravel().take(self._where * horizon + columns))


@dataclass(frozen=True, eq=False)
class LookupPath:
    """Rows walking through a `ForecastLookup`; ``first`` (N,) is where each row begins."""

    lookup: ForecastLookup
    first: Ints

    def reaches(self, period: int) -> bool:
        """Return whether the lookup has the origin before this period for every row."""
        origins = self.lookup.n_origins
        return int((self.first % origins).max(initial=0)) + period < origins

    def after(self, seen: Seen) -> "LookupPath":  # noqa: ARG002 - the contract names it
        """Return the same path: forecasts were made beforehand, of what was really sold."""
        return self

    def take(self, rows: Ints) -> "LookupPath":
        """Return the path of these rows."""
        return LookupPath(self.lookup, self.first[rows])

    def at(self, period: int) -> Forecast:
        """Return the forecasts made at the end of the period before this one."""
        return GatheredForecast.of(self.lookup, self.first + period)
