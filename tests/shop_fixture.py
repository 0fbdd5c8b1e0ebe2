"""A small shop on disk: the sample's tables and a bundle that was made from them."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from replenish.bundle import Bundle, load_bundle
from replenish.data.config import DataConfig
from replenish.data.load import load
from replenish.data.sample import sample_tables, write_sample
from replenish.item_table import items_for, parameters_of, told_by
from replenish.items import DEFAULTS, Items
from tests.bundle_fixture import write_bundle

N_ITEMS, N_DAYS = 12, 200


@dataclass(frozen=True)
class ShopFolder:
    """Folder of a shop; its files are sales, items, plan, stock and open_orders."""

    folder: Path

    @property
    def as_of(self) -> str:
        """The morning after the last day of sales."""
        last = pd.read_csv(self.path("sales"))["date"].max()
        return str((pd.Timestamp(last) + pd.Timedelta(days=1)).date())

    def path(self, name: str) -> Path:
        """Return the path of a table."""
        return self.folder / f"{name}.csv"

    def table(self, name: str) -> pd.DataFrame:
        """Return a table, ids as text."""
        return pd.read_csv(self.path(name), dtype={"item_id": str})

    def arguments(self, as_of: str = "", **options: str) -> list[str]:
        """Return a whole command line; ``options`` replace or add, e.g. ``stock="x.csv"``."""
        values = {
            "bundle": str(self.folder / "bundle"),
            "sales": str(self.path("sales")),
            "stock": str(self.path("stock")),
            "open-orders": str(self.path("open_orders")),
            "plan": str(self.path("plan")),
            "as-of": as_of or self.as_of,
            "out": str(self.folder / "orders.csv"),
        }
        values |= {name.replace("_", "-"): value for name, value in options.items()}
        pairs = [(f"--{name}", value) for name, value in values.items() if value]
        return ["recommend", *(word for pair in pairs for word in pair)]


def make_shop(folder: Path) -> ShopFolder:
    """Write the tables and a bundle of random weights into an empty folder."""
    write_sample(folder, sample_tables(N_ITEMS, N_DAYS, seed=5))
    shop = ShopFolder(folder)
    config = DataConfig(
        source="files",
        sales=str(shop.path("sales")),
        items=str(shop.path("items")),
        plan=str(shop.path("plan")),
    )
    loaded = load(config, Path())
    known = ((), Items.build(0))
    given = parameters_of(loaded.items, 1)
    items = items_for(loaded.panel.item_ids, known, DEFAULTS, given, "items")
    brought = {"texts": loaded.panel.static, "told": told_by(loaded.items), "stock_outs": True}
    brought["planned"] = ("price", "promotion")
    write_bundle(folder / "bundle", loaded.panel, items, **brought)
    return shop


def unguarded_bundle(shop: ShopFolder) -> Bundle:
    """Return the shop's bundle with its guards switched off, so that the policy decides."""
    whole = load_bundle(shop.folder / "bundle")
    return replace(whole, contents=replace(whole.contents, guards={"enabled": False}))
