"""Rolling-horizon optimisation: in the table where it plays all items, else on a sample of them."""

from dataclasses import replace

import numpy as np

from replenish.costs import Ledger, credited_cost
from replenish.items import Items
from replenish.judging.evaluation import best_baseline
from replenish.judging.judge import Judged
from replenish.paired import BlockCosts, PairedDifference, paired_differences
from replenish.plugins import load_plugin
from replenish.simulation import play
from replenish.tuning.opponents import Opponents
from replenish.tuning.search import Tuned, take_rows
from replenish.workbench import Problem

NAME = "rolling_horizon"


def with_programme(problem: Problem, opponents: Opponents) -> Opponents:
    """Return the opponents, the linear programme among them where it is to play every item."""
    enough = problem.config.baselines.programme_items >= len(problem.items)
    if not enough or not _wanted(problem) or problem.config.env.unmet_demand != "lost":
        return opponents
    planned = Tuned(load_plugin("baselines", NAME)(), {})
    return replace(opponents, baselines={**opponents.baselines, NAME: planned})


def programme_notes(problem: Problem, judged: Judged) -> list[str]:
    """Return a sentence on what the linear programme costs beside agent and best baseline.

    It plays ``baselines.programme_items`` items, spread evenly over the panel, from the usual
    start; the others' costs are those on the same items from the same start.

    Args:
        problem: The run's.
        judged: What all other policies did.
    """
    if NAME in judged.ledgers or not _wanted(problem):
        return []
    if judged.episode.items.unmet_demand != "lost":
        return ["Rolling-horizon optimisation is not judged: it takes unmet demand as lost."]
    number, of_all = problem.config.baselines.programme_items, len(problem.items)
    rows = np.linspace(0, of_all - 1, min(number, of_all)).round().astype(np.int64)
    some, best = take_rows(judged.episode, rows), best_baseline(judged.results).name

    def costs(ledger: Ledger, items: Items) -> BlockCosts:
        return BlockCosts.of(credited_cost(ledger, items), problem.calendar.block_periods)

    cost = costs(play(load_plugin("baselines", NAME)(), some), some.items)
    ours, theirs = (
        costs(judged.ledgers[name], judged.episode.items).take(rows) for name in ("agent", best)
    )
    gap = paired_differences(ours, {NAME: cost})[NAME]
    return [
        f"Rolling-horizon optimisation (a linear programme over sampled futures), on {len(rows)} "
        f"of {of_all} items from the usual start: {cost.per_item.mean():.4g} per item and period; "
        f"on the same items and start the agent {ours.per_item.mean():.4g} ({_around(gap)} "
        f"against it), {best} {theirs.per_item.mean():.4g}."
    ]


def _wanted(problem: Problem) -> bool:
    """Return whether the config asks for the linear programme at all."""
    chosen = problem.config.baselines
    named = not chosen.names or NAME in chosen.names
    return chosen.programme_items > 0 and named and NAME not in chosen.without


def _around(gap: PairedDifference) -> str:
    """Return a difference in per cent, with its interval where there is one."""
    if gap.percent_low is None or gap.percent_high is None:
        return f"{gap.percent:+.1f} %, too few items for an interval,"
    return f"{gap.percent:+.1f} % [{gap.percent_low:+.1f}, {gap.percent_high:+.1f}]"
