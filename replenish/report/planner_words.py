"""Money, units and policies in a planner's words; what made an order differ, in a sentence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from replenish.incumbent import LEVELS, ORDERS
from replenish.planner.situation import COSTS, LEVEL, PLAN, RECORD, SPREAD, STOCK
from replenish.planner.value import Disagreement, PlannerView, Reason, Saving
from replenish.report.measures import UNKNOWN

_NOTABLE = 0.1  # a reason below this share of the disagreement is not told in the sentence
_TOLD = 2  # reasons in the sentence


@dataclass(frozen=True)
class Money:
    """How money is written.

    Attributes:
        currency: What it is called; empty = money.
    """

    currency: str = ""

    @property
    def unit(self) -> str:
        """The word for money."""
        return self.currency or "money"

    def figure(self, value: float) -> str:
        """Return an amount with three digits that count, without its unit."""
        if not np.isfinite(value):
            return UNKNOWN
        return digits(value, 3)

    def amount(self, value: float) -> str:
        """Return an amount with its unit."""
        return f"{self.figure(value)} {self.unit}"

    def interval(self, saving: Saving) -> str:
        """Return both ends of the interval, or why there is none."""
        if saving.low is None or saving.high is None:
            return "too few items for an interval"
        return f"{self.figure(saving.low)} to {self.amount(saving.high)}"

    def saving_with_interval(self, saving: Saving) -> str:
        """Return a saving with its interval."""
        return f"{self.amount(saving.money)} ({self.interval(saving)})"


def digits(value: float, number: int) -> str:
    """Return a number with so many digits that count, never in powers of ten."""
    if value == 0 or not np.isfinite(value):
        return "0" if value == 0 else UNKNOWN
    places = number - 1 - int(np.floor(np.log10(abs(value))))
    rounded = round(value, places)
    return f"{rounded:,.{max(places, 0)}f}"


def units(value: float) -> str:
    """Return a number of units: whole ones whole, others with three digits that count."""
    if not np.isfinite(value):
        return UNKNOWN
    if abs(value - round(value)) < 1e-9 or abs(value) >= 100:
        return f"{value:,.0f}"
    return digits(value, 3)


def signed(value: float) -> str:
    """Return a number of units with its sign; one that is next to nothing as 0."""
    if abs(value) < 0.05:
        return "0"
    return f"{'+' if value > 0 else '-'}{units(round(abs(value), 1))}"


def labels(view: PlannerView) -> dict[str, str]:
    """Return policy -> what the page calls it: agent first, then in the order of comparisons."""
    called = {"agent": "agent", LEVELS: "the shop's min/max levels", ORDERS: "the shop's orders"}
    rivals = [found.rival for found in view.comparisons]
    return {name: called.get(name, "best formula") for name in ("agent", *rivals)}


def difference_sentence(differs: Disagreement, formula: str, period: str) -> str:
    """Return the largest disagreement of an item in a sentence or two.

    Args:
        differs: Of the item.
        formula: What the page calls the formula.
        period: ``day`` or ``week``.
    """
    if not differs.date:
        return (
            f"Asked on the same {differs.asked} {period}s with the same stock, agent and "
            f"{formula} would have ordered alike every time."
        )
    ours, theirs = list(differs.orders.values())[:2]
    gap = ours - theirs
    times = (
        f"Asked on the same {differs.asked} {period}s with the same stock, the agent would have "
        f"ordered more than the {formula} {differs.more} times and less {differs.less} times. "
    )
    most = (
        f"Furthest apart on {differs.date}: it orders {units(abs(gap))} "
        f"{'more' if gap > 0 else 'less'}, {units(ours)} instead of {units(theirs)} units"
    )
    told = reasons_told(differs, period)
    return f"{times}{most}{': ' if told else '.'}{told}"


def reasons_told(differs: Disagreement, period: str) -> str:
    """Return what explains most of the disagreement, in words; empty where nothing does."""
    ours, theirs = list(differs.orders.values())[:2]
    gap = ours - theirs
    way = 1.0 if gap > 0 else -1.0
    causes = [(reason.apart, _words(reason, period)) for reason in differs.reasons]
    causes.append((differs.usual[0] - differs.usual[1], f"that is its habit on a usual {period}"))
    causes.append((differs.rules[0] - differs.rules[1], "whole packs and order limits"))
    causes = sorted(causes, key=lambda cause: -way * cause[0])
    told = [
        f"{words} ({signed(moved)})"
        for moved, words in causes[:_TOLD]
        if way * moved > _NOTABLE * abs(gap)
    ]
    return "; ".join(told) + ("." if told else "")


def _words(reason: Reason, period: str) -> str:
    """Return what was special about a group of inputs on that day."""
    return _SAID[reason.group](reason.facts, period)


_Facts = Mapping[str, tuple[float, float]]


def _stock(facts: _Facts, _: str) -> str:
    now, usual = facts["position"]
    return f"stock and orders under way, {units(now)}, are {_against(now, usual)}"


def _forecast(facts: _Facts, period: str) -> str:
    (now, usual), cover = facts["demand"], int(facts["periods"][0])
    told = f"next {cover} {period}s" if cover > 1 else f"next {period}"
    return f"the forecast of the {told}, {units(now)}, is {_against(now, usual)}"


def _uncertainty(facts: _Facts, _: str) -> str:
    now, usual = facts["deviation"]
    if abs(now - usual) <= 0.05 * max(usual, 1e-9):
        return f"the forecast is as uncertain as usual, give or take {units(now)}"
    word = "less certain" if now > usual else "more certain"
    return f"the forecast is {word}, give or take {units(now)}, usually {units(usual)}"


def _record(facts: _Facts, period: str) -> str:
    (now, usual), (bias, _) = facts["sales"], facts["bias"]
    told = f"recent sales of {units(now)} a {period} are {_against(now, usual)}"
    if abs(bias) > 0.2:  # of a standard deviation of one period's error
        told += f", and forecasts were lately too {'low' if bias > 0 else 'high'}"
    return told


def _promotion(facts: _Facts, period: str) -> str:
    now, usual = facts["share"]
    if now == usual:
        return "no more and no less is promoted than usual"
    what = f"promotion is planned on {100 * now:.0f} % of the {period}s to cover"
    return f"{what}, usually {100 * usual:.0f} %"


def _costs(facts: _Facts, period: str) -> str:
    (now, usual), (order, _) = facts["shortage"], facts["order"]
    told = (
        f"a unit short costs as much as holding one for {units(round(now))} {period}s "
        f"(most items: {units(round(usual))})"
    )
    return told + (f", an order as holding {units(round(order))} for one" if order > 0 else "")


def _against(now: float, usual: float) -> str:
    """Return how far a number is from its usual, in words."""
    if usual <= 0:
        return "as usual" if now <= 0 else "above the usual 0"
    share = 100.0 * (now / usual - 1.0)
    if abs(share) < 1.0:
        return "as usual"
    return f"{abs(share):.0f} % {'above' if share > 0 else 'below'} the usual {units(usual)}"


_SAID: dict[str, Callable[[_Facts, str], str]] = {
    STOCK: _stock,
    LEVEL: _forecast,
    SPREAD: _uncertainty,
    RECORD: _record,
    PLAN: _promotion,
    COSTS: _costs,
}


def reason_words(reason: Reason, period: str) -> str:
    """Return a reason as a cell of a table."""
    told = _words(reason, period)
    return told[0].upper() + told[1:]
