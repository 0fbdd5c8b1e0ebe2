"""How fast the environment steps: row-steps per CPU-second, one core, many rows at once.

One row-step is the whole way from an action to the next observation of one row: the action moves
the reference level, the rules make it an order, demand meets the stock, costs are counted, the
next receipt arrives, and the 29 features are encoded.

    drawn    Poisson demand and its exact, steady forecast
    panel    random items and starts of a panel; each row's forecast is gathered at every step
    plain    one item stepped in plain Python, in the manner of or-gym: what a row costs alone

``steps`` counts steps only; ``with resets`` adds the drawing of episodes, shared among its steps.
Figures are the median and, in brackets, the best of several repeats.

    python benchmarks/environment.py
    python benchmarks/environment.py --rows 128,1024,4096 --repeats 9
"""

import argparse
import os
import time
from collections.abc import Callable

import numpy as np

from envs._core import Core
from envs._make import panel_source
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes, EpisodeSource
from replenish.forecasting.forecast import LEVELS, ForecastTable
from replenish.items import Items

PERIODS = 256
MEAN = 5.0


def drawn() -> EpisodeSource:
    """Return the textbook's problem: Poisson demand, lead time 4, lost sales."""
    items = Items.build(1, lead_time=4, shortage_cost=19.0)
    return DrawnEpisodes(DemandFamily("poisson", MEAN), items, PERIODS)


def panel(n_items: int, n_periods: int, horizon: int) -> EpisodeSource:
    """Return a made-up panel with a forecast from every origin, lead times of 1 to 7 periods."""
    rng = np.random.default_rng(0)
    items = Items.build(n_items, lead_time=rng.integers(1, 8, n_items), shortage_cost=9.0)
    mean = rng.gamma(4.0, 2.0, (n_items, 1, 1)) * rng.uniform(0.7, 1.3, (1, n_periods, horizon))
    std = np.sqrt(mean)
    sum_std = np.sqrt(np.cumsum(std**2, axis=2))
    spread = np.linspace(-2.3, 2.6, len(LEVELS))
    quantiles = np.cumsum(mean, axis=2)[..., None] + sum_std[..., None] * spread
    origins = np.arange(n_periods)
    table = ForecastTable(origins, mean, std, sum_std, quantiles, np.array(LEVELS), 0 * origins)
    demand = rng.poisson(mean[:, :, 0]).astype(float)
    return panel_source(items, demand, table, PERIODS)


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of this process that the work took."""
    start = time.process_time()
    work()
    return time.process_time() - start


def core_speed(source: EpisodeSource, rows: int, steps: int) -> tuple[float, float]:
    """Return row-steps per CPU-second without and with the drawing of episodes."""
    rng = np.random.default_rng(1)
    core = Core(source, rows)
    actions = rng.uniform(-1.0, 1.0, (16, rows, core.n_actions)).astype(np.float32)
    core.reset(rng)
    core.step(actions[0])

    def walk() -> None:
        for number in range(PERIODS - 1):
            core.step(actions[number % 16])

    stepping = resetting = 0.0
    for _ in range(max(1, steps // (PERIODS - 1))):
        resetting += cpu_seconds(lambda: core.reset(rng))
        stepping += cpu_seconds(walk)
    done = rows * (PERIODS - 1) * max(1, steps // (PERIODS - 1))
    return done / stepping, done / (stepping + resetting)


def plain_speed(steps: int) -> float:
    """Return steps per CPU-second of one item in plain Python, the state an array as in or-gym."""
    rng = np.random.default_rng(2)
    lead_time = 4

    def walk() -> None:
        on_hand, pipeline, history = 20.0, [0.0] * lead_time, np.zeros(lead_time + 1)
        for _ in range(steps):
            order = max(0.0, 29.0 - on_hand - sum(pipeline))
            demand = float(rng.poisson(MEAN))
            sales = min(on_hand, demand)
            cost = on_hand - sales + 19.0 * (demand - sales)
            pipeline.append(order)
            on_hand = on_hand - sales + pipeline.pop(0)
            history = np.hstack([on_hand, pipeline])
            info = {"demand": demand, "sales": sales, "cost": cost, "state": history.copy()}
            del info

    return steps / cpu_seconds(walk)


def shown(values: list[float]) -> str:
    """Return median and best in millions."""
    return f"{np.median(values) / 1e6:8.2f} ({max(values) / 1e6:.2f})"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", default="128,4096", help="rows at once, with commas (128,4096)")
    parser.add_argument("--repeats", type=int, default=7, help="repeats of each figure (7)")
    parser.add_argument("--steps", type=int, default=510, help="steps in a repeat (510)")
    parser.add_argument("--items", type=int, default=300, help="items of the panel (300)")
    parser.add_argument("--periods", type=int, default=500, help="periods of the panel (500)")
    parser.add_argument("--horizon", type=int, default=14, help="forecast horizon (14)")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"million row-steps per CPU-second, {os.cpu_count()} cores, load average {load:.1f}")
    plain = [plain_speed(50_000) for _ in range(options.repeats)]
    print(f"{'':8s}{'rows':>6s}{'steps':>18s}{'with resets':>18s}{'times plain':>13s}")
    print(f"{'plain':8s}{1:6d}{shown(plain):>18s}")
    sources = {
        "drawn": drawn(),
        "panel": panel(options.items, options.periods, options.horizon),
    }
    for name, source in sources.items():
        for rows in (int(text) for text in options.rows.split(",")):
            speeds = [core_speed(source, rows, options.steps) for _ in range(options.repeats)]
            steps, whole = [s[0] for s in speeds], [s[1] for s in speeds]
            times = np.median(steps) / np.median(plain)
            print(f"{name:8s}{rows:6d}{shown(steps):>18s}{shown(whole):>18s}{times:13.0f}")


if __name__ == "__main__":
    main()
