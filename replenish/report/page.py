"""What the page says in words: the verdict, the table of policies, the items at both ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from replenish.judging.evaluation import Evaluation
from replenish.paired import LEAST_ITEMS, PairedDifference
from replenish.percent import percent
from replenish.report.measures import (
    COLUMNS,
    by_cost,
    decimals,
    difference,
    figures,
    interval,
    minus,
    shares,
    shown,
)
from replenish.report.plots import item_gain
from replenish.report.svg import colours
from replenish.report.tables import plain


@dataclass(frozen=True)
class Verdict:
    """The answer in big words.

    Attributes:
        tone: Whether the interval lies below 0, above 0, or holds it.
        headline: At most a line.
        detail: The interval in words.
    """

    tone: Literal["better", "worse", "uncertain"]
    headline: str
    detail: str


@dataclass(frozen=True)
class Table:
    """A table of text.

    Attributes:
        title: What it holds; may be empty.
        header: One name per column.
        rows: Cells as text, as many as the header has.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class PolicyRow:
    """A policy in the table: name, kind, colour, agent minus it, its measures as text."""

    name: str
    kind: str
    colour: str
    difference: str
    interval: str
    cells: Sequence[tuple[str, str]]  # measure, text


def verdict(evaluation: Evaluation) -> Verdict:
    """Return the verdict on the agent against the best baseline.

    Raises:
        ValueError: The best baseline has no paired difference.
    """
    best = evaluation.best_baseline
    d = best.difference
    if d is None:
        raise ValueError("the best baseline has no paired difference")
    size = percent(abs(d.percent)).lstrip("+")
    headline = {
        "better": f"{size} cheaper than {best.name}, the best baseline",
        "worse": f"Not better than {best.name}: {size} dearer",
        "uncertain": f"Not better than {best.name} with certainty",
    }[d.verdict]
    said = f"{_measured(d)} The agent is cheaper on {100 * d.share_improved:.0f} % of the items."
    if d.verdict == "worse":
        said += (
            " The run's bundle can order by a formula alone: replenish recommend --policy "
            "averaged_formula, or reference."
        )
    return Verdict(d.verdict, headline, minus(said))


def _measured(d: PairedDifference) -> str:
    """Return the difference with its interval, or why there is none, in words."""
    if d.low is None or d.high is None or d.percent_low is None or d.percent_high is None:
        return (
            f"Paired difference in cost: {percent(d.percent)}; in money per item and period: "
            f"{figures([d.difference], decimals([d.difference], 3))[0]}. Fewer than {LEAST_ITEMS} "
            "items are too few for an interval."
        )
    low, high = percent(d.percent_low), percent(d.percent_high)
    over = f"over items and {d.blocks} blocks of time" if d.blocks else "over items alone"
    money = (d.difference, d.low, d.high)
    middle, least, most = figures(money, decimals(money, 3))
    return (
        f"Paired difference in cost: {percent(d.percent)}, 95 % interval {over} {low} to {high}. "
        f"In money per item and period: {middle}, interval {least} to {most}."
    )


def policy_rows(evaluation: Evaluation) -> list[PolicyRow]:
    """Return the table of policies, the cheapest first, the bound last."""
    results, named = by_cost(evaluation), colours(evaluation)
    columns = {name: shown(results, name) for name in COLUMNS}
    return [
        PolicyRow(
            result.name,
            result.kind,
            named[result.name],
            difference(result),
            interval(result.difference),
            [(name, texts[row]) for name, texts in columns.items()],
        )
        for row, result in enumerate(results)
    ]


def item_table(evaluation: Evaluation, each: int = 10) -> Table:
    """Return the items on which the agent gains and loses most against the best baseline.

    Args:
        evaluation: What was found.
        each: Number of items at each end.
    """
    agent, best = evaluation.agent, evaluation.best_baseline
    gain = item_gain(evaluation)
    order = np.argsort(gain, kind="stable")
    rows = order if len(order) <= 2 * each else np.concatenate((order[:each], order[-each:]))
    money = [gain[rows], best.beside(agent)[rows], best.scorecard.per_item["cost"][rows]]
    places = decimals(np.concatenate(money).tolist(), 5)  # one for all: they must add up
    columns = [
        [agent.scorecard.item_ids[row] for row in rows],
        *(figures(values.tolist(), places) for values in money),
        shares(agent.scorecard.per_item["fill_rate"][rows].tolist()),
        shares(best.scorecard.per_item["fill_rate"][rows].tolist()),
    ]
    header = [
        "Item",
        "Difference",
        f"Cost, {agent.name}",
        f"Cost, {best.name}",
        f"Fill rate, {agent.name}",
        f"Fill rate, {best.name}",
    ]
    title = f"The {len(rows)} items with the largest gain and loss" if len(rows) < len(gain) else ""
    return Table(title, header, list(zip(*columns, strict=True)))


_IN_PER_CENT = (
    *("change in per cent", "from", "to"),
    *("agent minus it in per cent, own sales", "agent minus it, from", "agent minus it, to"),
)
_SAID = {  # labels that would not speak for themselves
    "overall": "all kinds mixed, injected anew",
    "clean_share": "share of untouched item-periods handed over",
    "true_alarms": "alarms that met one",
    "change in per cent": "change",
    "from": "95 %, from",
    "to": "95 %, to",
    "agent minus it in per cent, own sales": "agent minus it, own sales",
    "agent minus it, from": "of that 95 %, from",
    "agent minus it, to": "of that 95 %, to",
}


def nested_tables(values: Mapping[str, Any], title: str = "") -> list[Table]:
    """Return tables for results of any shape: dicts of dicts of numbers, text and lists.

    Args:
        values: label -> value, or label -> more of the same.
        title: Labels on the way here.
    """
    groups = {key: value for key, value in values.items() if isinstance(value, Mapping) and value}
    flat = {key: value for key, value in values.items() if key not in groups}
    tables = [Table(title, ("", "value"), [(_words(k), _text(v, k)) for k, v in flat.items()])]
    tables = tables if flat else []
    if groups and all(not _holds_groups(value) for value in groups.values()):
        return [*tables, _grid(groups, title)]
    for key, value in groups.items():
        tables += nested_tables(value, f"{title} · {_words(key)}" if title else _words(key))
    return tables


def _grid(groups: Mapping[str, Mapping[str, Any]], title: str) -> Table:
    """Return one row per group, one column per label that any of them has."""
    labels = list(dict.fromkeys(label for group in groups.values() for label in group))
    rows = [
        (_words(key), *(_text(group.get(label), label) for label in labels))
        for key, group in groups.items()
    ]
    return Table(title, ("", *(_words(label) for label in labels)), rows)


def _holds_groups(value: Mapping[str, Any]) -> bool:
    return any(isinstance(inner, Mapping) for inner in value.values())


def _words(name: str) -> str:
    return _SAID.get(str(name), str(name).replace("_", " "))


def _text(value: Any, label: str = "") -> str:
    """Return a value for a cell; numbers with four digits, but for those in per cent."""
    value = plain(value)
    if value is None:
        return "–"
    if label in _IN_PER_CENT:
        return percent(float(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(_text(inner) for inner in value)
    return str(value)
