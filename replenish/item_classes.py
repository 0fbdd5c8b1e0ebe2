"""Classes of items: how regular their demand is, and how much of the sales value they carry."""

import numpy as np

from replenish.arrays import Floats
from replenish.data.demand import judged_sales
from replenish.data.panel import Panel
from replenish.items import Items

ABC, DEMAND = "ABC class", "demand class"  # kinds
INTERVAL, VARIATION = 1.32, 0.49  # mean periods between demands; squared variation of their sizes
SILENT = "no sales"
DEMAND_CLASSES = ("smooth", "erratic", "intermittent", "lumpy", SILENT)
ABC_SHARES = (0.80, 0.95)  # of the sales value, taken up by A and by A and B together
ABC_CLASSES = ("A", "B", "C")


def classify(panel: Panel, items: Items, last: int) -> tuple[dict[str, tuple[str, ...]], Floats]:
    """Return kind -> (I,) class names, and the (I,) sales value, of what was known.

    The value counts sales at the plan's prices; without a plan at the prices, or else the unit
    values, of the items table where every item has one; else units.

    Args:
        panel: (I, T) sales.
        items: I items.
        last: Last period that counts.
    """
    value = sales_value(panel, last)
    if "price" not in panel.known:
        prices = (given for given in (items.price, items.unit_value) if (given > 0).all())
        value = value * next(prices, 1.0)
    return {ABC: abc_classes(value), DEMAND: demand_classes(panel, last)}, value


def demand_classes(panel: Panel, fit_end: int) -> tuple[str, ...]:
    """Return the demand class of each item over the fit part, N names of `DEMAND_CLASSES`.

    The mean interval between demands (ADI) and the squared coefficient of variation of the
    sizes that are not zero part the plane in four (Syntetos, Boylan & Croston 2005, Journal of
    the Operational Research Society 56, 495-503). Only observed, uncensored periods count; where
    none of them has a sale, censored ones do.

    Args:
        panel: (N, T) sales.
        fit_end: Last period that counts.
    """
    sales, recorded = judged_sales(panel)[:, : fit_end + 1], panel.sales[:, : fit_end + 1]
    known = (np.nan_to_num(sales) > 0).any(axis=1, keepdims=True)
    sales = np.where(known, sales, recorded)
    seen, sold = np.isfinite(sales), np.nan_to_num(sales) > 0
    number = np.maximum(sold.sum(axis=1), 1)
    interval = seen.sum(axis=1) / number
    size = np.where(sold, np.nan_to_num(sales), 0.0)
    mean = size.sum(axis=1) / number
    variance = np.where(sold, (size - mean[:, None]) ** 2, 0.0).sum(axis=1) / number
    varies = variance / np.maximum(mean, 1e-12) ** 2 >= VARIATION
    rare = interval >= INTERVAL
    place = 2 * rare.astype(int) + varies
    place[~sold.any(axis=1)] = DEMAND_CLASSES.index(SILENT)
    return tuple(DEMAND_CLASSES[k] for k in place)


def sales_value(panel: Panel, fit_end: int) -> Floats:
    """Return the (N,) sales of the fit part at the prices of the plan; units where none is known.

    Args:
        panel: (N, T) sales.
        fit_end: Last period that counts.
    """
    sales = np.nan_to_num(panel.sales[:, : fit_end + 1])
    if "price" not in panel.known:
        return np.asarray(sales.sum(axis=1))
    price = np.nan_to_num(panel.known["price"][:, : fit_end + 1])
    return np.asarray((sales * price).sum(axis=1))


def abc_classes(value: Floats) -> tuple[str, ...]:
    """Return the ABC class of each item: A carries the first 80 % of the value, B up to 95 %.

    An item belongs to the class in which its own share begins, so that A is never empty.

    Args:
        value: (N,) sales value, not negative.
    """
    order = np.argsort(-value, kind="stable")
    total = max(float(value.sum()), 1e-12)
    before = (np.cumsum(value[order]) - value[order]) / total
    found = np.empty(len(value), dtype=int)
    found[order] = np.searchsorted(np.array(ABC_SHARES) - 1e-12, before, side="right")
    return tuple(ABC_CLASSES[k] for k in found)
