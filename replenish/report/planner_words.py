"""Money, units and policies in a planner's words; what made an order differ, in a sentence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from replenish.judging.incumbent import LEVELS, ORDERS
from replenish.percent import UNKNOWN
from replenish.planner.situation import COSTS, LEVEL, PLAN, RECORD, SPREAD, STOCK
from replenish.planner.value import Disagreement, PlannerView, Reason, Saving

HABIT, RULES = "habit, whatever the day", "packs and order limits"
_NOTABLE = 0.1  # a reason below this share of the disagreement is not told in the sentence
_TOLD = 2  # reasons in the sentence
_NOTHING = 0.02  # of the other's answer: no answer
_FREE = 1e6  # periods that a unit is held for what a shortage costs: holding it costs nothing
_BIASED = 0.2  # of a standard deviation of one period's error


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

    def interval(self, saving: Saving, *, lost: bool = False) -> str:
        """Return both ends of the interval of what was saved, or lost; or why there is none."""
        if saving.low is None or saving.high is None:
            return "too few items for an interval"
        if lost:
            return f"{self.figure(-saving.high)} to {self.amount(-saving.low)}"
        return f"{self.figure(saving.low)} to {self.amount(saving.high)}"

    def saving_with_interval(self, saving: Saving) -> str:
        """Return a saving with its interval."""
        return f"{self.amount(saving.money)} ({self.interval(saving)})"


def digits(value: float, number: int) -> str:
    """Return a number with so many digits that count, never in powers of ten."""
    if value == 0 or not np.isfinite(value):
        return "0" if value == 0 else UNKNOWN
    power = int(f"{value:.{number - 1}e}".partition("e")[2])  # of the value as it is shown
    places = number - 1 - power
    return f"{round(value, places):,.{max(places, 0)}f}"


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
    return f"{'+' if value > 0 else '-'}{tenths(abs(value))}"


def tenths(value: float) -> str:
    """Return a number of units with at most one decimal, and none from a hundred on."""
    rounded = round(value, 1)
    whole = abs(rounded) >= 100 or rounded == round(rounded)
    return f"{rounded:,.{0 if whole else 1}f}"


def labels(view: PlannerView) -> dict[str, str]:
    """Return policy -> what the page calls it: agent first, then in the order of comparisons."""
    called = {"agent": "agent", LEVELS: "the shop's min/max levels", ORDERS: "the shop's orders"}
    rivals = [found.rival for found in view.comparisons]
    return {name: called.get(name, "the best formula") for name in ("agent", *rivals)}


def difference_sentence(differs: Disagreement, formula: str, period: str) -> str:
    """Return the largest disagreement of an item in a sentence or two.

    Args:
        differs: Of the item.
        formula: What the page calls the formula.
        period: ``day`` or ``week``.
    """
    if not differs.asked:
        return "No moment of ordering of this item fell into the test period."
    if not differs.date:
        return (
            f"Asked on the same {differs.asked} {period}s with the same stock, agent and "
            f"{formula} would have ordered alike every time."
        )
    ours, theirs = list(differs.orders.values())[:2]
    gap = ours - theirs
    return (
        f"Asked on the same {differs.asked} {period}s with the same stock, the agent would have "
        f"ordered more than {formula} {_times(differs.more)} and less {_times(differs.less)}. "
        f"Furthest apart on {differs.date}: it orders {units(abs(gap))} "
        f"{'more' if gap > 0 else 'less'}, {units(ours)} instead of {units(theirs)} units."
        f"{reasons_told(differs, formula, period)}"
    )


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def reasons_told(differs: Disagreement, formula: str, period: str) -> str:
    """Return what explains most of the disagreement as a sentence; empty where nothing does.

    Args:
        differs: Of the item, with a date.
        formula: What the page calls the formula.
        period: ``day`` or ``week``.
    """
    words = {reason.group: _answer(reason, formula, period) for reason in differs.reasons}
    words[HABIT] = f"it orders so on a usual {period} already"
    words[RULES] = "of whole packs and order limits"
    gap = apart(differs)
    chosen = [(n, moved) for n, moved in ranked(differs)[:_TOLD] if moved / gap > _NOTABLE]
    if not chosen:
        return ""
    told = [f"{signed(moved)} because {words[name]}" for name, moved in chosen]
    rest = signed(gap - sum(moved for _, moved in chosen))
    return f" Why, in units: {'; '.join(told)}{f'; all else {rest}' if rest != '0' else ''}."


def apart(differs: Disagreement) -> float:
    """Return the units that the agent ordered more than the formula on the day of its date."""
    ours, theirs = list(differs.orders.values())[:2]
    return ours - theirs


def ranked(differs: Disagreement) -> list[tuple[str, float]]:
    """Return what made the difference and the units of each: most in its direction first."""
    gap = apart(differs)
    causes = [(reason.group, reason.apart) for reason in differs.reasons]
    causes.append((HABIT, differs.usual[0] - differs.usual[1]))
    causes.append((RULES, differs.rules[0] - differs.rules[1]))
    return sorted(causes, key=lambda cause: -cause[1] / gap)


def _answer(reason: Reason, formula: str, period: str) -> str:
    """Return how differently agent and formula answered a group of inputs."""
    what, ours, theirs = _SAID[reason.group](reason.facts, period), reason.agent, reason.formula
    if abs(theirs) < _NOTHING * abs(ours):
        return f"it alone looks at {what}"
    if abs(ours) < _NOTHING * abs(theirs):
        return f"{formula} alone looks at {what}"
    if ours * theirs < 0:
        return f"it goes the other way on {what}"
    return f"it makes {'more' if abs(ours) > abs(theirs) else 'less'} of {what}"


_Facts = Mapping[str, tuple[float, float]]


def _stock(facts: _Facts, _: str) -> str:
    return f"stock and orders under way ({_against(*facts['position'])})"


def _forecast(facts: _Facts, period: str) -> str:
    cover = int(facts["periods"][0])
    told = f"next {cover} {period}s" if cover > 1 else f"next {period}"
    return f"the forecast of the {told} ({_against(*facts['demand'])})"


def _uncertainty(facts: _Facts, _: str) -> str:
    return f"the forecast's uncertainty (give or take {_against(*facts['deviation'])})"


def _record(facts: _Facts, period: str) -> str:
    bias, _ = facts["bias"]
    told = _against(*facts["sales"])
    if abs(bias) > _BIASED:
        told += f"; forecasts were lately too {'low' if bias > 0 else 'high'}"
    return f"recent sales a {period} ({told})"


def _promotion(facts: _Facts, period: str) -> str:
    now, usual = facts["share"]
    told = "as usual" if now == usual else f"usually {100 * usual:.0f} %"
    return f"planned promotion ({100 * now:.0f} % of the {period}s to cover, {told})"


def _costs(facts: _Facts, period: str) -> str:
    (now, usual), (order, _) = facts["shortage"], facts["order"]
    if now > _FREE:
        return "its costs (holding costs nothing)"
    told = (
        f"a unit short costs as much as holding it for {units(round(now))} {period}s, "
        f"{units(round(usual))} for most items"
    )
    told += f"; an order as much as holding one for {units(round(order))}" if order > 0 else ""
    return f"its costs ({told})"


def _against(now: float, usual: float) -> str:
    """Return a number and how far it is from its usual."""
    if usual <= 0 or now <= 0:
        return units(now) if now == usual else f"{units(now)} against the usual {units(usual)}"
    share = 100.0 * (now / usual - 1.0)
    if abs(share) < 1.0:
        return f"{units(now)} as usual"
    side = "above" if share > 0 else "below"
    return f"{units(now)}, {abs(share):.0f} % {side} the usual {units(usual)}"


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
    told = _SAID[reason.group](reason.facts, period)
    return told[0].upper() + told[1:]
