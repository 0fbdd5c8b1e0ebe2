"""Rolling-horizon optimisation, judged on a sample of items because it is slow."""

import numpy as np

from replenish.costs import credited_cost
from replenish.judge import Judged
from replenish.paired import paired_difference
from replenish.plugins import load_plugin
from replenish.simulation import play
from replenish.tuning import take_rows
from replenish.workbench import Problem

NAME = "rolling_horizon"


def programme_notes(problem: Problem, judged: Judged) -> list[str]:
    """Return a sentence on what the linear programme costs beside agent and best baseline.

    It plays ``baselines.programme_items`` items, spread evenly over the panel, from the first
    start; the others' costs are those on the same items from the same start.

    Args:
        problem: The run's.
        judged: What all other policies did.
    """
    settings, everybody = problem.config.baselines, np.arange(len(problem.items))
    named = not settings.names or NAME in settings.names
    if not settings.programme_items or not named or NAME in settings.without:
        return []
    if judged.episode.unmet_demand != "lost":
        return ["Rolling-horizon optimisation is not judged: it takes unmet demand as lost."]
    number = min(settings.programme_items, len(everybody))
    rows = np.linspace(0, len(everybody) - 1, number).round().astype(np.int64)
    some = take_rows(judged.episode, rows)
    planned = play(load_plugin("baselines", NAME)(), some)
    cost = credited_cost(planned, some.items).mean(axis=0)  # (n,)
    others = {}
    for name in ("agent", judged.results[1].name):
        theirs = credited_cost(judged.ledgers[name], judged.episode.items)
        others[name] = theirs.mean(axis=0)[rows]
    best, found = judged.results[1].name, paired_difference(others["agent"], cost)
    return [
        f"Rolling-horizon optimisation (a linear programme over sampled futures), on {number} of "
        f"{len(everybody)} items: {cost.mean():.4g} per item and period; on the same items the "
        f"agent {others['agent'].mean():.4g} ({found.percent:+.1f} % [{found.percent_low:+.1f}, "
        f"{found.percent_high:+.1f}] against it), {best} {others[best].mean():.4g}."
    ]
