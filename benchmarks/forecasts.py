"""How fast every forecaster is: CPU time for fitting, for all origins of the last year, online.

A panel is made up (Poisson with a week, a year and promotions), each forecaster is fitted on
all but the last year and rolled over every origin of it, 500 items at a time, which bounds the
memory; then it walks through the last days of the history (`step` shows all items one more day,
`forecast` asks from there). The peer is statsmodels as most use
it, one ``apply().get_forecast()`` per origin with the parameters given, timed on a few items
and origins and extrapolated.

    python benchmarks/forecasts.py                        # 300 items x 1,900 days, 14 ahead
    python benchmarks/forecasts.py --items 60 --only arima,lstm
    python benchmarks/forecasts.py --items 3000 --periods 1500 --only moving_average,arima
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from forecasters._base import Calibrating
from replenish.arrays import Ints
from replenish.data.panel import Panel
from replenish.forecasting.point import Seen
from replenish.plugins import load_plugin, plugin_names


def made_up(n_items: int, n_periods: int, seed: int) -> Panel:
    """Return daily Poisson sales with a week, a year, promotions and a wandering level."""
    rng = np.random.default_rng(seed)
    dates = pd.date_range("2019-01-07", periods=n_periods, freq="D")
    week = np.array([0.8, 0.8, 0.9, 1.0, 1.2, 1.4, 0.9])[np.asarray(dates.day_of_week)]
    year = 1.0 + 0.2 * np.sin(2 * np.pi * np.asarray(dates.day_of_year) / 365.25)
    promotion = (rng.random((n_items, n_periods)) < 0.05).astype(float)
    level = np.exp(np.cumsum(rng.normal(0.0, 0.01, (n_items, n_periods)), axis=1))
    mean = np.geomspace(0.3, 30.0, n_items)[:, None] * week * year * level * (1.0 + promotion)
    return Panel(
        item_ids=tuple(f"item{row}" for row in range(n_items)),
        dates=dates,
        sales=rng.poisson(mean).astype(float),
        censored=np.zeros((n_items, n_periods), dtype=bool),
        known={"promotion": promotion},
    )


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that the work took, all threads together."""
    start = time.process_time()
    work()
    return time.process_time() - start


def statsmodels_seconds(panel: Panel, origins: int, horizon: int) -> float:
    """Return the CPU seconds that statsmodels would take for all items and origins.

    ARIMA(1, 1, 1) with weekday dummies, parameters given: no fitting is counted.
    """
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    days = np.eye(7)[np.asarray(panel.dates.day_of_week)][:, 1:]  # (T, 6)
    parameters = np.concatenate([np.zeros(6), [0.3, -0.9, 1.0]])
    sample = [panel.n_periods - 1 - horizon - 40 * back for back in range(5)]

    def work() -> None:
        model = SARIMAX(panel.sales[0, :200], exog=days[:200], order=(1, 1, 1))
        fitted = model.filter(parameters)
        for origin in sample:
            end = origin + 1
            known = fitted.apply(panel.sales[0, :end], exog=days[:end])
            known.get_forecast(horizon, exog=days[end : end + horizon]).var_pred_mean.sum()

    return cpu_seconds(work) / len(sample) * origins * panel.n_items


BLOCK = 500  # items rolled at once
STEPS = 30  # periods walked through online


def roll_blocks(forecaster: Calibrating, panel: Panel, origins: Ints, horizon: int) -> None:
    """Forecast from all origins, block by block."""
    for first in range(0, panel.n_items, BLOCK):
        some = panel.take(np.arange(first, min(first + BLOCK, panel.n_items)))
        forecaster.roll(some, origins, horizon)


def online_milliseconds(
    forecaster: Calibrating, panel: Panel, past: Panel, horizon: int
) -> tuple[float, float]:
    """Return CPU milliseconds of one `step` and of one `forecast` of all items at the end."""
    fitted = forecaster.fitted
    standing = fitted.start(past, STEPS + horizon)

    def walk() -> None:
        nonlocal standing
        for period in range(past.n_periods, past.n_periods + STEPS):
            standing = fitted.step(standing, Seen.of(panel, period))

    stepped = cpu_seconds(walk) / STEPS
    asked = cpu_seconds(lambda: [fitted.forecast(standing, horizon) for _ in range(3)]) / 3
    return 1000.0 * stepped, 1000.0 * asked


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=300, help="number of items (300)")
    parser.add_argument("--periods", type=int, default=1900, help="days of history (1900)")
    parser.add_argument("--horizon", type=int, default=14, help="days ahead (14)")
    parser.add_argument("--origins", type=int, default=365, help="last days forecast from (365)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the panel (0)")
    parser.add_argument("--only", default="", help="names with commas between; default: all")
    options = parser.parse_args()
    panel = made_up(options.items, options.periods, options.seed)
    first = options.periods - options.horizon - options.origins
    origins = np.arange(first, first + options.origins)
    past = panel.until(first)
    print(
        f"{options.items} items x {options.periods} days, horizon {options.horizon}, "
        f"{options.origins} origins; CPU seconds"
    )
    peer = statsmodels_seconds(panel, options.origins, options.horizon)
    heads = (f"{n:>9s}" for n in ("fit", "roll", "both", "step ms", "ask ms"))
    print(f"{'forecaster':28s}" + "".join(heads) + f"{'peer roll / roll':>18s}")
    for name in options.only.split(",") if options.only else plugin_names("forecasters"):
        forecaster = load_plugin("forecasters", name)()
        fit = cpu_seconds(lambda f=forecaster: f.fit(past, options.horizon))  # type: ignore[misc]
        roll = cpu_seconds(
            lambda f=forecaster: roll_blocks(f, panel, origins, options.horizon)  # type: ignore[misc]
        )
        online = online_milliseconds(forecaster, panel, past, options.horizon)
        cells = "".join(f"{value:9.2f}" for value in (fit, roll, fit + roll, *online))
        print(f"{name:28s}{cells}{peer / roll:18.0f}", flush=True)
    print(f"peer: statsmodels, one call per item and origin: {peer:,.0f} s (extrapolated)")


if __name__ == "__main__":
    main()
