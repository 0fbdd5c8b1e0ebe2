"""How fast and how good the forecasters are beside statsforecast, a peer of the field.

The peer pins a pandas older than the project's, so it lives in an environment of its own:

    python3 -m venv .peer
    .peer/bin/pip install statsforecast==2.1.1

    python benchmarks/statsforecast_peer.py --peer-python .peer/bin/python --only speed
    REPLENISH_DATA=... python benchmarks/statsforecast_peer.py --peer-python .peer/bin/python \
        --only accuracy --forecasters arima,exponential_smoothing

speed: ARIMA with the parameters given, forecasts 14 ahead with their variances from 365 origins
of 500 series x 1,500 days, CPU seconds; the peer is ``cross_validation(refit=False)``, timed on a
few of the series and scaled up. The peer's forecasts of those series are compared with ours.

accuracy: pinball loss of all levels, per period, in the item's mean absolute naive error of the
fit part, mean over items; of sums over 1..21 days and of single days, from every origin of the
validation part of m5_walmart_tiny. The peer is AutoETS (season 7), fitted to the same day
(2014-04-30) and run on, or fitted again every ``--refit-every`` origins. Its single days have its
own levels; its sums the normal distribution with the variance that its parameters imply
(covariances between days included), or, for a multiplicative model, simulated paths. Quantiles
below 0 are raised to 0. Days on which a shop was closed, which the peer cannot leave out, are
filled with the sale a week before, and are not judged; nor are items with less than 60 days of
fitting.
"""

import argparse
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from replenish.arrays import Floats
from replenish.backtest.quantile_scores import losses
from replenish.data.config import DataConfig
from replenish.data.load import load
from replenish.data.panel import Panel
from replenish.forecasting.forecast import LEVELS
from replenish.forecasting.kalman import forecast_rows
from replenish.forecasting.point import observed_sales
from replenish.forecasting.statespace import StateSpace, arima, with_season
from replenish.plugins import load_plugin

HORIZON, FEWEST = 21, 60
ORDERS: dict[str, tuple[tuple[int, ...], dict[str, float]]] = {  # p, d, q, P, D, Q
    "(1,1,1)": ((1, 1, 1, 0, 0, 0), {"ar1": 0.3, "ma1": -0.9}),
    "(1,0,1)(1,0,1)7": (
        (1, 0, 1, 1, 0, 1),
        {"ar1": 0.5, "ma1": -0.3, "sar1": 0.6, "sma1": -0.4},
    ),
}


def ask(python: Path, task: str, problem: Mapping[str, Any]) -> dict[str, Floats]:
    """Return the peer's answer, computed by its own Python."""
    script = Path(__file__).with_name("_statsforecast_run.py")
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "problem.npz", Path(folder) / "answer.npz"
        np.savez(asked, allow_pickle=False, **problem)
        subprocess.run([python, script, task, asked, answered], check=True)
        with np.load(answered, allow_pickle=False) as archive:
            return dict(archive)


def same_models(name: str, number: int) -> StateSpace:
    """Return the order's model, once per series."""
    (p, d, q, _, seasonal_d, _), values = ORDERS[name]

    def column(label: str, size: int) -> Floats:
        return np.full((number, size), values.get(label, 0.0))

    lags = with_season(column("ar1", p), column("sar1", int("sar1" in values)), 7, -1.0)
    shocks = with_season(column("ma1", q), column("sma1", int("sma1" in values)), 7, 1.0)
    return arima(lags, shocks, np.ones(number), d, seasonal_d, 7)


def compare_speed(options: argparse.Namespace) -> None:
    """Print CPU seconds of both for every order."""
    rng = np.random.default_rng(0)
    series = np.cumsum(rng.normal(size=(options.series, 1500)), axis=1) * 0.1
    series += rng.normal(size=series.shape)
    origins = np.arange(1500 - 14 - 365, 1500 - 14)
    print(f"{options.series} series x 1,500 days, 365 origins, 14 ahead; CPU seconds")
    for name, (order, fixed) in ORDERS.items():
        start = time.process_time()
        mean, _, _ = forecast_rows(same_models(name, len(series)), series, origins, 14)
        ours = time.process_time() - start
        some = series[: options.peer_series]
        problem = {
            "series": some,
            "order": order[:3],
            "seasonal": order[3:],
            "season": 7 if sum(order[3:]) else 1,
            "names": list(fixed),
            "values": list(fixed.values()),
            "horizon": 14,
            "windows": 365,
        }
        answer = ask(options.peer_python, "speed", problem)
        peer = float(answer["seconds"]) / len(some) * len(series)
        apart = np.abs(answer["mean"] - mean[: len(some)]).max()
        print(
            f"{name:18s} ours {ours:7.2f}   statsforecast {peer:9.1f} (from {len(some)} series)"
            f"   ratio {peer / ours:7.0f}   largest difference of a mean {apart:.1e}",
            flush=True,
        )


def without_gaps(sales: Floats) -> Floats:
    """Return (N, T) sales with each gap behind the first sale filled from a week before."""
    filled = sales.copy()
    for period in range(7, sales.shape[1]):
        gap = np.isnan(filled[:, period])
        filled[gap, period] = filled[gap, period - 7]
    begun = np.cumsum(~np.isnan(sales), axis=1) > 0
    return np.where(begun, np.nan_to_num(filled), np.nan)


def scaled_losses(panel: Panel, origins: Any, quantiles: Floats, summed: bool) -> Floats:
    """Return (N,) mean pinball loss per period of (N, O, H, Q) quantiles, in units."""
    horizon = quantiles.shape[2]
    actual = observed_sales(panel)[:, origins[:, None] + np.arange(1, horizon + 1)]
    actual = np.cumsum(actual, axis=2) if summed else actual
    steps = np.arange(1, horizon + 1) if summed else np.ones(horizon)
    found = losses(actual, np.maximum(quantiles, 0.0), np.array(LEVELS), steps)
    return np.asarray(found.mean(axis=1) / np.maximum((~np.isnan(actual)).sum(axis=(1, 2)), 1))


def shown(name: str, mine: list[Floats], peer: list[Floats]) -> str:
    """Return a row of the table: mean losses of sums and days, and over the peer's."""
    own, theirs = [float(m.mean()) for m in mine], [float(p.mean()) for p in peer]
    cells = [f"{v:9.4f}" for v in own]
    cells += [f"{a / b:13.3f}" for a, b in zip(own, theirs, strict=True)]
    return f"{name:34s}" + "".join(cells)


def compare_accuracy(options: argparse.Namespace) -> None:
    """Print the scaled pinball losses of our forecasters over the peer's."""
    whole = load(DataConfig(source="m5_walmart_tiny"), Path()).panel
    panel = whole.until(whole.period_of("2015-10-24"))
    fit_end, first = panel.period_of("2014-04-30"), panel.period_of("2015-04-25")
    enough = (~np.isnan(observed_sales(panel)[:, : fit_end + 1])).sum(axis=1) >= FEWEST
    panel = panel.take(np.flatnonzero(enough))
    sales = observed_sales(panel)
    origins = np.arange(first, panel.n_periods - HORIZON, options.stride)
    block, numbers = options.refit_every, np.arange(len(origins))
    ends = origins[numbers // block * block] if block else np.full(len(origins), fit_end)
    naive = np.nanmean(np.abs(np.diff(sales[:, : fit_end + 1], axis=1)), axis=1)
    problem = {"sales": without_gaps(sales), "origins": origins, "levels": np.array(LEVELS)}
    answer = ask(options.peer_python, "accuracy", {**problem, "fit_ends": ends, "horizon": HORIZON})
    judged = naive > 0
    peer = [
        scaled_losses(panel, origins, answer[name], summed)[judged] / naive[judged]
        for name, summed in (("summed", True), ("single", False))
    ]
    how = f"fitted again every {block} origins" if block else "fitted to 2014-04-30"
    print(f"{judged.sum()} items, {len(origins)} origins from 2015-04-25, {HORIZON} ahead")
    print(f"{'forecaster':34s}{'sums':>9s}{'days':>9s}{'sums / peer':>13s}{'days / peer':>13s}")
    print(shown("AutoETS, " + how, peer, peer) + f"   ({float(answer['seconds']):.0f} CPU s)")
    for name in options.forecasters.split(","):
        fitted = load_plugin("forecasters", name)().fit(panel.until(fit_end), HORIZON)
        table = fitted.roll(panel, origins, HORIZON)
        mine = [
            scaled_losses(panel, origins, values, summed)[judged] / naive[judged]
            for values, summed in ((table.sum_quantiles, True), (table.quantiles, False))
        ]
        print(shown(name, mine, peer), flush=True)


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer-python", type=Path, required=True, help="Python with statsforecast")
    parser.add_argument("--only", choices=["speed", "accuracy"], help="default: both")
    parser.add_argument("--series", type=int, default=500, help="series of the speed test (500)")
    parser.add_argument("--peer-series", type=int, default=5, help="of these the peer runs (5)")
    parser.add_argument("--forecasters", default="arima,exponential_smoothing", help="names")
    parser.add_argument("--stride", type=int, default=1, help="days between two origins (1)")
    parser.add_argument("--refit-every", type=int, default=0, help="origins; 0 = never (0)")
    options = parser.parse_args()
    if options.only != "accuracy":
        compare_speed(options)
    if options.only != "speed":
        compare_accuracy(options)


if __name__ == "__main__":
    main()
