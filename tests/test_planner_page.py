"""The planner's page says what is certain and what is not, trusts no text, and needs no network."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replenish.planner.situation import LEVEL, RECORD, STOCK
from replenish.planner.value import Disagreement, PlannerView, Reason
from replenish.report.pen import WIDTH, Drawing, Stroke, round_numbers
from replenish.report.planner import headline, planner_html
from replenish.report.planner_cautions import cautions
from replenish.report.planner_tables import common_table
from replenish.report.planner_words import Money, difference_sentence, digits, signed, tenths, units
from replenish.report.write import PLANNER, write_report
from tests.planner_case import (
    Case,
    planner_case,
    with_comparison,
    with_first_page,
    with_saving,
)
from tests.test_report import Elements
from tests.tiny_run import call

RTL = "\u202eקפה \u0627\u0644\u0642\u0647\u0648\u0629"
HOSTILE = '<script>alert("1")</script>\n\' & {{ 7 * 7 }} </svg> ' + RTL
LONG = "x" * 200


@pytest.fixture(scope="module")
def case(trained_run: Path) -> Case:
    return planner_case(trained_run, shop=True)


@pytest.fixture(scope="module")
def view(case: Case) -> PlannerView:
    return case.view()


@pytest.fixture(scope="module")
def page(case: Case, view: PlannerView) -> str:
    return planner_html(case.evaluation, view)


def test_the_headline_is_told_in_money_a_year(view: PlannerView) -> None:
    sure = with_saving(view, money=12_345.6, low=2_345.6, high=31_000.0)
    found = headline(replace(sure, currency="EUR"))
    assert found.tone == "better"
    assert found.words == "Would have saved 12,300 EUR a year against the shop's orders"
    assert "95 % interval 2,350 to 31,000 EUR" in found.sentences[0]
    assert "money" not in " ".join(found.sentences)
    lost = headline(with_saving(view, money=-50.0, low=-90.0, high=-7.0))
    assert lost.words == "Would have cost 50.0 money a year more than the shop's orders"
    assert "50.0 money a year lost" in lost.sentences[0]
    assert "interval 7.00 to 90.0 money" in lost.sentences[0]
    unsure = headline(with_saving(view, money=50.0, low=-90.0, high=170.0))
    assert unsure.words.startswith("Not certain")
    assert unsure.sentences[0].endswith("Not certain.")


def test_both_the_shop_and_the_best_formula_are_told(view: PlannerView) -> None:
    certain = with_saving(view, 0, money=9.0, low=5.0, high=13.0)
    for tone, said in (((-2.0, 5.0), True), ((1.0, 5.0), False)):
        found = headline(with_saving(certain, 1, money=2.0, low=tone[0], high=tone[1]))
        assert [text.partition(":")[0] for text in found.sentences[:2]] == [
            "Against the shop's orders",
            "Against the best formula",
        ]
        assert any("it is not shown that the agent adds" in t for t in found.sentences) == said


CALM: dict[str, Any] = {
    "days": 365,
    "n_items": 500,
    "censored": 0.0,
    "assumed": (),
    "free_orders": 0,
}


@pytest.fixture
def calm(view: PlannerView) -> PlannerView:
    """Nothing to be careful about."""
    each = np.full(500, 1.0)
    found = replace(view, **CALM)
    for number in range(2):
        found = with_saving(found, number, money=500.0, low=300.0, high=700.0, blocks=26)
        found = with_comparison(
            found, number, per_item=each, starts=(400.0, 600.0), shortages=(90, 80), replayed=False
        )
    return found


Change = Callable[[PlannerView], PlannerView]


@pytest.mark.parametrize(
    ("words", "change"),
    [
        ("holds zero", lambda v: with_saving(v, 1, low=-3.0)),
        ("1.00 to 3.00 money", lambda v: with_saving(v, 1, money=-2.0, low=-3.0, high=1.0)),
        ("played again as they were placed", lambda v: with_comparison(v, replayed=True)),
        (
            "In the replay 12.0 % of items and periods end without stock, in the shop's",
            lambda v: with_comparison(
                replace(v, recorded_out=0.087), replayed=True, sold_out=(0.01, 0.12)
            ),
        ),
        (
            "costs what the best formula costs",
            lambda v: with_comparison(
                with_saving(v, 1, low=0.0), 1, per_item=np.zeros(v.n_items), starts=()
            ),
        ),
        ("how the shop orders 3 of 500", lambda v: with_comparison(v, unknown=3)),
        ("sign depends on how full", lambda v: with_comparison(v, starts=(-1.0, 5.0))),
        ("Few shortages were seen: 29 ", lambda v: with_comparison(v, shortages=(80, 29))),
        ("made from 182 days", lambda v: replace(v, days=182)),
        ("fewer than 6 blocks", lambda v: with_saving(v, blocks=0)),
        ("rest on 12 blocks", lambda v: with_saving(v, blocks=12)),
        ("7 items are too few for an interval", lambda v: replace(v, n_items=7)),
        ("29 items are few", lambda v: replace(v, n_items=29)),
        ("Demand is estimated on 11 %", lambda v: replace(v, censored=0.11)),
        ("Assumed: holding_cost is not", lambda v: replace(v, assumed=["holding_cost is not"])),
        (
            "One item, CHI",
            lambda v: with_comparison(
                replace(v, names=["CHI", *"b" * 499]), per_item=np.array([400.0, *[1.0] * 499])
            ),
        ),
        (
            "places 2.0 times as many orders",
            lambda v: with_comparison(
                replace(v, free_orders=3),
                agent={**v.comparisons[0].agent, "orders": 0.8},
                other={**v.comparisons[0].other, "orders": 0.4},
            ),
        ),
    ],
)
def test_a_warning_stands_where_its_condition_holds_and_nowhere_else(
    case: Case, calm: PlannerView, words: str, change: Change
) -> None:
    def found(shown: PlannerView) -> list[str]:
        return [said for said in cautions(case.evaluation, shown) if words in said]

    assert found(calm) == []
    assert len(found(change(calm))) == 1


def test_a_second_look_is_a_warning_and_a_calm_page_has_none(case: Case, calm: PlannerView) -> None:
    assert cautions(case.evaluation, calm) == []
    assert "Before you trust this" not in planner_html(case.evaluation, calm)
    again = replace(case.evaluation, looks=2)
    assert ["looked at 2 times" in said for said in cautions(again, calm)] == [True]
    assert "Before you trust this" in planner_html(again, calm)


def test_hostile_names_stay_text(case: Case, view: PlannerView) -> None:
    told = {"name": HOSTILE, "category": LONG, "supplier": HOSTILE}
    shown = with_first_page(view, item_id=HOSTILE, told=told)
    shown = replace(shown, names=[HOSTILE] * view.n_items, currency="<b>")
    shown = with_comparison(shown, settings=HOSTILE, per_item=np.array([9.0] + [0.0] * 11))
    page = planner_html(replace(case.evaluation, run=HOSTILE, notes=[HOSTILE]), shown)
    elements = Elements(page)
    assert {"script", "b"}.isdisjoint(tag for tag, _ in elements.tags)
    assert elements.text.count("alert(") >= 6
    assert "{{ 7 * 7 }}" in elements.text
    assert LONG in elements.text
    assert page.count(f"<bdi>{HOSTILE.partition('<')[0]}") >= 2  # isolated from the text around it
    assert len([tag for tag, _ in elements.tags if tag == "svg"]) == page.count("</svg>")


def test_the_page_needs_nothing_from_outside(page: str) -> None:
    for tag, attrs in Elements(page).tags:
        assert (
            tag not in {"script", "link", "img", "iframe", "object"} or attrs.get("rel") == "icon"
        )
        for name in ("src", "href", "xlink:href", "srcset", "data", "action"):
            value = attrs.get(name) or "#"
            assert value.startswith("#") or value == "data:,"
    assert "@import" not in page
    assert "url(" not in page
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", page) == []


def test_every_plot_has_words_and_every_item_its_plots(page: str, view: PlannerView) -> None:
    plots = [attrs for tag, attrs in Elements(page).tags if tag == "svg"]
    curves = sum(found.curves is not None for found in view.pages)
    assert len(plots) == 1 + len(view.pages) + 2 * curves
    assert all(attrs["role"] == "img" and len(attrs["aria-label"] or "") > 30 for attrs in plots)
    assert all((attrs["viewbox"] or "").startswith(f"0 0 {WIDTH:g} ") for attrs in plots)


def test_landmarks_labels_and_the_order_of_headings(page: str) -> None:
    tags = Elements(page).tags
    for landmark in ("header", "main", "nav"):
        assert [tag for tag, _ in tags].count(landmark) == 1
    assert ("html", {"lang": "en"}) in tags
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    wanted = {(a.get("href") or "")[1:] for _, a in tags if (a.get("href") or "")[:1] == "#"}
    wanted |= {str(a["aria-labelledby"]) for _, a in tags if "aria-labelledby" in a}
    assert wanted <= set(ids)
    headings = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h[1-6]", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert max(np.diff(headings)) <= 1


def test_the_keyboard_reaches_everything_in_the_order_of_the_page(page: str) -> None:
    tags = Elements(page).tags
    scrolling = [attrs for tag, attrs in tags if tag == "div" and attrs.get("class") == "scroll"]
    assert scrolling
    assert all(a.get("tabindex") == "0" and a["role"] and a["aria-label"] for a in scrolling)
    assert {attrs.get("tabindex", "0") for _, attrs in tags} == {"0"}  # nobody jumps the queue
    first = next(attrs for tag, attrs in tags if tag == "a")
    assert first == {"class": "skip", "href": "#change"}
    folded = [tag for tag, _ in tags if tag in ("details", "summary")]
    assert folded == ["details", "summary"] * (len(folded) // 2)


def test_a_page_is_made_again_byte_for_byte(case: Case, page: str) -> None:
    assert planner_html(case.evaluation, case.view()) == page


def test_all_items_on_a_page_of_a_year_stay_below_three_megabytes(
    case: Case, view: PlannerView
) -> None:
    shown = max(view.pages, key=lambda found: len(found.measures))
    old = shown.course
    times = -(-366 // len(old.demand))

    def long(values: Any) -> Any:
        return np.tile(values, times)[:366]

    days = np.datetime64("2024-01-01") + np.arange(366)
    course = replace(
        old, dates=[str(day) for day in days], demand=long(old.demand), forecast=long(old.forecast),
        low=long(old.low), high=long(old.high), censored=long(old.censored),
        stock={name: long(values) for name, values in old.stock.items()},
        orders={name: long(values) for name, values in old.orders.items()},
        unmet={name: long(values) for name, values in old.unmet.items()},
    )  # fmt: skip
    whole = replace(view, pages=[replace(shown, course=course)] * 24, important=20)
    assert 5e5 < len(planner_html(case.evaluation, whole).encode()) < 3e6


def reason(group: str, facts: dict[str, tuple[float, float]], ours: float, theirs: float) -> Reason:
    return Reason(group, facts, ours, theirs)


def test_a_disagreement_is_told_with_its_reasons() -> None:
    more = reason(LEVEL, {"demand": (130.0, 100.0), "periods": (8.0, 8.0)}, 14.0, 4.0)
    alone = reason(RECORD, {"sales": (6.0, 4.0), "bias": (0.5, 0.0)}, 3.0, 0.0)
    less = reason(STOCK, {"position": (50.0, 60.0)}, 1.0, 2.0)
    differs = Disagreement(
        asked=90, more=12, less=3, date="2024-06-14", orders={"agent": 36.0, "x": 24.0},
        usual=(18.0, 18.0), reasons=[more, alone, less], rules=(0.0, 0.0),
    )  # fmt: skip
    assert difference_sentence(differs, "the best formula", "day") == (
        "Asked on the same 90 days with the same stock, the agent would have ordered more than "
        "the best formula 12 times and less 3 times. Furthest apart on 2024-06-14: it orders 12 "
        "more, 36 instead of 24 units. Why, in units: +10 because it makes more of the forecast "
        "of the next 8 days (130, 30 % above the usual 100); +3 because it alone looks at recent "
        "sales a day (6, 50 % above the usual 4; forecasts were lately too low); all else -1."
    )
    packs = replace(differs, reasons=[less], rules=(12.0, 0.0))
    told = difference_sentence(packs, "f", "day")
    assert told.endswith("Why, in units: +12 because of whole packs and order limits.")
    nothing = replace(differs, reasons=[less])
    assert "Why" not in difference_sentence(nothing, "f", "day")
    assert "No moment of ordering" in difference_sentence(replace(differs, asked=0), "f", "day")
    assert "ordered alike every time" in difference_sentence(replace(differs, date=""), "f", "day")


def test_the_main_reason_is_counted_over_the_items_by_direction(view: PlannerView) -> None:
    one = view.pages[0].differs
    calm: dict[str, Any] = {"usual": (5.0, 5.0), "rules": (0.0, 0.0), "date": "2024-06-14"}
    stock = reason(STOCK, {"position": (5.0, 6.0)}, 9.0, 1.0)
    other = reason(RECORD, {"sales": (6.0, 4.0), "bias": (0.5, 0.0)}, -2.0, 0.0)
    more = replace(one, orders={"agent": 11.0, "x": 5.0}, reasons=[other, stock], **calm)
    less = replace(one, orders={"agent": 0.0, "x": 5.0}, reasons=[stock, other], **calm)
    alike = replace(one, date="")
    habit = replace(more, usual=(15.0, 5.0))
    pages = [replace(view.pages[0], differs=d) for d in (more, more, less, alike, habit)]
    assert common_table(replace(view, pages=pages)).rows == [
        ("Stock and pipeline", "2", "0"),
        ("Habit, whatever the day", "1", "0"),
        ("Recent sales", "0", "1"),
    ]


def test_numbers_are_as_long_as_they_mean_something() -> None:
    assert [digits(v, 3) for v in (487_101.6, -99.8, 0.01234, 0.0, 9.999, np.nan)] == [
        "487,000", "-99.8", "0.0123", "0", "10.0", "–",
    ]  # fmt: skip
    assert [tenths(v) for v in (0.74, 74.9, 188.7, 3.0)] == ["0.7", "74.9", "189", "3"]
    assert [signed(v) for v in (0.04, -3.0, 12.26)] == ["0", "-3", "+12.3"]
    assert [units(v) for v in (12.0, 1234.5, 1.234)] == ["12", "1,234", "1.23"]
    assert Money().amount(12.0) == "12.0 money"


def test_axes_have_few_round_numbers() -> None:
    assert round_numbers(0, 600, 2) == [0.0, 500.0]
    assert round_numbers(-37, 91) == [0.0, 50.0]
    assert round_numbers(0.5, 1.5, 5) == [0.6, 0.8, 1.0, 1.2, 1.4]
    assert round_numbers(3, 3) == [3]


def test_a_drawing_escapes_words_and_lifts_the_pen_where_nothing_is_known() -> None:
    drawing = Drawing(10)
    drawing.text(0, 0, "<b>&")
    drawing.line([(0, 0), (1, 1), (np.nan, 1), (2, 2)], Stroke("red"))
    svg = drawing.svg('"<script>')
    assert "<b>" not in svg
    assert "<script>" not in svg
    assert "M0.0 0.0L1.0 1.0M2.0 2.0" in svg


def test_the_page_is_written_beside_the_report_where_it_was_made(
    case: Case, view: PlannerView, page: str, tmp_path: Path
) -> None:
    write_report(case.evaluation, tmp_path)
    assert not (tmp_path / PLANNER).exists()
    write_report(replace(case.evaluation, planner=view), tmp_path)
    assert (tmp_path / PLANNER).read_text("utf-8") == page


def test_evaluate_writes_the_page_in_the_config_s_currency(
    trained_run: Path, tmp_path: Path
) -> None:
    run = tmp_path / "tiny"
    shutil.copytree(trained_run, run, ignore=shutil.ignore_patterns("report", "test_looks.json"))
    config = run / "config.toml"
    config.write_text(config.read_text("utf-8").replace('currency = ""', 'currency = "EUR"'))
    told = call("evaluate", [run, "--without-guards"])
    assert told.code == 0, told.err
    assert f"for planners: {run / 'report' / PLANNER}\n" in told.out
    text = Elements((run / "report" / PLANNER).read_text("utf-8")).text
    assert "EUR a year" in text
    assert "money a year" not in text
