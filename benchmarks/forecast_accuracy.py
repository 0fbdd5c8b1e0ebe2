"""How good every forecaster is on real sales from every origin after fitting, in one line each.

The same measures as ``python evaluate.py --forecasts CONFIG``, over a longer stretch: from
``--fit-until`` to ``--until``, train and validation parts together. What comes later is never read.

    REPLENISH_DATA=... python benchmarks/forecast_accuracy.py
    REPLENISH_DATA=... python benchmarks/forecast_accuracy.py --only lstm --seeds 0,1,2

What the columns mean: `replenish.backtest.measures.MEASURES`; cover7 and cover14 are coverages of
demand summed over 7 and 14 periods by its 95 % quantile; ratio is RMSSE over seasonal naive's.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from replenish.backtest.contest import Field, run
from replenish.backtest.measures import coverage_table, group_measures
from replenish.data.config import DataConfig
from replenish.data.load import load
from replenish.plugins import load_plugin, plugin_names
from replenish.protocols import Forecaster

COLUMNS = ("rmsse", "wape", "bias", "cover7", "cover14", "pinball", "ratio", "cpu s")


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


def row(field: Field, forecaster: Forecaster) -> list[float]:
    """Return the numbers of `COLUMNS`, the ratio not yet known."""
    _, found, seconds = run(field, forecaster)
    total = group_measures(found, np.ones(field.panel.n_items, dtype=bool))
    cover = coverage_table(found, field.volume)
    sums = [cover["7"]["all"], cover["14"]["all"]]
    plain = [total[name] for name in ("rmsse", "wape", "bias")]
    return [*plain, *sums, total["pinball"], np.nan, seconds]


def main() -> None:
    """Print the table."""
    options = arguments()
    whole = load(DataConfig(source=options.source), Path()).panel
    panel = whole.until(whole.period_of(options.until))
    fit_end = panel.period_of(options.fit_until)
    origins = np.arange(fit_end, panel.n_periods - options.horizon)
    cover = np.full(panel.n_items, options.horizon)
    field = Field(panel, fit_end, origins, options.horizon, cover)
    print(
        f"{options.source}: fitted to {options.fit_until}, {len(origins)} origins to "
        f"{options.until}, horizon {options.horizon}"
    )
    print(f"{'forecaster':30s}" + "".join(f"{name:>9s}" for name in COLUMNS))
    reference = 0.0
    for label, forecaster in contestants(options.only, options.seeds):
        values = row(field, forecaster)
        reference = reference or values[0]
        values[-2] = values[0] / reference
        numbers = "".join(f"{value:9.4f}" for value in values[:-1])
        print(f"{label:30s}{numbers}{values[-1]:9.1f}", flush=True)


if __name__ == "__main__":
    main()
