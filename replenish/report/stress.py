"""Stress in the report: what each case costs whom, how long recovery takes, and its course."""

from typing import TYPE_CHECKING, Any

import numpy as np

from replenish.arrays import Floats
from replenish.judging.evaluation import Evaluation
from replenish.percent import UNKNOWN, percent
from replenish.report.measures import around, figures, interval, shares
from replenish.report.page import Table
from replenish.report.svg import INK, Plot, colours, draw
from replenish.report.tables import aligned
from replenish.stress.result import AGENT, MARGIN, CaseResult, Outcome, Stress

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN = ("supplier stops", "demand × 2")  # cases whose course is shown
NEVER = "not within"
_SIZE = (9.6, 3.9)  # inches
_SHADE = "#e6e6e6"
_BESIDE = ("Against as it is", "Fill rate", "Recovery, periods")
_TERMINAL = (0, 1, 2, 4, 5, 6, 7, 9)  # columns of the page's table that the terminal has room for


def stress_section(evaluation: Evaluation) -> dict[str, Any] | None:
    """Return what the section of the page shows; None when stress was not run."""
    stress = evaluation.stress
    if stress is None:
        return None
    return {
        "cases": stress.cases,
        "dates": stress.dates,
        "table": stress_table(stress),
        "policies": policy_tables(stress),
        "plots": [
            _plot(evaluation, stress, case, f"stress{number}")
            for number, case in enumerate(case for case in stress.cases if case.name in DRAWN)
        ],
        "recovery": recovery_words(stress),
        "worst": worst_words(stress),
    }


def stress_table(stress: Stress) -> Table:
    """Return the agent beside the best opponent of each case, the case without stress first."""
    cases = [stress.usual, *stress.cases]
    pairs = [(case.outcomes[AGENT], case.outcomes[case.best]) for case in cases]
    costs = figures([found.cost for pair in pairs for found in pair])
    rows = [
        (
            case.name,
            costs[2 * number],
            *_cells(case, pairs[number][0], stress),
            case.best,
            costs[2 * number + 1],
            *_cells(case, pairs[number][1], stress),
            percent(case.difference.percent),
            interval(case.difference),
        )
        for number, case in enumerate(cases)
    ]
    header = ("Case", "Cost, agent", *_BESIDE, "Best opponent", "Its cost", *_BESIDE)
    return Table("", (*header, "Agent minus it", "95 % interval"), rows)


def policy_tables(stress: Stress) -> list[Table]:
    """Return two tables of all policies: cost in each case, and recovery from each that ends."""
    cases, names = [stress.usual, *stress.cases], list(stress.usual.outcomes)
    cost = iter(figures([case.outcomes[name].cost for name in names for case in cases]))
    rows = [(name, *(_dearer(next(cost), case, name, stress) for case in cases)) for name in names]
    ending = [case for case in stress.cases if not case.lasts]
    back = [(name, *(_recovery(c, c.outcomes[name], stress) for c in ending)) for name in names]
    return [
        Table(
            "Cost per item and period of every policy, and its change against the same policy as "
            "it is",
            ("Policy", *(case.name for case in cases)),
            rows,
        ),
        Table(
            "Periods until every policy has recovered",
            ("Policy", *(case.name for case in ending)),
            back,
        ),
    ]


def recovery_words(stress: Stress) -> str:
    """Return how recovery is counted, in a sentence."""
    return (
        f"Recovery: periods after the stress until the policy's cost, as a mean of {stress.window} "
        f"periods, stays within {100 * MARGIN:g} % of what the same policy pays in the same "
        f"periods without stress; {NEVER!r}: not before the test period ends."
    )


def stress_text(stress: Stress) -> str:
    """Return the table of cases for the terminal, and which is the agent's worst."""
    table = stress_table(stress)
    columns = [
        [name.lower(), *cells]
        for number, (name, *cells) in enumerate(zip(table.header, *table.rows, strict=True))
        if number in _TERMINAL
    ]
    cases = [stress.usual, *stress.cases]
    columns.append(["agent minus it [95 %]", *(around(case.difference) for case in cases)])
    lines = ["Under stress, from the usual start, on forecasts of each shop's own sales:", ""]
    lines += [line.rstrip() for line in aligned(columns)]
    lines += ["", recovery_words(stress), worst_words(stress)]
    return "\n".join(lines) + "\n"


def worst_words(stress: Stress) -> str:
    """Return the case in which the agent stands worst beside the best opponent, in a sentence."""
    worst = stress.worst
    return (
        f"The agent stands worst in the case {worst.name}: {around(worst.difference)} against "
        f"{worst.best}, the best opponent there."
    )


def _plot(evaluation: Evaluation, stress: Stress, case: CaseResult, name: str) -> Plot:
    """Return one case: cost under stress as a line, without stress as a dotted one."""
    named, policies = colours(evaluation), (AGENT, case.best)
    days = np.asarray(list(stress.dates), dtype="datetime64[D]").astype("datetime64[m]")

    def paint(figure: "Figure") -> None:
        axes = figure.subplots()
        axes.axvspan(days[case.first], days[case.end - 1], color=_SHADE, label="stress")
        for policy in policies:
            usual, found = (c.outcomes[policy].course for c in (stress.usual, case))
            label, colour, mean = f"{policy}, as it is", named[policy], _smoothed(stress)
            axes.plot(days, _means(usual, mean), ":", color=colour, linewidth=1.4, label=label)
            axes.plot(days, _means(found, mean), color=colour, linewidth=1.8, label=policy)
        axes.axhline(0.0, color=INK, linewidth=0.8)
        axes.set_xlim(days[0], days[-1])
        axes.set_ylabel("cost, money per item and period")
        figure.legend(loc="outside lower center", ncols=3)

    words = ", ".join(
        f"{policy} {figures([case.outcomes[policy].cost])[0]}, recovery "
        f"{_recovery(case, case.outcomes[policy], stress)}"
        for policy in policies
    )
    mean = _smoothed(stress)
    last = f"Each point is the mean of the last {mean} periods." if mean > 1 else ""
    caption = f"{case.words} {last} Dotted: without stress."
    alt = f"Cost over time, {case.name}: {words}"
    return Plot(name, case.name, caption, draw(name, alt, paint, _SIZE))


def _smoothed(stress: Stress) -> int:
    """Return how many periods a point of the course is the mean of: a week of days."""
    return max(stress.window // 2, 1)


def _means(course: Floats, periods: int) -> Floats:
    """Return (T,) means over the periods up to each, fewer at the beginning."""
    total = np.concatenate(([0.0], np.cumsum(course)))
    end = np.arange(1, len(total))
    begin = np.maximum(end - periods, 0)
    return np.asarray((total[end] - total[begin]) / (end - begin))


def _dearer(cost: str, case: CaseResult, name: str, stress: Stress) -> str:
    """Return a policy's cost in a case with its change."""
    if case is stress.usual:
        return cost
    return f"{cost} ({percent(case.outcomes[name].change)})"


def _cells(case: CaseResult, found: Outcome, stress: Stress) -> tuple[str, str, str]:
    """Return change, fill rate and recovery of a policy."""
    change = UNKNOWN if case is stress.usual else percent(found.change)
    served = UNKNOWN if found.fill_rate is None else shares([found.fill_rate])[0]
    return change, served, _recovery(case, found, stress)


def _recovery(case: CaseResult, found: Outcome, stress: Stress) -> str:
    """Return the periods until a policy recovered; a dash where nothing ended."""
    if case is stress.usual or case.lasts:
        return UNKNOWN
    return NEVER if found.recovery is None else str(found.recovery)
