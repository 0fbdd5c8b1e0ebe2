"""Measures of forecast accuracy, per item and over any group of items.

    from replenish.backtest.measures import measures
    measures(panel, table, fit_end)  # name -> number over all items

Point measures count observed, uncensored periods of open days only, each item, origin and period
ahead once. Scaled ones divide by the item's one-step naive error of the fit part.
"""

from typing import Any

import numpy as np

from replenish.arrays import Bools, Floats, Ints
from replenish.backtest.tally import OWN, ForecastTally, Sums, tally
from replenish.data.panel import Panel
from replenish.forecasting.forecast import ForecastTable

MEASURES: dict[str, str] = {
    "rmsse": "root mean squared error over that of the naive forecast in the fit part",
    "mase": "mean absolute error over that of the naive forecast in the fit part",
    "wape": "absolute errors over units sold",
    "bias": "units forecast over units sold, minus 1",
    "pinball": "pinball loss of sums over 1..H periods, all levels, per period, in naive errors",
    "crps": "continuous ranked probability score of single periods, units",
    "crps_own": "the same of demand over lead time + review period, units",
    "mse": "mean squared error, units squared",
    "rmse": "root mean squared error, units",
    "mae": "mean absolute error, units",
    "r2": "share of each item's variance around its own mean that the forecast explains",
    "mape": "mean absolute error over what was sold, in periods with sales only",
    "mape_periods": "share of the judged periods over which MAPE is defined",
    "smape": "mean of twice the absolute error over sales plus forecast",
    "cover": "coverage of single periods by the 95 % quantile",
    "cover_own": "coverage of demand over lead time + review period by the 95 % quantile",
    "periods": "judged periods, each once per origin",
}
WATCHED = 0.95  # the level whose coverage stands in the table
LOWER_IS_BETTER = (
    "rmsse", "mase", "wape", "pinball", "crps", "crps_own", "mse", "rmse", "mae", "mape", "smape",
)  # fmt: skip


def measures(
    panel: Panel, table: ForecastTable, fit_end: int, protection: Ints | None = None
) -> dict[str, float]:
    """Return every measure over all items; arguments as `replenish.backtest.tally.tally`."""
    found = tally(panel, table, fit_end, protection)
    return group_measures(found, np.ones(panel.n_items, dtype=bool))


def item_measures(found: ForecastTally) -> dict[str, Floats]:
    """Return (N,) numbers of every measure of `MEASURES`, NaN where it is not defined."""
    plain = _of_sums(found.sums, found.sums.spread, found)
    root, scale = np.sqrt(found.naive_square), found.naive_absolute
    loss = found.sums.sum_loss.mean(axis=1)
    scaled = {
        "rmsse": plain["rmse"] / root,
        "mase": plain["mae"] / scale,
        "pinball": _share(loss, found.sums.sum_count) / root,
    }
    return {name: {**plain, **scaled}[name] for name in MEASURES}


def group_measures(found: ForecastTally, rows: Bools) -> dict[str, float]:
    """Return every measure over some items.

    RMSSE and MASE are means over the items that have one; all else pools the periods.

    Args:
        found: Of all items.
        rows: (N,) which items count.
    """
    of_items = item_measures(found)
    spread = found.sums.spread[rows].sum(keepdims=True)  # around each item's own mean
    plain = _of_sums(found.sums.total(rows), spread, found)
    values = {name: float(value[0]) for name, value in plain.items()}
    for name in ("rmsse", "mase"):
        values[name] = _mean(of_items[name][rows])
    root = np.sqrt(found.naive_square)
    use = rows & np.isfinite(root)
    loss = found.sums.sum_loss.mean(axis=1)[use] / root[use]
    values["pinball"] = float(_share(loss.sum(), found.sums.sum_count[use].sum()))
    return {name: values[name] for name in MEASURES}


def level_table(found: ForecastTally) -> list[dict[str, float]]:
    """Return per level its pinball losses and coverages over all items.

    ``pinball_sum`` is that of sums per period, ``pinball_scaled`` the same in naive errors,
    ``pinball`` of single periods; ``cover_K`` the coverage of sums over a window.
    """
    sums, root = found.sums, np.sqrt(found.naive_square)
    use = np.isfinite(root)
    rows = []
    for column, level in enumerate(found.levels):
        count = sums.sum_count.sum()
        scaled = (sums.sum_loss[use, column] / root[use]).sum()
        periods = sums.count.sum()
        row = {
            "level": float(level),
            "pinball_sum": float(_share(sums.sum_loss[:, column].sum(), count)),
            "pinball_scaled": float(_share(scaled, sums.sum_count[use].sum())),
            "pinball": float(_share(sums.single_loss[:, column].sum(), periods)),
            "cover": float(_share(sums.single_below[:, column].sum(), periods)),
        }
        for k, name in enumerate(found.windows):
            share = _share(sums.window_below[:, k, column].sum(), sums.window_count[:, k].sum())
            row[f"cover_{name}"] = float(share)
        rows.append(row)
    return rows


def coverage_table(
    found: ForecastTally, volume: Floats, level: float = WATCHED
) -> dict[str, dict[str, float]]:
    """Return per window the coverage of a level in all and by quartile of volume.

    Args:
        found: The tally.
        volume: (N,) units of the fit part; the quartiles hold a quarter of the items each.
        level: The stored level nearest to this one counts.
    """
    column = _nearest(found.levels, level)
    quartile = np.empty(len(volume), dtype=int)
    quartile[np.argsort(volume, kind="stable")] = 4 * np.arange(len(volume)) // len(volume)
    groups = {"all": np.ones(len(volume), dtype=bool)}
    groups |= {f"quartile {q + 1}": quartile == q for q in range(4)}
    table: dict[str, dict[str, float]] = {}
    for k, name in enumerate(found.windows):
        under, count = found.sums.window_below[:, k, column], found.sums.window_count[:, k]
        table[name] = {g: float(_share(under[r].sum(), count[r].sum())) for g, r in groups.items()}
    return table


def _of_sums(sums: Sums, spread: Floats, found: ForecastTally) -> dict[str, Floats]:
    """Return the measures that follow from sums alone, one entry per row of the sums."""
    count = sums.count
    mean_square = _share(sums.square, count)
    column = _nearest(found.levels, WATCHED)
    own = found.windows.index(OWN) if OWN in found.windows else -1  # else the longest window
    return {
        "mse": mean_square,
        "rmse": np.sqrt(mean_square),
        "mae": _share(sums.absolute, count),
        "r2": 1.0 - _share(sums.square, spread),
        "mape": _share(sums.percentage, sums.percentage_count),
        "mape_periods": _share(sums.percentage_count, count),
        "smape": _share(sums.symmetric, count),
        "wape": _share(sums.absolute, sums.actual),
        "bias": _share(sums.forecast, sums.actual) - 1.0,
        "cover_own": _share(sums.window_below[:, own, column], sums.window_count[:, own]),
        "crps_own": _share(sums.window_crps[:, own], sums.window_count[:, own]),
        "crps": _share(sums.single_crps, count),
        "cover": _share(sums.single_below[:, column], count),
        "periods": count,
    }


def _nearest(levels: Floats, level: float) -> int:
    """Return the number of the stored level nearest to a wished one."""
    return int(np.argmin(np.abs(levels - level)))


def _share(part: Any, whole: Any) -> Floats:
    """Return part over whole, NaN where the whole is nothing."""
    divisor = np.where(np.asarray(whole) > 0, whole, np.nan)
    return np.asarray(part / divisor)


def _mean(values: Floats) -> float:
    """Return the mean of what is not NaN, NaN where nothing is left."""
    seen = values[np.isfinite(values)]
    return float(seen.mean()) if len(seen) else float("nan")
