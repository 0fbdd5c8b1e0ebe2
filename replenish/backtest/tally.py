"""What a backtest counts per item: sums from which every measure of any group of items follows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from replenish.arrays import Bools, Floats, Ints
from replenish.backtest.quantile_scores import below, crps, losses, over
from replenish.data.demand import judged_sales, summed_sales
from replenish.data.panel import Panel
from replenish.forecasting.forecast import ForecastTable

WINDOWS = (3, 7, 14)  # periods whose summed demand is judged, beside the item's own
OWN = "own"  # the window of lead time + review period of each item
_BLOCK = 60_000  # item x origin x period cells that are worked on at once


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over origins and periods ahead; the first axis is the item's.

    Attributes:
        count: (N,) periods judged.
        actual: (N,) units that were sold in them.
        actual_square: (N,) their squares.
        forecast: (N,) units that were forecast for them.
        absolute: (N,) absolute errors of the mean.
        square: (N,) squared errors of the mean.
        percentage: (N,) absolute error over what was sold, where that is not zero.
        percentage_count: (N,) periods in which that is defined.
        symmetric: (N,) twice the absolute error over sales plus forecast, 0 where both are 0.
        window_count: (N, K) sums over a window that were judged.
        window_below: (N, K, Q) of them up to the quantile, a tie counting by chance.
        window_crps: (N, K) continuous ranked probability scores of these sums, units.
        sum_count: (N,) sums over k = 1..H periods that were judged.
        sum_loss: (N, Q) their pinball losses, divided by k: units per period.
        single_below: (N, Q) single periods up to their quantile.
        single_loss: (N, Q) their pinball losses, units.
        single_crps: (N,) their continuous ranked probability scores, units.
    """

    count: Floats
    actual: Floats
    actual_square: Floats
    forecast: Floats
    absolute: Floats
    square: Floats
    percentage: Floats
    percentage_count: Floats
    symmetric: Floats
    window_count: Floats
    window_below: Floats
    window_crps: Floats
    sum_count: Floats
    sum_loss: Floats
    single_below: Floats
    single_loss: Floats
    single_crps: Floats

    def __add__(self, other: "Sums") -> "Sums":
        """Return the sums over the origins of both."""
        return Sums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Sums)))

    @property
    def spread(self) -> Floats:
        """(N,) squared distances of what was sold from the item's own mean, units squared."""
        mean = self.actual / np.maximum(self.count, 1)
        return np.asarray(np.maximum(self.actual_square - mean * self.actual, 0.0))

    def total(self, rows: Ints | Bools) -> "Sums":
        """Return the sums over these items, the first axis kept with one entry."""
        return Sums(*(getattr(self, f.name)[rows].sum(axis=0)[None] for f in fields(Sums)))

    @staticmethod
    def joined(parts: Sequence["Sums"]) -> "Sums":
        """Return the sums of several blocks of items, one below the other."""
        names = [f.name for f in fields(Sums)]
        return Sums(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True, eq=False)
class ForecastTally:
    """All that is needed to judge one forecaster on any group of items.

    Attributes:
        sums: Over the origins seen so far.
        naive_absolute: (N,) mean absolute error of the one-step naive forecast in the fit part;
            NaN where it is not defined or zero.
        naive_square: (N,) its mean square.
        windows: K names: numbers of periods, and perhaps `OWN`.
        levels: (Q,) probabilities.
    """

    sums: Sums
    naive_absolute: Floats
    naive_square: Floats
    windows: tuple[str, ...]
    levels: Floats

    def __add__(self, other: "ForecastTally") -> "ForecastTally":
        """Return the tally of two tables of the same items from different origins."""
        return replace(self, sums=self.sums + other.sums)


def tally(
    panel: Panel, table: ForecastTable, fit_end: int, protection: Ints | None = None
) -> ForecastTally:
    """Return what a table of forecasts is judged by.

    Args:
        panel: (N, T) what came true; every origin must leave a whole horizon in it.
        table: (N, O, H) forecasts.
        fit_end: Last period of the fit part, whose naive errors are the scale.
        protection: (N,) lead time + review period of each item, for its own window; None = no
            such window. A window longer than the horizon is cut to it.

    Raises:
        ValueError: An origin does not leave a whole horizon.
    """
    if int(table.origins[-1]) + table.horizon >= panel.n_periods:
        raise ValueError(
            f"origin {int(table.origins[-1])} + horizon {table.horizon} is beyond the panel's "
            f"{panel.n_periods} periods; leave out the last origins"
        )
    sales, added = judged_sales(panel), summed_sales(panel)
    spans, names = _windows(table, protection)
    whole = _in_whole_units(sales)
    ahead = table.origins[:, None] + np.arange(1, table.horizon + 1)  # (O, H)
    size = max(1, _BLOCK // ahead.size)
    parts = []
    for rows in _blocks(panel.n_items, size):
        actual = sales[rows][:, ahead]  # (n, O, H)
        total = np.cumsum(added[rows][:, ahead], axis=2)
        parts.append(_sums(actual, total, _Block.of(_rows(table, rows), spans[rows], whole[rows])))
    absolute, square = _naive_errors(sales[:, : fit_end + 1])
    return ForecastTally(Sums.joined(parts), absolute, square, names, table.levels)


@dataclass(frozen=True, eq=False)
class _Block:
    """Forecasts of some items: the table's arrays, windows (n, K), who sells whole units."""

    mean: Floats
    sum_quantiles: Floats
    quantiles: Floats
    levels: Floats
    spans: Ints
    whole: Bools  # (n,) True for items that sell in whole units

    @classmethod
    def of(cls, some: ForecastTable, spans: Ints, whole: Bools) -> "_Block":
        return cls(some.mean, some.sum_quantiles, some.quantiles, some.levels, spans, whole)


def _rows(table: ForecastTable, rows: slice) -> ForecastTable:
    """Return the forecasts of some items; what follows from them is worked out for these alone."""
    singles = table.singles
    return replace(
        table,
        singles=singles and replace(singles, scale=singles.scale[rows], place=singles.place[rows]),
        mean=table.mean[rows],
        std=table.std[rows],
        sum_std=table.sum_std[rows],
        sum_quantiles=table.sum_quantiles[rows],
        context=None,
    )


def _blocks(n_items: int, size: int) -> Iterator[slice]:
    """Yield slices of at most ``size`` rows."""
    yield from (slice(start, start + size) for start in range(0, n_items, size))


def _windows(table: ForecastTable, protection: Ints | None) -> tuple[Ints, tuple[str, ...]]:
    """Return (N, K) numbers of periods and K names."""
    fixed = [k for k in WINDOWS if k <= table.horizon] or [table.horizon]
    spans = np.tile(np.array(fixed), (len(table.mean), 1))
    names = tuple(str(k) for k in fixed)
    if protection is None:
        return spans, names
    own = np.minimum(protection, table.horizon)
    return np.concatenate([spans, own[:, None]], axis=1), (*names, OWN)


def _in_whole_units(sales: Floats) -> Bools:
    """Return (N,) True for items that are sold in whole units."""
    known = np.nan_to_num(sales)
    return np.asarray((known == np.round(known)).all(axis=1))


def _naive_errors(sales: Floats) -> tuple[Floats, Floats]:
    """Return (N,) mean absolute and mean squared change from one period to the next."""
    change = np.diff(sales, axis=1)
    number = np.isfinite(change).sum(axis=1)
    absolute, square = np.nansum(np.abs(change), axis=1), np.nansum(change**2, axis=1)
    defined = (number > 0) & (absolute > 0)
    number = np.where(defined, number, 1)
    return (
        np.where(defined, absolute / number, np.nan),
        np.where(defined, square / number, np.nan),
    )


def _sums(actual: Floats, total: Floats, block: _Block) -> Sums:
    """Return the sums of a block of items.

    Args:
        actual: (n, O, H) units, NaN = not judged.
        total: (n, O, H) the same summed over k periods, closed days counting as 0.
        block: The forecasts.
    """
    seen = np.isfinite(actual)
    error = np.where(seen, block.mean - actual, 0.0)
    sold = np.where(seen, actual, 0.0)
    both = sold + np.where(seen, block.mean, 0.0)
    size = np.abs(error)
    window_count, window_below, window_crps = _window_sums(total, block)
    steps = np.arange(1, total.shape[2] + 1)
    single = block.quantiles
    return Sums(
        count=over(seen),
        actual=over(sold),
        actual_square=over(sold**2),
        forecast=over(np.where(seen, block.mean, 0.0)),
        absolute=over(size),
        square=over(error**2),
        percentage=over(np.divide(size, sold, out=np.zeros_like(size), where=sold > 0)),
        percentage_count=over(sold > 0),
        symmetric=over(np.divide(2 * size, both, out=np.zeros_like(size), where=both > 0)),
        window_count=window_count,
        window_below=window_below,
        window_crps=window_crps,
        sum_count=over(np.isfinite(total)),
        sum_loss=losses(total, block.sum_quantiles, block.levels, steps),
        single_below=below(actual, single, block.levels, block.whole),
        single_loss=losses(actual, single, block.levels, np.ones(total.shape[2])),
        single_crps=crps(actual, single, block.levels),
    )


def _window_sums(total: Floats, block: _Block) -> tuple[Floats, Floats, Floats]:
    """Return (n, K) counts, (n, K, Q) covered and (n, K) CRPS of sums over the windows."""
    counts, covered, scores = [], [], []
    rows = np.arange(len(total))
    for column in range(block.spans.shape[1]):
        last = block.spans[:, column] - 1
        reached = total[rows, :, last][:, :, None]  # (n, O, 1)
        quantiles = block.sum_quantiles[rows, :, last][:, :, None]  # (n, O, 1, Q)
        counts.append(over(np.isfinite(reached)))
        covered.append(below(reached, quantiles, block.levels, block.whole))
        scores.append(crps(reached, quantiles, block.levels))
    return np.stack(counts, axis=1), np.stack(covered, axis=1), np.stack(scores, axis=1)
