"""A small bundle for tests: random networks, seasonal naive, and a shop's own tables."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from forecasters.seasonal_naive import SeasonalNaive
from replenish.arrays import Floats
from replenish.bundle import BundleContents, save_bundle
from replenish.data.panel import Panel
from replenish.features import FEATURES, LIMIT
from replenish.forecasting.record import Record
from replenish.items import DEFAULTS, Items
from replenish.learned import Move
from replenish.onnx_network import Layer, mlp_to_onnx
from replenish.own_formula import OwnFormula
from replenish.reference import Reference

HORIZON = 14


def random_layers(
    seed: int = 0, widths: tuple[int, ...] = (len(FEATURES), 16, 1), gain: float = 0.3
) -> list[Layer]:
    """Return the layers of a network that nobody trained."""
    rng = np.random.default_rng(seed)
    return [
        (rng.normal(0, gain / np.sqrt(a), (b, a)), rng.normal(0, 0.1, b))
        for a, b in pairwise(widths)
    ]


def own_formulas(n: int, share: float = 0.25, seed: int = 0) -> OwnFormula:
    """Return formulas that differ from item to item."""
    rng = np.random.default_rng(seed)
    parameters = {
        "score_shift": rng.uniform(-1.0, 1.0, n),
        "quantity_factor": rng.uniform(0.5, 2.0, n),
    }
    common = {name: float(np.median(values)) for name, values in parameters.items()}
    return OwnFormula(parameters, np.full(n, share), {**common, "share": share})


def contents_of(panel: Panel, items: Items, **changes: Any) -> BundleContents:
    """Return the contents of a bundle for the panel's items."""
    sales: Floats = panel.sales
    values: dict[str, Any] = {
        "network": mlp_to_onnx(random_layers(), "tanh", "clip"),
        "forecaster": SeasonalNaive().fit(panel, HORIZON).fitted,
        "record": Record(panel.item_ids, panel.dates[-1], np.full((len(items), 112), 0.2)),
        "reference": Reference(0.1, 1.2),
        "move": Move(0.5, 2.0),
        "own": own_formulas(len(items)),
        "horizon": HORIZON,
        "frequency": panel.frequency,
        "item_ids": panel.item_ids,
        "items": items,
        "defaults": {**DEFAULTS, "lead_time": 3},
        "feature_low": np.full(len(FEATURES), -LIMIT),
        "feature_high": np.full(len(FEATURES), LIMIT),
        "sales_facts": {
            "mean": np.nanmean(sales, axis=1),
            "std": np.nanstd(sales, axis=1),
            "max": np.nanmax(sales, axis=1),
        },
        "scores": {"ppo": 1.0, "reference": 1.2},
        "agent": "ppo",
        "item_rules": {"override": {"lead_time_std": 0.0}},
    }
    return BundleContents(**{**values, **changes})


def write_bundle(folder: Path, panel: Panel, items: Items, **changes: Any) -> Path:
    """Write a bundle and return its folder."""
    save_bundle(folder, contents_of(panel, items, **changes))
    return folder
