"""A tiny judged run with everything that the planner's page is made of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from replenish.bundle import Bundle, load_bundle
from replenish.forecasting.files import load_blocks
from replenish.forecasting.forecast import ForecastTable
from replenish.judging.evaluation import Evaluation
from replenish.judging.incumbent import Incumbent, incumbents
from replenish.judging.judge import Judged, judge
from replenish.judging.starts import Starts
from replenish.planner.value import PlannerView
from replenish.planner.view import planner_view
from replenish.run_folder import BUNDLE, FORECASTERS, TUNED, existing_run
from replenish.tuning.opponents import Opponents
from replenish.workbench import Problem, set_up


@dataclass(frozen=True, eq=False)
class Case:
    """A judged run."""

    problem: Problem
    bundle: Bundle
    opponents: Opponents
    table: ForecastTable
    judged: Judged
    today: Sequence[Incumbent]

    @property
    def evaluation(self) -> Evaluation:
        """What the page needs of an evaluation."""
        return Evaluation(run="tiny", results=self.judged.results, traces=[], facts={})

    def view(self) -> PlannerView:
        """What the page shows."""
        return planner_view(
            self.problem, self.judged, self.bundle.policy, self.opponents, self.today, self.table
        )


@cache
def planner_case(run: Path, fullness: tuple[float, ...] = (1.0, 0.5, 2.0), *, shop: bool) -> Case:
    """Return a tiny run, judged once for all who ask.

    Args:
        run: Its folder.
        fullness: The starts that count.
        shop: Whether the shop's past orders are known.
    """
    bundle, problem = load_bundle(run / BUNDLE), set_up(existing_run(run), Path())
    opponents = Opponents.load(run / TUNED, len(problem.items))
    part = problem.split.test
    table = problem.forecasts(load_blocks(run / FORECASTERS), part)
    starts = Starts.of(problem.episodes(table, part), fullness, [0])
    today = incumbents(problem.loaded, part, int(problem.items.protection_period.max()))
    today = today if shop else []
    judged = judge(problem, bundle.policy, opponents, starts, today)
    return Case(problem, bundle, opponents, table, judged, today)


def with_first_page(view: PlannerView, **changes: Any) -> PlannerView:
    """Return the view with its first page changed."""
    return replace(view, pages=[replace(view.pages[0], **changes), *view.pages[1:]])


def with_saving(view: PlannerView, number: int = 0, **changes: Any) -> PlannerView:
    """Return the view with the saving of one comparison changed."""
    compared = list(view.comparisons)
    saving = replace(compared[number].saving, **changes)
    compared[number] = replace(compared[number], saving=saving)
    return replace(view, comparisons=compared)


def with_comparison(view: PlannerView, number: int = 0, **changes: Any) -> PlannerView:
    """Return the view with one comparison changed."""
    compared = list(view.comparisons)
    compared[number] = replace(compared[number], **changes)
    return replace(view, comparisons=compared)


def whole(view: PlannerView) -> np.ndarray[Any, Any]:
    """Return money saved per item, comparisons down, items across."""
    return np.stack([found.per_item for found in view.comparisons])
