"""The pages of single items: course of the test period, parameters, costs, and disagreements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from replenish.arrays import Ints
from replenish.data.read import DESCRIPTIONS
from replenish.forecasting.forecast import ForecastTable
from replenish.item_classes import ABC, DEMAND
from replenish.items import DEFAULTS
from replenish.judging.judge import Judged, next_period_band
from replenish.planner.asked import Asked, moments
from replenish.planner.differs import disagreements
from replenish.planner.moments import Moments
from replenish.planner.value import Comparison, Course, ItemPage
from replenish.scorecard import Scorecard, tally
from replenish.tuning.search import take_rows
from replenish.workbench import Problem

MEASURES = (
    "cost", "cost_holding", "cost_shortage", "cost_ordering", "fill_rate", "average_stock",
    "orders",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class WholeShop:
    """What is known of all items.

    Attributes:
        problem: The run's.
        judged: What playing all policies gave.
        compared: The headline's comparison first, the formula's last.
        table: Forecasts of the test period.
        labels: Kind of class -> (I,) names.
    """

    problem: Problem
    judged: Judged
    compared: Sequence[Comparison]
    table: ForecastTable
    labels: Mapping[str, Sequence[str]]

    @property
    def shown(self) -> list[str]:
        """The policies that plots show: agent, headline's rival, best formula."""
        rivals = (self.compared[0].rival, self.compared[-1].rival)
        return list(dict.fromkeys(("agent", *rivals)))

    @property
    def dates(self) -> list[str]:
        """(T,) ISO dates of the test period."""
        part = self.problem.split.test
        return [str(day.date()) for day in self.problem.panel.dates[part.first : part.last + 1]]


def item_pages(shop: WholeShop, rows: Ints, policies: Sequence[Asked]) -> list[ItemPage]:
    """Return the pages of some items.

    Args:
        shop: What is known of all items.
        rows: (K,) numbers of the items.
        policies: The agent, the formula, and whoever is to be shown beside them.
    """
    episode = take_rows(shop.judged.episode, rows)
    seen = Moments.of(moments(policies[0].of_rows(rows), episode), rows, episode.joins)
    differ = disagreements(seen, policies, shop.problem.items, shop.dates)
    cards = _cards(shop)
    return [
        ItemPage(
            item_id=shop.problem.panel.item_ids[row],
            told=_descriptions(shop.problem.loaded.items, row),
            abc=shop.labels[ABC][row],
            demand=shop.labels[DEMAND][row],
            saved=[float(found.per_item[row]) for found in shop.compared],
            parameters={name: float(getattr(shop.problem.items, name)[row]) for name in DEFAULTS},
            measures={
                name: {measure: float(card.per_item[measure][row]) for measure in MEASURES}
                for name, card in cards.items()
            },
            course=_course(shop, row),
            differs=differs,
            curves=curves,
        )
        for row, (differs, curves) in zip(rows.tolist(), differ, strict=True)
    ]


def _cards(shop: WholeShop) -> dict[str, Scorecard]:
    """Return each shown policy's measures from the starts that the headline counts from."""
    problem, judged = shop.problem, shop.judged
    ids, calendar = problem.panel.item_ids, problem.calendar
    counted = {name: judged.counted[name].tally for name in shop.shown}
    if shop.compared[0].once:
        items = judged.episode.items
        counted = {name: tally(judged.ledgers[name], items) for name in shop.shown}
    return {name: found.card(ids, calendar) for name, found in counted.items()}


def _course(shop: WholeShop, row: int) -> Course:
    """Return one item over the test period from the usual start."""
    ledgers = {name: shop.judged.ledgers[name] for name in shop.shown}
    part, (low, high) = shop.problem.split.test, next_period_band(shop.table, row)
    return Course(
        dates=shop.dates,
        demand=shop.judged.episode.demand[:, row],
        forecast=shop.table.mean[row, :, 0],
        low=low,
        high=high,
        censored=~shop.problem.panel.observed[row, part.first : part.last + 1],
        stock={name: ledger.on_hand[:, row] for name, ledger in ledgers.items()},
        orders={name: ledger.order[:, row] for name, ledger in ledgers.items()},
        unmet={name: ledger.unmet[:, row] for name, ledger in ledgers.items()},
    )


def texts(table: pd.DataFrame, column: str) -> list[str]:
    """Return a column of the items table as text, empty where nothing stands; [] without it."""
    if column not in table:
        return []
    return ["" if pd.isna(value) else str(value) for value in table[column]]


def _descriptions(table: pd.DataFrame, row: int) -> dict[str, str]:
    """Return what the items table says of an item in words."""
    told = {name: texts(table.iloc[[row]], name) for name in DESCRIPTIONS}
    return {name: found[0] for name, found in told.items() if found and found[0]}
