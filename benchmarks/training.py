"""How fast PPO learns: row-steps of experience per CPU-second, updates included.

    batched    the vector environment of this project, its rows stepped together
    dummy      eight single environments in stable-baselines3's DummyVecEnv, as most code does

Both train the same networks with the same hyper-parameters (agents/ppo.py) on one item of the
textbook: Poisson demand, lead time 4, lost sales. Start-up is left out.

    python benchmarks/training.py
    python benchmarks/training.py --rows 256,1024 --steps 500000
"""

import argparse
import time
from typing import Any

import gymnasium
import torch
from stable_baselines3.common.vec_env import DummyVecEnv

from agents.ppo import PPOAgent
from envs._core import Core, Rewards
from envs.replenishment import from_family
from envs.stable_baselines import StableBaselinesReplenishment
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes
from replenish.items import Items

PROBLEM: dict[str, Any] = {"lead_time": 4, "shortage_cost": 19.0}
MEAN, PERIODS, SINGLES = 5.0, 64, 8


def batched(rows: int, steps: int, seed: int) -> float:
    """Return row-steps per CPU-second of the batched environment."""
    items = Items.build(1, **PROBLEM)
    source = DrawnEpisodes(DemandFamily("poisson", MEAN), items, PERIODS)
    core = Core(source, rows, rewards=Rewards("reference"))
    model = PPOAgent().learner(StableBaselinesReplenishment(core, seed), seed)
    return _speed(model, steps)


def dummy(steps: int, seed: int) -> float:
    """Return row-steps per CPU-second of eight single environments."""

    def make() -> gymnasium.Env[object, object]:
        return from_family(demand_mean=MEAN, periods=PERIODS, **PROBLEM)

    venv = DummyVecEnv([make] * SINGLES)
    model = PPOAgent().learner(venv, seed)  # type: ignore[arg-type]
    return _speed(model, steps)


def _speed(model: object, steps: int) -> float:
    """Return row-steps per CPU-second of one training, its first update left out."""
    learn = model.learn  # type: ignore[attr-defined]
    learn(1)
    begun = model.num_timesteps  # type: ignore[attr-defined]
    start = time.process_time()
    learn(steps, reset_num_timesteps=False)
    spent = time.process_time() - start
    return float((model.num_timesteps - begun) / spent)  # type: ignore[attr-defined]


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", default="128,1024,4096", help="rows of the batched environment")
    parser.add_argument("--steps", type=int, default=1_000_000, help="row-steps of each training")
    parser.add_argument("--repeats", type=int, default=3, help="trainings, the median is printed")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{'environment':12s} {'rows':>6s} {'row-steps per CPU-second':>26s}")
    for rows in (int(word) for word in options.rows.split(",")):
        speeds = sorted(batched(rows, options.steps, seed) for seed in range(options.repeats))
        print(f"{'batched':12s} {rows:6d} {speeds[len(speeds) // 2]:26,.0f}", flush=True)
    speeds = sorted(dummy(options.steps // 50, seed) for seed in range(options.repeats))
    print(f"{'dummy':12s} {SINGLES:6d} {speeds[len(speeds) // 2]:26,.0f}")


if __name__ == "__main__":
    main()
