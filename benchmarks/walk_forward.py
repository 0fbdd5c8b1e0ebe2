"""What the agent is worth over several test periods, each with its own training before it.

Moves all dates of a preset's split back by some months, once for every window but the first, so
that each test period ends before the next one begins; trains and judges a run for each through the
two doors that users take, and pools the costs of all test periods by item and block of time
(rolling-origin evaluation; Tashman 2000, International Journal of Forecasting 16, 437-450).
Only the latest test period is one on which nothing was chosen: on those before it the preset's
settings may have been. Runs that stand in the folder are taken as they are, so that a stopped
benchmark goes on.

    REPLENISH_DATA=... python benchmarks/walk_forward.py configs/m5.toml --windows 3
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks._blocks import AGENT, BLOCKS, costs_of, mean_cost, read_blocks, told
from benchmarks._doors import report_of, stop
from replenish.config import Config, load_config
from replenish.errors import InputError
from replenish.paired import BlockCosts, paired_differences

DATES = ("fit_until", "train_until", "validation_until", "test_until")


def main() -> None:
    """Train and judge what is missing, then print a Markdown table."""
    options = _parser().parse_args()
    config = Path(options.config)
    try:
        split = _split(load_config(config, options.set), config)
    except InputError as problem:
        stop(str(problem))
    if min(options.windows, options.months) < 1:
        stop("--windows and --months: expected 1 or more")
    back = pd.DateOffset(months=options.months)
    if split["test_until"] - back > split["validation_until"]:
        stop(f"--months {options.months}: test periods would overlap; move the split by more")
    windows = [
        _judged(options, f"window-{number}", _moved(split, number * options.months))
        for number in tqdm(range(options.windows), desc="runs", unit="run")
    ]
    names = [name for name in windows[0] if all(name in window for window in windows)]
    _print(windows, {name: _joined([window[name] for window in windows]) for name in names})


def _split(config: Config, path: Path) -> dict[str, pd.Timestamp]:
    """Return the preset's dates by name; without them there is nothing to move."""
    given = {name: getattr(config.split, name) for name in DATES}
    missing = [name for name, value in given.items() if not value]
    if missing:
        stop(f"{path}: [split] says no {missing[0]}; only a split by dates can be moved")
    return {name: pd.Timestamp(value) for name, value in given.items()}


def _moved(split: Mapping[str, pd.Timestamp], months: int) -> list[str]:
    """Return the words for ``--set`` that move the split back."""
    back = pd.DateOffset(months=months)
    return [f'split.{name}="{date - back:%Y-%m-%d}"' for name, date in split.items()]


def _judged(options: argparse.Namespace, name: str, dates: list[str]) -> dict[str, BlockCosts]:
    """Return policy -> costs in one test period; train and judge its run where it is missing."""
    words = [f"train.seed={options.seed}", *options.set, *dates]
    folder = report_of(options.config, Path(options.runs) / name, words, BLOCKS)
    table = read_blocks(folder / BLOCKS)
    return costs_of(table[table["kind"].isin([AGENT, "baseline"])])


def _joined(parts: Sequence[BlockCosts]) -> BlockCosts:
    """Return the costs of the same items in all test periods, one after the other."""
    money = np.concatenate([part.money for part in parts], axis=1)
    return BlockCosts(money, np.concatenate([part.periods for part in parts]))


def _print(windows: Sequence[Mapping[str, BlockCosts]], pooled: Mapping[str, BlockCosts]) -> None:
    """Print one row per policy, the cheapest over all test periods first."""
    ours = pooled[AGENT]
    same = {n: c for n, c in pooled.items() if np.array_equal(c.periods, ours.periods)}
    gaps = paired_differences(ours, {n: c for n, c in same.items() if n != AGENT})
    each = [f"window {number}" for number in range(len(windows))]
    print("| " + " | ".join(["policy", *each, "all", "agent less it", "over items"]), end="")
    print(" | over blocks of time |\n" + "|---" * (5 + len(each)) + "|")
    for name in sorted(same, key=lambda name: mean_cost(same[name])):
        costs = [f"{mean_cost(part):.4f}" for part in (*(w[name] for w in windows), same[name])]
        print("| " + " | ".join([name, *costs, *told(gaps.get(name))]) + " |")


def _parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="a preset whose split is given by dates: configs/m5.toml")
    parser.add_argument("--windows", type=int, default=3, help="test periods (default: 3)")
    parser.add_argument("--months", type=int, default=6, help="between two windows (default: 6)")
    parser.add_argument("--seed", type=int, default=0, help="of training")
    parser.add_argument("--runs", default="runs/walk_forward", help="folder of the runs")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE",
                        help="change a value of the config in every run")  # fmt: skip
    return parser


if __name__ == "__main__":
    main()
