"""From an items table (as `replenish.data.load` returns it) to `Items`."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from replenish.arrays import Bools, Floats, Ints
from replenish.data.read import RATES
from replenish.errors import InputError
from replenish.items import DEFAULTS, Items

DAYS_PER_YEAR = 365.0
_READ = (*DEFAULTS, "holding_rate", *RATES, "service_level")  # columns that say something of costs
_SAYS_THE_SAME = {
    "shortage_cost": ("service_level",),
    "holding_cost": ("holding_rate", *RATES),
    "holding_rate": RATES,
}
DECISIVE = ("lead_time", "holding_cost", "shortage_cost")  # no order is right without them


def parameters_of(
    table: pd.DataFrame, days_per_period: int, rules: Mapping[str, Any] | None = None
) -> dict[str, Floats]:
    """Return what an items table says, (N,) per parameter, NaN where it says nothing.

    ``holding_cost`` counts where it is given; else it is the yearly ``holding_rate`` times
    ``unit_cost``, per period. The table's ``unit_cost`` is what a unit is worth, not a charge:
    what is bought is sold again, whoever orders. ``service_level``, which `items_for` makes a
    shortage cost of, is NaN where there is a shortage cost.

    Args:
        table: One row per item, numbers as floats.
        days_per_period: 1 or 7.
        rules: What a run's config says about items (see `with_rates`); its ``override`` holds
            for all items, whatever the table says, its ``service_level`` where the table has a
            holding cost and no shortage cost; ``holding_cost_per`` is "period" or "year".
    """
    rules = rules or {}
    table = with_rates(table, rules)
    given = {
        name: table[name].to_numpy(dtype=float)
        for name in DEFAULTS
        if name in table and name not in ("unit_cost", "unit_value")
    }
    for name, value in rules.get("override", {}).items():
        given[name] = np.full(len(table), float(value))
    nothing = np.full(len(table), np.nan)
    held = given.get("holding_cost", nothing)
    held = held / periods_of(rules.get("holding_cost_per", "period"), days_per_period)
    if "unit_cost" in table:
        given["unit_value"] = table["unit_cost"].to_numpy(dtype=float)
        if "holding_rate" in table:
            rate = table["holding_rate"].to_numpy(dtype=float)
            by_rate = rate * given["unit_value"] * days_per_period / DAYS_PER_YEAR
            held = np.where(np.isnan(held), by_rate, held)
    level = table["service_level"].to_numpy(dtype=float) if "service_level" in table else nothing
    for_all = float(rules.get("service_level") or np.nan)
    level = np.where(np.isnan(level) & ~np.isnan(held), for_all, level)
    priced = ~np.isnan(given.get("shortage_cost", nothing))
    found = {"holding_cost": held, "service_level": np.where(priced, np.nan, level)}
    return given | {name: told for name, told in found.items() if not np.isnan(told).all()}


def told_by(table: pd.DataFrame) -> dict[str, Floats]:
    """Return what an items table says in numbers, (N,) by column, NaN where it says nothing."""
    named = (name for name in _READ if name in table and table[name].notna().any())
    return {name: table[name].to_numpy(dtype=float) for name in named}


def overlaid(
    table: pd.DataFrame, item_ids: Sequence[str], told: Mapping[str, Floats]
) -> pd.DataFrame:
    """Return an items table with what was told before where it says nothing itself.

    An item of which it says no number stays empty. A service level that it tells goes before a
    shortage cost told before, and a holding rate before a holding cost: they say the same.

    Args:
        table: N rows, one per item, numbers as floats.
        item_ids: (M,) names of the items told of before.
        told: (M,) numbers by name of the column, NaN = nothing.
    """
    rows, filled = rows_among(item_ids, list(table.index)), table.copy()
    numbers = table.select_dtypes("number")
    spoken = numbers.notna().any(axis=1).to_numpy() & (rows >= 0)
    for name, values in told.items():
        before = np.where(spoken, np.append(values, np.nan)[rows], np.nan)
        for other in (name, *_SAYS_THE_SAME.get(name, ())):
            before = (
                np.where(numbers[other].notna(), np.nan, before) if other in numbers else before
            )
        own = numbers[name] if name in numbers else pd.Series(np.nan, table.index)
        filled[name] = own.fillna(pd.Series(before, table.index))
    return filled


def overridden(table: pd.DataFrame, rules: Mapping[str, Any]) -> list[str]:
    """Return what an items table says in vain, as the run's config overrides it, in words."""
    said = []
    for name, value in rules.get("override", {}).items():
        if name == "unit_cost":  # there a charge, in the table what a unit is worth
            continue
        own = table[name] if name in table else pd.Series(np.nan, table.index)
        others = [other for other in _SAYS_THE_SAME.get(name, ()) if other in table]
        in_vain = (own.notna() & (own != float(value))).any() or table[others].notna().any(
            axis=None
        )
        if in_vain:
            said.append(
                f"override: {' or '.join([name, *others])} of the items table is not used, "
                f"[items.override] of the run says {name} {float(value):g} for all; train again "
                "without it"
            )
    return said


def not_given(given: Mapping[str, Floats], name: str, n_items: int) -> Bools:
    """Return (N,) True where a table says nothing of a parameter (see `parameters_of`)."""
    nothing = np.full(n_items, np.nan)
    missing = np.isnan(given.get(name, nothing))
    if name == "shortage_cost":
        missing &= np.isnan(given.get("service_level", nothing))
    return np.asarray(missing)


def periods_of(unit: str, days_per_period: int) -> float:
    """Return how many periods a unit of time holds: 1 for a period, else those of a year."""
    return DAYS_PER_YEAR / days_per_period if unit == "year" else 1.0


def shortage_cost_for(holding_cost: Any, service_level: Any) -> Any:
    """Return the shortage cost p at which a service level s is best: h s / (1 - s).

    The newsvendor's s = p / (p + h), solved for p (Zipkin 2000, section 9.2): exact for one
    period and where demand waits, near it where demand is lost and lead times are short.
    """
    return holding_cost * service_level / (1.0 - service_level)


def with_rates(table: pd.DataFrame, rules: Mapping[str, Any]) -> pd.DataFrame:
    """Fill what the table leaves open from its prices and rates and those of a run.

    The yearly rates of capital, storage, insurance and loss add up to a ``holding_rate``.

    Args:
        table: One row per item.
        rules: ``margin`` (unit_cost = price x (1 - margin)), ``shortage_share`` (shortage_cost =
            share x price) and a yearly ``holding_rate``; what is not there fills nothing.
    """
    filled = table.copy()

    def fill(name: str, values: "pd.Series[float]") -> None:
        filled[name] = filled[name].fillna(values) if name in filled else values

    if rates := [name for name in RATES if name in filled]:
        fill("holding_rate", filled[rates].sum(axis=1, min_count=1))
    if "price" in filled:
        if "margin" in rules:
            fill("unit_cost", filled["price"] * (1.0 - float(rules["margin"])))
        if rules.get("shortage_share"):
            share = filled["price"] * float(rules["shortage_share"])
            if "service_level" in filled:  # the table's own word goes before the config's
                share = share.mask(filled["service_level"].notna())
            fill("shortage_cost", share)
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
        known: M names and their parameters; what happens to unmet demand holds for all.
        defaults: Parameters of an item that nobody described.
        given: (N,) per parameter from `parameters_of`, NaN where nothing is said.
        label: The items file, for messages.

    Raises:
        InputError: A value is out of its range; the message names file, item and value.
    """
    names, items = known
    where = rows_among(names, item_ids)
    columns: dict[str, Any] = {}
    for name, default in DEFAULTS.items():
        standard = defaults.get(name, default)
        values = np.append(np.asarray(getattr(items, name), dtype=float), standard)[where]
        own = given.get(name)
        columns[name] = values if own is None else np.where(np.isnan(own), values, own)
    level = given.get("service_level", np.full(len(item_ids), np.nan))
    _check_targets(item_ids, level, columns["holding_cost"], label)
    priced = shortage_cost_for(columns["holding_cost"], level)
    columns["shortage_cost"] = np.where(np.isnan(level), columns["shortage_cost"], priced)
    try:
        return Items.build(len(item_ids), items.unmet_demand, **columns)
    except ValueError as problem:
        text = re.sub(
            r"items\.(\w+)\[(\d+)\]",
            lambda found: f"{found[1]} of item {item_ids[int(found[2])]!r}",
            str(problem),
        )
        raise InputError(f"{label}: {text}") from None


def _check_targets(item_ids: Sequence[str], level: Floats, held: Floats, label: str) -> None:
    """Raise where no shortage cost follows from a service level, as stock costs nothing."""
    free = ~np.isnan(level) & (held == 0)
    if free.any():
        item = int(np.argmax(free))
        raise InputError(
            f"{label}: service_level of item {item_ids[item]!r} is {level[item]:g} and its "
            "holding_cost 0, which makes no shortage_cost; give a holding_cost, or shortage_cost"
        )
