"""FreshRetailNet-50K: fresh food in 12 stores over 90 days, with stockouts by the hour.

A day's sale is the sum of the 16 hours from 6:00 to 22:00; ``in_stock`` is the share of them in
which the product was there, and a day with one hour without it is censored. The nights are left
out: the publisher flags them too. Sales are scaled by the publisher (multiples of 0.1). A
discount of 0 is taken as unknown. Weather is known afterwards only.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from replenish.arrays import Bools, Floats
from replenish.data.config import DataConfig
from replenish.data.report import Findings
from replenish.data.source import Tables
from replenish.data.tables import check_columns, dates, numbers, read_table
from replenish.errors import InputError

OPEN = slice(6, 22)  # the 16 hours from 6:00 to 22:00
WEATHER = {
    "precpt": "precipitation",
    "avg_temperature": "temperature",
    "avg_humidity": "humidity",
    "avg_wind_level": "wind",
}
STATIC = {
    "store_id": "store",
    "product_id": "product",
    "city_id": "city",
    "first_category_id": "category",
    "second_category_id": "second_category",
    "third_category_id": "third_category",
}
NUMBERS = ("discount", "holiday_flag", "activity_flag", *WEATHER)


def read(folder: Path, _: DataConfig, findings: Findings) -> Tables:
    """Return daily sales per store and product.

    Args:
        folder: Where hourly.csv.gz lies.
        findings: Takes note of sales by night and of unknown discounts.
    """
    path = folder / "hourly.csv.gz"
    frame = read_table(path)
    needed = [*STATIC, *NUMBERS, "dt", "hourly_sale", "hourly_stockout"]
    check_columns(frame, path, needed, ["management_group_id"])
    hourly, out = _hours(frame, path)  # (rows, 24)
    _note_nights(hourly, findings)
    values = {name: numbers(frame, name, path) for name in NUMBERS}
    unknown = values["discount"] <= 0
    findings.add(
        "no discount", "rows with a discount of 0", "taken as not known", int(unknown.sum())
    )
    sales = pd.DataFrame(
        {
            "item_id": frame["store_id"] + "|" + frame["product_id"],
            "date": dates(frame, "dt", path),
            "sales": np.round(hourly[:, OPEN].sum(axis=1), 6),
            "in_stock": 1 - out[:, OPEN].mean(axis=1),
            "discount": values["discount"].mask(unknown),
            "holiday": values["holiday_flag"],
            "promotion": values["activity_flag"],
            **{new: values[old] for old, new in WEATHER.items()},
            **{new: frame[old] for old, new in STATIC.items()},
        }
    )
    items = sales.groupby("item_id").agg(
        category=("category", "first"), store=("store", "first"), product=("product", "first")
    )
    return Tables(
        label=str(path),
        sales=sales,
        items=items,
        known=("discount", "holiday", "promotion"),
        past=tuple(WEATHER.values()),
        static=tuple(STATIC.values()),
    )


def _note_nights(hourly: Floats, findings: Findings) -> None:
    """Take note of what is sold while the shops are closed."""
    night = np.delete(hourly, np.r_[OPEN], axis=1)
    share = float(night.sum() / max(hourly.sum(), 1e-9))
    findings.add(
        "night sales",
        f"rows with sales outside 6:00 to 22:00 ({share:.1%} of all units)",
        "left out",
        int((night > 0).any(axis=1).sum()),
    )


def _hours(frame: pd.DataFrame, path: Path) -> tuple[Floats, Bools]:
    """Return (rows, 24) units sold and (rows, 24) True where the product was out of stock."""
    flags = frame["hourly_stockout"].str
    parts = frame["hourly_sale"].str.count(";") + 1
    wrong = (parts != 24) | ~flags.fullmatch("[01]{24}")
    if bool(wrong.any()):
        row = wrong.index[int(np.argmax(wrong.to_numpy()))]
        raise InputError(
            f"{path}: row {row}, columns 'hourly_sale' and 'hourly_stockout': expected 24 numbers "
            "joined by ';' and 24 characters 0 or 1"
        )
    text = ";".join(frame["hourly_sale"].to_numpy())
    sales = np.array(text.split(";"), dtype=float).reshape(len(frame), 24)
    letters = "".join(frame["hourly_stockout"].to_numpy()).encode("ascii")
    out = np.frombuffer(letters, dtype=np.uint8).reshape(len(frame), 24) == ord("1")
    return sales, out
