"""Lay the reports of several runs side by side, as the tables of docs/results.md.

A row is a policy; the runs differ in their seed. Costs are means over the runs; the difference
of the agent to the policy is given run by run, with its 95 % interval over items and blocks of
time. A second table gives, against the cheapest formula of each run, the intervals over items alone
and over blocks alone. Intervals are drawn anew from `report/blocks.csv`: the test period is not
looked at again.

    for s in 0 1 2; do
        python train.py configs/demo.toml --name demo-$s --set train.seed=$s
        python evaluate.py runs/demo-$s
    done
    python benchmarks/results.py runs/demo-0 runs/demo-1 runs/demo-2
"""

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._blocks import AGENT, BLOCKS, costs_of, interval, read_blocks
from replenish.paired import paired_differences

SHOWN = ("cost", "cost_holding", "cost_shortage", "cost_ordering", "fill_rate", "days_of_cover")
GAP = "agent_minus_this"


def main() -> None:
    """Print two Markdown tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+", type=Path, help="folders of evaluated runs")
    runs = parser.parse_args().runs
    reports = [_report(run / "report") for run in runs]
    names = sorted(reports[0], key=lambda name: _mean(reports, name, "cost"))
    heads = ["cost", "holding", "shortage", "ordering", "fill rate", "days of cover"]
    _row(["policy", *heads, *(f"agent less it, run {number}" for number in range(len(runs)))])
    _row(["---"] * (1 + len(heads) + len(runs)), "|")
    for name in names:
        numbers = [_cell(measure, _mean(reports, name, measure)) for measure in SHOWN]
        _row([name, *numbers, *(_difference(report[name]) for report in reports)])
    print()
    _row(["run", "best formula", "agent less it", "over items", "over blocks of time", "over both"])
    _row(["---"] * 6, "|")
    for run, report in zip(runs, reports, strict=True):
        _row([run.name, *_against_best(report)])


def _row(cells: Sequence[str], gap: str = " | ") -> None:
    """Print one row of a table."""
    print(f"{gap.lstrip()}{gap.join(cells)}{gap.rstrip()}")


def _report(folder: Path) -> dict[str, Any]:
    """Return a run's policies by name, their intervals drawn anew where they were over blocks."""
    costs = costs_of(read_blocks(folder / BLOCKS))
    content = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    report = {policy["name"]: policy for policy in content["policies"]}
    ours = costs.pop(AGENT)
    same = {n: c for n, c in costs.items() if np.array_equal(c.periods, ours.periods)}
    for name, gap in paired_differences(ours, same).items():
        report[name][GAP] = asdict(gap)
    return report


def _against_best(report: dict[str, Any]) -> tuple[str, ...]:
    """Return the cheapest formula and the agent's difference to it, by what is drawn anew."""
    formulas = [policy for policy in report.values() if policy["kind"] == "baseline"]
    best = min(formulas, key=lambda policy: float(policy["scorecard"]["total"]["cost"]))
    kinds = ("items_percent", "time_percent", "percent")
    ends = [interval(best[GAP][f"{kind}_low"], best[GAP][f"{kind}_high"]) for kind in kinds]
    return best["name"], f"{best[GAP]['percent']:+.1f} %", *ends


def _mean(reports: list[dict[str, Any]], name: str, measure: str) -> float:
    """Return a measure's mean over the runs; NaN where it does not exist."""
    values = [report[name]["scorecard"]["total"].get(measure) for report in reports]
    return float("nan") if None in values else sum(values) / len(values)


def _cell(measure: str, value: float) -> str:
    """Return a number as the table shows it."""
    if math.isnan(value):
        return "–"
    return f"{100 * value:.1f} %" if measure == "fill_rate" else f"{value:.3f}"


def _difference(policy: dict[str, Any]) -> str:
    """Return the agent's cost less the policy's, in per cent with its interval."""
    found = policy[GAP]
    if found is None:
        return "–"
    return f"{found['percent']:+.1f} % {interval(found['percent_low'], found['percent_high'])}"


if __name__ == "__main__":
    main()
