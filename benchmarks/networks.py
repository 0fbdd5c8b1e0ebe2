"""How long the networks learn and how long one more period takes, in CPU time on one thread.

An epoch is every period of every series once in a window: 500 series of 1,100 days are 123
updates of 32 windows of 140 days. An online step shows 3,000 items one more day.

    OMP_NUM_THREADS=1 python benchmarks/networks.py
"""

import argparse
import time

import numpy as np
import pandas as pd

from forecasters._network_base import NetworkForecaster, windows
from forecasters._network_training import train
from replenish.data.panel import Panel
from replenish.forecasting.network import NetworkModel
from replenish.forecasting.point import Seen
from replenish.plugins import load_plugin

BODIES = ("lstm", "gru", "rnn", "tcn")
HORIZON = 21


def shop(n_items: int, n_days: int) -> Panel:
    """Return Poisson sales with a week, promotions, prices and stores."""
    rng = np.random.default_rng(0)
    days = np.arange(n_days + HORIZON)
    promotion = (rng.random((n_items, len(days))) < 0.08).astype(float)
    mean = np.geomspace(0.3, 30.0, n_items)[:, None] * (1.0 + 0.4 * np.sin(days * 2 * np.pi / 7))
    dates = pd.date_range("2021-01-04", periods=len(days))
    return Panel(
        tuple(f"item{row}" for row in range(n_items)),
        dates[:n_days],
        rng.poisson(mean * (1.0 + promotion))[:, :n_days].astype(float),
        np.zeros((n_items, n_days), dtype=bool),
        {"promotion": promotion, "price": np.where(promotion > 0, 0.8, 1.0)},
        dates[n_days:],
        static={"store": [f"store{row % 10}" for row in range(n_items)]},
    )


def seconds_per_epoch(forecaster: NetworkForecaster, panel: Panel) -> float:
    """Return the CPU seconds of an epoch of learning, what stands before it not counted."""
    per_update = forecaster.batch * forecaster.window
    updates = -(-panel.n_items * panel.n_periods // per_update)
    data = windows(forecaster.untaught(panel), panel, HORIZON)
    network, learning = forecaster.made(data), forecaster.learning(updates)
    start = time.process_time()
    train(network, data, learning, np.random.default_rng(0))
    return time.process_time() - start


def milliseconds_per_step(
    model: NetworkModel, panel: Panel, steps: int = 30
) -> tuple[float, float]:
    """Return the CPU milliseconds of a step, and of the forecast after it."""
    state = model.start(panel, steps + HORIZON + 1)
    state = model.step(state, Seen.of(panel, 0))
    spent = [0.0, 0.0]
    for period in range(1, steps + 1):
        seen = Seen.of(panel, period)
        start = time.process_time()
        state = model.step(state, seen)
        stepped = time.process_time()
        model.forecast(state, HORIZON)
        spent = [spent[0] + stepped - start, spent[1] + time.process_time() - stepped]
    return spent[0] / steps * 1000, spent[1] / steps * 1000


def main() -> None:
    """Print a row per body."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--series", type=int, default=500, help="of an epoch")
    parser.add_argument("--days", type=int, default=1100, help="of an epoch")
    parser.add_argument("--items", type=int, default=3000, help="of an online step")
    options = parser.parse_args()
    many, few = shop(options.series, options.days), shop(60, 300)
    online = shop(options.items, 100)
    print(f"{'':6s}{'s per epoch':>14s}{'ms per step':>14s}{'ms per forecast':>17s}")
    for name in BODIES:
        plugin = load_plugin("forecasters", name)
        epoch = seconds_per_epoch(plugin(), many)
        model = plugin(updates=20).fit(few, HORIZON).fitted.point
        step, ask = milliseconds_per_step(model, online)
        print(f"{name:6s}{epoch:14.2f}{step:14.2f}{ask:17.2f}", flush=True)


if __name__ == "__main__":
    main()
