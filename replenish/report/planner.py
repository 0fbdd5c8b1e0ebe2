"""The planner's page: one HTML file on what ordering by the agent would have been worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from replenish.judging.evaluation import Evaluation
from replenish.percent import percent
from replenish.planner.value import Comparison, ItemPage, PlannerView, Tone
from replenish.planner.why import BACKGROUND
from replenish.report.html import render
from replenish.report.page import Table
from replenish.report.planner_cautions import cautions
from replenish.report.planner_plots import (
    Look,
    course_plot,
    forecast_curve,
    looks,
    saving_plot,
    stock_curve,
)
from replenish.report.planner_tables import (
    change_table,
    class_matrix,
    common_table,
    item_header,
    item_rows,
    measure_table,
    parameter_list,
    reason_table,
)
from replenish.report.planner_words import Money, difference_sentence, labels
from replenish.report.svg import colours
from replenish.scorecard import Calendar


@dataclass(frozen=True)
class Headline:
    """The answer in big words, then each comparison in a sentence."""

    tone: Tone
    words: str
    sentences: Sequence[str]


@dataclass(frozen=True)
class ItemSection:
    """One item as the page shows it."""

    page: ItemPage
    saved: str
    sentence: str
    course: str
    curves: Sequence[tuple[str, str]]  # SVG, caption
    reasons: Table | None
    measures: Table
    parameters: Sequence[tuple[str, str]]


def planner_html(evaluation: Evaluation, view: PlannerView) -> str:
    """Return the page; every text that comes from users' files is escaped.

    Args:
        evaluation: What was found.
        view: The same in money per year, item by item.
    """
    named, money, period = labels(view), Money(view.currency), _period(view)
    seen = looks(named, colours(evaluation))
    compared = list(enumerate(view.comparisons))
    return render(
        "planner.html.j2",
        run=evaluation.run,
        view=view,
        money=money,
        period=period,
        headline=headline(view),
        cautions=cautions(evaluation, view),
        savings=saving_plot(view.comparisons, seen, money),
        changes=[change_table(found, named[found.rival], view) for _, found in compared],
        matrices=[(named[found.rival], *class_matrix(view, k)) for k, found in compared],
        header=item_header(view, named),
        gains=item_rows(view, gains=True),
        losses=item_rows(view, gains=False),
        common=common_table(view),
        sections=[_section(page, view, seen) for page in view.pages],
        named=named,
        background=BACKGROUND,
        periods_per_year=f"{Calendar(view.days_per_period).periods_per_year:.2f}",
        notes=evaluation.notes,
        looks=evaluation.looks,
    )


def headline(view: PlannerView) -> Headline:
    """Return what would have been saved, and whether that is certain."""
    named, money = labels(view), Money(view.currency)
    first, last = view.comparisons[0], view.comparisons[-1]
    size, label = money.amount(abs(first.saving.money)), named[first.rival]
    words = {
        "better": f"Would have saved {size} a year against {label}",
        "worse": f"Would have cost {size} a year more than {label}",
        "uncertain": f"Not certain that anything is saved against {label}",
    }[first.saving.tone]
    sentences = [_sentence(found, named[found.rival], money) for found in view.comparisons]
    if first.saving.tone == "better" and last.saving.tone != "better" and first is not last:
        sentences.append(
            "So the saving comes from ordering by forecast and a tuned formula; it is not shown "
            "that the agent adds to it."
        )
    return Headline(first.saving.tone, words, sentences)


def _sentence(found: Comparison, label: str, money: Money) -> str:
    """Return one comparison in a sentence."""
    saving = found.saving
    word = "saved" if saving.money >= 0 else "lost"
    certain = "" if saving.tone != "uncertain" else " Not certain."
    share = percent(abs(saving.percent)).lstrip("+")
    return (
        f"Against {label}: {money.amount(abs(saving.money))} a year {word} "
        f"({share} of its cost), 95 % interval {money.interval(saving, lost=word == 'lost')}; "
        f"cheaper on {100 * saving.improved:.0f} % of the items.{certain}"
    )


def _section(page: ItemPage, view: PlannerView, seen: Mapping[str, Look]) -> ItemSection:
    """Return one item's plots, tables and sentence."""
    money, period = Money(view.currency), _period(view)
    named = {name: look.label for name, look in seen.items()}
    formula, differs, curves = named[view.formula], page.differs, page.curves
    drawn: list[tuple[str, str]] = []
    if curves is not None:
        told = ", ".join(f"{named[n]} {v:,.4g}" for n, v in differs.orders.items() if n in named)
        words = f"on {differs.date}, when the orders were: {told}"
        drawn = [
            (stock_curve(curves, seen, f"Order against inventory position {words}"), "stock"),
            (forecast_curve(curves, seen, f"Order against the forecast {words}"), "forecast"),
        ]
    word = "saves" if page.saved[0] >= 0 else "loses"
    return ItemSection(
        page=page,
        saved=f"{word} {money.amount(abs(page.saved[0]))} a year",
        sentence=difference_sentence(differs, formula, period),
        course=course_plot(page.course, seen, _course_words(page, named, period)),
        curves=drawn,
        reasons=reason_table(differs, formula, period) if differs.date else None,
        measures=measure_table(page, named, view),
        parameters=parameter_list(page, view, period),
    )


def _course_words(page: ItemPage, named: Mapping[str, str], period: str) -> str:
    """Return what the plot of an item shows, for people who do not see it."""
    course = page.course
    short = ", ".join(
        f"{named[name]} {int((unmet > 0).sum())} {period}s with demand not met, "
        f"{int((course.orders[name] > 0).sum())} orders"
        for name, unmet in course.unmet.items()
    )
    return (
        f"Demand, forecast, stock and orders from {course.dates[0]} to {course.dates[-1]}: "
        f"{course.demand.sum():,.0f} units asked for; {short}"
    )


def _period(view: PlannerView) -> str:
    return {1: "day", 7: "week"}.get(view.days_per_period, "period")
