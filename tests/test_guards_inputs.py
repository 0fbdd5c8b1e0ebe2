"""Laws of the guards on inputs: silent on a good morning, each one speaks for its own trouble."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from replenish.forecasting.history import History
from replenish.guards import Finding, GuardConfig, check_inputs
from replenish.guards.config import Guard
from replenish.guards.features import forest_scores, item_features
from replenish.guards.inputs import INPUT_GUARDS
from replenish.guards.left_out import impossible_sales
from replenish.guards.records import jumped, range_excess
from replenish.guards.series import lasting, root_scores, silence, unrecorded
from replenish.state import InventoryState
from tests.forecast_panels import panel_of
from tests.guard_panels import MEANS, exact_forecasts, facts_of, poisson_panel, with_sales

CONFIG = GuardConfig()
N = len(MEANS)


def guards_at(findings: list[Finding], row: int) -> set[str]:
    return {finding.guard for finding in findings if finding.row == row}


def test_a_good_morning_has_no_findings() -> None:
    assert check_inputs(facts_of(poisson_panel()), CONFIG) == []


def test_a_sale_tenfold_is_a_spike_and_says_its_numbers() -> None:
    panel = with_sales(poisson_panel(), 12, [MEANS[12] * 10])
    (finding,) = check_inputs(facts_of(panel), CONFIG)
    assert (finding.row, finding.guard, finding.fallback) == (12, "demand_spike", True)
    assert f"{MEANS[12] * 10:.4g} units were sold" in finding.reason
    assert f"{MEANS[12]:.4g} were expected" in finding.reason


def test_a_spike_counts_for_as_many_periods_as_the_config_says_and_no_longer() -> None:
    for age in range(5):
        panel = with_sales(poisson_panel(), 12, [200.0, *[MEANS[12]] * age])
        found = guards_at(check_inputs(facts_of(panel), CONFIG), 12)
        assert ("demand_spike" in found) == (age < CONFIG.recent_periods)


def test_a_sale_out_of_stock_can_be_too_high_but_never_too_low() -> None:
    panel = poisson_panel()
    censored = panel.censored.copy()
    censored[:, -7:] = True
    quiet = replace(with_sales(panel, 12, [0.0] * 7), censored=censored)
    assert check_inputs(facts_of(quiet), CONFIG) == []
    loud = replace(with_sales(panel, 12, [200.0]), censored=censored)
    assert guards_at(check_inputs(facts_of(loud), CONFIG), 12) == {"demand_spike"}


def test_a_week_at_a_tenth_is_a_collapse_and_zeros_in_stock_are_a_flat_line() -> None:
    low = with_sales(poisson_panel(), 20, [2.0] * 7)
    assert guards_at(check_inputs(facts_of(low), CONFIG), 20) == {"demand_collapse"}
    (said,) = (
        f.reason for f in check_inputs(facts_of(low), CONFIG) if f.guard == "demand_collapse"
    )
    assert said.startswith("14 units were sold where ")
    assert "in 7 recorded periods of the 7 up to " in said
    empty = with_sales(poisson_panel(), 20, [0.0] * 7)
    found = check_inputs(facts_of(empty), CONFIG)
    assert {"demand_collapse", "flat_line"} <= guards_at(found, 20)
    assert "no sale for 7 periods" in next(f.reason for f in found if f.guard == "flat_line")


def test_runs_of_zeros_are_counted_as_the_words_say() -> None:
    sales = np.array([[0, 3, 0, 0, 5, 0, np.nan, 0, 0]], dtype=float)
    quiet = silence(panel_of(sales))
    np.testing.assert_array_equal(quiet.length, [[0, 0, 1, 2, 0, 1, 1, 2, 3]])
    np.testing.assert_array_equal(quiet.longest_before, [[0, 0, 0, 0, 2, 2, 2, 2, 2]])
    # Two sales, one run of two zeros: 2/4 that zeros begin; then 2/4 and 3/5 that they go on.
    assert quiet.surprise[0, -1] == pytest.approx(-np.log10(0.5 * 0.5 * 0.6))


def test_a_closed_day_is_no_day_without_a_sale() -> None:
    sales = np.array([[3, 0, 0, 0, 5, 0]], dtype=float)
    shut = np.array([[0, 0, 1, 1, 0, 0]], dtype=float)
    quiet = silence(panel_of(sales, known={"closed": shut}))
    np.testing.assert_array_equal(quiet.length, [[0, 1, 1, 1, 0, 1]])


@pytest.mark.parametrize("mean", [0.02, 0.1, 1.0, 5.0])
def test_zeros_of_an_item_that_sells_as_ever_are_no_flat_line(mean: float) -> None:
    sales = np.random.default_rng(3).poisson(mean, (200, 400)).astype(float)
    strange = silence(panel_of(sales)).strange(CONFIG.flat_line.threshold)
    assert strange.mean() < 0.005


def test_late_and_missing_records_are_told_apart() -> None:
    late = with_sales(poisson_panel(), 4, [np.nan] * 3)
    found = check_inputs(facts_of(late), CONFIG)
    assert guards_at(found, 4) == {"late_data"}
    assert "no sales recorded for the last 3 periods" in found[0].reason
    holes = with_sales(poisson_panel(), 4, [np.nan, np.nan, np.round(MEANS[4])] * 9)
    flagged = [f for f in check_inputs(facts_of(holes), CONFIG) if f.guard == "missing_data"]
    assert [(f.row, f.fallback) for f in flagged] == [(4, False)]


def test_a_history_that_ends_before_the_origin_is_late_for_every_item() -> None:
    panel = poisson_panel()
    found = check_inputs(facts_of(panel, origin=panel.n_periods + 2, history=None), CONFIG)
    assert [f.guard for f in found] == ["late_data"] * N


def test_an_item_not_yet_launched_is_not_late() -> None:
    sales = np.full((1, 50), np.nan)
    assert not unrecorded(panel_of(sales)).any()


def test_sales_after_the_origin_change_nothing() -> None:
    panel = poisson_panel()
    early = facts_of(panel, origin=300, history=History.of(exact_forecasts(panel.until(300))))
    later = replace(
        early, panel=replace(panel, sales=np.where(np.arange(400) > 300, 1e6, panel.sales))
    )
    assert check_inputs(later, CONFIG) == check_inputs(early, CONFIG)


@pytest.mark.parametrize(
    ("field", "value"), [("on_hand", -1.0), ("on_hand", np.nan), ("backorders", np.inf)]
)
def test_stock_that_cannot_be_is_said_with_its_number(field: str, value: float) -> None:
    columns = {"on_hand": np.full(N, 9.0), "on_order": np.zeros((N, 2)), "backorders": np.zeros(N)}
    columns[field][5] = value
    (finding,) = check_inputs(facts_of(poisson_panel(), state=InventoryState(**columns)), CONFIG)
    assert (finding.row, finding.guard) == (5, "stock_record")
    assert ("unknown" if np.isnan(value) else f"{value:.4g}") in finding.reason


def test_a_forecast_that_multiplies_overnight_is_a_jump() -> None:
    panel = poisson_panel()
    history = exact_forecasts(panel)
    mean = history.mean.copy()
    mean[7, -1] *= 10
    found = check_inputs(facts_of(panel, history=History.of(replace(history, mean=mean))), CONFIG)
    assert [(f.row, f.guard) for f in found] == [(7, "forecast_jump")]


def test_a_forecast_that_is_no_number_is_found() -> None:
    panel = poisson_panel()
    forecast = exact_forecasts(panel).from_origin(399, np.full(N, 3))
    std = forecast.std.copy()
    std[2, 1] = np.nan
    found = check_inputs(facts_of(panel, forecast=replace(forecast, std=std)), CONFIG)
    assert [(f.row, f.guard) for f in found] == [(2, "forecast_record")]


def test_a_feature_out_of_range_is_named() -> None:
    features = np.tile([0.5, 0.5], (N, 1))
    features[3, 1] = 2.5
    facts = facts_of(
        poisson_panel(),
        features=features,
        feature_low=np.zeros(2),
        feature_high=np.ones(2),
        feature_names=("on_hand", "level_cover"),
    )
    (finding,) = check_inputs(facts, CONFIG)
    assert (finding.row, finding.guard) == (3, "out_of_range")
    assert finding.reason == "level_cover is 2.5, in training it lay between 0 and 1"


def test_duplicates_that_the_loader_merged_are_passed_on() -> None:
    twice = np.zeros(N, dtype=int)
    twice[1] = 4
    (finding,) = check_inputs(facts_of(poisson_panel(), duplicates=twice), CONFIG)
    assert (finding.row, finding.fallback) == (1, False)
    assert finding.reason == "4 recent rows of this item came twice"


def test_the_forest_scores_an_odd_item_highest_and_the_same_every_time() -> None:
    odd = with_sales(poisson_panel(), 9, [0.0, 300.0, 0.0, 0.0, 600.0] * 5)
    scores = forest_scores(odd, 399, seed=0)
    assert int(scores.argmax()) == 9
    np.testing.assert_array_equal(scores, forest_scores(odd, 399, seed=0))
    found = guards_at(check_inputs(facts_of(odd), CONFIG), 9)
    assert "unusual_item" in found


def test_a_part_of_the_pipeline_that_was_always_empty_may_hold_an_order_that_is_due_late() -> None:
    high, names = np.array([3.0, 0.0, 2.0]), ("pipeline_1", "pipeline_2", "on_hand")
    features = np.zeros((N, 3))
    features[4, 1], features[5, 0], features[6, 2] = 9.0, 9.0, 9.0
    facts = facts_of(
        poisson_panel(),
        features=features,
        feature_low=np.zeros(3),
        feature_high=high,
        feature_names=names,
    )
    assert [f.row for f in check_inputs(facts, CONFIG)] == [5, 6]


def test_the_forest_says_nothing_where_it_has_seen_too_little() -> None:
    short = panel_of(np.ones((3, 60)))
    assert np.isnan(forest_scores(short, 59, seed=0)).all()


def test_item_features_do_not_see_beyond_their_origin() -> None:
    panel = poisson_panel()
    changed = replace(panel, sales=np.where(np.arange(400) > 250, 0.0, panel.sales))
    np.testing.assert_array_equal(item_features(panel, 250), item_features(changed, 250))


@pytest.mark.parametrize("name", INPUT_GUARDS)
def test_a_guard_that_is_off_is_silent(name: str) -> None:
    broken = with_sales(with_sales(poisson_panel(), 3, [np.nan] * 20), 4, [0.0] * 6 + [900.0])
    only_this_off = GuardConfig.model_validate({name: {"enabled": False}})
    found = check_inputs(facts_of(broken), only_this_off)
    assert name not in {finding.guard for finding in found}
    assert found


def test_all_guards_off_is_silence() -> None:
    broken = with_sales(poisson_panel(), 3, [np.nan] * 20)
    assert check_inputs(facts_of(broken), GuardConfig(enabled=False)) == []


def test_a_guards_table_keeps_what_it_does_not_say() -> None:
    config = GuardConfig.model_validate({"missing_data": {"threshold": 0.2}})
    assert config.missing_data == Guard(enabled=True, threshold=0.2, fallback=False)
    assert config.demand_spike == GuardConfig().demand_spike
    assert GuardConfig.model_validate(config.model_dump()) == config


@pytest.mark.parametrize("typo", [{"demand_spik": {}}, {"demand_spike": {"treshold": 3}}])
def test_a_misspelt_guard_is_refused(typo: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        GuardConfig.model_validate(typo)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0.01, 1e5))
def test_more_sales_never_look_less_high(sale: float, more: float, mean: float) -> None:
    def score(units: float) -> float:
        return float(root_scores(np.array(units), np.array(mean), np.array(mean**0.5)))

    assert score(sale + more) >= score(sale)


@given(st.floats(0.1, 1e5), st.floats(1.0, 100.0))
def test_a_jump_is_a_jump_in_either_direction(mean: float, factor: float) -> None:
    panel = poisson_panel()
    total = exact_forecasts(panel).from_origin(399, np.full(N, 3)).lead_time_demand
    one = replace(total, mean=np.full(N, mean))
    other = replace(total, mean=np.full(N, mean * factor))
    np.testing.assert_array_equal(jumped(one, other, 3.0), jumped(other, one, 3.0))


def test_inside_the_range_of_training_nothing_is_in_excess() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(100, 5))
    assert not range_excess(features, features.min(axis=0), features.max(axis=0)).any()
    outside = range_excess(np.array([[3.0, np.nan]]), np.zeros(2), np.ones(2))
    np.testing.assert_array_equal(outside, [[2.0, np.inf]])


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(1, 5))
def test_a_flag_lasts_so_many_periods(raised: list[bool], periods: int) -> None:
    expected = [any(raised[max(k - periods + 1, 0) : k + 1]) for k in range(len(raised))]
    begun = np.arange(len(raised))[None, :]
    assert lasting(np.array([raised]), begun, periods)[0].tolist() == expected


@pytest.mark.parametrize("closed_days", [1, 2, 5])
def test_closed_days_do_not_make_a_spike_forgotten(closed_days: int) -> None:
    panel = with_sales(poisson_panel(), 12, [200.0, MEANS[12], MEANS[12], *[0.0] * closed_days])
    shut = np.zeros(panel.sales.shape)
    assert "demand_spike" not in guards_at(check_inputs(facts_of(panel), CONFIG), 12)
    shut[:, -closed_days:] = 1.0
    found = check_inputs(facts_of(replace(panel, known={"closed": shut})), CONFIG)
    assert "demand_spike" in guards_at(found, 12)


def left_out(sales: list[float], config: GuardConfig = CONFIG) -> list[int]:
    """Return which of an item's last sales are left out, after a usual past."""
    panel = with_sales(poisson_panel(), 12, sales)
    found = impossible_sales(panel, exact_forecasts(panel), config)
    assert not np.delete(found, 12, axis=0).any()
    assert not found[12, : -len(sales)].any()
    return np.flatnonzero(found[12, -len(sales) :]).tolist()


def test_a_sale_that_no_other_comes_near_is_left_out_however_old_it_is() -> None:
    usual = float(MEANS[12])
    for age in (0, 3, 4, 10, 150):
        assert left_out([400.0, *[usual] * age]) == [0]
        assert left_out([400.0] * 3 + [usual] * age) == [0, 1, 2]


def test_a_new_level_is_believed_after_a_few_periods_and_a_custom_from_the_start() -> None:
    usual = float(MEANS[12])
    assert left_out([90.0, 70.0, 110.0]) == [0, 1, 2]
    assert left_out([90.0, 70.0, 110.0, 80.0]) == []
    assert left_out([90.0, usual, usual] * 4) == []
    assert left_out([90.0, *[usual] * 5, 70.0, 110.0, 80.0, 4000.0, usual]) == [9]


def test_a_short_record_leaves_nothing_out() -> None:
    panel = with_sales(poisson_panel(), 12, [400.0, 12.0])
    sales = panel.sales.copy()
    sales[12, :-20] = np.nan
    young = replace(panel, sales=sales)
    assert not impossible_sales(young, exact_forecasts(young), CONFIG).any()
