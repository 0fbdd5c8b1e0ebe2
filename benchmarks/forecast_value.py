"""What a forecast is worth, and what learning is worth beside it: one preset, many forecasters.

Trains and judges a run per forecaster and seed through the two doors that users take, and prints
for each the agent's cost on the test period beside that of order-up-to (tuned), of the best tuned
formula, and of the agent when its forecasts are right; all on the same demand. "mean of a year" is
no forecast: last year's mean, whatever the season. Runs that stand in the folder are taken as they
are, so that a stopped benchmark goes on.

    REPLENISH_DATA=... python benchmarks/forecast_value.py configs/m5_weekly.toml --seeds 0,1,2
"""

import argparse
import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks._doors import report_of, stop

KNOWN = {  # name -> words for --set
    "mean of a year": ["forecast.name=moving_average", "forecast.options={windows=[%s]}"],
    "seasonal_naive": ["forecast.name=seasonal_naive", "forecast.options={}"],
    "arima": ["forecast.name=arima", "forecast.options={}"],
    "lstm": ["forecast.name=lstm", "forecast.options={}"],
    "combination": ["forecast.name=combination", "forecast.options={}"],
}
RESULTS = "results.json"
AGENT, FORMULA, RIGHT = "agent", "order_up_to", "agent_perfect_forecast"


def main() -> None:
    """Train and judge what is missing, then print a Markdown table."""
    options = _parser().parse_args()
    try:
        seeds = [int(word) for word in options.seeds.split(",")]
    except ValueError:
        stop(f"--seeds {options.seeds!r}: expected whole numbers, as in 0,1,2")
    if options.year < 1:
        stop(f"--year {options.year}: expected 1 or more periods")
    if not Path(options.config).is_file():
        stop(f"{options.config}: no such file; presets are in configs/")
    names = [name.strip() for name in options.only.split(",")] if options.only else list(KNOWN)
    for name in names:
        if name not in KNOWN:
            stop(f"--only {name!r} is none of: {', '.join(KNOWN)}")
    jobs = [(name, seed) for name in names for seed in seeds]
    told: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for name, seed in tqdm(jobs, desc="runs", unit="run"):
        words = [word % options.year if "%s" in word else word for word in KNOWN[name]]
        words += [f"train.seed={seed}", *options.set]
        told[name].append(_judged(options, f"{name.replace(' ', '_')}-{seed}", words))
    _print(told)


def _judged(options: argparse.Namespace, name: str, words: Sequence[str]) -> dict[str, Any]:
    """Return policy -> its part of a run's results; train and judge the run where it is missing."""
    report = report_of(options.config, Path(options.runs) / name, words, RESULTS)
    content = json.loads((report / RESULTS).read_text(encoding="utf-8"))
    return {policy["name"]: policy for policy in content["policies"]}


def _print(told: dict[str, list[dict[str, Any]]]) -> None:
    """Print one row per forecaster: means over the seeds, differences seed by seed."""
    print("| forecasts by | agent | order-up-to | best tuned formula | agent, forecasts right "
          "| agent less order-up-to | agent less the best formula |")  # fmt: skip
    print("|---" * 7 + "|")
    for name, runs in told.items():
        best = [min(_formulas(run), key=_cost) for run in runs]
        formulas = [run[FORMULA] for run in runs]
        cells = [_mean([run[AGENT] for run in runs]), _mean(formulas), _mean(best),
                 _mean([run[RIGHT] for run in runs]), _less(formulas), _less(best)]  # fmt: skip
        print("| " + " | ".join([name, *cells]) + " |")


def _formulas(run: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what was tuned: all baselines but the shop's own ordering."""
    return [p for p in run.values() if p["kind"] == "baseline" and "incumbent" not in p["name"]]


def _cost(policy: dict[str, Any]) -> float:
    """Return money per item and period."""
    return float(policy["scorecard"]["total"]["cost"])


def _mean(policies: Sequence[dict[str, Any]]) -> str:
    """Return the mean cost over the seeds."""
    return f"{statistics.fmean(map(_cost, policies)):.4f}"


def _less(policies: Sequence[dict[str, Any]]) -> str:
    """Return the agent's cost less each one's in per cent, with intervals."""
    found = [policy["agent_minus_this"] for policy in policies]
    return ", ".join(
        f"{f['percent']:+.1f} % [{f['percent_low']:+.1f}, {f['percent_high']:+.1f}]" for f in found
    )


def _parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="a preset, e.g. configs/m5_weekly.toml")
    parser.add_argument("--seeds", default="0,1,2", help="of training (default: 0,1,2)")
    parser.add_argument("--only", default="", help=f"some of: {', '.join(KNOWN)}")
    parser.add_argument("--year", type=int, default=52, help="periods of a year (default: 52)")
    parser.add_argument("--runs", default="runs/forecast_value", help="folder of the runs")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE",
                        help="change a value of the config in every run")  # fmt: skip
    return parser


if __name__ == "__main__":
    main()
