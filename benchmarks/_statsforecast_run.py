"""Statsforecast's half of `benchmarks/statsforecast_peer.py`, run by the peer's own Python.

    PEER_PYTHON benchmarks/_statsforecast_run.py accuracy|speed PROBLEM.npz ANSWER.npz

Imports nothing of this project: the peer pins a pandas that the project has left behind.
"""

import sys
import time
import warnings
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri
from statsforecast import StatsForecast  # type: ignore[import-not-found]
from statsforecast.ets import forward_ets, simulate_ets  # type: ignore[import-not-found]
from statsforecast.models import ARIMA, AutoETS  # type: ignore[import-not-found]

Floats: TypeAlias = NDArray[np.floating[Any]]

SEASON = 7
PATHS = 200  # of a model whose sums have no normal distribution


def sum_weights(model: Any, horizon: int) -> Floats | None:
    """Return (H,) what a shock adds to the sum over as many periods; None if not linear.

    Hyndman, Koehler, Ord & Snyder (2008), table 6.2: class 1, additive errors, trend and season.
    """
    error, trend, season, damped = model["components"][:4]
    if error != "A" or trend == "M" or season == "M":
        return None
    alpha, beta, gamma, phi = (float(value) for value in model["par"][:4])
    steps = np.arange(1, horizon)
    weight = np.full(horizon - 1, alpha)
    if trend == "A":
        weight += beta * np.cumsum((phi if damped == "D" else 1.0) ** steps)
    if season == "A":
        weight += gamma * (steps % SEASON == 0)
    return np.asarray(np.cumsum(np.concatenate([[1.0], weight])))


def sums(model: Any, mean: Floats, levels: Floats) -> Floats:
    """Return (H, Q) quantiles of sums: exact for linear models, else from simulated paths."""
    weights = sum_weights(model, len(mean))
    if weights is None:
        paths = simulate_ets(model, h=len(mean), n_paths=PATHS, seed=0)
        return np.asarray(np.quantile(np.cumsum(paths, axis=1), levels, axis=0).T)
    deviation = np.sqrt(float(model["sigma2"]) * np.cumsum(weights**2))
    return np.asarray(np.cumsum(mean)[:, None] + deviation[:, None] * ndtri(levels))


def singles(answer: dict[str, Floats], levels: Floats) -> Floats:
    """Return (H, Q) the peer's own quantiles of single periods."""
    columns = []
    for level in levels:
        side, width = ("lo" if level < 0.5 else "hi"), round(abs(2.0 * level - 1.0) * 100.0, 6)
        columns.append(answer["mean"] if level == 0.5 else answer[f"{side}-{width:g}"])
    return np.stack(columns, axis=1)


def accuracy(problem: dict[str, Any]) -> dict[str, Floats]:
    """Return AutoETS's means and quantiles from every origin, fitted up to each of fit_ends."""
    sales, origins, levels = problem["sales"], problem["origins"], problem["levels"]
    fit_ends, horizon = problem["fit_ends"], int(problem["horizon"])
    widths = sorted({round(abs(2.0 * v - 1.0) * 100.0, 6) for v in levels} - {0.0})
    widths = [int(v) if v == int(v) else v for v in widths]
    shape = (len(sales), len(origins), horizon, len(levels))
    means, single, summed = np.empty(shape[:3]), np.empty(shape), np.empty(shape)
    start = time.process_time()
    for row, values in enumerate(sales):
        first = int(np.argmin(np.isnan(values)))
        model, fitted_to = AutoETS(season_length=SEASON), -1
        for column, (origin, end) in enumerate(zip(origins, fit_ends, strict=True)):
            if end != fitted_to:
                model.fit(values[first : end + 1])
                fitted_to = end
            known = values[first : origin + 1]
            answer = model.forward(known, h=horizon, level=widths)
            means[row, column] = answer["mean"]
            single[row, column] = singles(answer, levels)
            state = forward_ets(model.model_, known)
            summed[row, column] = sums(state, answer["mean"], levels)
    spent = np.array(time.process_time() - start)
    return {"mean": means, "single": single, "summed": summed, "seconds": spent}


def long_table(series: Floats) -> pd.DataFrame:
    """Return the series (N, T) as statsforecast wants them."""
    n, t = series.shape
    return pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(n), t),
            "ds": np.tile(np.arange(t), n),
            "y": series.ravel(),
        }
    )


def speed(problem: dict[str, Any]) -> dict[str, Floats]:
    """Return CPU seconds of ``cross_validation(refit=False)`` and its means (N, O, H)."""
    order, seasonal = (tuple(int(v) for v in problem[n]) for n in ("order", "seasonal"))
    names = [str(name) for name in problem["names"]]
    fixed = dict(zip(names, (float(v) for v in problem["values"]), strict=True))
    horizon, windows = int(problem["horizon"]), int(problem["windows"])
    series = problem["series"]
    model = ARIMA(
        order=order,
        seasonal_order=seasonal,
        season_length=int(problem["season"]),
        include_mean=False,
        fixed=fixed,
    )

    def run(rows: Floats) -> pd.DataFrame:
        forecast = StatsForecast(models=[model], freq=1, n_jobs=1)
        table = forecast.cross_validation(
            h=horizon, df=long_table(rows), n_windows=windows, step_size=1, refit=False, level=[90]
        )
        return pd.DataFrame(table)

    run(series[:1, : windows + 100])  # compiles
    start = time.process_time()
    table = run(series)
    spent = time.process_time() - start
    means = table["ARIMA"].to_numpy().reshape(len(series), windows, horizon)
    return {"seconds": np.array(spent), "mean": means}


def main() -> None:
    """Answer the problem."""
    warnings.simplefilter("ignore")  # the peer's own, on constant series
    task, problem, answer = sys.argv[1:]
    with np.load(problem, allow_pickle=False) as archive:
        arrays = dict(archive)
    np.savez(answer, allow_pickle=False, **{"accuracy": accuracy, "speed": speed}[task](arrays))


if __name__ == "__main__":
    main()
