"""Point forecasts, online and from every origin: what a model gives before its distribution.

A fitted model walks through time: `PointModel.start` sets it before the first period, `step` shows
it one more period, `forecast` asks what it expects. `predict` gives the same numbers from all
origins in one call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from replenish.arrays import Bools, Floats, Ints
from replenish.data.panel import Panel, wholly_closed
from replenish.errors import InputError


@dataclass(frozen=True, eq=False)
class PointForecast:
    """Expected demand per period and how wide its errors are compared with usual.

    Attributes:
        mean: (N, O, H) units, never negative, never NaN.
        spread: (N, O, H) standard deviation of demand summed over k periods relative to what
            the model usually shows for this mean; None = always as usual.
        level: (N, O, H) units per period that the size of errors goes with, where it is not the
            mean: a repeated sale of nothing is no sign of small errors.
    """

    mean: Floats
    spread: Floats | None = None
    level: Floats | None = None

    @property
    def volume(self) -> Floats:
        """(N, O, H) units per period that the size of errors goes with."""
        return self.mean if self.level is None else self.level

    def open_only(self, shut: Bools) -> "PointForecast":
        """Return the forecast with nothing where (N, O, H) says closed."""
        level = None if self.level is None else np.where(shut, 0.0, self.level)
        return PointForecast(np.where(shut, 0.0, self.mean), self.spread, level)

    @classmethod
    def joined(cls, parts: Sequence["PointForecast"], axis: int = 1) -> "PointForecast":
        """Return several of other origins (or of other rows, along axis 0) as one."""
        named = ("mean", "spread", "level")
        found = {name: [getattr(part, name) for part in parts] for name in named}
        whole: dict[str, Any] = {
            name: np.concatenate(values, axis=axis)
            for name, values in found.items()
            if values[0] is not None
        }
        return cls(**whole)


@dataclass(frozen=True)
class Parts:
    """A model taken apart for the disk.

    Attributes:
        settings: Numbers and texts for JSON.
        arrays: Arrays without objects.
        files: File name -> content (networks).
    """

    settings: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]
    files: Mapping[str, bytes]


@dataclass(frozen=True, eq=False)
class Seen:
    """What one period shows of N rows when it is over; three different things are kept apart.

    Attributes:
        sales: (N,) units; NaN = nothing is known, 0 = nothing was sold.
        censored: (N,) True = out of stock, so that the sale is a lower bound of demand.
        past: name -> (N,) numbers known up to now only (see `Panel.past`).
    """

    sales: Floats
    censored: Bools
    past: Mapping[str, Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, panel: Panel, period: int) -> Self:
        """Return what a period of the panel's history shows, NaN where the shop was closed."""
        sales = panel.sales[:, period].astype(float)
        if "closed" in panel.known:
            closed = np.asarray(panel.known["closed"][:, period], dtype=float)
            sales = np.where(wholly_closed(closed), np.nan, sales)
        past = {name: values[:, period] for name, values in panel.past.items()}
        return cls(sales, panel.censored[:, period], past)


def under(parts: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Return the entries whose names begin with the prefix, without it."""
    return {name[len(prefix) :]: v for name, v in parts.items() if name.startswith(prefix)}


class PointModel(Protocol):
    """A fitted model that forecasts the mean; runs without torch and statsmodels.

    Censored sales never reach it as they are: before, they are replaced by what demand probably
    was (see `replenish.forecasting.censoring`), so that all but NaN is to be used.
    """

    kind: ClassVar[str]

    def start(self, panel: Panel, periods: int) -> Any:
        """Return the state before the panel's first period.

        Args:
            panel: N rows; names, dates, plan and static covariates are read, and nothing else.
            periods: Number of periods, from the first, that will be seen or forecast at most.
        """
        ...

    def step(self, state: Any, seen: Seen) -> Any:
        """Return the state after one more period; the one given stays as it is."""
        ...

    def forecast(self, state: Any, horizon: int) -> PointForecast:
        """Return what is expected from here, (N, 1, H)."""
        ...

    def predict(self, panel: Panel, origins: Ints, horizon: int) -> PointForecast:
        """Return the forecast from every origin (O,): the numbers of a chain of `step`."""
        ...

    def parts(self) -> Parts:
        """Return what `assemble` needs to build the same model."""
        ...

    @classmethod
    def assemble(cls, parts: Parts) -> Self:
        """Return the model that `parts` came from."""
        ...


def rolled(model: PointModel, panel: Panel, origins: Ints, horizon: int) -> PointForecast:
    """Return the forecasts (N, O, H) of a model that walks through the panel."""
    last, wanted = int(origins[-1]), {int(origin) for origin in origins}
    state = model.start(panel, last + 1 + horizon)
    parts = list[PointForecast]()
    for period in range(last + 1):
        state = model.step(state, Seen.of(panel, period))
        if period in wanted:
            parts.append(model.forecast(state, horizon))
    return PointForecast.joined(parts)


def observed_sales(panel: Panel) -> Floats:
    """Return (N, T) sales with NaN where nothing was observed or the shop was closed.

    A censored sale counts as it stands; see `certain_sales` for what demand is judged by.
    """
    use = ~np.isnan(panel.sales) & ~closed(panel, panel.n_periods)
    return np.where(use, panel.sales, np.nan).astype(float)


def check_sales(panel: Panel) -> None:
    """Refuse negative sales, which no demand is; the loader never lets them through.

    Raises:
        InputError: Names item, date and value.
    """
    negative = panel.sales < 0  # NaN is not
    if negative.any():
        item, period = np.argwhere(negative)[0]
        raise InputError(
            f"item {panel.item_ids[item]!r} on {panel.dates[period].date()}: sales are "
            f"{panel.sales[item, period]:g}, expected 0 or more; book returns apart or clip them"
        )


def certain_sales(panel: Panel) -> Floats:
    """Return (N, T) sales that are demand: NaN where not observed, closed, or out of stock."""
    return np.where(panel.censored, np.nan, observed_sales(panel))


def planned(panel: Panel, name: str, periods: int) -> Floats:
    """Return (N, periods) numbers of a plan's column; 0 where nothing is told or planned."""
    result = np.zeros((panel.n_items, periods))
    if name in panel.known:
        told = np.nan_to_num(np.asarray(panel.known[name], dtype=float))[:, :periods]
        result[:, : told.shape[1]] = told
    return result


def closed(panel: Panel, periods: int) -> Bools:
    """Return (N, periods) True where the plan's column ``closed`` says so; beyond it, open."""
    return wholly_closed(planned(panel, "closed", periods))


def expanding_mean(sales: Floats) -> Floats:
    """Return (N, T) the mean of all that was observed up to each period; NaN before the first."""
    seen = ~np.isnan(sales)
    total = np.cumsum(np.where(seen, sales, 0.0), axis=1)
    number = np.cumsum(seen, axis=1)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def open_days_only(point: PointForecast, panel: Panel, origins: Ints) -> PointForecast:
    """Return the forecast with a mean of 0 where the plan says closed."""
    horizon = point.mean.shape[2]
    ahead = np.asarray(origins)[:, None] + np.arange(1, horizon + 1)  # (O, H)
    shut = closed(panel, int(origins[-1]) + horizon + 1)[:, ahead]
    return point.open_only(shut)
