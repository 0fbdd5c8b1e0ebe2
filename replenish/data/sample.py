"""The embedded sample: a made-up town shop, seeded and frozen.

Version 1: 120 items over 1,100 days from 2022-01-03, sales recorded by a shop that runs out of
stock now and then. Six categories differ in season, lead time (2 to 10 days) and perishability;
about a quarter of the items is intermittent; three quarters are promoted about every ten weeks;
prices rise twice; items share shocks; the shop is closed on 25 December; a few items are
launched late. The plan knows promotions, prices and holidays for 60 days beyond the history.
Nothing here was chosen by looking at what any policy makes of it; a change of one number is a
new `SAMPLE_VERSION`.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from replenish.arrays import Floats, Ints
from replenish.data.calendar import days_per_period
from replenish.data.sample_demand import CATEGORIES, Plan, draw_demand, draw_plan
from replenish.data.sample_shop import SampleShop, run_shop
from replenish.errors import InputError

SAMPLE_VERSION = "1"
FIRST_DAY = "2022-01-03"
PLAN_DAYS = 60
SUPPLIERS = 8


@dataclass(frozen=True, eq=False)
class SampleTables:
    """The six tables that a user would bring, as `docs/data.md` describes them, and the truth.

    Attributes:
        sales: item_id, date, sales, in_stock, price, promotion; no rows on closed days and
            before an item's launch.
        items: item_id and its parameters.
        plan: holidays and closed days for all items (``*``) over history and plan; promotion
            and price per item for the 60 days beyond the history.
        stock: item_id, on_hand, backorders on the morning after the last day, receipts counted.
        open_orders: item_id, quantity, due_date; all due later than that morning.
        past_orders: item_id, ordered_on, quantity; what the shop ordered by its own habit.
        demand: (N, T) units that customers wanted; no shop knows it.
    """

    sales: pd.DataFrame
    items: pd.DataFrame
    plan: pd.DataFrame
    stock: pd.DataFrame
    open_orders: pd.DataFrame
    past_orders: pd.DataFrame
    demand: Floats

    def items_by(self, frequency: str) -> pd.DataFrame:
        """Return the items by item_id, lead times in whole periods: days, or weeks begun."""
        items = self.items.set_index("item_id")
        days = days_per_period(frequency)
        return items.assign(lead_time=np.ceil(items["lead_time"] / days))


def sample_tables(n_items: int = 120, n_periods: int = 1100, seed: int = 1) -> SampleTables:
    """Return the sample; the same arguments give the same tables.

    Args:
        n_items: Number of items N.
        n_periods: Days of history T; the plan goes 60 days further.
        seed: Seed of everything random in it.
    """
    rng = np.random.default_rng(seed)
    days = pd.date_range(FIRST_DAY, periods=n_periods + PLAN_DAYS, freq="D")
    category = _categories(n_items, rng)
    mean = _daily_means(n_items, rng)
    items = _items(mean, category, rng)
    plan = draw_plan(items["price"].to_numpy(), days, rng)
    demand = draw_demand(mean, category, plan, days, rng)[:, :n_periods]
    launch = np.where(rng.random(n_items) < 0.08, rng.integers(0, n_periods // 2, n_items), 0)
    demand = demand * (np.arange(n_periods)[None, :] >= launch[:, None])
    pack_size, min_order = (items[name].to_numpy(float) for name in ("pack_size", "min_order"))
    shop = run_shop(demand, items["lead_time"].to_numpy(), pack_size, min_order, mean, launch)
    ids = items["item_id"].to_numpy()
    return SampleTables(
        sales=_sales(ids, days[:n_periods], plan, shop, launch),
        items=items,
        plan=_plan(ids, days, plan, n_periods),
        stock=pd.DataFrame({"item_id": ids, "on_hand": shop.on_hand, "backorders": 0.0}),
        open_orders=_open_orders(ids, days[n_periods + 1 :], shop),
        past_orders=_past_orders(ids, days, shop),
        demand=demand,
    )


def write_sample(folder: Path, tables: SampleTables) -> list[Path]:
    """Write the six tables as CSV files into a folder and return their paths.

    Raises:
        InputError: A file of that name is there already; nothing is written.
    """
    names = ("sales", "items", "plan", "stock", "open_orders", "past_orders")
    paths = [folder / f"{name}.csv" for name in names]
    for path in paths:
        if path.exists():
            raise InputError(f"{path}: is there already; remove it or name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in zip(names, paths, strict=True):
        temporary = path.with_suffix(".csv.tmp")
        getattr(tables, name).to_csv(temporary, index=False, date_format="%Y-%m-%d")
        temporary.replace(path)
    return paths


def _categories(n: int, rng: np.random.Generator) -> Ints:
    """Return (N,) positions in `CATEGORIES`, drawn by their shares."""
    shares = np.array([category.share for category in CATEGORIES.values()])
    return rng.choice(len(shares), size=n, p=shares / shares.sum())


def _daily_means(n: int, rng: np.random.Generator) -> Floats:
    """Return (N,) units per day: a quarter 0.05 to 0.45, the others log-normal around 6."""
    slow = np.exp(rng.uniform(np.log(0.05), np.log(0.45), n))
    fast = np.clip(np.exp(rng.normal(np.log(6.0), 0.9, n)), 0.6, 80.0)
    return np.where(rng.random(n) < 0.25, slow, fast)


def _items(mean: Floats, category: Ints, rng: np.random.Generator) -> pd.DataFrame:
    """Return the items table; rates are per year, other costs per unit or order."""
    n = len(mean)
    shelves, names = list(CATEGORIES.values()), list(CATEGORIES)
    cost = np.array([shelves[c].unit_cost for c in category]) * np.exp(rng.normal(0, 0.5, n))
    cost = np.maximum(np.round(cost, 2), 0.1)
    price = np.round(cost * rng.uniform(1.3, 1.9, n), 2)
    goodwill = rng.uniform(1.0, 2.0, n)  # a lost sale costs the margin and some customers
    packs = np.array([6.0, 12.0, 24.0])[np.clip((mean / 8).astype(int), 0, 2)]
    pack_size = np.where((rng.random(n) < 0.4) & (mean > 2), packs, 1.0)
    min_order = np.where(rng.random(n) < 0.15, np.ceil(2 * mean / pack_size) * pack_size, 0.0)
    order_cost = np.where(rng.random(n) < 0.12, np.round(rng.uniform(2, 10, n), 1), 0.0)
    return pd.DataFrame(
        {
            "item_id": [f"{names[c][:3].upper()}-{i:04d}" for i, c in enumerate(category, 1)],
            "name": [f"{names[c]} item {i}" for i, c in enumerate(category, 1)],
            "category": [names[c] for c in category],
            "supplier": [f"supplier {k}" for k in rng.integers(1, SUPPLIERS + 1, n)],
            "lead_time": [
                int(rng.integers(shelves[c].lead_time[0], shelves[c].lead_time[1] + 1))
                for c in category
            ],
            "review_period": 1,
            "unit_cost": cost,
            "price": price,
            "capital_rate": 0.1,
            "storage_rate": np.round([shelves[c].storage_rate for c in category], 3),
            "insurance_rate": 0.02,
            "loss_rate": np.round(
                np.array([shelves[c].loss_rate for c in category]) * rng.uniform(0.6, 1.4, n), 3
            ),
            "shortage_cost": np.round((price - cost) * goodwill, 2),
            "fixed_order_cost": order_cost,
            "min_order": min_order,
            "pack_size": pack_size,
        }
    )


def _sales(
    ids: np.ndarray, days: pd.DatetimeIndex, plan: Plan, shop: SampleShop, launch: Ints
) -> pd.DataFrame:
    """Return the long sales table of the days on which the shop was open."""
    n, t = shop.sales.shape
    item, day = (grid.ravel() for grid in np.indices((n, t)))
    kept = (day >= launch[item]) & ~plan.closed[day]
    item, day = item[kept], day[kept]
    return pd.DataFrame(
        {
            "item_id": ids[item],
            "date": days[day],
            "sales": shop.sales[item, day].astype(int),
            "in_stock": 1 - shop.sold_out[item, day].astype(int),
            "price": plan.price[item, day],
            "promotion": plan.promotion[item, day].astype(int),
        }
    )


def _plan(ids: np.ndarray, days: pd.DatetimeIndex, plan: Plan, n_periods: int) -> pd.DataFrame:
    """Return the plan: one row per day for all items, then one per item and day ahead."""
    shop_wide = pd.DataFrame(
        {
            "date": days,
            "item_id": "*",
            "holiday": plan.holiday.astype(float),
            "closed": plan.closed.astype(float),
        }
    )
    n, t = len(ids), len(days) - n_periods
    item, day = (grid.ravel() for grid in np.indices((n, t)))
    per_item = pd.DataFrame(
        {
            "date": days[n_periods + day],
            "item_id": ids[item],
            "promotion": plan.promotion[item, n_periods + day].astype(float),
            "price": plan.price[item, n_periods + day],
        }
    )
    return pd.concat([shop_wide, per_item], ignore_index=True)


def _open_orders(ids: np.ndarray, ahead: pd.DatetimeIndex, shop: SampleShop) -> pd.DataFrame:
    """Return what is ordered and not received, with the day on which it arrives."""
    item, day = np.nonzero(shop.pipeline)
    return pd.DataFrame(
        {"item_id": ids[item], "quantity": shop.pipeline[item, day], "due_date": ahead[day]}
    )


def _past_orders(ids: np.ndarray, days: pd.DatetimeIndex, shop: SampleShop) -> pd.DataFrame:
    """Return what was ordered and when, received or not."""
    item, day = np.nonzero(shop.orders)
    return pd.DataFrame(
        {"item_id": ids[item], "ordered_on": days[day], "quantity": shop.orders[item, day]}
    )
