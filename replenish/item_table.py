"""From an items table (as `replenish.data.load` returns it) to `Items`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from replenish.arrays import Floats, Ints
from replenish.errors import InputError
from replenish.items import DEFAULTS, Items

DAYS_PER_YEAR = 365.0


def parameters_of(
    table: pd.DataFrame, days_per_period: int, rules: Mapping[str, Any] | None = None
) -> dict[str, Floats]:
    """Return what an items table says, (N,) per parameter, NaN where it says nothing.

    ``holding_cost`` counts where it is given; else it is the yearly ``holding_rate`` times
    ``unit_cost``, per period. The table's ``unit_cost`` is what a unit is worth, not a charge:
    what is bought is sold again, whoever orders.

    Args:
        table: One row per item, numbers as floats.
        days_per_period: 1 or 7.
        rules: What a run's config says about items (see `with_rates`); its ``override`` holds
            for all items, whatever the table says.
    """
    table = with_rates(table, rules or {})
    given = {
        name: table[name].to_numpy(dtype=float)
        for name in DEFAULTS
        if name in table and name not in ("unit_cost", "unit_value")
    }
    if "unit_cost" in table:
        given["unit_value"] = table["unit_cost"].to_numpy(dtype=float)
        if "holding_rate" in table:
            rate = table["holding_rate"].to_numpy(dtype=float)
            by_rate = rate * given["unit_value"] * days_per_period / DAYS_PER_YEAR
            own = given.get("holding_cost", np.full(len(table), np.nan))
            given["holding_cost"] = np.where(np.isnan(own), by_rate, own)
    for name, value in (rules or {}).get("override", {}).items():
        given[name] = np.full(len(table), float(value))
    return given


def with_rates(table: pd.DataFrame, rules: Mapping[str, Any]) -> pd.DataFrame:
    """Fill what the table leaves open from its prices and a run's rates.

    Args:
        table: One row per item.
        rules: ``margin`` (unit_cost = price x (1 - margin)), ``shortage_share`` (shortage_cost =
            share x price) and a yearly ``holding_rate``; what is not there fills nothing.
    """
    filled = table.copy()

    def fill(name: str, values: "pd.Series[float]") -> None:
        filled[name] = filled[name].fillna(values) if name in filled else values

    if "price" in filled:
        if "margin" in rules:
            fill("unit_cost", filled["price"] * (1.0 - float(rules["margin"])))
        if rules.get("shortage_share"):
            fill("shortage_cost", filled["price"] * float(rules["shortage_share"]))
    if rules.get("holding_rate"):
        fill("holding_rate", pd.Series(float(rules["holding_rate"]), index=filled.index))
    return filled


def rows_among(names: Sequence[str], item_ids: Sequence[str]) -> Ints:
    """Return the (N,) place of each item among the names, -1 where it is none of them."""
    places = {name: place for place, name in enumerate(names)}
    return np.array([places.get(name, -1) for name in item_ids], dtype=np.int64)


def items_for(
    item_ids: Sequence[str],
    known: tuple[Sequence[str], Items],
    defaults: Mapping[str, float],
    given: Mapping[str, Floats],
    label: str,
) -> Items:
    """Return the items' parameters: the table's, else the known ones, else the defaults.

    Args:
        item_ids: N names.
        known: M names and their parameters.
        defaults: Parameters of an item that nobody described.
        given: (N,) per parameter from `parameters_of`, NaN where nothing is said.
        label: The items file, for messages.

    Raises:
        InputError: A value is out of its range; the message names file, item and value.
    """
    names, items = known
    where = rows_among(names, item_ids)
    columns: dict[str, Any] = {}
    for spec in fields(Items):
        standard = defaults.get(spec.name, DEFAULTS[spec.name])
        values = np.append(np.asarray(getattr(items, spec.name), dtype=float), standard)[where]
        own = given.get(spec.name)
        columns[spec.name] = values if own is None else np.where(np.isnan(own), values, own)
    try:
        return Items.build(len(item_ids), **columns)
    except ValueError as problem:
        text = re.sub(
            r"items\.(\w+)\[(\d+)\]",
            lambda found: f"{found[1]} of item {item_ids[int(found[2])]!r}",
            str(problem),
        )
        raise InputError(f"{label}: {text}") from None
