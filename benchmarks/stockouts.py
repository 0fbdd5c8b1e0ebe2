"""How much demand forecasters learn from a shop whose shelf is empty on one evening in five.

Demand is drawn from a known mean (weekday, promotions, drift; negative binomial), the shelf is
filled every morning to a level that wanders, and only what was sold is told, with the evenings on
which nothing was left. A forecaster that learns demand has a mean equal to the one drawn from.

    python benchmarks/stockouts.py
    python benchmarks/stockouts.py --only exponential_smoothing,lstm --seeds 0
    python benchmarks/stockouts.py --sample

bias: mean forecast over true mean, minus 1, all items and origins after fitting, in per cent, each
item weighing by its demand; item: the mean over items of their own bias. Three ways to tell the
same sales: ``ignored``: sales taken for demand; ``left out``: empty evenings as not observed;
``bound``: as lower bounds, which every forecaster here makes of them. cover: share of *true*
demand, summed over 7 days, up to the 95 % quantile.

``--sample``: sold-out days of the embedded sample: sales, and what they are completed to, over what
customers wanted on them.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from forecasters._censoring import learn_uncensoring
from replenish.arrays import Floats
from replenish.data.config import DataConfig
from replenish.data.load import load
from replenish.data.panel import Panel
from replenish.data.sample import sample_tables
from replenish.plugins import load_plugin, plugin_names

WEEK = np.array([0.7, 0.75, 0.85, 0.95, 1.3, 1.5, 0.95])
ITEMS, DAYS, FIT_END, HORIZON = 200, 900, 699, 14
DISPERSION = 0.25
LIFT = 1.8  # of a promotion
FULLNESS = 2.35  # mean of the morning's shelf over the usual day's demand


@dataclass(frozen=True, eq=False)
class Shop:
    """A shop whose demand is known.

    Attributes:
        panel: What the shop's records say.
        mean: (N, T) expected demand.
        demand: (N, T) drawn.
    """

    panel: Panel
    mean: Floats
    demand: Floats


def draw(seed: int) -> Shop:
    """Return two and a half years of 200 items."""
    rng = np.random.default_rng(seed)
    usual = np.exp(rng.normal(1.2, 1.1, ITEMS))[:, None]
    drift = np.exp(np.cumsum(rng.normal(0.0, 0.008, (ITEMS, DAYS)), axis=1))
    week = np.tile(WEEK, DAYS // 7 + 1)[:DAYS]
    promotion = np.repeat(rng.random((ITEMS, DAYS // 6 + 1)) < 0.07, 6, axis=1)[:, :DAYS]
    mean = usual * drift * week * np.where(promotion, LIFT, 1.0)
    size = 1.0 / DISPERSION
    demand = rng.negative_binomial(size, size / (size + mean)).astype(float)
    shelf = rng.poisson(usual * drift * FULLNESS * rng.gamma(3.0, 1.0 / 3.0, mean.shape)) + 1.0
    sales = np.minimum(demand, shelf)
    panel = Panel(
        item_ids=tuple(f"item{row}" for row in range(ITEMS)),
        dates=pd.date_range("2021-01-04", periods=DAYS, freq="D"),
        sales=sales,
        censored=sales >= shelf,
        known={"promotion": promotion.astype(float)},
    )
    return Shop(panel, mean, demand)


def told(shop: Shop) -> Iterator[tuple[str, Panel]]:
    """Yield the three ways of telling the same sales."""
    panel, nothing = shop.panel, np.zeros_like(shop.panel.censored)
    yield "ignored", replace(panel, censored=nothing)
    left_out = np.where(panel.censored, np.nan, panel.sales)
    yield "left out", replace(panel, sales=left_out, censored=nothing)
    yield "bound", panel


def judge(name: str, shop: Shop, panel: Panel, seed: int) -> tuple[float, float, float]:
    """Return bias over all, mean bias of items, and coverage of true weekly demand."""
    plugin = load_plugin("forecasters", name)
    forecaster = plugin(seed=seed) if hasattr(plugin, "seed") else plugin()
    origins = np.arange(FIT_END + 1, DAYS - HORIZON)
    table = forecaster.fit(panel.until(FIT_END), HORIZON).roll(panel, origins, HORIZON)
    ahead = origins[:, None] + np.arange(1, HORIZON + 1)
    forecast, true = table.mean.sum(axis=(1, 2)), shop.mean[:, ahead].sum(axis=(1, 2))
    weeks = shop.demand[:, ahead[:, :7]].sum(axis=2)
    quantile = table.sum_quantiles[:, :, 6, int(np.argmin(np.abs(table.levels - 0.95)))]
    cover = float(np.clip(quantile - weeks + 0.5, 0.0, 1.0).mean())
    return forecast.sum() / true.sum() - 1.0, float((forecast / true).mean()) - 1.0, cover


def tell_sample() -> None:
    """Print what is made of the sold-out days of the embedded sample."""
    options = DataConfig(source="sample", sample_items=600)
    panel = load(options, Path()).panel
    tables = sample_tables(600)
    row_of = {item: row for row, item in enumerate(tables.items["item_id"])}
    rows = [row_of[item] for item in panel.item_ids]
    wanted = tables.demand[rows][panel.censored].sum()
    likely = learn_uncensoring(panel).panel(panel)
    print("sold-out days of the embedded sample, over true demand:")
    for name, told_by in (("sales", panel), ("completed", likely)):
        print(f"  {name:10s}{told_by.sales[panel.censored].sum() / wanted:6.3f}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="names with commas between; default: all")
    parser.add_argument("--seeds", default="0,1,2", help="of shop and networks, commas between")
    parser.add_argument("--sample", action="store_true", help="the embedded sample instead")
    options = parser.parse_args()
    if options.sample:
        tell_sample()
        return
    names = options.only.split(",") if options.only else plugin_names("forecasters")
    seeds = [int(seed) for seed in options.seeds.split(",")]
    shops = [draw(seed) for seed in seeds]
    for seed, shop in zip(seeds, shops, strict=True):
        print(f"seed {seed}: {shop.panel.censored.mean():.1%} of item-days end with an empty shelf")
    print(f"{'forecaster':30s}{'told':10s}" + "".join(f"{f'seed {s}':^26s}" for s in seeds))
    print(" " * 40 + "".join(f"{'bias %':>9s}{'item %':>8s}{'cover':>8s} " for _ in seeds))
    for name in names:
        for row, label in enumerate(label for label, _ in told(shops[0])):
            found = [
                judge(name, shop, [panel for _, panel in told(shop)][row], seed)
                for seed, shop in zip(seeds, shops, strict=True)
            ]
            cells = (f"{100 * b:+9.1f}{100 * i:+8.1f}{c:8.3f} " for b, i, c in found)
            print(f"{name:30s}{label:10s}" + "".join(cells), flush=True)


if __name__ == "__main__":
    main()
