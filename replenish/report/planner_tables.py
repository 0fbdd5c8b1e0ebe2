"""Tables of the planner's page: what changes, by class, the items that matter, one item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from replenish.item_classes import ABC_CLASSES, DEMAND_CLASSES
from replenish.percent import UNKNOWN
from replenish.planner.value import ClassSaving, Comparison, Disagreement, ItemPage, PlannerView
from replenish.report.page import Table
from replenish.report.planner_words import (
    Money,
    apart,
    digits,
    ranked,
    reason_words,
    signed,
    tenths,
)
from replenish.scorecard import Calendar

_COSTS = {
    "cost": "Cost in all",
    "cost_holding": "of it holding stock",
    "cost_shortage": "of it shortages",
    "cost_ordering": "of it ordering",
}
_PARAMETERS = {
    "lead_time": ("Lead time", "{} {period}s"),
    "lead_time_std": ("Lead time, give or take", "{} {period}s"),
    "review_period": ("Time between two moments of ordering", "{} {period}s"),
    "holding_cost": ("Holding a unit for a {period}", "{} {money}"),
    "shortage_cost": ("A unit short", "{} {money}"),
    "fixed_order_cost": ("An order", "{} {money}"),
    "unit_cost": ("Charged for a unit ordered", "{} {money}"),
    "unit_value": ("Value of a unit", "{} {money}"),
    "price": ("Price of a unit", "{} {money}"),
    "min_order": ("Least order", "{} units"),
    "pack_size": ("Pack", "{} units"),
    "max_order": ("Largest order", "{} units"),
    "min_stock": ("Least stock", "{} units"),
    "max_stock": ("Most stock", "{} units"),
}
_NOTHING = {"pack_size": (0.0, 1.0)}  # values that need no line; of others 0 needs none
_ALWAYS = ("lead_time", "review_period", "holding_cost", "shortage_cost")


@dataclass(frozen=True)
class Cell:
    """A class of items in the table of classes.

    Attributes:
        money: Saved per year; empty where no item is.
        detail: Interval and number of items.
        tone: Of the interval; empty where no item is.
    """

    money: str
    detail: str
    tone: str


@dataclass(frozen=True)
class ItemRow:
    """A line of the items that matter: its page's number, its texts."""

    number: int
    item_id: str
    told: str
    cells: Sequence[str]


def change_table(compared: Comparison, label: str, view: PlannerView) -> Table:
    """Return what changes in a year, all items together.

    Args:
        compared: The agent against one other.
        label: What the page calls it.
        view: For items, length of a period, currency.
    """
    money, calendar = Money(view.currency), Calendar(view.days_per_period)
    scale = calendar.periods_per_year * view.n_items
    ours, theirs = compared.agent, compared.other

    def row(words: str, name: str, factor: float) -> tuple[str, ...]:
        mine, other = factor * ours[name], factor * theirs[name]
        return words, digits(other, 4), digits(mine, 4), _change(mine - other)

    rows = [row(f"{words}, {money.unit} a year", name, scale) for name, words in _COSTS.items()]
    if theirs["revenue_lost"] > 0:
        rows.append(
            row(f"Sales lost, {money.unit} a year (no part of the cost)", "revenue_lost", scale)
        )
    if theirs["stock_value"] > 0:
        rows.append(row(f"Stock on an average day, {money.unit}", "stock_value", view.n_items))
    rows.append(row("Stock on an average day, units", "average_stock", view.n_items))
    rows.append(row("Orders a year", "orders", scale))
    served = [100.0 * found["fill_rate"] for found in (theirs, ours)]
    points = f"{served[1] - served[0]:+.1f} points"
    if np.isfinite(served).all():
        rows.append(("Demand served from stock", *(f"{share:.1f} %" for share in served), points))
    return Table(f"Against {label}", ("", label, "agent", "change"), rows)


def _change(value: float) -> str:
    """Return a signed number with three digits that count."""
    return f"{'+' if value > 0 else ''}{digits(value, 3)}"


def class_matrix(view: PlannerView, number: int) -> tuple[list[str], list[tuple[str, list[Cell]]]]:
    """Return demand classes across and a row for each ABC class, sums at the ends.

    Args:
        view: Of the page.
        number: Which comparison.
    """
    found = {(one.abc, one.demand): one for one in view.classes}
    across = [name for name in DEMAND_CLASSES if ("", name) in found]
    down = [name for name in ABC_CLASSES if (name, "") in found]
    money, total = Money(view.currency), view.comparisons[number].saving
    everything = ClassSaving("", "", view.n_items, 1.0, [total] * len(view.comparisons))
    found["", ""] = everything
    rows = [
        (name, [_cell(found.get((key, cls)), number, money) for cls in (*across, "")])
        for name, key in (*((f"{name} items", name) for name in down), ("all", ""))
    ]
    return [*across, "all"], rows


def _cell(found: ClassSaving | None, number: int, money: Money) -> Cell:
    if found is None:
        return Cell("", "", "")
    saving = found.savings[number]
    certain = "" if saving.tone != "uncertain" else "; not certain"
    ends = ""
    if saving.low is not None and saving.high is not None:
        ends = f"{money.figure(saving.low)} to {money.figure(saving.high)}; "
    things = f"{found.items:,} item{'' if found.items == 1 else 's'}"
    return Cell(money.figure(saving.money), f"{ends}{things}{certain}", saving.tone)


def item_header(view: PlannerView, named: Mapping[str, str]) -> list[str]:
    """Return the columns of `item_rows` behind the item's own."""
    first = view.comparisons[0]
    savings = [f"Saved against {named[found.rival]}" for found in _told(view)]
    return ["Class", *savings, "Served, agent", f"Served, {named[first.rival]}"]


def item_rows(view: PlannerView, *, gains: bool) -> list[ItemRow]:
    """Return the items that gain, or that lose, against the headline's rival; largest first.

    Args:
        view: Of the page; pages that stand there as top sellers alone are left out.
        gains: Which of both.
    """
    money, first = Money(view.currency), view.comparisons[0]
    wanted = [
        (number, page)
        for number, page in enumerate(view.pages, 1)
        if (page.saved[0] > 0 if gains else page.saved[0] < 0) and number <= view.important
    ]
    chosen = [number for number, found in enumerate(view.comparisons) if found in _told(view)]
    rows = []
    for number, page in wanted:
        served = [page.measures[name]["fill_rate"] for name in ("agent", first.rival)]
        shares = [f"{100 * share:.1f} %" if np.isfinite(share) else UNKNOWN for share in served]
        saved = [money.figure(page.saved[k]) for k in chosen]
        cells = [f"{page.abc} {page.demand}", *saved, *shares]
        rows.append(ItemRow(number, page.item_id, page.told.get("name", ""), cells))
    return rows


def _told(view: PlannerView) -> list[Comparison]:
    """Return the headline's comparison and the formula's, once where they are the same."""
    ends = (view.comparisons[0], view.comparisons[-1])
    return list(ends[: len(view.comparisons)])


def reason_table(differs: Disagreement, formula: str, period: str) -> Table:
    """Return what moved both orders on the day they were furthest apart; columns add up."""
    ours, theirs = list(differs.orders.values())[:2]
    usual, rules = differs.usual, differs.rules
    rows = [(f"Order on a usual {period}", *map(tenths, usual), signed(usual[0] - usual[1]))]
    rows += [
        (reason_words(reason, period), *_three(reason.agent, reason.formula))
        for reason in differs.reasons
        if max(abs(reason.agent), abs(reason.formula)) >= 0.05
    ]
    if any(abs(moved) >= 0.05 for moved in rules):
        rows.append(("Whole packs, least and largest orders", *_three(*rules)))
    rows.append((f"Order on {differs.date}", tenths(ours), tenths(theirs), signed(ours - theirs)))
    return Table("", ("", "agent", formula, "apart"), rows)


def common_table(view: PlannerView) -> Table:
    """Return how often each group of inputs was what moved agent and formula furthest apart."""
    counted: dict[str, list[int]] = {}
    for page in view.pages:
        if page.differs.date:
            name, _ = ranked(page.differs)[0]
            counted.setdefault(name, [0, 0])[apart(page.differs) < 0] += 1
    rows = sorted(counted.items(), key=lambda row: (-sum(row[1]), row[0]))
    cells = [(name[0].upper() + name[1:], str(more), str(less)) for name, (more, less) in rows]
    header = ("Main reason", "Items where the agent orders more", "Items where it orders less")
    return Table("", header, cells)


def _three(ours: float, theirs: float) -> tuple[str, str, str]:
    return signed(ours), signed(theirs), signed(ours - theirs)


def measure_table(page: ItemPage, named: Mapping[str, str], view: PlannerView) -> Table:
    """Return cost and service of one item under each policy that its plot shows."""
    money, year = Money(view.currency), Calendar(view.days_per_period).periods_per_year
    names = [name for name in named if name in page.measures]

    def row(words: str, name: str, factor: float) -> list[str]:
        return [words, *(digits(factor * page.measures[who][name], 3) for who in names)]

    rows = [row(f"{words}, {money.unit} a year", name, year) for name, words in _COSTS.items()]
    served = [page.measures[who]["fill_rate"] for who in names]
    shares = [f"{100 * share:.1f} %" if np.isfinite(share) else UNKNOWN for share in served]
    rows.append(["Demand served from stock", *shares])
    rows.append(row("Stock on an average day, units", "average_stock", 1.0))
    rows.append(row("Orders a year", "orders", year))
    return Table("", ["", *(named[who] for who in names)], rows)


def parameter_list(page: ItemPage, view: PlannerView, period: str) -> list[tuple[str, str]]:
    """Return the item's parameters in words; those that limit nothing are left out."""
    unit = Money(view.currency).unit
    found = []
    for name, (words, text) in _PARAMETERS.items():
        value = page.parameters[name]
        says_nothing = value in _NOTHING.get(name, (0.0,)) or not np.isfinite(value)
        if name in _ALWAYS or not says_nothing:
            told = text.format(_plain(value), period=period, money=unit)
            told = told.removesuffix("s") if value == 1 and told.endswith("s") else told
            found.append((words.format(period=period), told))
    return found


def _plain(value: float) -> str:
    """Return a parameter with at most four digits that count, without zeros at its end."""
    if value == round(value):
        return f"{value:,.0f}"
    text = digits(value, 4)
    return text.rstrip("0").rstrip(".") if "." in text else text
