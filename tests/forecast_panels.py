"""Small made-up panels with known properties for the tests of forecasters."""

import numpy as np
import pandas as pd

from replenish.arrays import Bools, Floats
from replenish.data.panel import Panel

WEEK = np.array([0.6, 0.7, 0.8, 1.0, 1.2, 1.6, 1.1])  # Monday .. Sunday, mean 1


def panel_of(
    sales: Floats,
    frequency: str = "D",
    start: str = "2021-01-04",  # a Monday
    censored: Bools | None = None,
    known: dict[str, Floats] | None = None,
) -> Panel:
    """Return a panel of these sales (N, T) from a date on, without a plan."""
    n, t = sales.shape
    return Panel(
        item_ids=tuple(f"item{row}" for row in range(n)),
        dates=pd.date_range(start, periods=t, freq=frequency),
        sales=sales.astype(float),
        censored=np.zeros((n, t), dtype=bool) if censored is None else censored,
        known=known or {},
        frequency=frequency,
    )


def shop(n_items: int = 12, n_days: int = 420, seed: int = 0) -> Panel:
    """Return daily Poisson sales with a week, a promotion, gaps, stockouts and rare sellers."""
    rng = np.random.default_rng(seed)
    mean = np.geomspace(0.3, 30.0, n_items)[:, None] * np.tile(WEEK, n_days // 7 + 1)[:n_days]
    promotion = (rng.random((n_items, n_days)) < 0.08).astype(float)
    price = np.where(promotion > 0, 0.8, 1.0) * np.linspace(1.0, 9.0, n_items)[:, None]
    level = np.exp(np.cumsum(rng.normal(0.0, 0.01, (n_items, n_days)), axis=1))
    sales = rng.poisson(mean * level * (1.0 + promotion)).astype(float)
    censored = rng.random(sales.shape) < 0.03
    sales = np.where(censored, np.floor(sales * 0.3), sales)
    sales[rng.random(sales.shape) < 0.02] = np.nan
    return panel_of(sales, censored=censored, known={"promotion": promotion, "price": price})
