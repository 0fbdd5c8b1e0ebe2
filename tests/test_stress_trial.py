"""What stress cost whom, and how long recovery took: known answers, and one run from the door."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from replenish.arrays import Floats
from replenish.costs import credited_cost
from replenish.errors import InputError
from replenish.protocols import Policy
from replenish.reference import Reference
from replenish.report import text_table
from replenish.report.html import report_html
from replenish.report.stress import NEVER, policy_tables, stress_table, stress_text
from replenish.report.tables import results_json
from replenish.scorecard import Calendar
from replenish.simulation import play
from replenish.stress.result import Stress, recovery_time
from replenish.stress.trial import check_stress, stress_trial
from tests.report_evaluation import CALENDAR, PERIODS, Constant, Played, evaluation, play_all
from tests.tiny_run import Answer, call, results

ONES = np.ones(30)


def after(stressed: dict[int, float]) -> Floats:
    return np.array([stressed.get(period, 1.0) for period in range(30)])


@pytest.mark.parametrize(
    ("course", "periods"),
    [
        ({}, 0),
        (dict.fromkeys(range(5, 10), 9.0), 0),  # dear until it ends, and not a period longer
        (dict.fromkeys(range(5, 13), 9.0), 3),
        (dict.fromkeys(range(5, 13), 1.09), 0),  # within the margin
        ({12: 9.0, 20: 9.0}, 11),  # back for a moment
        (dict.fromkeys(range(10, 30), 0.2), 0),  # cheaper is recovered
        ({29: 9.0}, None),
        (dict.fromkeys(range(5, 30), 1.2), None),
    ],
)
def test_recovery_lasts_until_cost_stays_what_it_is_without_stress(
    course: dict[int, float], periods: int | None
) -> None:
    assert recovery_time(after(course), ONES, 10, window=2) == periods


def test_recovery_is_looked_for_in_means_and_nowhere_beyond_the_end() -> None:
    saw = np.where(np.arange(30) % 2, 1.3, 0.75)  # its means of two periods are 1.025
    assert recovery_time(saw, ONES, 10, window=2) == 0
    assert recovery_time(saw, ONES, 10, window=1) is None
    assert recovery_time(ONES, ONES, 28, window=2) == 0
    assert recovery_time(ONES, ONES, 29, window=2) is None
    assert recovery_time(0 * ONES, 0 * ONES, 5, window=3) == 0


@pytest.fixture(scope="module")
def shop() -> Played:
    return play_all({}, 12, "a")


def policies() -> dict[str, Policy]:
    return {
        "agent": Reference(score_shift=-0.5),
        "agent_guarded": Reference(score_shift=-0.3),
        "order_up_to": Reference(score_shift=0.4),
        "constant_order": Constant(np.resize([0.0, 2.0, 4.0, 9.0], 12)),
    }


@pytest.fixture(scope="module")
def stress(shop: Played) -> Stress:
    days = [str(np.datetime64("2025-01-06") + day) for day in range(PERIODS)]
    return stress_trial(policies(), shop.episode, CALENDAR, days, [7])


def test_without_stress_everybody_pays_what_the_judge_counts(shop: Played, stress: Stress) -> None:
    for name, policy in policies().items():
        money = credited_cost(play(policy, shop.episode), shop.episode.items)
        found = stress.usual.outcomes[name]
        assert found.cost == pytest.approx(money.mean(), rel=1e-12)
        assert found.change == 0.0
        np.testing.assert_allclose(found.course, money.mean(axis=1))


def test_who_does_not_look_does_not_care(stress: Stress) -> None:
    """Wrong records change nothing for constant orders; dearer costs do, and never end."""
    found = {case.name: case for case in stress.cases}
    phantom = found["phantom stock"].outcomes["constant_order"]
    assert (phantom.change, phantom.recovery) == (0.0, 0)
    dearer = found["holding cost × 1.5"]
    assert dearer.lasts
    assert dearer.outcomes["constant_order"].change > 0
    assert not found["supplier stops"].lasts


def test_shocks_cost_and_are_recovered_from(stress: Stress) -> None:
    found = {case.name: case for case in stress.cases}
    for name in ("demand × 2", "supplier stops", "lead time × 2", "sales days"):
        for policy in ("agent", "order_up_to"):
            outcome, usual = found[name].outcomes[policy], stress.usual.outcomes[policy]
            assert outcome.change > 1
            assert outcome.fill_rate is not None
            assert usual.fill_rate is not None
            assert outcome.fill_rate < usual.fill_rate
            assert outcome.recovery is not None
    stopped = found["supplier stops"]
    assert (stopped.first, stopped.end) == (PERIODS // 4, PERIODS // 4 + 21)


def test_the_best_opponent_is_the_cheapest_of_the_case_and_never_the_agent(stress: Stress) -> None:
    for case in (stress.usual, *stress.cases):
        costs = {name: found.cost for name, found in case.outcomes.items()}
        ours = costs.pop("agent")
        costs.pop("agent_guarded")
        assert case.best == min(costs, key=lambda name: costs[name])
        assert case.difference.percent == pytest.approx(100 * (ours / costs[case.best] - 1))
        assert case.difference.blocks == PERIODS // 14
    assert stress.worst.difference.percent == max(c.difference.percent for c in stress.cases)


def test_one_seed_draws_the_same_stress_for_whoever_plays(shop: Played, stress: Stress) -> None:
    some = {name: policies()[name] for name in ("agent", "constant_order")}
    again = stress_trial(some, shop.episode, CALENDAR, stress.dates, [7])
    for case, other in zip(stress.cases, again.cases, strict=True):
        for name in some:
            assert case.outcomes[name].cost == other.outcomes[name].cost
    other_seed = stress_trial(some, shop.episode, CALENDAR, stress.dates, [8])
    cost = [found.cases[1].outcomes["constant_order"].cost for found in (stress, other_seed)]
    assert cost[0] != cost[1]  # halved demand is rounded at random


def test_page_terminal_and_json_tell_the_same(stress: Stress) -> None:
    told = replace(evaluation(), stress=stress)
    page = report_html(told)
    section = page.split('<section id="stress"')[1].split("</section>")[0]
    assert section.count("<svg") == 2
    assert 'href="#stress"' in page
    table, text = stress_table(stress), stress_text(stress)
    assert len(table.rows) == 10
    assert table.rows[0][0] == "as it is"
    for case, row in zip(stress.cases, table.rows[1:], strict=True):
        assert f">{case.name}<" in section
        assert case.words in section
        assert row[0] == case.name
        line = next(line for line in text.splitlines() if line.startswith(case.name + "  "))
        assert all(cell in line for cell in (row[1], row[5], row[6], row[10], row[11]))
    costs, back = policy_tables(stress)
    assert [len(row) for row in (costs.header, back.header)] == [11, 8]
    content = json.loads(results_json(told))["stress"]
    assert content["worst_case"] == stress.worst.name
    agent = content["cases"][4]["policies"]["agent"]
    assert agent["recovery_periods"] == stress.cases[3].outcomes["agent"].recovery
    assert "stress" not in re.findall(r'href="#([a-z]+)"', report_html(evaluation()))
    assert text_table(told) == text_table(evaluation())


def test_a_case_that_lasts_to_the_last_period_has_nothing_to_recover_in(shop: Played) -> None:
    few = 50  # six weeks from the first week on reach to the end
    short = replace(shop.episode, demand=shop.episode.demand[:few])
    days = [str(np.datetime64("2025-01-06") + day) for day in range(few)]
    found = stress_trial(policies(), short, CALENDAR, days, [7])
    lasting = {case.name for case in found.cases if case.lasts}
    assert {"phantom stock", "random lead times"} <= lasting
    assert not found.usual.lasts
    rows = {row[0]: row[4] for row in stress_table(found).rows}
    assert {rows[name] for name in lasting} == {"–"}
    assert "demand x 2" not in lasting


def test_who_does_not_recover_is_told_so(stress: Stress) -> None:
    case = stress.cases[0]
    lost = {name: replace(found, recovery=None) for name, found in case.outcomes.items()}
    never = replace(stress, cases=[replace(case, outcomes=lost), *stress.cases[1:]])
    assert stress_table(never).rows[1][4] == NEVER
    assert stress_table(never).rows[8][4] == "–"  # the holding cost stays


def refused(answer: Answer, said: str) -> None:
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    assert said in answer.err


@pytest.mark.parametrize(("periods", "days", "least"), [(48, 1, 49), (6, 7, 7)])
def test_a_test_period_without_room_for_a_stress_is_refused(
    periods: int, days: int, least: int
) -> None:
    calendar = Calendar(days_per_period=days)
    with pytest.raises(InputError, match=f"has {periods} periods.*need {least} or more"):
        check_stress(periods, calendar)
    check_stress(least, calendar)


def test_a_short_test_period_is_refused_before_it_is_looked_at(
    trained_run: Path, tmp_path: Path
) -> None:
    run = tmp_path / "short"
    shutil.copytree(trained_run, run, ignore=shutil.ignore_patterns("report", "test_looks.json"))
    config = run / "config.toml"
    text = config.read_text("utf-8")
    split = {"fit": "2022-06-10", "train": "2022-10-01", "validation": "2022-12-20"}
    for part, until in split.items():
        text = text.replace(f'{part}_until = ""', f'{part}_until = "{until}"')
    config.write_text(text.replace('test_until = ""', 'test_until = "2023-01-31"'), "utf-8")
    refused(call("evaluate", [run, "--stress"]), "--stress: the test part has")
    assert not (run / "test_looks.json").exists()


@pytest.mark.slow
def test_the_door_stresses_everybody_on_their_own_sales(trained_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "tiny"
    shutil.copytree(trained_run, run)
    answer = call("evaluate", [run, "--without-guards", "--stress"])
    assert answer.code == 0, answer.err
    assert "Under stress" in answer.out
    told = results(run)
    usual, own = told["stress"]["cases"][0], told["own_sales"]
    assert set(usual["policies"]) == {
        "agent", "agent_guarded", "order_up_to", "reorder_point", "reference",
        "reference_per_item", "averaged_formula",
    }  # fmt: skip
    for name, found in own.items():
        cost = found["cost, forecasts of its own sales"]
        assert usual["policies"][name]["cost"] == pytest.approx(cost, rel=1e-12)
    assert [case["case"] for case in told["stress"]["cases"]][:2] == ["as it is", "demand × 2"]
    assert all(case["policies"]["agent"]["cost"] > 0 for case in told["stress"]["cases"])
