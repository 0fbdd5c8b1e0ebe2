"""Rows that cannot stand as they are: negatives and duplicates, handled as the config says."""

from pathlib import Path

import pandas as pd

from replenish.data.config import DataConfig
from replenish.data.report import EXAMPLES, Findings
from replenish.data.tables import bad_cell

NEGATIVES = {
    "zero": "counted as 0",
    "unobserved": "their periods are taken as not observed",
    "net": "netted against the other rows of their period, 0 at least",
}
DUPLICATES = {"sum": "added up", "last": "the last one is kept"}


def clean_rows(
    sales: pd.DataFrame, label: str, config: DataConfig, findings: Findings
) -> pd.DataFrame:
    """Return one row per item and date, sales 0 or more (or NaN = not observed).

    Args:
        sales: item_id, date, sales and more, indexed by file row.
        label: The file, for messages.
        config: ``negatives`` and ``duplicates``.
        findings: Takes note of what was done.

    Raises:
        InputError: A negative sale or a duplicate where the config says ``"error"``.
    """
    negative = sales["sales"] < 0
    if bool(negative.any()):
        sales = _negatives(sales, negative, label, config, findings)
    twice = sales.duplicated(["item_id", "date"], keep=False)
    if bool(twice.any()):
        if config.negatives == "net" and bool(negative.any()) and config.duplicates == "error":
            config = config.model_copy(update={"duplicates": "sum"})
        sales = _duplicates(sales, twice, label, config, findings)
    return sales.assign(sales=sales["sales"].clip(lower=0))


def _negatives(
    sales: pd.DataFrame,
    negative: "pd.Series[bool]",
    label: str,
    config: DataConfig,
    findings: Findings,
) -> pd.DataFrame:
    """Return the sales with negative ones handled; ``net`` leaves them to the adding up."""
    if config.negatives == "error":
        row = negative.index[negative][0]
        value = f"{sales['sales'][negative].iloc[0]:g}"
        rest = "below 0; correct it, or set data.negatives to 'zero', 'unobserved' or 'net'"
        raise bad_cell(Path(label), row, "sales", value, rest)
    found = sales[negative]
    findings.add(
        "negatives", "rows below 0", NEGATIVES[config.negatives], len(found), examples(found)
    )
    if config.negatives == "net":
        return sales
    instead = 0.0 if config.negatives == "zero" else float("nan")
    return sales.assign(sales=sales["sales"].mask(negative, instead))


def _duplicates(
    sales: pd.DataFrame,
    twice: "pd.Series[bool]",
    label: str,
    config: DataConfig,
    findings: Findings,
) -> pd.DataFrame:
    """Return one row per item and date; what is not a sale is taken from the last row."""
    key = ["item_id", "date"]
    later = sales.index[sales.duplicated(key)]
    if config.duplicates == "error":
        first = sales.loc[later[0]]
        rest = (
            f"a second row for {first['date'].date()}; remove one, or set data.duplicates to "
            "'sum' or 'last', or name all key columns in data.keys"
        )
        raise bad_cell(Path(label), later[0], "item_id", first["item_id"], rest)
    found = sales.loc[later]
    findings.repeats = found[key]
    findings.add(
        "duplicates",
        "rows repeat an item and date",
        DUPLICATES[config.duplicates],
        len(found),
        examples(found),
    )
    last = sales.drop_duplicates(key, keep="last")
    if config.duplicates == "last":
        return last
    groups = sales[twice].groupby(key, sort=False)
    holes = sales[twice & sales["sales"].isna()].set_index(key).index.unique()
    total = groups["sales"].sum()
    total[total.index.isin(holes)] = float("nan")  # a part of the period was not observed
    added = last.set_index(key)
    added.loc[total.index, "sales"] = total
    if "in_stock" in added:
        least = groups["in_stock"].min()
        added.loc[least.index, "in_stock"] = least
    return added.reset_index().reindex(columns=sales.columns)


def examples(rows: pd.DataFrame) -> list[str]:
    """Return up to five places: row, item and date, value."""
    return [
        f"row {row}: {item} on {date.date()} = {value:g}"
        for row, item, date, value in zip(
            rows.index[:EXAMPLES],
            rows["item_id"].head(EXAMPLES),
            rows["date"].head(EXAMPLES),
            rows["sales"].head(EXAMPLES),
            strict=True,
        )
    ]
