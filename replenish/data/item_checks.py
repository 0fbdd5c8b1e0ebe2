"""Columns of an items table that must agree with each other."""

from pathlib import Path

import numpy as np
import pandas as pd

from replenish.data.tables import refuse


def check_levels(frame: pd.DataFrame, items: pd.DataFrame, path: Path) -> None:
    """Raise for a reorder point without an order-up-to level, or above it."""
    if "reorder_point" not in items:
        return
    level = items.get("order_up_to_level", pd.Series(np.nan, index=items.index))
    wrong = items["reorder_point"].notna() & ~(items["reorder_point"] <= level)
    rest = "no order_up_to_level of that much or more; give both (min and max)"
    refuse(frame["reorder_point"], wrong.set_axis(frame.index), path, rest)


def check_targets(frame: pd.DataFrame, items: pd.DataFrame, path: Path) -> None:
    """Raise for a service level that is no share, or that stands beside a shortage cost."""
    if "service_level" not in items:
        return
    level = items["service_level"].set_axis(frame.index)
    wrong = (level <= 0) | (level >= 1)
    refuse(frame["service_level"], wrong, path, "no share between 0 and 1; write e.g. 0.95")
    if "shortage_cost" in items:
        twice = level.notna() & items["shortage_cost"].notna().set_axis(frame.index)
        rest = "shortage_cost is given too; a service level makes one: leave one of the two empty"
        refuse(frame["service_level"], twice, path, rest)
