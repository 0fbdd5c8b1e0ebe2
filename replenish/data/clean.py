"""Rows that cannot stand as they are: negatives and duplicates, handled as the config says."""

from pathlib import Path

import pandas as pd

from replenish.data.config import DataConfig
from replenish.data.report import EXAMPLES, Findings
from replenish.data.tables import bad_cell

NEGATIVES = {
    "zero": "counted as 0",
    "unobserved": "their periods are taken as not observed",
    "net": "netted against the other rows of their item and date, 0 at least",
}
KEY = ["item_id", "date"]
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
    empty = sales[sales["sales"].isna()]
    findings.add("empty", "rows without a sale", "not observed", len(empty), places(empty))
    negative = sales["sales"] < 0
    if bool(negative.any()):
        sales = _negatives(sales, negative, label, config, findings)
    twice = sales.duplicated(KEY, keep=False)
    if bool(twice.any()):
        sales = _duplicates(sales, twice, label, config, findings)
    return sales.assign(sales=sales["sales"].clip(lower=0))


def _negatives(
    sales: pd.DataFrame,
    negative: "pd.Series[bool]",
    label: str,
    config: DataConfig,
    findings: Findings,
) -> pd.DataFrame:
    """Return the sales with negative ones handled; ``net`` adds up the rows of their dates."""
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
        places = pd.MultiIndex.from_frame(sales[KEY])
        return _added_up(sales, pd.Series(places.isin(places[negative]), sales.index))
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
    later = sales.index[sales.duplicated(KEY)]
    if config.duplicates == "error":
        first = sales.loc[later[0]]
        rest = (
            f"a second row for {first['date'].date()}; remove one, or set data.duplicates to "
            "'sum' or 'last', or name all key columns in data.keys"
        )
        raise bad_cell(Path(label), later[0], "item_id", first["item_id"], rest)
    found = sales.loc[later]
    findings.repeats = found[KEY]
    findings.add(
        "duplicates",
        "rows repeat an item and date",
        DUPLICATES[config.duplicates],
        len(found),
        examples(found),
    )
    if config.duplicates == "last":
        return sales.drop_duplicates(KEY, keep="last")
    return _added_up(sales, twice)


def _added_up(sales: pd.DataFrame, some: "pd.Series[bool]") -> pd.DataFrame:
    """Return the sales with one row per item and date in place of some of the rows.

    It is the last one with the sales of all, in stock as long as the least of them; its sales are
    not known where those of one are not.
    """
    groups = sales[some].groupby(KEY, sort=False)
    known = groups["sales"].count() == groups["sales"].size()
    last = sales[some].drop_duplicates(KEY, keep="last")
    places = pd.MultiIndex.from_frame(last[KEY])
    total = groups["sales"].sum().where(known).reindex(places)
    last = last.assign(sales=total.to_numpy())
    if "in_stock" in last:
        last = last.assign(in_stock=groups["in_stock"].min().reindex(places).to_numpy())
    return pd.concat([sales[~some], last]).sort_index()


def places(rows: pd.DataFrame) -> list[str]:
    """Return up to five places: row, item and date."""
    few = rows.head(EXAMPLES)
    named = zip(few.index, few["item_id"], few["date"], strict=True)
    return [f"row {row}: {item} on {date.date()}" for row, item, date in named]


def examples(rows: pd.DataFrame) -> list[str]:
    """Return up to five places with their values."""
    return [
        f"{place} = {value:g}"
        for place, value in zip(
            places(rows),
            rows["sales"].head(EXAMPLES),
            strict=True,
        )
    ]
