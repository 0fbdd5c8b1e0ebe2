"""Behind the verdict: which interval is which, starts, classes, frontier, other parameters."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from replenish.item_classes import ABC, DEMAND, classify
from replenish.items import Items
from replenish.judging.by_class import by_class
from replenish.judging.counted import play_all
from replenish.judging.evaluation import Evaluation
from replenish.judging.frontier import FACTORS, Frontier, Point, frontier
from replenish.judging.sensitivity import cases
from replenish.paired import BlockCosts, paired_difference
from replenish.protocols import Policy
from replenish.reference import Reference
from replenish.report import text_table, write_report
from replenish.report.details import against_table, class_tables, starts_table
from replenish.report.html import report_html
from replenish.scorecard import Calendar
from tests.forecast_panels import shop
from tests.report_evaluation import CALENDAR, Constant, evaluation, what_if
from tests.report_evaluation import play_all as play_sample


@pytest.fixture(scope="module")
def found() -> Evaluation:
    return replace(what_if(evaluation(-0.3)), traces=[])


def test_the_page_and_the_terminal_say_which_interval_is_which(found: Evaluation) -> None:
    assert "items and 8 blocks of time" in text_table(found)  # 120 periods of 14 and more days
    assert "over items and 8 blocks of time" in report_html(found)
    assert list(against_table(found).header)[2:5] == [
        "Over items and time",
        "Over items alone",
        "Over time alone",
    ]
    short = [
        replace(r, difference=r.difference and replace(r.difference, blocks=0))
        for r in found.results
    ]
    alone = replace(found, results=short)
    assert "items alone: too few periods for time" in text_table(alone)
    assert "too short for blocks of time" in report_html(alone)


def test_the_interval_over_time_is_a_dash_where_no_blocks_were_drawn(found: Evaluation) -> None:
    agent, first = found.results[:2]
    assert first.difference is not None
    over_items = replace(first.difference, blocks=0, time_percent_low=None, time_percent_high=None)
    alone = replace(first, name="one_block", difference=over_items)
    rows = {r[0]: r[2:5] for r in against_table(replace(found, results=[agent, alone, first])).rows}
    assert rows["one_block"] == ("–", rows[first.name][1], "–")
    assert "–" not in rows[first.name]


def test_the_method_says_how_long_a_block_is(found: Evaluation) -> None:
    assert "blocks of 21 periods" in report_html(replace(found, block=21))


def test_what_nobody_has_is_said_to_be_no_bound(found: Evaluation) -> None:
    informed = replace(found.results[1], name="agent_informed", kind="what_if")
    shown = replace(found, results=[*found.results, informed])
    assert "agent_informed (what if)" in text_table(shown)
    assert "<small>(what if)</small>" in report_html(shown)
    assert text_table(shown).index("agent_informed") < text_table(shown).index("perfect_foresight")


def test_who_was_played_from_the_usual_start_alone_has_no_figures_of_the_others(
    found: Evaluation,
) -> None:
    nan = float("nan")
    once = replace(
        found.results[1], starts=(4.0, nan), agent_usual=BlockCosts(np.ones((24, 1)), np.ones(1))
    )
    shown = replace(found, results=[found.results[0], once, *found.results[2:]])
    table = starts_table(shown)
    assert table is not None
    row = next(row for row in table.rows if row[0] == once.name)
    assert row[2] == "–"
    assert " to " not in row[3]
    assert f"{once.name} was played from the usual start alone" in report_html(shown)


def test_each_start_stands_beside_the_others(found: Evaluation) -> None:
    table = starts_table(found)
    assert table is not None
    assert len(table.header) == 4
    assert len(table.rows) == len(found.results) - 1  # a bound has one cost
    single = [replace(r, starts=r.starts[:1]) for r in found.results]
    assert starts_table(replace(found, results=single)) is None


def test_classes_hold_every_item_once_and_the_agent_is_judged_in_each(found: Evaluation) -> None:
    n_items = len(found.agent.scorecard.item_ids)
    for kind in (ABC, DEMAND):
        mine = [one for one in found.classes if one.kind == kind]
        assert sum(one.items for one in mine) == n_items
        assert sum(one.value_share for one in mine) == pytest.approx(1.0)
        cost = sum(one.items * one.totals["agent"]["cost"] for one in mine) / n_items
        assert cost == pytest.approx(found.agent.scorecard.total["cost"])
    assert [one.name for one in found.classes] == ["A", "B", "C", "smooth", "intermittent", "lumpy"]
    assert len(class_tables(found)) == 4


def test_a_class_is_judged_as_if_its_items_were_all() -> None:
    sample = play_sample({"agent": Reference(), "other": Reference(score_shift=1.0)}, 8, "a")
    policies: dict[str, Policy] = {"agent": Reference(), "other": Reference(score_shift=1.0)}
    counted = play_all(policies, sample.episode, CALENDAR)
    labels = {ABC: ("A", "A", "B", "B", "B", "C", "C", "C")}
    second = by_class(counted, labels, np.ones(8), CALENDAR)[1]
    ours, theirs = (counted[name].costs.per_item[2:5] for name in ("agent", "other"))
    difference = second.differences["other"]
    alone = paired_difference(ours, theirs)
    assert difference.percent == pytest.approx(alone.percent)
    assert difference.share_improved == alone.share_improved
    assert second.value_share == pytest.approx(3 / 8)


def test_values_are_counted_at_prices_where_all_items_have_one() -> None:
    panel = shop(5)
    panel = replace(panel, known={})
    n, price = panel.n_items, np.linspace(1.0, 9.0, panel.n_items)
    units = classify(panel, Items.build(n), 99)[1]
    np.testing.assert_allclose(units, np.nan_to_num(panel.sales[:, :100]).sum(axis=1))
    np.testing.assert_allclose(classify(panel, Items.build(n, price=price), 99)[1], units * price)
    some = np.where(np.arange(n) == 0, 0.0, price)
    np.testing.assert_allclose(classify(panel, Items.build(n, price=some), 99)[1], units)


def test_classes_read_back_from_csv(found: Evaluation, tmp_path: Path) -> None:
    write_report(found, tmp_path)
    with (tmp_path / "classes.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(len(one.totals) for one in found.classes) == 18
    first = found.classes[0]
    row = next(r for r in rows if (r["class"], r["policy"]) == (first.name, first.best))
    assert float(row["cost"]) == first.totals[first.best]["cost"]
    assert float(row["agent_percent"]) == first.differences[first.best].percent


def test_who_is_told_a_higher_shortage_cost_holds_and_serves_more() -> None:
    policies: dict[str, Policy] = {"agent": Reference(), "constant": Constant(np.full(6, 3.0))}
    sample = play_sample(policies, 6, "a")
    curve = frontier(policies, sample.episode, CALENDAR)
    points = curve.curves["agent"]
    assert [point.factor for point in points] == list(FACTORS)
    assert (np.diff([point.stock for point in points]) > 0).all()
    assert (np.diff([point.fill_rate for point in points]) > 0).all()
    assert [point.factor for point in curve.curves["constant"]] == [1.0]  # it asks for no cost
    true = play_all(policies, sample.episode, CALENDAR)["agent"].tally.total(CALENDAR)
    assert (points[2].stock, points[2].fill_rate) == (true["stock_value"], true["fill_rate"])


def test_stock_is_compared_at_the_same_service() -> None:
    ours = [Point(0.5, 10.0, 0.90), Point(1.0, 20.0, 0.94), Point(2.0, 30.0, 0.98)]
    one, beyond = [Point(1.0, 30.0, 0.96)], [Point(1.0, 30.0, 0.99)]
    found = Frontier("stock_value", {"agent": ours, "one": one, "beyond": beyond})
    assert found.stock_saved("one") == pytest.approx(100 * (25.0 / 30.0 - 1.0))
    assert found.stock_saved("beyond") is None


def test_units_stand_where_no_value_is_known() -> None:
    policies: dict[str, Policy] = {"agent": Reference()}
    episode = play_sample(policies, 4, "a").episode
    bare = replace(episode, items=replace(episode.items, unit_value=np.zeros(4)))
    assert frontier(policies, bare, Calendar()).unit == "average_stock"


def test_every_parameter_is_halved_and_doubled_but_what_is_zero() -> None:
    items = Items.build(3, lead_time=[0, 1, 5], holding_cost=0.2, shortage_cost=[1.0, 2.0, 4.0])
    found = {(words, factor): changed for words, factor, changed in cases(items)}
    assert [words for words, _ in found] == [
        "as it is", "holding cost", "holding cost", "shortage cost", "shortage cost", "lead time",
        "lead time",
    ]  # fmt: skip
    np.testing.assert_allclose(found["shortage cost", 2.0].shortage_cost, [2.0, 4.0, 8.0])
    assert found["lead time", 0.5].lead_time.tolist() == [0, 1, 3]
    assert found["lead time", 2.0].lead_time.tolist() == [0, 2, 10]
    assert "lead time" not in {words for words, *_ in cases(items, own_lead_time=False)}


def test_policies_and_parameters_that_were_not_asked_for_are_not_in_the_page() -> None:
    page = report_html(replace(evaluation(-0.3), traces=[]))
    for name in ("classes", "frontier", "sensitivity"):
        assert f'id="{name}"' not in page
