"""Lay the reports of several runs side by side, as the tables of docs/results.md.

A row is a policy; the runs differ in their seed. Costs are means over the runs; the difference
of the agent to the policy is given run by run, with its 95 % interval over items and blocks of
time.

    for s in 0 1 2; do
        python train.py configs/demo.toml --name demo-$s --set train.seed=$s
        python evaluate.py runs/demo-$s
    done
    python benchmarks/results.py runs/demo-0 runs/demo-1 runs/demo-2
"""

import argparse
import json
import math
from pathlib import Path
from typing import Any

SHOWN = ("cost", "cost_holding", "cost_shortage", "cost_ordering", "fill_rate", "days_of_cover")


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+", type=Path, help="folders of evaluated runs")
    reports = [_report(run) for run in parser.parse_args().runs]
    names = sorted(reports[0], key=lambda name: _mean(reports, name, "cost"))
    heads = ["cost", "holding", "shortage", "ordering", "fill rate", "days of cover"]
    seeds = [f"agent less it, run {number}" for number in range(len(reports))]
    print("| policy | " + " | ".join([*heads, *seeds]) + " |")
    print("|---" * (1 + len(heads) + len(seeds)) + "|")
    for name in names:
        numbers = [_cell(measure, _mean(reports, name, measure)) for measure in SHOWN]
        differences = [_difference(report[name]) for report in reports]
        print("| " + " | ".join([name, *numbers, *differences]) + " |")


def _report(run: Path) -> dict[str, Any]:
    """Return a run's policies by name."""
    content = json.loads((run / "report" / "results.json").read_text(encoding="utf-8"))
    return {policy["name"]: policy for policy in content["policies"]}


def _mean(reports: list[dict[str, Any]], name: str, measure: str) -> float:
    """Return a measure's mean over the runs; NaN where it does not exist."""
    values = [report[name]["scorecard"]["total"][measure] for report in reports]
    return float("nan") if None in values else sum(values) / len(values)


def _cell(measure: str, value: float) -> str:
    """Return a number as the table shows it."""
    if math.isnan(value):
        return "–"
    return f"{100 * value:.1f} %" if measure == "fill_rate" else f"{value:.3f}"


def _difference(policy: dict[str, Any]) -> str:
    """Return the agent's cost less the policy's, in per cent with its interval."""
    found = policy["agent_minus_this"]
    if found is None:
        return "–"
    return f"{found['percent']:+.1f} % [{found['percent_low']:+.1f}, {found['percent_high']:+.1f}]"


if __name__ == "__main__":
    main()
