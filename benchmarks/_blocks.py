"""Costs of a run's policies by item and block of time, as its `report/blocks.csv` keeps them."""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks._doors import stop
from replenish.paired import BlockCosts, PairedDifference

AGENT, BLOCKS = "agent", "blocks.csv"


def read_blocks(path: Path) -> pd.DataFrame:
    """Return one row per policy and item: `policy, kind, item_id, periods_*, cost_*`."""
    if not path.is_file():
        stop(f"{path}: no such file; judge the run with: python evaluate.py {path.parent.parent}")
    return pd.read_csv(path, dtype={"item_id": str})


def costs_of(rows: pd.DataFrame) -> dict[str, BlockCosts]:
    """Return policy -> costs of its items, which are the same in the same order for all."""
    parts = {str(name): part for name, part in rows.groupby("policy", sort=False)}
    ids = [list(part["item_id"]) for part in parts.values()]
    if any(other != ids[0] for other in ids):
        raise ValueError("policies were judged on different items")
    return {name: _costs(part) for name, part in parts.items()}


def _costs(rows: pd.DataFrame) -> BlockCosts:
    """Return one policy's costs; blocks that it did not play are left out."""
    periods, money = (rows.filter(regex=f"^{name}_").to_numpy() for name in ("periods", "cost"))
    played = np.isfinite(money).all(axis=0)
    return BlockCosts(
        np.ascontiguousarray(money[:, played]), np.asarray(periods[0, played], dtype=float)
    )


def mean_cost(costs: BlockCosts) -> float:
    """Return money per item and period."""
    return float(costs.per_item.mean())


def interval(low: float | None, high: float | None) -> str:
    """Return an interval in per cent as tables show it."""
    return "none" if low is None or high is None else f"[{low:+.1f}, {high:+.1f}]"


def told(gap: PairedDifference | None) -> tuple[str, str, str]:
    """Return a difference with its interval over both, and those over items and over time alone."""
    if gap is None:
        return "–", "–", "–"
    return (
        f"{gap.percent:+.1f} % {interval(gap.percent_low, gap.percent_high)}",
        interval(gap.items_percent_low, gap.items_percent_high),
        interval(gap.time_percent_low, gap.time_percent_high),
    )
