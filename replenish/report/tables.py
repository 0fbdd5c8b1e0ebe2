"""The same results as rows: for the terminal, for spreadsheets, for programs."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from replenish.judging.by_class import never_seen_text
from replenish.judging.evaluation import Evaluation, PolicyResult
from replenish.paired import LEAST_ITEMS, PairedDifference
from replenish.report.measures import BESIDE, COLUMNS, by_cost, shown, total, with_interval
from replenish.scorecard import MEASURES

_TERMINAL = (
    "cost",
    "cost_holding",
    "cost_shortage",
    "cost_ordering",
    "fill_rate",
    "period_service_level",
    "cycle_service_level",
    "turns",
    "days_of_cover",
    "orders",
)
USUAL_START = "agent_from_usual_start"
_DIFFERENCE = tuple(spec.name for spec in fields(PairedDifference))


def text_table(evaluation: Evaluation) -> str:
    """Return verdict and policies for the terminal, the cheapest first, the bound last.

    Costs are money per item and period; the last column is the agent's cost minus the policy's,
    in per cent of the policy's, with the 95 % interval of the paired difference.

    Args:
        evaluation: What was found.
    """
    results = by_cost(evaluation)
    first = ["policy", *(_name(result) for result in results)]
    columns = [[COLUMNS[name].heading.lower(), *shown(results, name)] for name in _TERMINAL]
    last = ["agent minus it [95 %]", *(with_interval(result) for result in results)]
    lines = [evaluation.verdict, ""]
    lines += [line.rstrip() for line in aligned([first, *columns, last])]
    lines += ["", *never_seen_text(evaluation.classes)]
    period = evaluation.facts.get("period", "period")
    lines += [f"Costs are money per item and {period}; orders are per item and {period}."]
    lines.append(_intervals(evaluation.best_baseline))
    if evaluation.looks > 1:
        lines.append(looks_warning(evaluation.looks))
    return "\n".join(lines) + "\n"


def _intervals(best: PolicyResult) -> str:
    """Return what the intervals are over, in a sentence."""
    if best.difference is not None and best.difference.low is None:
        return f"Fewer than {LEAST_ITEMS} items are too few for intervals."
    blocks = best.difference.blocks if best.difference else 0
    alone = "items alone: too few periods for time"
    return f"Intervals are over {f'items and {blocks} blocks of time' if blocks else alone}."


def looks_warning(looks: int) -> str:
    """Return what a reader must know of a test period that was looked at before."""
    return (
        f"The test period has been looked at {looks} times: choices made after the first look "
        "make these figures too good."
    )


def results_csv(evaluation: Evaluation) -> str:
    """Return one row per policy: every measure, then the agent's paired difference to it."""
    header = ["policy", "kind", "settings", *MEASURES, *(f"agent_{name}" for name in _DIFFERENCE)]
    rows = [
        [
            result.name,
            result.kind,
            result.settings,
            *(cell(total(result, measure)) for measure in MEASURES),
            *_difference_cells(result),
        ]
        for result in evaluation.results
    ]
    return csv_text(header, rows)


def items_csv(evaluation: Evaluation) -> str:
    """Return one row per policy and item with every measure; empty where it is not defined."""
    rows = (
        [result.name, result.kind, item_id, *(cell(column[i]) for column in columns)]
        for result in evaluation.results
        for columns in [_item_columns(result)]
        for i, item_id in enumerate(result.scorecard.item_ids)
    )
    return csv_text(["policy", "kind", "item_id", *MEASURES], rows)


def blocks_csv(evaluation: Evaluation) -> str:
    """Return one row per policy and item: periods of each block of time, then money in each.

    Both are sums over the starts that count; intervals draw from nothing else. The agent stands
    there twice where past orders are judged: these are set against it from the usual start.
    """
    ids = evaluation.results[0].scorecard.item_ids
    told = [((r.name, str(r.kind)), r.costs) for r in evaluation.results if r.costs is not None]
    again = [r.agent_usual for r in evaluation.results if r.agent_usual is not None]
    told += [((USUAL_START, "agent from the usual start"), costs) for costs in again[:1]]
    number = max((costs.money.shape[1] for _, costs in told), default=0)
    header = [f"{what}_{block + 1}" for what in ("periods", "cost") for block in range(number)]
    rows = (
        [*who, item_id, *map(cell, costs.periods), *map(cell, money)]
        for who, costs in told
        for item_id, money in zip(ids, costs.money, strict=True)
    )
    return csv_text(["policy", "kind", "item_id", *header], rows)


def results_json(evaluation: Evaluation) -> str:
    """Return the evaluation as JSON; what is not a number becomes null."""
    content = plain(evaluation.to_dict())
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """Return a value made of dicts, lists, text and finite numbers, whatever NumPy put in it."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _name(result: PolicyResult) -> str:
    beside = BESIDE.get(result.kind)
    return f"{result.name} ({beside})" if beside else result.name


def aligned(columns: Sequence[Sequence[str]]) -> list[str]:
    """Return lines: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in columns]
    return [
        "  ".join(
            cell.ljust(width) if number == 0 else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in zip(*columns, strict=True)
    ]


def _difference_cells(result: PolicyResult) -> list[str]:
    if result.difference is None:
        return [""] * len(_DIFFERENCE)
    return [cell(value) for value in asdict(result.difference).values()]


def _item_columns(result: PolicyResult) -> list[Sequence[float]]:
    """Return the (I,) values of every measure; NaN for those that the policy has not."""
    card = result.scorecard
    missing = np.full(len(card.item_ids), np.nan)
    return [card.per_item.get(measure, missing).tolist() for measure in MEASURES]


def cell(value: float | None) -> str:
    """Return a number as the shortest text that reads back to it; empty where it is none."""
    return repr(float(value)) if value is not None and math.isfinite(value) else ""


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a CSV table with line feeds at the ends of its lines."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
