"""Other costs and lead times: the same policies, the truth told, the same demand."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from replenish.arrays import Floats
from replenish.bundle import load_bundle
from replenish.episodes import PanelEpisodes
from replenish.forecasting.context import with_context
from replenish.forecasting.files import load_blocks
from replenish.forecasting.forecast import CONTEXT, ForecastTable
from replenish.forecasting.path import ForecastLookup
from replenish.items import Items
from replenish.judging.judge import judge
from replenish.judging.sensitivity import cases, reaching, sensitivity
from replenish.judging.starts import Starts
from replenish.observation import Observation
from replenish.protocols import Policy
from replenish.run_folder import FORECASTERS, TUNED, existing_run
from replenish.scorecard import Calendar
from replenish.tuning.opponents import REFERENCE, Opponents
from replenish.workbench import set_up
from tests.forecast_panels import panel_of
from tests.report_evaluation import Constant
from tests.test_backtest_measures import table_of


def steady(horizon: int) -> ForecastTable:
    """Return forecasts of independent demand of mean 4 and deviation 3, two items, one origin."""
    mean, ahead = np.full((2, 1, horizon), 4.0), np.arange(1, horizon + 1)
    sum_std = np.broadcast_to(3.0 * np.sqrt(ahead), mean.shape)
    quantiles = (4.0 * ahead + np.multiply.outer([0.0, 3.0], np.sqrt(ahead))).T  # (H, 2)
    wide = np.broadcast_to(quantiles, (2, 1, horizon, 2))
    levels, one = np.array([0.5, 0.84]), np.zeros(1, dtype=np.int64)
    return ForecastTable(one, mean, np.full(mean.shape, 3.0), sum_std, wide, levels, one)


@pytest.mark.parametrize("known", [2, 5, 7, 11])
def test_independent_demand_is_forecast_on_exactly(known: int) -> None:
    longer, exact = reaching(steady(known), 20), steady(20)
    for name in ("mean", "std", "sum_std", "sum_quantiles"):
        np.testing.assert_allclose(getattr(longer, name), getattr(exact, name))


def test_the_last_week_repeats_and_what_reaches_is_left_alone() -> None:
    table = steady(9)
    assert reaching(table, 9) is table
    week = np.tile(np.arange(1.0, 8.0), 4)[None, None, :]
    days = steady(9).mean * 0 + week[:, :, :9]
    longer = reaching(replace(table, mean=days), 28)
    np.testing.assert_allclose(longer.mean[0], week[0])


def test_the_case_as_it_is_is_the_judge_s_and_costs_are_lines(trained_run: Path) -> None:
    bundle, problem = load_bundle(trained_run / "bundle"), set_up(existing_run(trained_run), Path())
    opponents = Opponents.load(trained_run / TUNED, len(problem.items))
    part = problem.split.test
    table = problem.forecasts(load_blocks(trained_run / FORECASTERS), part)
    source = problem.episodes(table, part)
    policies: dict[str, Policy] = {"agent": bundle.policy}
    policies |= {name: tuned.policy for name, tuned in opponents.baselines.items()}
    policies[REFERENCE] = opponents.reference
    found = sensitivity(policies, source, table, problem.panel, problem.calendar, seed=[4])
    judged = judge(problem, bundle.policy, opponents, Starts.of(source, [1.0], [4]))
    best = next(r for r in judged.results[1:] if r.kind == "baseline")
    cases = {(case.parameter, case.factor): case for case in found}
    told = cases["as it is", 1.0]
    assert told.cost == pytest.approx(judged.results[0].scorecard.total["cost"])
    assert best.difference is not None
    assert told.best == best.name
    assert told.difference.percent_low == pytest.approx(best.difference.percent_low)
    same: Policy = Constant(np.full(len(problem.items), 3.0))  # whatever it is told
    both = {"agent": same, "x": same}
    fixed = sensitivity(both, source, table, problem.panel, problem.calendar, seed=[4])
    half, one, two = (
        {case.parameter: case.cost for case in fixed if case.factor == factor}
        for factor in (0.5, 1.0, 2.0)
    )
    for words in ("holding cost", "shortage cost"):  # then cost is a line in either of them
        assert two[words] - one["as it is"] == pytest.approx(2 * (one["as it is"] - half[words]))
        assert two[words] > one["as it is"]
    assert set(half) == set(two) == {case.parameter for case in found} - {"as it is"}


@dataclass
class Listens:
    """Orders nothing and keeps the planned promotion that it is told of."""

    heard: list[Floats] = field(default_factory=list)

    def order(self, observation: Observation) -> Floats:
        context = observation.forecast.context
        assert context is not None
        self.heard.append(context[:, CONTEXT.index("promotion")])
        return np.zeros(len(context))


def test_with_other_lead_times_the_plan_is_read_as_far_as_an_order_has_to_cover() -> None:
    promotion = (np.arange(60) % 10 < 3).astype(float)[None, :]
    panel = panel_of(np.full((1, 60), 4.0), known={"promotion": promotion})
    items = Items.build(1, lead_time=4)
    origins = np.arange(20, 40)
    table = table_of(panel, np.full((1, 20, 5), 4.0), origins, 2.0)
    told = with_context(panel, table, items.protection_period)
    lookup = ForecastLookup.of(told, items.protection_period)
    source = PanelEpisodes(items, panel.sales, panel.sales, lookup, 21, 40, 20)
    policy = Listens()
    cases = sensitivity({"agent": policy, "x": policy}, source, told, panel, Calendar(), seed=0)
    for lead_time, last in ((8, policy.heard[-20:]), (2, policy.heard[-60:-40])):
        assert cases
        ahead = origins[:, None] + np.arange(1, lead_time + 2)
        np.testing.assert_allclose(np.concatenate(last), promotion[0, ahead].mean(axis=1))


def test_half_of_one_period_is_no_case_of_its_own() -> None:
    told = [(name, factor) for name, factor, _ in cases(Items.build(2, lead_time=1))]
    assert ("lead time", 2.0) in told
    assert ("lead time", 0.5) not in told
