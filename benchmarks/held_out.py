"""What the agent is worth on items that it has never seen, every item of a shop in its turn.

Deals the items into K hands at random. For each hand a run is trained that nothing of these items
has taught, neither forecaster nor agent nor opponents (`split.held_out_names`), and judged on the
test period through the two doors that users take. The items of all hands together are the whole
shop, each ordered for by a run that did not know it; the table pools them. Runs that stand in the
folder are taken as they are, so that a stopped benchmark goes on.

    REPLENISH_DATA=... python benchmarks/held_out.py configs/m5.toml --hands 5
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks._blocks import AGENT, BLOCKS, costs_of, mean_cost, read_blocks, told
from benchmarks._doors import report_of, stop
from replenish.config import load_config
from replenish.errors import InputError
from replenish.paired import BlockCosts, paired_differences
from replenish.workbench import set_up

LEFT_OUT = {"agent_perfect_forecast", "rolling_horizon"}  # no policy, and eight items alone


def main() -> None:
    """Train and judge what is missing, then print a Markdown table."""
    options = _parser().parse_args()
    config = Path(options.config)
    try:
        ids = set_up(load_config(config, options.set), config.parent).panel.item_ids
    except InputError as problem:
        stop(str(problem))
    if not 2 <= options.hands <= len(ids):
        stop(f"--hands {options.hands}: expected 2 to {len(ids)}, the number of items")
    dealt = np.random.default_rng(options.seed).permutation(len(ids)) % options.hands
    hands = [[ids[k] for k in np.flatnonzero(dealt == hand)] for hand in range(options.hands)]
    tables = [
        _judged(options, f"held_out-{number}", names)
        for number, names in enumerate(tqdm(hands, desc="runs", unit="run"))
    ]
    _print(costs_of(pd.concat(tables)))  # each item from the run that it was held out of


def _judged(options: argparse.Namespace, name: str, names: Sequence[str]) -> pd.DataFrame:
    """Return a run's `blocks.csv` of the items held out; train and judge it where it is missing."""
    words = [f"split.held_out_names={list(names)!r}", f"train.seed={options.seed}", *options.set]
    blocks = report_of(options.config, Path(options.runs) / name, words, BLOCKS) / BLOCKS
    table = read_blocks(blocks)
    known = (
        table["kind"].isin([AGENT, "baseline"])
        & ~table["policy"].isin(LEFT_OUT)
        & ~table["policy"].str.startswith("incumbent")
    )
    return table[known & table["item_id"].isin(names)]


def _print(costs: dict[str, BlockCosts]) -> None:
    """Print one row per policy, the cheapest first."""
    others = {name: found for name, found in costs.items() if name != AGENT}
    gaps = paired_differences(costs[AGENT], others)
    print("| policy | cost | agent less it | over items | over blocks of time |")
    print("|---" * 5 + "|")
    for name in sorted(costs, key=lambda name: mean_cost(costs[name])):
        cells = [name, f"{mean_cost(costs[name]):.4f}", *told(gaps.get(name))]
        print("| " + " | ".join(cells) + " |")


def _parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="a preset, e.g. configs/m5.toml")
    parser.add_argument("--hands", type=int, default=5, help="groups of items (default: 5)")
    parser.add_argument("--seed", type=int, default=0, help="of the deal and of training")
    parser.add_argument("--runs", default="runs/held_out", help="folder of the runs")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE",
                        help="change a value of the config in every run")  # fmt: skip
    return parser


if __name__ == "__main__":
    main()
