"""How often 95 % intervals of a difference in cost hold the truth, in shops like that of a run.

Takes the agent's cost less that of the cheapest formula apart into what is peculiar to items, to
blocks of time, and to one item in one block (from `report/blocks.csv`; the chance of cells is
taken out of the two others). From these parts it deals shops whose true difference is known:
items and blocks drawn with replacement, every cell's part with a random sign. For each shop the
intervals of `replenish.paired` are drawn, and beside them the pigeonhole bootstrap's as it is.

    python benchmarks/intervals.py runs/m5-0 runs/demo-0
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import ndtr, stdtrit
from tqdm import tqdm

from benchmarks._blocks import AGENT, BLOCKS, costs_of, mean_cost, read_blocks
from replenish.arrays import Floats
from replenish.paired import BlockCosts, PairedDifference, paired_differences

PARTS = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (2.0, 2.0), (4.0, 0.0), (0.0, 4.0))
KINDS = ("percent", "items_percent", "time_percent")
RESAMPLES = 400


@dataclass(frozen=True, eq=False)
class Shop:
    """What two policies cost, taken apart.

    Attributes:
        theirs: (I, B) the other policy's money.
        ratio: Of all money of the first to that of the other.
        items: (I,) money peculiar to items, per block; mean 0.
        blocks: (B,) money peculiar to blocks, per item; mean 0.
        cells: (I, B) the rest.
    """

    theirs: Floats
    ratio: float
    items: Floats
    blocks: Floats
    cells: Floats

    @classmethod
    def of(cls, ours: BlockCosts, theirs: BlockCosts) -> "Shop":
        """Return the parts of a difference."""
        ratio = float(ours.money.sum() / theirs.money.sum())
        gap = ours.money - ratio * theirs.money
        items, blocks = gap.mean(axis=1), gap.mean(axis=0)
        cells = gap - items[:, None] - blocks
        n, number = gap.shape
        chance = float(np.square(cells).sum()) / ((n - 1) * (number - 1))
        return cls(
            theirs.money, ratio, _shrunk(items, chance / number), _shrunk(blocks, chance / n), cells
        )

    def dealt(
        self, rng: np.random.Generator, of_items: float, of_blocks: float
    ) -> tuple[BlockCosts, BlockCosts]:
        """Return both policies' costs in a shop where ``ratio`` is true.

        Args:
            rng: Deals.
            of_items: What the items' part is multiplied by.
            of_blocks: What the blocks' part is multiplied by.
        """
        n, number = len(self.items), len(self.blocks)
        row, column = rng.integers(0, n, n), rng.integers(0, number, number)
        cells = self.cells[row[:, None], rng.integers(0, number, (n, number))]
        gap = of_items * self.items[row][:, None] + of_blocks * self.blocks[column]
        gap = gap + cells * rng.choice((-1.0, 1.0), (n, number))
        theirs = self.theirs[row[:, None], column]
        length = np.ones(number)
        return BlockCosts(self.ratio * theirs + gap, length), BlockCosts(theirs, length)


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+", type=Path, help="folders of evaluated runs")
    parser.add_argument("--trials", type=int, default=400, help="shops per row (default: 400)")
    options = parser.parse_args()
    heads = ["over both", "pigeonhole as drawn", "over items", "over time", "width", "its width"]
    print("| " + " | ".join(["run", "items' part", "blocks' part", *heads]) + " |")
    print("|---" * 9 + "|")
    for run in options.runs:
        shop = _shop(run)
        for parts in PARTS:
            cells = [f"× {part:g}" for part in parts]
            print(
                "| " + " | ".join([run.name, *cells, *_tried(shop, *parts, options.trials)]) + " |"
            )


def _shop(run: Path) -> Shop:
    """Return the run's agent against its cheapest formula."""
    table = read_blocks(run / "report" / BLOCKS)
    costs = costs_of(table[table["kind"].isin([AGENT, "baseline"])])
    ours = costs.pop(AGENT)
    same = {n: c for n, c in costs.items() if np.array_equal(c.periods, ours.periods)}
    return Shop.of(ours, same[min(same, key=lambda name: mean_cost(same[name]))])


def _tried(shop: Shop, of_items: float, of_blocks: float, trials: int) -> Iterator[str]:
    """Yield how often each interval held the truth, and how wide the first two were."""
    rng, truth = np.random.default_rng(1), 100.0 * (shop.ratio - 1.0)
    held, width = np.zeros(4), np.zeros(2)
    for seed in tqdm(range(trials), leave=False, unit="shop"):
        ours, theirs = shop.dealt(rng, of_items, of_blocks)
        found = paired_differences(ours, {"": theirs}, seed, RESAMPLES)[""]
        both, items, time = (_ends(found, kind) for kind in KINDS)
        every = (both, _pigeonhole(rng, ours, theirs), items, time)
        held += [low <= truth <= high for low, high in every]
        width += [high - low for low, high in every[:2]]
    yield from (f"{share:.1f} %" for share in 100.0 * held / trials)
    yield from (f"{mean:.2f}" for mean in width / trials)


def _ends(found: PairedDifference, kind: str) -> tuple[float, float]:
    """Return an interval; where there is none, nothing is held."""
    low, high = getattr(found, f"{kind}_low"), getattr(found, f"{kind}_high")
    return (np.nan, np.nan) if low is None else (low, high)


def _pigeonhole(
    rng: np.random.Generator, ours: BlockCosts, theirs: BlockCosts
) -> tuple[float, float]:
    """Return the interval over both as drawn, moved outwards for few blocks as Student's t does."""
    n, number = ours.money.shape
    rows = rng.multinomial(n, np.full(n, 1.0 / n), RESAMPLES).astype(float)
    columns = rng.multinomial(number, np.full(number, 1.0 / number), RESAMPLES)
    mine, other = (((rows @ costs.money) * columns).sum(axis=1) for costs in (ours, theirs))
    units = min(n, number)
    tail = ndtr(-np.sqrt(units / (units - 1)) * stdtrit(units - 1, 0.975))
    low, high = np.quantile(100.0 * (mine / other - 1.0), (tail, 1.0 - tail))
    return float(low), float(high)


def _shrunk(means: Floats, chance: float) -> Floats:
    """Return means about 0, their variance less that which chance alone gives them."""
    centred = means - means.mean()
    variance = float(centred.var())
    share = max(1.0 - chance / variance, 0.0) if variance > 0 else 0.0
    return np.asarray(centred * np.sqrt(share))


if __name__ == "__main__":
    main()
