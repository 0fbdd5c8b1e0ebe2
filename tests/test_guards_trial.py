"""Laws of the trials: what is put in is true, what is found is counted, chance is shared."""

import json

import numpy as np
import pytest

from replenish.data.panel import Panel
from replenish.demand_families import DemandFamily
from replenish.errors import InputError
from replenish.forecasting.forecast import ForecastTable
from replenish.forecasting.path import SteadyForecast
from replenish.guards import GuardConfig
from replenish.guards.corruption import (
    CORRUPTIONS,
    CorruptionResult,
    corrupt,
    corruption_trial,
    draw_plan,
)
from replenish.guards.inject import LENGTHS, Injected, inject
from replenish.guards.trial import Score, detection_trial, fallback_periods, score_alarms
from replenish.items import Items
from replenish.reference import Reference
from replenish.simulation import Episode, Shop, empty_start
from tests.forecast_panels import panel_of
from tests.guard_panels import FIRST, exact_forecasts, poisson_panel


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("kind", LENGTHS)
def test_truth_marks_exactly_what_was_changed(kind: str) -> None:
    panel = poisson_panel()
    before = panel.sales.copy()
    injected = inject(panel, (kind,), FIRST, rng())
    changed = ~np.isclose(injected.panel.sales, panel.sales)
    np.testing.assert_array_equal(injected.truth, changed)
    np.testing.assert_array_equal(panel.sales, before)
    assert not injected.truth[:, :FIRST].any()
    assert injected.truth.sum(axis=1).max() <= LENGTHS[kind]
    assert {name for name in injected.kinds if name} == {kind}


def test_each_kind_does_what_its_name_says() -> None:
    panel = panel_of(np.full((30, 200), 10.0))
    sales = {k: inject(panel, (k,), 100, rng(), share=1.0) for k in LENGTHS}
    values = {k: set(i.panel.sales[i.truth].tolist()) for k, i in sales.items() if k != "missing"}
    assert values["spike"] == {90.0}
    assert values["flat_line"] == {0.0}
    assert values["unit_error"] == {100.0}
    assert max(values["collapse"]) < 10.0
    assert np.isnan(sales["missing"].panel.sales[sales["missing"].truth]).all()


def test_an_anomaly_that_changes_nothing_is_no_event() -> None:
    silent = panel_of(np.zeros((10, 100)))
    assert set(inject(silent, ("collapse",), 50, rng(), share=1.0).kinds) == {""}


def test_injecting_nothing_changes_nothing_and_finds_almost_nothing() -> None:
    panel = poisson_panel()
    injected = inject(panel, (), FIRST, rng())
    np.testing.assert_array_equal(injected.panel.sales, panel.sales)
    assert fallback_periods(panel, exact_forecasts(panel), GuardConfig()).mean() < 0.002


def test_an_unknown_anomaly_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'spike'"):
        inject(poisson_panel(), ("spikes",), FIRST, rng())


def test_an_anomaly_must_fit_into_the_history() -> None:
    with pytest.raises(ValueError, match="cannot hold an anomaly of 21"):
        inject(poisson_panel(), ("flat_line",), 390, rng())


def test_every_kind_is_found_where_forecasts_are_right() -> None:
    scores = detection_trial(poisson_panel(), exact_forecasts, GuardConfig(), rng())
    least = {"spike": 0.9, "collapse": 0.8, "flat_line": 1.0, "unit_error": 1.0, "missing": 1.0}
    for kind, recall in least.items():
        assert scores.kinds[kind].events >= 8
        assert scores.kinds[kind].recall >= recall, kind
        assert scores.kinds[kind].precision >= 0.8, kind
    assert scores.overall.f1 >= 0.85
    assert scores.clean_share < 0.002


def test_a_kind_too_long_for_the_judged_periods_is_left_out() -> None:
    panel = poisson_panel()

    def roll(some: Panel) -> ForecastTable:
        return exact_forecasts(some, first=389)

    scores = detection_trial(panel, roll, GuardConfig(), rng())
    assert set(scores.kinds) == {"spike", "unit_error", "missing"}


def test_anomalies_lie_only_where_forecasts_are_judged() -> None:
    panel = poisson_panel()

    def roll(some: Panel) -> ForecastTable:
        return exact_forecasts(some.until(min(299, some.n_periods - 1)))

    scores = detection_trial(panel, roll, GuardConfig(), rng())
    assert scores.kinds["missing"].recall == 1.0


def test_without_guards_nothing_is_found() -> None:
    off = GuardConfig(enabled=False)
    scores = detection_trial(poisson_panel(), exact_forecasts, off, rng())
    assert (scores.overall.recall, scores.overall.alarms) == (0.0, 0)
    assert json.loads(json.dumps(scores.to_dict()))["overall"]["precision"] is None


def test_alarms_are_counted_as_runs_and_echoes_are_not_false() -> None:
    panel = panel_of(np.ones((2, 60)))
    truth, flags = np.zeros((2, 60), dtype=bool), np.zeros((2, 50), dtype=bool)
    truth[0, 20:23] = True
    injected = Injected(panel, truth, ("spike", ""))
    flags[0, [11, 12, 16, 40]] = True  # in the event; its echo; long after
    flags[1, 5:9] = True
    assert score_alarms(injected, flags, first=10) == Score(1, 1, 4, 2)
    only_echo = np.zeros_like(flags)
    only_echo[0, 16] = True
    assert score_alarms(injected, only_echo, first=10) == Score(1, 0, 1, 1)


def test_scores_are_the_textbooks() -> None:
    score = Score(events=10, found=6, alarms=8, true_alarms=6)
    assert (score.precision, score.recall) == (0.75, 0.6)
    assert score.f1 == pytest.approx(2 * 0.75 * 0.6 / 1.35)


def episode(periods: int = 150, rows: int = 60) -> Episode:
    family = DemandFamily("poisson", 8.0)
    items = Items.build(rows, lead_time=4, shortage_cost=9.0)
    return Episode(
        items=items,
        demand=family.draw((periods, rows), rng(5)),
        forecasts=SteadyForecast(family.forecast(items.protection_period)),
        start=empty_start(items),
    )


def trial(share: float, config: GuardConfig | None = None) -> CorruptionResult:
    return corruption_trial(
        Reference(0.2), Reference(), episode(), config or GuardConfig(), rng(1), share
    )


def test_guards_take_back_most_of_what_corruption_costs() -> None:
    result = trial(0.02)
    assert result.corrupted > 1.5 * result.clean
    assert result.guarded < 1.2 * result.clean
    assert result.damage_avoided > 0.9
    for kind in ("stock_negative", "stock_unknown", "forecast_tenfold", "forecast_unknown"):
        assert result.found[kind] > 0.95, kind
    assert json.loads(json.dumps(result.to_dict()))["share"] == 0.02


def test_without_corruption_guards_cost_nothing() -> None:
    result = trial(0.0)
    assert result.corrupted == result.clean
    assert result.guarded == result.clean_guarded
    assert result.clean_guarded == pytest.approx(result.clean, rel=0.002)
    assert result.false_fallback < 0.002
    assert result.found == {}


def test_guards_that_are_off_leave_the_damage() -> None:
    off = trial(0.02, GuardConfig(enabled=False))
    assert off.found["forecast_tenfold"] == 0.0
    assert off.guarded > 1.5 * off.clean


def test_the_share_of_corrupted_records_is_the_one_asked_for() -> None:
    plan = draw_plan(400, 500, 0.02, rng())
    assert (plan > 0).mean() == pytest.approx(0.02, abs=0.002)
    assert set(np.unique(plan)) == set(range(len(CORRUPTIONS) + 1))


def test_corruption_touches_the_rows_it_names_and_not_the_shop() -> None:
    shop = Shop(episode())
    for _ in range(8):
        shop.step(Reference().order(shop.observe()))
    seen = shop.observe()
    kinds = np.zeros(60, dtype=int)
    kinds[: len(CORRUPTIONS)] = range(1, len(CORRUPTIONS) + 1)
    told = corrupt(seen, kinds)
    rest = slice(len(CORRUPTIONS), None)
    np.testing.assert_array_equal(told.state.on_hand[rest], seen.state.on_hand[rest])
    np.testing.assert_array_equal(told.recent_sales[rest], seen.recent_sales[rest])
    np.testing.assert_array_equal(told.forecast.mean[rest], seen.forecast.mean[rest])
    assert told.state.on_hand[0] < 0
    assert np.isnan(told.state.on_hand[1])
    assert told.forecast.lead_time_demand.mean[4] == 10 * seen.forecast.lead_time_demand.mean[4]
    assert np.isfinite(shop.state.on_hand).all()
    assert corrupt(seen, np.zeros(60, dtype=int)) is seen
