"""How good every forecaster is on real sales, on periods it was not fitted on.

Fits on everything up to ``--fit-until`` and forecasts from every day after it up to ``--until``;
what comes later is never read. Errors are those of all periods ahead together.

    REPLENISH_DATA=... python benchmarks/forecast_accuracy.py
    REPLENISH_DATA=... python benchmarks/forecast_accuracy.py --only lstm --seeds 0,1,2

rmsse: root mean squared error over that of the naive forecast within the fit period, mean over
items; ratio: over seasonal naive's. wape: absolute errors over sales. bias: forecasts over
sales, minus 1. cover: share of sums of 7 and of 14 periods up to the 95 % quantile, a tie
counting by chance (randomised, as counts need).
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from replenish.arrays import Floats
from replenish.data.config import DataConfig
from replenish.data.load import load
from replenish.data.panel import Panel
from replenish.forecasting.forecast import ForecastTable
from replenish.forecasting.point import observed_sales
from replenish.plugins import load_plugin, plugin_names
from replenish.protocols import Forecaster


@dataclass(frozen=True)
class Scores:
    """Accuracy over all items, origins and periods ahead; see the module's text."""

    rmsse: float
    wape: float
    bias: float
    cover7: float
    cover14: float
    pinball: float


def scores(panel: Panel, table: ForecastTable, fit_end: int) -> Scores:
    """Return the scores of forecasts from origins that leave a whole horizon in the panel."""
    ahead = table.origins[:, None] + np.arange(1, table.horizon + 1)  # (O, H)
    actual = observed_sales(panel)[:, ahead]
    error = table.mean - actual
    past = observed_sales(panel)[:, : fit_end + 1]
    naive = mean_of(np.diff(past, axis=1) ** 2, axis=1)
    square = mean_of(error.reshape(len(error), -1) ** 2, axis=1)
    use = np.isfinite(naive) & (naive > 0) & np.isfinite(square)
    seen = np.isfinite(actual)
    total = np.cumsum(actual, axis=2)
    return Scores(
        rmsse=float(np.sqrt(square[use] / naive[use]).mean()),
        wape=float(np.nansum(np.abs(error)) / np.nansum(actual)),
        bias=float(table.mean[seen].sum() / actual[seen].sum() - 1.0),
        cover7=coverage(total, table, 7),
        cover14=coverage(total, table, 14),
        pinball=pinball(total[use], table.sum_quantiles[use], table.levels, np.sqrt(naive[use])),
    )


def mean_of(values: Floats, axis: int) -> Floats:
    """Return the mean of what is not NaN, NaN where nothing is left."""
    number = np.isfinite(values).sum(axis=axis)
    return np.where(number > 0, np.nansum(values, axis=axis) / np.maximum(number, 1), np.nan)


def coverage(total: Floats, table: ForecastTable, periods: int, level: float = 0.95) -> float:
    """Return the randomised share of sums over ``periods`` up to the quantile of the level.

    A whole-numbered sum that shares its unit with the quantile counts for the part of the unit
    that lies below the quantile.
    """
    column = int(np.argmin(np.abs(table.levels - level)))
    actual = total[:, :, periods - 1]
    quantile = table.sum_quantiles[:, :, periods - 1, column]
    share = np.clip(quantile - actual + 0.5, 0.0, 1.0)[np.isfinite(actual)]
    return float(share.mean())


def pinball(total: Floats, quantiles: Floats, levels: Floats, scale: Floats) -> float:
    """Return the mean pinball loss of all sums and levels, per period, in naive errors."""
    steps = np.arange(1, total.shape[2] + 1)
    losses = []
    for column, level in enumerate(levels):
        away = (total - quantiles[..., column]) / (scale[:, None, None] * steps)
        losses.append(np.nanmean(np.maximum(level * away, (level - 1.0) * away)))
    return float(np.mean(losses))


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", default="m5_walmart_tiny", help="adapter, or 'sample'")
    parser.add_argument("--fit-until", default="2014-04-30", help="last day of fitting")
    parser.add_argument("--until", default="2015-10-24", help="last day that is looked at")
    parser.add_argument("--horizon", type=int, default=14, help="days ahead, 14 or more")
    parser.add_argument("--only", default="", help="names with commas between; default: all")
    parser.add_argument("--seeds", default="0", help="seeds of the networks, commas between")
    return parser.parse_args()


def contestants(only: str, seeds: str) -> Iterator[tuple[str, Forecaster]]:
    """Yield label and unfitted forecaster, seasonal naive first, networks once per seed."""
    chosen = only.split(",") if only else plugin_names("forecasters")
    for name in ["seasonal_naive", *(n for n in chosen if n != "seasonal_naive")]:
        plugin = load_plugin("forecasters", name)
        if hasattr(plugin, "seed"):
            yield from ((f"{name} seed {s}", plugin(seed=int(s))) for s in seeds.split(","))
        else:
            yield name, plugin()


def main() -> None:
    """Print the table."""
    options = arguments()
    whole = load(DataConfig(source=options.source), Path()).panel
    panel = whole.until(whole.period_of(options.until))
    fit_end = panel.period_of(options.fit_until)
    origins = np.arange(fit_end, panel.n_periods - options.horizon)
    names = [field.name for field in fields(Scores)]
    print(
        f"{options.source}: fitted to {options.fit_until}, {len(origins)} origins to "
        f"{options.until}, horizon {options.horizon}"
    )
    print(f"{'forecaster':26s}" + "".join(f"{n:>9s}" for n in [*names, "ratio", "cpu s"]))
    reference = 0.0
    for label, forecaster in contestants(options.only, options.seeds):
        start = time.process_time()
        fitted = forecaster.fit(panel.until(fit_end), options.horizon)
        table = fitted.roll(panel, origins, options.horizon)
        spent = time.process_time() - start
        result = scores(panel, table, fit_end)
        reference = reference or result.rmsse
        row = [*(getattr(result, n) for n in names), result.rmsse / reference]
        print(f"{label:26s}" + "".join(f"{v:9.4f}" for v in row) + f"{spent:9.1f}", flush=True)


if __name__ == "__main__":
    main()
