"""Tables and plots of `benchmarks/optimality.py`, made of the results that stand in its folder."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.plots import AGENT, INK, MIXED, RULE, canvas, save
from replenish.errors import InputError
from replenish.files import write_bytes_atomic

Result = dict[str, Any]
Row = Sequence[str]
TITLES = {
    "lost_sales": "PPO, one policy per instance: lost sales",
    "fixed_cost": "PPO, one policy per instance: waiting demand and a fixed order cost",
    "sac": "SAC, one policy per instance: lost sales",
    "one_for_all": "One PPO policy for all instances, no further training",
    "unseen": "The same policy on instances drawn after its training",
}


def write_page(folder: Path) -> None:
    """Write ``tables.md``, ``gaps.svg`` and ``learning.svg`` beside the results.

    Raises:
        InputError: There are none, or they do not belong in one table.
    """
    results = read_results(folder)
    if not any(results.values()):
        raise InputError(f"{folder}: holds no results; name the --folder of a run, or its --parts")
    text = "\n\n".join(_section(part, own) for part, own in results.items() if own)
    print(text)
    write_bytes_atomic(folder / "tables.md", f"{text}\n".encode(), overwrite=True)
    if results.get("lost_sales"):
        _plot_gaps(results, folder / "gaps.svg")
        _plot_curves(results["lost_sales"], folder / "learning.svg")


def read_results(folder: Path) -> dict[str, dict[str, list[Result]]]:
    """Return part -> instance -> one result per seed.

    Raises:
        InputError: Results of a part were learned with different settings.
    """
    found: dict[str, dict[str, list[Result]]] = {part: defaultdict(list) for part in TITLES}
    lessons: dict[str, tuple[Path, Any]] = {}
    for place in sorted(folder.glob("*.json")):
        result = json.loads(place.read_text(encoding="utf-8"))
        first, lesson = lessons.setdefault(result["part"], (place, result["lesson"]))
        if result["lesson"] != lesson:
            raise InputError(
                f"{place}: was learned with other settings than {first}; one table cannot hold "
                "both, remove either"
            )
        for row in result.pop("unseen", [result]):
            whole = {**result, **row}
            part = "unseen" if "instance" not in result else result["part"]
            found[part][whole["instance"]].append(whole)
    return found


def _section(part: str, own: dict[str, list[Result]]) -> str:
    """Return a heading, the figures of the whole part, and its table."""
    lines = [f"### {TITLES[part]}", "", *_summary(own), ""]
    return "\n".join(lines + _table(_head(own), _rows(own)))


def _head(own: dict[str, list[Result]]) -> Row:
    """Return the names of a table's columns."""
    seeds = max(len(results) for results in own.values())
    rule = ["best capped base-stock", "agent beats it"] if _has_rule(own) else []
    start = ["start"] if _has(own, "start_gap") else []
    gaps = [f"gap, run {k}" for k in range(seeds)]
    return ["instance", "optimum", *start, *rule, *gaps, "CPU s"]


def _rows(own: dict[str, list[Result]]) -> Iterator[Row]:
    """Yield a row per instance."""
    for name, results in own.items():
        first = results[0]
        start = []
        if _has(own, "start_gap"):
            start = [f"{np.mean([r['start_gap']['percent'] for r in results]):.2f} %"]
        rule = []
        if _has_rule(own):
            won = f"{sum(map(beats_rule, results))} of {len(results)}"
            rule = [f"{first['rule_gap_percent']:.2f} %", won]
        gaps = [interval(r["gap"]) for r in results]
        seconds = np.mean([r["seconds"] for r in results])
        yield [name, f"{first['optimum']:.4f}", *start, *rule, *gaps, f"{seconds:.0f}"]


def _summary(own: dict[str, list[Result]]) -> list[str]:
    """Return the mean and the worst gap of every run, and of their mean."""
    runs = list(zip(*own.values(), strict=False))
    lines = []
    for number, run in enumerate(runs):
        gaps = [r["gap"]["percent"] for r in run]
        errors = [(r["gap"]["high"] - r["gap"]["low"]) / 2 for r in run]
        spread = float(np.sqrt(np.sum(np.square(errors)))) / len(errors)
        text = f"- run {number}: mean gap {np.mean(gaps):.3f} % ± {spread:.3f}, "
        text += f"worst {np.max(gaps):.2f} %"
        if _has_rule(own):
            text += f"; beats the best capped base-stock policy on {sum(map(beats_rule, run))}"
            near = sum(r["rule_gap_percent"] <= 0.1 for r in run)
            text += f" of {len(run)} (which is within 0.1 % of the optimum on {near})"
        lines.append(text)
    return lines


def beats_rule(result: Result) -> bool:
    """Return whether the policy costs less than the capped rule, the interval excluding zero."""
    return bool(result["over_rule"]["high"] < 0)


def interval(found: dict[str, float]) -> str:
    """Return a difference in per cent with half the width of its interval."""
    half = (found["high"] - found["low"]) / 2
    return f"{found['percent']:+.3f} % ± {half:.3f}"


def _has(own: dict[str, list[Result]], key: str) -> bool:
    return all(key in result for results in own.values() for result in results)


def _has_rule(own: dict[str, list[Result]]) -> bool:
    return _has(own, "over_rule")


def _table(head: Row, rows: Iterator[Row]) -> list[str]:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _plot_gaps(results: dict[str, dict[str, list[Result]]], place: Path) -> None:
    """Draw the gap of agents and of the capped rule by instance."""
    own = results["lost_sales"]
    names = list(own)
    figure, (axes,) = canvas(9.0, 0.24 * len(names) + 1.2)
    at = np.arange(len(names))
    rule = [own[name][0]["rule_gap_percent"] for name in names]
    axes.plot(rule, at, "D", color=RULE, label="best capped base-stock policy")
    for offset, part, colour in (
        (-0.12, "lost_sales", AGENT),
        (0.18, "one_for_all", MIXED),
    ):
        label = TITLES[part].partition(":")[0]
        for number, name in enumerate(names):
            gaps = [r["gap"]["percent"] for r in results[part].get(name, [])]
            axes.plot(gaps, [number + offset] * len(gaps), "o", ms=4, color=colour, alpha=0.7,
                      label=label if number == 0 and gaps else None)  # fmt: skip
    axes.set_yticks(at, names, fontsize=8)
    axes.invert_yaxis()
    axes.axvline(0.0, color=INK, lw=1)
    axes.set_xlabel("cost above the exact optimum, %")
    axes.legend(loc="lower right", fontsize=8)
    save(figure, place)


def _plot_curves(own: dict[str, list[Result]], place: Path) -> None:
    """Draw the gap against the CPU seconds of learning: median and range over instances."""
    figure, (axes,) = canvas(7.0, 4.0)
    curves = [np.array(r["curve"]) for results in own.values() for r in results]
    looks = min(len(curve) for curve in curves)
    seconds = np.median([curve[:looks, 0] for curve in curves], axis=0)
    gaps = np.array([curve[:looks, 1] for curve in curves])
    axes.fill_between(seconds, *np.quantile(gaps, (0.1, 0.9), axis=0), color=AGENT, alpha=0.2,
                      label="10 to 90 % of instances")  # fmt: skip
    axes.plot(seconds, np.median(gaps, axis=0), color=AGENT, label="median")
    final = np.median([r["gap"]["percent"] for results in own.values() for r in results])
    axes.axhline(final, color=INK, ls=":", lw=1, label=f"median at the end, {final:.2f} %")
    axes.set_yscale("symlog", linthresh=0.1)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("CPU seconds, tuning of the start included")
    axes.set_ylabel("cost above the exact optimum, %")
    axes.legend(fontsize=8)
    save(figure, place)
