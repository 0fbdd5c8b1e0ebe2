"""Everything that the planner's page shows of a judged run."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from replenish.arrays import Floats, Ints
from replenish.forecasting.forecast import ForecastTable
from replenish.item_classes import classify
from replenish.judging.incumbent import Incumbent
from replenish.judging.judge import Judged
from replenish.learned import LearnedPolicy
from replenish.planner.asked import asked_agent, asked_formula, asked_shop
from replenish.planner.money import Grouping, class_savings, comparisons
from replenish.planner.pages import WholeShop, item_pages
from replenish.planner.value import PlannerView
from replenish.tuning.opponents import Opponents
from replenish.workbench import Problem

IMPORTANT, OF_A_SIGN, TOP_SELLERS = 20, 5, 4


def planner_view(
    problem: Problem,
    judged: Judged,
    agent: LearnedPolicy,
    opponents: Opponents,
    today: Sequence[Incumbent],
    table: ForecastTable,
) -> PlannerView:
    """Return what the planner's page shows.

    Args:
        problem: The run's.
        judged: What playing all policies gave.
        agent: The exported policy.
        opponents: As tuned.
        today: What is known of the shop's own ordering.
        table: Forecasts of the test period.
    """
    calendar, part, dates = problem.calendar, problem.split.test, problem.panel.dates
    compared = comparisons(judged, opponents, today, calendar)
    labels, value = classify(problem.panel, problem.items, problem.split.validation.last)
    rivals, ids = [found.rival for found in compared], problem.panel.item_ids
    policies = [asked_agent(agent), asked_formula(opponents, rivals[-1])]
    policies += [asked for asked in map(asked_shop, today) if asked is not None]
    rows, number = chosen_rows(compared[0].per_item, value)
    last_day = pd.Timedelta(days=calendar.days_per_period - 1)
    periods = slice(part.first, part.last + 1)
    return PlannerView(
        currency=problem.config.evaluation.currency,
        days=part.periods * calendar.days_per_period,
        days_per_period=calendar.days_per_period,
        dates=(str(dates[part.first].date()), str((dates[part.last] + last_day).date())),
        n_items=len(problem.items),
        comparisons=compared,
        classes=class_savings(judged, rivals, Grouping(labels, value.tolist()), calendar),
        names=ids,
        censored=1.0 - float(problem.panel.observed[:, periods].mean()),
        recorded_out=float(problem.panel.censored[:, periods].mean()),
        free_orders=int((problem.items.fixed_order_cost == 0).sum()),
        assumed=problem.assumed,
        formula=rivals[-1],
        pages=item_pages(WholeShop(problem, judged, compared, table, labels), rows, policies),
        important=number,
    )


def chosen_rows(saved: Floats, value: Floats) -> tuple[Ints, int]:
    """Return the items that get a page: those that matter, whose number it is, then top sellers.

    Args:
        saved: (I,) money per year.
        value: (I,) sales value.
    """
    sellers = np.argsort(-value, kind="stable")[:TOP_SELLERS]
    rows = important(saved)
    return np.concatenate((rows, sellers[~np.isin(sellers, rows)])), len(rows)


def important(saved: Floats) -> Ints:
    """Return the `IMPORTANT` items with the largest difference, the largest first.

    At least `OF_A_SIGN` of them gain, and as many lose, where there are as many.

    Args:
        saved: (I,) money per year.
    """
    order = np.argsort(-np.abs(saved), kind="stable")
    order = order[saved[order] != 0]
    kept = set(order[:IMPORTANT].tolist())
    for sign in (1.0, -1.0):
        of_sign = order[np.sign(saved[order]) == sign][:OF_A_SIGN].tolist()
        spare = [row for row in order[:IMPORTANT][::-1].tolist() if np.sign(saved[row]) != sign]
        missing = [row for row in of_sign if row not in kept]
        kept = (kept - set(spare[: len(missing)])) | set(missing)
    return np.array([row for row in order.tolist() if row in kept], dtype=np.int64)
