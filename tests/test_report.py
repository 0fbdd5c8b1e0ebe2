"""A report says the same in every form, says it when the agent lost, and trusts no text."""

import csv
import json
import re
import subprocess
import sys
from dataclasses import asdict, replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from replenish.errors import InputError
from replenish.judging.evaluation import Evaluation
from replenish.paired import LEAST_ITEMS, BlockCosts, paired_differences
from replenish.percent import percent
from replenish.report import text_table, write_report
from replenish.report.details import against_table
from replenish.report.html import report_html
from replenish.report.measures import COLUMNS, by_cost, decimals, figures, minus
from replenish.report.page import nested_tables, verdict
from replenish.report.tables import results_json
from replenish.scorecard import MEASURES
from tests.intervals import ends
from tests.report_evaluation import evaluation, guarded, what_if

ROOT = Path(__file__).parent.parent
FILES = {"results.json", "results.csv", "items.csv", "classes.csv", "blocks.csv", "report.html"}
BETTER, WORSE, UNCERTAIN = -0.3, 1.5, -1.6  # shifts of the agent's level; the rival's is 0.4


@pytest.fixture(scope="module")
def found() -> Evaluation:
    return what_if(guarded(evaluation(BETTER)))


@pytest.fixture(scope="module")
def page(found: Evaluation) -> str:
    return report_html(found)


@pytest.fixture(scope="module")
def short(found: Evaluation) -> Evaluation:
    """The same without traces: drawing them takes most of the time."""
    return replace(found, traces=[])


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text outside of tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_measure_has_a_column_and_a_meaning(page: str) -> None:
    assert list(COLUMNS) == list(MEASURES)
    ids = {attrs.get("id") for _, attrs in Elements(page).tags}
    assert {f"measure-{name}" for name in MEASURES} <= ids
    assert all(column.meaning in page for column in COLUMNS.values())


@pytest.mark.parametrize(
    ("shift", "tone", "words"),
    [
        (BETTER, "better", "cheaper than order_up_to"),
        (WORSE, "worse", "Not better than order_up_to"),
        (UNCERTAIN, "uncertain", "Not better than order_up_to with certainty"),
    ],
)
def test_the_verdict_is_the_interval_s_in_every_form(shift: float, tone: str, words: str) -> None:
    judged = replace(evaluation(shift), traces=[])
    difference = judged.best_baseline.difference
    assert difference is not None
    low, high = ends(difference)
    assert {"better": high < 0, "worse": low > 0}.get(tone, low <= 0 <= high)
    assert verdict(judged).tone == tone
    assert words in verdict(judged).headline
    lost = tone != "better"
    assert text_table(judged).startswith("Not better than") == lost
    heading = re.search(r"<h1>(.*?)</h1>", report_html(judged))
    assert heading is not None
    assert words in heading[1].replace("<wbr>", "")


def test_the_terminal_shows_the_cheapest_first_and_the_bound_last(found: Evaluation) -> None:
    rows = text_table(found).split("\n\n")[1].splitlines()
    names = [row.split()[0] for row in rows[1:]]
    assert names == ["agent", "order_up_to", "reorder_point", "constant_order", "perfect_foresight"]
    assert len({len(row) for row in rows}) == 1  # aligned to the right
    cost = found.agent.scorecard.total["cost"]
    assert f" {cost:.2f} " in rows[1]


def test_the_terminal_needs_no_plotting_library() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None; sys.modules['jinja2'] = None\n"
        "from tests.report_evaluation import evaluation\n"
        "from replenish.report import text_table\n"
        "print(text_table(evaluation(n_items=2)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "perfect_foresight (bound)" in done.stdout


def test_the_parts_of_the_cost_add_up_as_shown(found: Evaluation) -> None:
    for row in text_table(found).split("\n\n")[1].splitlines()[1:-1]:
        cost, holding, shortage, ordering = map(float, row.split()[1:5])
        assert cost == pytest.approx(holding + shortage + ordering, abs=0.0151)


def test_csv_reads_back_to_the_same_numbers(short: Evaluation, tmp_path: Path) -> None:
    write_report(short, tmp_path)
    with (tmp_path / "results.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["policy"]: row for row in csv.DictReader(file)}
    for result in short.results:
        row = rows[result.name]
        for name in MEASURES:
            value = result.scorecard.total.get(name, np.nan)
            assert row[name] == ("" if np.isnan(value) else repr(value))
        low = "" if result.difference is None else repr(result.difference.percent_low)
        assert row["agent_percent_low"] == low
    with (tmp_path / "items.csv").open(newline="", encoding="utf-8") as file:
        items = list(csv.DictReader(file))
    costs = [float(row["cost"]) for row in items if row["policy"] == "order_up_to"]
    np.testing.assert_array_equal(costs, short.best_baseline.scorecard.per_item["cost"])
    assert len(items) == len(short.results) * 24


def test_every_interval_can_be_drawn_again_from_the_blocks(
    short: Evaluation, tmp_path: Path
) -> None:
    write_report(short, tmp_path)
    table = pd.read_csv(tmp_path / "blocks.csv")
    costs = {str(n): block_costs(rows) for n, rows in table.groupby("policy", sort=False)}
    assert list(costs) == [r.name for r in short.results if r.kind != "bound"]
    again = paired_differences(costs["agent"], {n: c for n, c in costs.items() if n != "agent"})
    for result in short.results:
        if result.name in again and result.difference is not None:
            told = asdict(result.difference)
            assert asdict(again[result.name]) == pytest.approx(told, rel=1e-9)


def block_costs(rows: pd.DataFrame) -> BlockCosts:
    """Return what `blocks.csv` says of one policy."""
    periods, money = (rows.filter(regex=f"^{name}_").to_numpy() for name in ("periods", "cost"))
    return BlockCosts(money, periods[0])


def test_json_holds_numbers_or_null_never_nan(short: Evaluation, tmp_path: Path) -> None:
    write_report(short, tmp_path)

    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} is not JSON")

    text = (tmp_path / "results.json").read_text(encoding="utf-8")
    content = json.loads(text, parse_constant=refuse)
    assert content["verdict"] == short.verdict
    assert content["guards"]["detection"]["flat_line"]["precision"] is None
    assert content["policies"][0]["scorecard"]["total"]["cost"] == pytest.approx(
        short.agent.scorecard.total["cost"]
    )


@pytest.mark.slow
def test_a_report_is_made_again_byte_for_byte(found: Evaluation, tmp_path: Path) -> None:
    first = {p.name: p.read_bytes() for p in write_report(found, tmp_path / "a").parent.iterdir()}
    again = write_report(found, tmp_path / "a" / "deep" / "folder").parent
    assert set(first) == FILES
    assert first == {path.name: path.read_bytes() for path in again.iterdir()}


def test_a_report_that_cannot_be_made_leaves_the_old_one(found: Evaluation, tmp_path: Path) -> None:
    write_report(found, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    broken = replace(found, run="other", traces=[replace(found.traces[0], dates=["no date"])])
    with pytest.raises(ValueError, match="no date"):
        write_report(broken, tmp_path)
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_a_file_in_the_place_of_the_folder_is_named(short: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "report").write_text("mine")
    with pytest.raises(InputError, match="report: the folder cannot be made"):
        write_report(short, tmp_path / "report")
    assert (tmp_path / "report").read_text() == "mine"


NASTY = '<script>alert("1")</script> $x^{ & \'"'


def test_markup_in_users_text_stays_text() -> None:
    shown = replace(
        evaluation(BETTER, first_id=NASTY),
        run=NASTY,
        facts={NASTY: NASTY},
        notes=[NASTY],
        guards={NASTY: {NASTY: {NASTY: NASTY}}},
    )
    shown = replace(shown, traces=[replace(shown.traces[0], item_id=NASTY, label=NASTY)])
    results = [replace(result, settings=NASTY) for result in shown.results]
    elements = Elements(report_html(replace(shown, results=results)))
    assert "script" not in {tag for tag, _ in elements.tags}
    assert elements.text.count(NASTY) >= 10


def test_markup_in_a_policy_s_name_stays_text(short: Evaluation) -> None:
    results = [replace(r, name=f"<b>{r.name}") for r in short.results]
    elements = Elements(report_html(replace(short, results=results, classes=[], frontier=None)))
    assert "b" not in {tag for tag, _ in elements.tags}
    assert "<b>order" in elements.text


def test_letters_of_any_script_make_no_noise(short: Evaluation) -> None:
    results = [replace(r, name=f"{r.name}_発注") for r in short.results]
    page = report_html(replace(short, results=results, classes=[], frontier=None))
    assert "発注" in page


def test_the_page_needs_nothing_from_outside(page: str) -> None:
    for tag, attrs in Elements(page).tags:
        for name in ("src", "href", "xlink:href", "srcset", "data", "action"):
            value = attrs.get(name) or "#"
            assert value.startswith("#") or value == "data:,", f"<{tag} {name}={value}>"
    assert "url(" not in re.sub(r"url\(#", "", page)
    assert "@import" not in page


def test_ids_are_unique_and_every_reference_leads_somewhere(page: str) -> None:
    tags = Elements(page).tags
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    wanted = {
        v[1:] for _, a in tags for n in ("href", "xlink:href") if (v := a.get(n) or "")[:1] == "#"
    }
    wanted |= set(re.findall(r"url\(#([^)]+)\)", page))
    labels = {str(a["aria-labelledby"]) for _, a in tags if "aria-labelledby" in a}
    assert wanted | labels <= set(ids)


def test_people_who_cannot_see_or_point_reach_everything(page: str) -> None:
    tags = Elements(page).tags
    assert ("html", {"lang": "en"}) in tags
    plots = [attrs for tag, attrs in tags if tag == "svg"]
    assert len(plots) == 4 + 3 + 1
    assert all(attrs["role"] == "img" and attrs["aria-label"] for attrs in plots)
    scrolling = [a for tag, a in tags if tag == "div" and a.get("class") == "scroll"]
    assert scrolling
    assert all(attrs.get("tabindex") == "0" and attrs["aria-label"] for attrs in scrolling)
    headings = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h[1-6]", tag)]
    assert headings.count(1) == 1
    assert max(np.diff(headings)) <= 1  # no level is left out


def test_a_second_look_at_the_test_period_is_a_warning(short: Evaluation) -> None:
    words = "looked at 3 times"
    assert words in text_table(replace(short, looks=3))
    assert f'role="note"><strong>Careful.</strong> The test period has been {words}' in report_html(
        replace(short, looks=3)
    )
    assert "Careful" not in report_html(short)


def test_guards_are_shown_only_where_they_were_run(short: Evaluation, page: str) -> None:
    assert 'id="guards"' in page
    assert 'id="guards"' not in report_html(replace(short, guards={}))


def test_nested_results_of_any_depth_become_tables() -> None:
    tables = nested_tables({"n": 3, "a": {"x": {"p": 0.5}, "y": {"q": None}}, "b_c": {"d": [1, 2]}})
    assert [(t.title, list(t.header), [list(r) for r in t.rows]) for t in tables] == [
        ("", ["", "value"], [["n", "3"]]),
        ("a", ["", "p", "q"], [["x", "0.5", "–"], ["y", "–", "–"]]),
        ("b c", ["", "value"], [["d", "1, 2"]]),
    ]


def test_a_column_of_numbers_has_one_number_of_decimals() -> None:
    assert figures([1234.567, 0.5, np.nan]) == ["1,235", "0", "–"]
    assert figures([0.01234, -0.5]) == ["0.0123", "-0.5000"]
    assert figures([0.0]) == ["0.000"]
    assert decimals([], 3) == 2


def test_a_percentage_shows_more_decimals_where_one_would_hide_it() -> None:
    assert [percent(v) for v in (-2.84, 0.11, 0.0041, 0.0, 1371.0)] == [
        "-2.8 %",
        "+0.1 %",
        "+0.004 %",
        "+0.0 %",
        "+1,371.0 %",
    ]


def test_only_figures_get_a_true_minus_sign() -> None:
    assert minus("-2.5 % [-3, -.5], order-2, a|-1") == "−2.5 % [−3, −.5], order-2, a|-1"


def test_costs_below_zero_and_bounds_without_parts_are_drawn(short: Evaluation) -> None:
    results = [
        replace(
            r, scorecard=replace(r.scorecard, total=r.scorecard.total | {"cost_ordering": -1.0})
        )
        for r in short.results
    ]
    assert by_cost(short)[-1].kind == "bound"
    assert 'id="plot-cost"' in report_html(replace(short, results=results))


def test_an_agent_that_orders_as_the_baseline_is_neither_better_nor_worse() -> None:
    same = replace(evaluation(agent_shift=0.4), traces=[])  # the best baseline's own shift
    assert verdict(same).tone == "uncertain"
    page = report_html(same)
    assert "cheaper on 0 % and dearer on 0 % of 24 items" in page
    assert "Items without a difference are not drawn" in page


@pytest.mark.parametrize("n_items", [1, LEAST_ITEMS - 1])
def test_few_items_are_enough_for_a_report_and_too_few_for_an_interval(n_items: int) -> None:
    few = replace(evaluation(BETTER, n_items=n_items), traces=[])
    page, told, said = report_html(few), text_table(few), "too few for an interval"
    assert f"{n_items} item{'s' * (n_items > 1)}<" in page
    assert few.verdict in told
    for text in (page, few.verdict):
        assert "with certainty" in text
        assert said in text
    assert "too few for intervals" in told
    assert json.loads(results_json(few))["policies"][1]["agent_minus_this"]["low"] is None
    assert verdict(few).tone == "uncertain"
    assert {row[2] for row in against_table(few).rows} == {"–"}
    assert "None" not in page + told
