"""Spare parts of a manufacturer: weekly, with lead times, minimum orders, packs and costs.

The files count in supplier's units of ``pack_size_products_per_unit`` products and show part
packs as fractions. Here everything is counted in **products**, so that demand is whole: demand,
minimum order and pack size are multiplied by the pack, the cost price is divided by it. Lead
time is in weeks; ISO weeks become the Monday on which they start; 0 is no demand.
"""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from replenish.data.config import DataConfig
from replenish.data.report import Findings
from replenish.data.source import Tables
from replenish.data.tables import check_columns, numbers, read_table
from replenish.errors import InputError

PACK = "pack_size_products_per_unit"
PARAMETERS = (
    PACK,
    "cost_price_eur",
    "fixed_cost_per_order_eur",
    "inventory_cost_eur_per_unit_year",
    "lead_time_weeks",
    "min_order_qty_units",
)


def read(folder: Path, _: DataConfig, findings: Findings) -> Tables:
    """Return weekly demand and the parameters of every part.

    Args:
        folder: Where sku_parameters.csv and demand_weekly_wide.csv.gz lie.
        findings: Takes note of fractions of a unit and of parts that never sold.
    """
    items = _items(folder / "sku_parameters.csv")
    path = folder / "demand_weekly_wide.csv.gz"
    frame = read_table(path)
    check_columns(frame, path, ["sku"], frame.columns)
    weeks = [name for name in frame.columns if name != "sku"]
    units = frame[weeks].to_numpy(dtype=float)  # (N, T) supplier's units
    skus = frame["sku"].to_numpy()
    pack = items["pack_size"].reindex(skus).to_numpy(dtype=float)
    if bool(np.isnan(pack).any()):
        sku = skus[int(np.argmax(np.isnan(pack)))]
        raise InputError(f"{path}: sku {sku!r} is not in sku_parameters.csv; add it there")
    products = units * pack[:, None]
    whole = np.round(products)
    fractions = units != np.round(units)
    findings.add(
        "part packs", "demands are fractions of a pack", "counted in products", int(fractions.sum())
    )
    odd = np.abs(products - whole) > 1e-3
    findings.add("part products", "demands are no whole products", "rounded", int(odd.sum()))
    idle = [str(sku) for sku in skus[(units == 0).all(axis=1)]]
    findings.add("never sold", "parts were never asked for", "kept", len(idle), idle)
    row, week = (grid.ravel() for grid in np.indices(units.shape))
    sales = pd.DataFrame(
        {"item_id": skus[row], "date": _mondays(weeks, path)[week], "sales": whole.ravel()}
    )
    return Tables(label=str(path), sales=sales, items=items)


def _mondays(weeks: list[str], path: Path) -> pd.DatetimeIndex:
    """Return the Monday of each ISO week written as ``2012-w01``."""
    try:
        parts = [week.lower().split("-w") for week in weeks]
        return pd.DatetimeIndex([date.fromisocalendar(int(y), int(w), 1) for y, w in parts])
    except ValueError:
        raise InputError(f"{path}: row 1: a column is no week such as '2012-W01'") from None


def _items(path: Path) -> pd.DataFrame:
    """Return the parameters in products, euros, weeks and yearly rates, indexed by item_id."""
    frame = read_table(path)
    check_columns(frame, path, ["sku", *PARAMETERS], [])
    values = {name: numbers(frame, name, path, minimum=0) for name in PARAMETERS}
    pack = values[PACK]
    table = pd.DataFrame(
        {
            "lead_time": values["lead_time_weeks"],
            "unit_cost": values["cost_price_eur"] / pack,
            "holding_rate": values["inventory_cost_eur_per_unit_year"] / values["cost_price_eur"],
            "fixed_order_cost": values["fixed_cost_per_order_eur"],
            "min_order": values["min_order_qty_units"] * pack,
            "pack_size": pack,
        }
    )
    table.index = pd.Index(frame["sku"], name="item_id")
    return table
