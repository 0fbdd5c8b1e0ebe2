"""What the planner's page shows, as typed values: money per year, classes, items, reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from replenish.arrays import Bools, Floats
from replenish.paired import PairedDifference

Tone = Literal["better", "worse", "uncertain"]


@dataclass(frozen=True)
class Saving:
    """What ordering by the agent would have saved, scaled to a year and to all items it is of.

    Attributes:
        money: Per year; below 0 = the agent costs more.
        low: Lower end of the 95 % interval; None = too few items for one.
        high: Upper end.
        percent: Of the other's cost.
        improved: Share of the items on which the agent is cheaper.
        blocks: Blocks of time in the interval; 0 = it is over items alone.
    """

    money: float
    low: float | None
    high: float | None
    percent: float
    improved: float
    blocks: int

    @classmethod
    def of(cls, difference: PairedDifference, factor: float) -> Self:
        """Return the saving behind a paired difference.

        Args:
            difference: The agent's cost minus the other's, money per item and period.
            factor: Periods of a year times number of items.
        """
        low = None if difference.high is None else -difference.high * factor
        high = None if difference.low is None else -difference.low * factor
        return cls(
            -difference.difference * factor,
            low,
            high,
            -difference.percent,
            difference.share_improved,
            difference.blocks,
        )

    @property
    def tone(self) -> Tone:
        """Whether the interval lies above 0, below 0, or holds it or does not exist."""
        if self.low is not None and self.low > 0:
            return "better"
        return "worse" if self.high is not None and self.high < 0 else "uncertain"


@dataclass(frozen=True, eq=False)
class Comparison:
    """The agent against one other way to order, all items together.

    Attributes:
        rival: Name of the other policy.
        today: Whether it is what the shop does today; else a tuned formula.
        settings: What is known of it, in words.
        replayed: Whether it is past orders, which do not answer the simulated stock.
        unknown: Number of items of which nothing is known of it: the agent's orders count.
        once: Whether the usual start alone counts.
        saving: In all.
        per_item: (I,) money per year saved on each item.
        agent: Measure -> value of the agent on the starts that the rival counts from.
        other: Measure -> value of the rival.
        starts: Money per year saved from each start; empty with one.
        shortages: Item-periods with unmet demand from the usual start, agent and rival.
        sold_out: Share of item-periods that ended without stock, agent and rival.
    """

    rival: str
    today: bool
    settings: str
    replayed: bool
    unknown: int
    once: bool
    saving: Saving
    per_item: Floats
    agent: Mapping[str, float]
    other: Mapping[str, float]
    starts: Sequence[float]
    shortages: tuple[int, int]
    sold_out: tuple[float, float]


@dataclass(frozen=True)
class ClassSaving:
    """What a class of items saves.

    Attributes:
        abc: Class by sales value; empty = all.
        demand: Class by regularity; empty = all.
        items: Number of items.
        share: Of all items' sales value.
        savings: One per comparison.
    """

    abc: str
    demand: str
    items: int
    share: float
    savings: Sequence[Saving]


@dataclass(frozen=True)
class Reason:
    """One group of inputs on the day of the largest disagreement.

    Attributes:
        group: A name of `replenish.planner.situation.GROUPS`.
        facts: What it was that day and usually, by name: numbers for the sentence.
        agent: Units by which it moved the agent's wish.
        formula: Units by which it moved the formula's.
    """

    group: str
    facts: Mapping[str, tuple[float, float]]
    agent: float
    formula: float

    @property
    def apart(self) -> float:
        """Units by which it moved agent and formula apart."""
        return self.agent - self.formula


@dataclass(frozen=True, eq=False)
class Disagreement:
    """How two policies order in the same situations of one item.

    Attributes:
        asked: Moments of ordering at which both were asked; 0 = none fell into the period.
        more: Of these, the agent ordered more.
        less: The agent ordered less.
        date: ISO date of the largest disagreement; empty = there is none.
        orders: Policy -> units it would have ordered that day, agent first.
        usual: Units that agent and formula wish on a usual day.
        reasons: What moved them from there, the largest first.
        rules: Units that packs, minimum and maximum added to agent's and formula's wish.
    """

    asked: int
    more: int
    less: int
    date: str
    orders: Mapping[str, float]
    usual: tuple[float, float]
    reasons: Sequence[Reason]
    rules: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Curves:
    """Orders where one input is moved and all others stay, on the day of the disagreement.

    Attributes:
        position: (K,) inventory position, units.
        at_position: Where it was, units.
        by_position: Policy -> (K,) units ordered.
        factor: (K,) times the forecast.
        by_factor: Policy -> (K,) units ordered.
    """

    position: Floats
    at_position: float
    by_position: Mapping[str, Floats]
    factor: Floats
    by_factor: Mapping[str, Floats]


@dataclass(frozen=True, eq=False)
class Course:
    """One item over the test period from the usual start; all (T,) units.

    Attributes:
        dates: (T,) ISO dates.
        demand: Asked for.
        forecast: Mean of the forecast made the period before.
        low: 5 % quantile of that forecast.
        high: 95 % quantile.
        censored: (T,) True where the shop had run out, so that demand is estimated.
        stock: Policy -> on hand at the end of the period.
        orders: Policy -> ordered.
        unmet: Policy -> not served.
    """

    dates: Sequence[str]
    demand: Floats
    forecast: Floats
    low: Floats
    high: Floats
    censored: Bools
    stock: Mapping[str, Floats]
    orders: Mapping[str, Floats]
    unmet: Mapping[str, Floats]


@dataclass(frozen=True, eq=False)
class ItemPage:
    """One item of the page.

    Attributes:
        item_id: As in the files.
        told: Descriptions of the items table: name, category, supplier.
        abc: Class by sales value.
        demand: Class by regularity.
        saved: Money per year, one per comparison.
        parameters: Name -> value of `replenish.items.Items`.
        measures: Policy -> measure -> value from all starts that count for the first comparison.
        course: Over the test period.
        differs: From the formula in the same situations.
        curves: None where they never differ.
    """

    item_id: str
    told: Mapping[str, str]
    abc: str
    demand: str
    saved: Sequence[float]
    parameters: Mapping[str, float]
    measures: Mapping[str, Mapping[str, float]]
    course: Course
    differs: Disagreement
    curves: Curves | None


@dataclass(frozen=True, eq=False)
class PlannerView:
    """Everything on the planner's page that is not in the evaluation.

    Attributes:
        currency: What money is called.
        days: Days of the test period.
        days_per_period: 1 for daily data, 7 for weekly.
        dates: First and last date of the test period.
        n_items: Number of items.
        comparisons: The headline's first.
        classes: ABC x demand class, then the sums by ABC class and by demand class.
        names: (I,) item_ids.
        censored: Share of the item-periods whose demand is estimated.
        recorded_out: Share of the item-periods that were out of stock in the shop's own records.
        free_orders: Number of items of which an order costs nothing by itself.
        assumed: Costs and lead times that nobody gave, a sentence each.
        formula: Name of the formula that items are compared with.
        pages: Most important first.
        important: How many of the pages are there for the difference they make.
    """

    currency: str
    days: int
    days_per_period: int
    dates: tuple[str, str]
    n_items: int
    comparisons: Sequence[Comparison]
    classes: Sequence[ClassSaving]
    names: Sequence[str]
    censored: float
    recorded_out: float
    free_orders: int
    assumed: Sequence[str]
    formula: str
    pages: Sequence[ItemPage]
    important: int
