"""A backtest for the terminal: the table of forecasters, coverage, and who was chosen."""

from collections.abc import Sequence

import numpy as np
import tomli_w

from replenish.backtest.choice import Choice
from replenish.backtest.measures import LOWER_IS_BETTER
from replenish.backtest.result import Backtest, Score
from replenish.percent import UNKNOWN
from replenish.report.tables import aligned, looks_warning

SHOWN = (
    "rmsse", "mase", "wape", "bias", "pinball", "crps", "r2", "rmse", "mae", "mape", "cover",
    "cover_own",
)  # fmt: skip


def text_table(found: Backtest, chosen: Sequence[Choice]) -> str:
    """Return what the terminal shows.

    Args:
        found: The backtest.
        chosen: Who was chosen, if anybody was to be.
    """
    lines = [f"{name}: {said}" for name, said in found.facts.items()]
    lines += ["", *(line.rstrip() for line in aligned(columns(found)))]
    lines += ["", "coverage of demand summed over k periods by its 95 % quantile, in all and by "
              "quartile of volume"]  # fmt: skip
    lines += [line.rstrip() for line in aligned(_coverage(found.scores))]
    lines += ["", *choice_lines(chosen)] if chosen else []
    lines += [looks_warning(found.looks)] if found.looks > 1 else []
    return "\n".join(lines) + "\n"


def columns(found: Backtest) -> list[list[str]]:
    """Return the table by columns, heading first; the best of a measure bears a star."""
    table = [["forecaster", *(score.label for score in found.scores)]]
    for name in SHOWN:
        values = [score.total[name] for score in found.scores]
        if any(np.isfinite(values)):
            stars = best_of(name, values)
            texts = [f"{text(v)}{'*' if i in stars else ' '}" for i, v in enumerate(values)]
            table.append([f"{name} ", *texts])
    for name in ("rmsse", "pinball"):
        texts = [ratio_text(score, name) for score in found.scores]
        table.append([f"{name} ÷ naive's [95 %]", *texts])
    return [*table, ["cpu s", *(f"{score.seconds:.1f}" for score in found.scores)]]


def best_of(name: str, values: Sequence[float]) -> set[int]:
    """Return the places of the best values of a measure; none where no direction is better."""
    if name in LOWER_IS_BETTER:
        wanted = np.asarray(values, dtype=float)
    elif name == "r2":
        wanted = -np.asarray(values, dtype=float)
    elif name == "bias":
        wanted = np.abs(values)
    elif name in {"cover", "cover_own"}:
        wanted = np.abs(np.asarray(values) - 0.95)
    else:
        return set()
    if not np.isfinite(wanted).any():
        return set()
    return {int(place) for place in np.flatnonzero(wanted == np.nanmin(wanted))}


def text(value: float) -> str:
    """Return a measure with four decimals."""
    return f"{value:.4f}" if np.isfinite(value) else UNKNOWN


def ratio_text(score: Score, name: str) -> str:
    """Return the ratio to the reference with its interval."""
    found = score.ratios.get(name)
    return f"{found.ratio:.4f} {found.interval()}" if found else UNKNOWN


def _coverage(scores: Sequence[Score]) -> list[list[str]]:
    """Return the table of coverage by columns: all, lowest and highest quartile per window."""
    table = [["forecaster", *(score.label for score in scores)]]
    for window in scores[0].coverage:
        for group in scores[0].coverage[window]:
            heading = f"k={window}" if group == "all" else group.replace("quartile ", "q")
            table.append([heading, *(f"{s.coverage[window][group]:.3f}" for s in scores)])
    return table


def choice_lines(chosen: Sequence[Choice]) -> list[str]:
    """Return who was chosen for what, and who was left out and why."""
    lines = ["chosen on validation:"]
    for choice in chosen:
        name = f"{choice.group} ({choice.items} item{'' if choice.items == 1 else 's'})"
        seeds = f", means of {len(choice.runs)} seeds" if len(choice.runs) > 1 else ""
        lines.append(f"  {name:26s} {choice.contestant.label}, loss {choice.loss:.4f}, "
                     f"bias {100 * choice.bias:+.1f} %{seeds}")  # fmt: skip
        lines += [
            f"    left out: {label}, bias {100 * bias:+.1f} %; passes: {choice.gate}"
            for label, bias in choice.gated.items()
        ]
        if choice.gate.moved:
            lines.append(f"    the gate reaches further than usual; passes: {choice.gate}")
    best = chosen[0].contestant
    pasted = tomli_w.dumps({"forecast": best.to_dict()} if best.options else
                           {"forecast": {"name": best.name}})  # fmt: skip
    return [*lines, "as a config:", *(f"  {line}" for line in pasted.splitlines())]
