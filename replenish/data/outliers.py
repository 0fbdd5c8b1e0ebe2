"""Unusually high sales, found by a rule that looks backwards only."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from replenish.arrays import Bools, Floats
from replenish.data.panel import Panel
from replenish.data.report import EXAMPLES, Findings

FACTOR = 8.0  # scales above the median
EIGHT = 8  # windows looked back, and sales needed, for an item that seldom sells
WINDOWS = {"D": (56, 28)}  # periods of the window, periods it must hold; weeks: (26, 13)
DONE = {
    "keep": "kept (data.outliers = 'keep')",
    "cap": "cut to the bound",
    "interpolate": "replaced by the median of the window before",
}


@dataclass(frozen=True, eq=False)
class Outliers:
    """Where they are, and what may be put there.

    Attributes:
        found: (N, T) True where the sale is above the bound.
        bound: (N, T) units; NaN where the window holds too little.
        median: (N, T) units, of the window before each period.
    """

    found: Bools
    bound: Floats
    median: Floats


def find_outliers(panel: Panel) -> Outliers:
    """Return sales above median + 8 scales of the 56 days (26 weeks) before them.

    The scale is the largest of 1.4826 x MAD (the median absolute deviation), the upper spread
    (90 % quantile - median) / 1.2816, and the Poisson floor sqrt(max(mean, 1)): the floor keeps
    a calm series from raising alarms, the upper spread a lumpy one. An item that sold in fewer
    than half of these periods is judged by the sizes of its sales alone, against those of the
    periods with sales among the eight windows before (eight of them at least). Promotion
    periods are expected to be high and are not tested. Only earlier periods count, so that
    cutting off the future changes nothing. After Hampel (1974) and Leys et al. (2013).
    """
    window, least = WINDOWS.get(panel.frequency, (26, 13))
    sales = pd.DataFrame(panel.sales.T)  # (T, N)
    median, bound = _bound(sales, window, least)
    slow = (median == 0).any()  # (N,)
    if bool(slow.any()):
        columns = slow.index[slow]
        sizes = sales[columns].where(sales[columns] > 0)
        size_median, size_bound = _bound(sizes, EIGHT * window, EIGHT)
        seldom = median[columns] == 0
        median[columns] = median[columns].mask(seldom, size_median)
        bound[columns] = bound[columns].mask(seldom, size_bound)
    found = panel.sales > bound.to_numpy().T  # False where either is NaN
    if "promotion" in panel.known:
        found &= panel.known["promotion"][:, : panel.n_periods] == 0
    return Outliers(found, bound.to_numpy().T, median.to_numpy().T)


def _bound(sales: pd.DataFrame, window: int, least: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (T, N) the median of the window before each period, and the bound above it."""
    before = sales.shift(1).rolling(window, min_periods=least)
    median, mean, high = before.median(), before.mean(), before.quantile(0.9)
    spread = (sales - median).abs().shift(1).rolling(window, min_periods=least).median()
    scale = np.maximum(1.4826 * spread.fillna(0.0), (high - median) / 1.2816)
    scale = np.maximum(scale, np.sqrt(np.maximum(mean, 1.0)))
    return median, median + FACTOR * scale


def treat_outliers(panel: Panel, treatment: str, findings: Findings) -> Panel:
    """Return the panel with outliers kept, cut to the bound, or replaced by the median before.

    Args:
        panel: (N, T) sales.
        treatment: ``"keep"``, ``"cap"`` or ``"interpolate"``.
        findings: Takes note of every outlier, kept or not.
    """
    outliers = find_outliers(panel)
    item, period = np.nonzero(outliers.found)
    places = list(zip(item[:EXAMPLES], period[:EXAMPLES], strict=True))
    findings.add(
        "outliers",
        "sales far above the window before them",
        DONE[treatment],
        len(item),
        [
            f"{panel.item_ids[i]} on {panel.dates[t].date()} = {panel.sales[i, t]:g} "
            f"(bound {outliers.bound[i, t]:.1f})"
            for i, t in places
        ],
    )
    if treatment == "keep":
        return panel
    value = outliers.bound if treatment == "cap" else outliers.median
    return replace(panel, sales=np.where(outliers.found, value, panel.sales))
