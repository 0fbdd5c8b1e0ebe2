"""The benchmark against the known optimum judges rightly and goes on where it stopped."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.ppo import PPOAgent
from benchmarks import optimality, textbook, textbook_mixture
from benchmarks.kept_network import plain_network, taught_once
from benchmarks.optimality import LESSONS, Task, examine, judge
from benchmarks.optimality_orders import MOST_DUE, MOST_ON_HAND, orders_of, visits
from benchmarks.optimality_page import write_page
from benchmarks.textbook import Exam, difference, draw_exam, exam_of, mean_costs, teach
from benchmarks.textbook_mixture import _drawn, mixture
from replenish.config import EnvConfig
from replenish.errors import InputError
from replenish.exact.policy import RulePolicy
from replenish.exact.rules import OrderUpTo
from replenish.scenarios import load_scenario

TINY = replace(
    LESSONS["lost_sales"],
    agent=PPOAgent(batch_size=256),
    env=EnvConfig(rows=16, periods=32),
    steps=1024,
)


@pytest.fixture
def short_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimality, "ROWS", 100)
    monkeypatch.setattr(optimality, "PERIODS", 100)
    monkeypatch.setattr(textbook, "LOOKS", 2)


def lost_sales(number: int = 0) -> Exam:
    return exam_of(load_scenario("lost_sales").instances[number])


def test_the_optimum_has_no_gap_and_costs_what_the_solver_says(short_judge: None) -> None:
    exam = lost_sales()
    found = judge(exam, exam.best, None)
    assert found["gap"] == {"percent": 0.0, "low": 0.0, "high": 0.0}
    assert found["simulated_optimum"]["low"] < 0 < found["simulated_optimum"]["high"]
    assert found["over_rule"]["high"] < 0 < found["rule_gap_percent"]


@pytest.mark.parametrize("scenario", ["lost_sales", "fixed_cost_backorder"])
def test_a_wrong_level_costs_more_than_the_optimum(scenario: str, short_judge: None) -> None:
    exam = exam_of(load_scenario(scenario).instances[0])
    wrong = RulePolicy(OrderUpTo(60, 59), 2)
    assert judge(exam, wrong, None)["gap"]["low"] > 5.0


def test_the_interval_of_a_difference_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(1000):
        shared = rng.gamma(4.0, 1.0, 200)
        found = difference(1.02 * shared + rng.normal(0, 0.1, 200), shared)
        held += found.low < 2.0 < found.high
    assert 930 < held < 968


@pytest.mark.slow
def test_a_result_that_stands_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short_judge: None
) -> None:
    monkeypatch.setitem(optimality.LESSONS, "lost_sales", TINY)
    examine(Task("lost_sales", 0, (0,), tmp_path))
    place = tmp_path / "lost_sales-00-0.json"
    result = json.loads(place.read_text())
    assert result["curve"][0][1] == pytest.approx(result["start_gap"]["percent"], abs=2.0)
    place.write_text(json.dumps(result | {"seconds": -1.0}))
    examine(Task("lost_sales", 0, (0, 1), tmp_path))
    assert json.loads(place.read_text())["seconds"] == -1.0
    assert (tmp_path / "lost_sales-00-1.json").exists()
    write_page(tmp_path)
    table = (tmp_path / "tables.md").read_text()
    assert "demand=poisson shortage_cost=4 lead_time=1" in table
    assert "- run 1: mean gap" in table
    assert (tmp_path / "gaps.svg").stat().st_size > 1000
    assert (tmp_path / "learning.svg").stat().st_size > 1000


@pytest.mark.slow
def test_results_of_other_settings_are_never_mixed_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short_judge: None
) -> None:
    monkeypatch.setitem(optimality.LESSONS, "lost_sales", TINY)
    examine(Task("lost_sales", 0, (0,), tmp_path))
    longer = replace(TINY, steps=2048)
    monkeypatch.setitem(optimality.LESSONS, "lost_sales", longer)
    with pytest.raises(InputError, match=r"lost_sales-00-0\.json: was learned with other settings"):
        examine(Task("lost_sales", 0, (0, 1), tmp_path))
    examine(Task("lost_sales", 0, (1,), tmp_path))
    with pytest.raises(InputError, match=r"lost_sales-00-1\.json: .* than .*lost_sales-00-0"):
        write_page(tmp_path)
    place = tmp_path / "kept.npz"
    taught_once(place, TINY, lambda: lost_sales().source, 0)
    with pytest.raises(InputError, match=r"kept\.npz: was learned with other settings"):
        taught_once(place, longer, lambda: lost_sales().source, 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--seeds", "x"], "argument --seeds: 'x', expected whole numbers"),
        (["--jobs", "0"], "argument --jobs: '0', expected a whole number of 1 or more"),
        (["--parts", "lost_sale"], "did you mean 'lost_sales'?"),
        (["--only", "nowhere", "--parts", "sac"], "--only 'nowhere': no instance"),
        (["--folder", "new", "--parts", "none"], "new: holds no results"),
        (["--folder", "report.html", "--parts", "none"], "report.html: is a file"),
    ],
)
def test_a_mistake_on_the_command_line_is_said_and_leaves_nothing(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("report.html").touch()
    try:
        code: object = optimality.main(words)
    except SystemExit as ended:  # argparse's own way
        code = ended.code
    assert code == 2
    assert said in capsys.readouterr().err
    assert [place.name for place in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.slow
def test_a_kept_network_orders_as_the_one_that_learned(tmp_path: Path) -> None:
    exam = lost_sales()
    place = tmp_path / "kept.npz"
    kept = taught_once(place, TINY, lambda: exam.source, 3)
    again = taught_once(place, TINY, lambda: exam.source, 4)  # the seed comes too late
    fresh = teach(TINY, exam.source, 3)
    episode = draw_exam(exam, 50, 60, [5])
    costs = [mean_costs(taught.policy, episode) for taught in (kept, again, fresh)]
    np.testing.assert_array_equal(costs[0], costs[1])
    np.testing.assert_allclose(costs[0], costs[2])
    features = np.random.default_rng(0).normal(size=(20, 29)).astype(np.float32)
    assert np.ptp(plain_network(fresh.layers)(features)) > 0


def test_instances_for_all_lie_in_their_ranges_and_keep_both_demands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(textbook_mixture, "POOL", 400)
    pool = mixture(32)
    items, means = pool.items, np.array([family.mean for family in pool.families])
    assert set(items.lead_time) == {1, 2, 3, 4}
    assert 3 <= items.shortage_cost.min() < 3.2
    assert 45 < items.shortage_cost.max() <= 50
    assert 2 <= means.min() < 2.2
    assert 18 < means.max() <= 20
    assert {family.name for family in pool.families} == {"poisson", "geometric"}
    later, _ = _drawn(20, np.random.default_rng([22]))
    assert not set(later.shortage_cost) & set(items.shortage_cost)


def test_the_picture_shows_the_exact_orders_and_where_they_matter() -> None:
    exam = lost_sales(optimality.PICTURED)
    shown = orders_of(exam, exam.best)
    assert exam.name == "demand=poisson shortage_cost=9 lead_time=2"
    assert shown.shape == (MOST_ON_HAND + 1, MOST_DUE + 1)
    rule = exam.best.rule  # type: ignore[attr-defined]
    for on_hand, due in ((0, 0), (7, 5), (13, 2), (20, 12)):
        assert shown[on_hand, due] == rule(np.array([[on_hand, due]]))[0]
    often = visits(exam)
    assert often[8, 5] > 0
    assert often[0, 0] == often[20, 12] == 0


@pytest.mark.slow
@pytest.mark.parametrize("number", [2, 27])
def test_ppo_comes_within_two_percent_of_the_optimum_in_a_minute(number: int) -> None:
    """Both demands, p = 4 and 19, L = 3 and 4; the whole table is the benchmark."""
    exam = lost_sales(number)
    taught = teach(replace(LESSONS["lost_sales"], steps=2_000_000), exam.source, 0)
    found = judge(exam, taught.policy, taught.start)
    assert found["simulated_optimum"]["low"] < 0.5
    assert -0.1 < found["gap"]["low"] < found["gap"]["high"] < 2.0, found
    assert found["gap"]["high"] < found["start_gap"]["low"], found
