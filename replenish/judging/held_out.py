"""Items that nothing learned from: who orders for them, and by which settings."""

from dataclasses import replace
from pathlib import Path

from replenish import run_folder
from replenish.bundle import Bundle
from replenish.item_table import rows_among
from replenish.tuning.opponents import Opponents
from replenish.workbench import Problem


def for_all_items(folder: Path, bundle: Bundle, problem: Problem) -> tuple[Bundle, Opponents]:
    """Return agent and opponents with a row for every item of the problem.

    An item held out is one that neither knows: the agent orders by its network, averaged with the
    start's setting, the best one for all items, and each opponent by its one setting as well.

    Args:
        folder: The run's, with what was tuned.
        bundle: As exported.
        problem: With all items.

    Raises:
        InputError: The tuned policies are missing or not as written.
    """
    learned_from = bundle.contents.item_ids
    rows = rows_among(learned_from, problem.panel.item_ids)
    opponents = Opponents.load(folder / run_folder.TUNED, len(learned_from))
    return replace(bundle, policy=bundle.policy.for_rows(rows)), opponents.for_rows(rows)
