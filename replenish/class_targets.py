"""Service levels and review periods that depend on what an item is worth to the shop."""

from typing import cast

import numpy as np
import pandas as pd

from replenish.data.panel import Panel
from replenish.item_classes import ABC, classify
from replenish.items import Items
from replenish.items_config import AbcClass, ItemsConfig


def with_class_targets(
    table: pd.DataFrame, panel: Panel, items: Items, config: ItemsConfig, last: int
) -> pd.DataFrame:
    """Return the items table with what the config says of an item's ABC class where it is silent.

    Args:
        table: One row per item.
        panel: The same items; classes are by sales value.
        items: The same, as they are without it; their prices count where the panel has none.
        config: ``service_level_by_class`` and ``review_period_by_class``.
        last: Last period that classes are judged by; what comes later is not looked at.
    """
    by_class: dict[str, dict[AbcClass, float]] = {
        "service_level": config.service_level_by_class,
        "review_period": {name: float(r) for name, r in config.review_period_by_class.items()},
    }
    if not any(by_class.values()):
        return table
    classes = classify(panel, items, last)[0][ABC]
    filled = table.copy()
    for column, values in by_class.items():
        if values:
            told = np.array([values[cast(AbcClass, name)] for name in classes])
            own = filled[column].to_numpy(dtype=float) if column in filled else told
            filled[column] = np.where(np.isnan(own), told, own)
    return filled
