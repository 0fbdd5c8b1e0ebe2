"""UCI Online Retail: raw invoice lines of a gift shop, cleaned to daily sales per product.

In this order: codes in one case; lines that are no product (postage, fees, ...), exact repeats
of a line, stock corrections (negative, no cancellation) and lines without a price are dropped;
an order cancelled on the same day by the same customer goes with its cancellation. Cancellations
left over are returns: the day's sale is reduced by them, to 0 at least (``negatives`` "zero"
ignores them, "unobserved" leaves their days out). Days without any line are closed; a day
without a line of a product after its first sale is a sale of 0. ``price`` is the median unit
price of the day.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from replenish.data.config import DataConfig
from replenish.data.report import EXAMPLES, Findings
from replenish.data.source import Tables
from replenish.data.tables import check_columns, dates, numbers, read_table

COLUMNS = {
    "invoiceno": "invoice",
    "stockcode": "item_id",
    "description": "name",
    "quantity": "sales",
    "invoicedate": "stamp",
    "unitprice": "price",
    "customerid": "customer",
    "country": "country",
}


def read(folder: Path, config: DataConfig, findings: Findings) -> Tables:
    """Return daily sales of all products.

    Args:
        folder: Where transactions.csv.gz lies.
        config: ``negatives`` says what a return does; ``"error"`` is taken as ``"net"``.
        findings: Takes note of every step.
    """
    path = folder / "transactions.csv.gz"
    lines = _products(_lines(path), findings)
    lines = _without_pairs(lines, findings)
    daily = _daily(lines, config.negatives, findings)
    open_days = pd.DatetimeIndex(lines["date"].unique())
    days = pd.date_range(open_days.min(), open_days.max(), freq="D")
    shut = days.difference(open_days)
    plan = pd.DataFrame({"date": shut, "item_id": "*", "closed": 1.0})
    named = lines[lines["name"].str.strip() != ""]
    items = named.groupby("item_id").agg(name=("name", "first"))
    items["price"] = lines.groupby("item_id")["price"].median()
    return Tables(
        label=str(path),
        sales=daily,
        items=items,
        missing="zero",
        known=("price", "closed"),
        plan=plan if len(shut) else None,
    )


def _lines(path: Path) -> pd.DataFrame:
    """Return the file's lines with typed columns, in one case."""
    frame = read_table(path)
    check_columns(frame, path, list(COLUMNS), [])
    lines = frame.rename(columns=COLUMNS)
    lines["date"] = dates(frame, "invoicedate", path)
    lines["sales"] = numbers(frame, "quantity", path, "write the units")
    lines["price"] = numbers(frame, "unitprice", path, "write the price")
    return lines


def _products(lines: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Return the lines that sell, cancel or return a product.

    The findings count all lines of the file; a line may be in several of them.
    """
    raw, upper = lines["item_id"], lines["item_id"].str.strip().str.upper()
    _note(findings, lines, raw != upper, "case variants", "codes in lower case", "put in capitals")
    cancelled = lines["invoice"].str.startswith("C")
    no_product = ~upper.str.match(r"\d{5}")
    repeated = lines.duplicated(list(COLUMNS.values()))
    corrected = (lines["sales"] < 0) & ~cancelled
    unpriced = lines["price"] <= 0
    _note(findings, lines, cancelled, "cancellations", "cancellation lines", "see the returns")
    _note(findings, lines, no_product, "no product", "lines of postage, fees and the like")
    _note(findings, lines, repeated, "repeated lines", "exact repeats of an earlier line")
    _note(findings, lines, corrected, "corrections", "negative lines that cancel nothing")
    _note(findings, lines, unpriced, "no price", "lines with a price of 0 or less")
    lines = lines.assign(item_id=upper, cancelled=cancelled)
    return lines[~(no_product | repeated | corrected | unpriced)]


def _note(
    findings: Findings,
    lines: pd.DataFrame,
    found: "pd.Series[bool]",
    kind: str,
    what: str,
    done: str = "dropped",
) -> None:
    """Note what was found in which lines of the file."""
    head = lines[found].head(EXAMPLES)
    places = [
        f"row {row}: {item} {units:g}"
        for row, item, units in zip(head.index, head["item_id"], head["sales"], strict=True)
    ]
    findings.add(kind, what, done, int(found.sum()), places)


def _without_pairs(lines: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Return the lines without orders that were cancelled on the day on which they came in."""
    key = ["customer", "item_id", "date", "size"]
    sized = lines.assign(size=lines["sales"].abs())
    sized["turn"] = sized.groupby([*key, "cancelled"]).cumcount()
    both = sized.groupby([*key, "turn"])["cancelled"].transform("nunique") == 2
    pairs = both & (sized["customer"] != "")
    _note(
        findings,
        lines,
        pairs & lines["cancelled"],
        "cancelled orders",
        "cancellations of an order of the same day",
        "dropped with their order",
    )
    return lines[~pairs]


def _daily(lines: pd.DataFrame, negatives: str, findings: Findings) -> pd.DataFrame:
    """Return item_id, date, sales and median price; one row per product and day with a line."""
    returned = lines["cancelled"]
    done = {"zero": "ignored", "unobserved": "their days are not observed"}
    _note(findings, lines, returned, "returns", "lines", done.get(negatives, "taken off the day"))
    if negatives == "zero":
        lines = lines[~returned]
    elif negatives == "unobserved":
        lines = lines.assign(sales=lines["sales"].mask(returned))
    groups = lines.groupby(["item_id", "date"], as_index=False)
    daily = groups.agg(sales=("sales", "sum"), price=("price", "median"))
    if negatives == "unobserved":
        gone = lines.groupby(["item_id", "date"])["cancelled"].any().to_numpy()
        daily["sales"] = daily["sales"].mask(gone)
    return daily.assign(sales=np.maximum(daily["sales"], 0.0))
