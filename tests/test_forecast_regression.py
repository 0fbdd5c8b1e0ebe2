"""What the regressions read, what they learn, and that they run as they were learnt."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingRegressor

from forecasters._feature_regression import no_correction, unbiased
from forecasters._feature_table import table_of
from forecasters._lines import ridge
from forecasters._trees import BINS, bin_edges, binned, trees_to_onnx
from replenish.arrays import Floats
from replenish.data.panel import Panel
from replenish.errors import InputError
from replenish.forecasting.features import Features
from replenish.forecasting.linear_map import LinearMap
from replenish.forecasting.matching import with_pooled
from replenish.forecasting.point import Seen, observed_sales
from replenish.forecasting.regression_model import RegressionModel
from replenish.forecasting.smoothing import SmoothingModel
from replenish.forecasting.tree_ensemble import TreeEnsemble
from replenish.plugins import load_plugin
from tests.forecast_panels import panel_of, shop

OPTIONS: dict[str, dict[str, Any]] = {
    "gradient_boosting": {"trees": 60, "rows": 15_000},
    "linear_regression": {"rows": 15_000},
    "support_vector": {"waves": 20, "rows": 3_000},
}


def features_of(panel: Panel, alpha: float = 0.1) -> Features:
    level = with_pooled(np.nanmean(observed_sales(panel), axis=1), 1.0)
    season = 7 if panel.frequency == "D" else 1
    index = np.tile(np.linspace(0.7, 1.3, season) if season > 1 else 1.0, (len(level), 1))
    smoothing = SmoothingModel(panel.item_ids, np.full(len(level), alpha), index, level)
    return Features.learnt(panel, smoothing)


def rows_at(features: Features, panel: Panel, origins: list[int], horizon: int) -> Floats:
    when = np.array(origins)
    course = features.course(panel, origins[-1] + 1 + horizon)
    told = features.at_origins(features.walked(panel, course, origins[-1] + 1), when)
    return features.rows(told, course, when, horizon)


@pytest.mark.parametrize("frequency", ["D", "W-MON", "MS", "h"])
def test_features_found_period_by_period_have_the_same_bits(frequency: str) -> None:
    panel = replace(shop(5, 450), frequency=frequency)
    moving = np.cumsum(np.ones(panel.sales.shape), axis=1)
    moving[:, ::3] = np.nan
    panel = replace(panel, past={"visitors": moving}, static={"store": list("aabbc")})
    features, origins = features_of(panel), [0, 30, 401, 440]
    whole = rows_at(features, panel, origins, 9)
    state, found = features.start(panel, panel.n_periods + 9), []
    for period in range(441):
        state = features.step(state, Seen.of(panel, period))
        if period in origins:
            told = features.at(state)
            found.append(features.rows(told, state.course, np.array([period]), 9))
    np.testing.assert_array_equal(np.concatenate(found), whole)


def test_features_do_not_depend_on_the_unit_of_sales() -> None:
    panel = shop(12, 420).take(np.arange(8, 12))  # who sells every day
    large = replace(panel, sales=panel.sales * 1e6)
    larger = replace(panel, sales=panel.sales * 1e9)
    first, second = (rows_at(features_of(p), p, [300, 400], 5) for p in (large, larger))
    same = np.isclose(first, second, rtol=1e-3, atol=1e-3)
    different = np.flatnonzero(~same.all(axis=(0, 1, 2)))
    np.testing.assert_array_equal(different, [0])  # the level itself


def test_a_rise_in_the_same_weeks_of_last_year_is_told() -> None:
    sales = np.full((1, 500), 1000.0)
    target = 450 + 14
    sales[0, target - 364 - 10 : target - 364 + 11] = 2000.0
    panel = panel_of(sales)
    rows = rows_at(features_of(panel), panel, [450], 14)[0, 13, 0]
    assert np.isclose(rows, np.log(2.0), atol=1e-3).sum() == 2  # one week, and three


def test_a_text_that_fitting_did_not_see_has_a_number_of_its_own() -> None:
    panel = replace(shop(4, 100), static={"store": ["a", "a", "b", "b"]})
    features = features_of(panel)
    other = replace(panel, static={"store": ["b", "c", "a", "a"]})
    assert features.course(panel, 100).codes.ravel().tolist() == [0, 0, 1, 1]
    assert features.course(other, 100).codes.ravel().tolist() == [1, -1, 0, 0]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-100, 100, width=32), min_size=2, max_size=300), st.data())
def test_a_number_is_in_a_bin_up_to_k_if_it_is_up_to_its_edge(
    values: list[float], data: st.DataObject
) -> None:
    rows = np.array(values, dtype=np.float32)[:, None]
    edges = bin_edges(rows)
    number = np.float32(data.draw(st.sampled_from(values) | st.floats(-200, 200, width=32)))
    k = data.draw(st.integers(0, len(edges[0]) - 1))
    place = binned(np.array([[number]], dtype=np.float32), edges)[0, 0]
    assert (place <= k) == (number <= edges[0][k])
    assert len(edges[0]) < BINS


def test_the_graph_of_the_trees_gives_scikit_learns_numbers() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(4000, 6)).astype(np.float32)
    rows[:, 2] = rng.integers(0, 3, 4000)
    rows[:, 5] = 1.0
    target = np.where(rows[:, 0] > 0.3, 2.0, 1.0) * np.exp(0.2 * rows[:, 1]) + 0.1 * rows[:, 2]
    edges = bin_edges(rows)
    trees = HistGradientBoostingRegressor(max_iter=40, max_bins=BINS, early_stopping=False)
    trees.fit(binned(rows, edges), target)
    nodes = [tree.nodes for (tree,) in trees._predictors]
    graph = trees_to_onnx(nodes, float(trees._baseline_prediction.ravel()[0]), edges)
    new = np.concatenate([rows[:500], 3.0 * rng.normal(size=(500, 6)).astype(np.float32)])
    new[500:600, 0] = edges[0][:100]  # exactly on an edge
    expected = trees.predict(binned(new, edges))
    np.testing.assert_allclose(TreeEnsemble(graph).factor(new), expected, rtol=1e-5, atol=1e-6)
    assert np.ptp(expected) > 1.0


def test_ridge_finds_the_line_and_lets_go_of_it_under_a_heavy_penalty() -> None:
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(500, 3)), rng.uniform(0.5, 2.0, 500)
    y = 1.5 + x @ np.array([2.0, -1.0, 0.0])
    constant, weights = ridge(x, y, weight, 1e-12)
    np.testing.assert_allclose([constant, *weights], [1.5, 2.0, -1.0, 0.0], atol=1e-9)
    constant, weights = ridge(x, y, weight, 1e12)
    np.testing.assert_allclose(
        [constant, *weights], [weight @ y / weight.sum(), 0, 0, 0], atol=1e-9
    )


def test_a_line_without_waves_is_plain_arithmetic() -> None:
    nothing = np.zeros((2, 0))
    line = LinearMap(
        np.array([1.0, 2.0]), np.array([2.0, 1.0]), 0.5, np.array([3.0, -1.0]), nothing, nothing[0],
        nothing[0],
    )  # fmt: skip
    assert line.factor(np.array([[3.0, 4.0], [1.0, 99.0]])).tolist() == [1.5, -3.5]  # cut at 4


@pytest.mark.parametrize("name", OPTIONS)
def test_what_a_promotion_does_is_learnt(name: str) -> None:
    rng = np.random.default_rng(1)
    promotion = (rng.random((20, 500)) < 0.15).astype(float)
    mean = np.geomspace(2.0, 40.0, 20)[:, None] * (1.0 + promotion)
    panel = panel_of(rng.poisson(mean).astype(float), known={"promotion": promotion})
    fitted = load_plugin("forecasters", name)(**OPTIONS[name]).fit(panel.until(399), 7)
    origins = np.arange(399, 493)
    forecast = fitted.roll(panel, origins, 7).mean
    ahead = origins[:, None] + np.arange(1, 8)
    promoted = promotion[:, ahead] > 0
    scaled = forecast / np.geomspace(2.0, 40.0, 20)[:, None, None]
    assert scaled[promoted].mean() == pytest.approx(2.0, rel=0.1)
    assert scaled[~promoted].mean() == pytest.approx(1.0, rel=0.1)
    assert fitted.fitted.point.trust == 1.0


def test_a_correction_that_is_not_believed_is_smoothing() -> None:
    panel = shop(5, 300)
    features = features_of(panel)
    width = rows_at(features, panel, [250], 4).shape[-1]
    twice = replace(no_correction(width), constant=2.0)
    origins = np.array([250, 280])
    level = features.smoothing.predict(panel, origins, 4).mean
    for trust, times in ((0.0, 1.0), (0.5, 1.5), (1.0, 2.0)):
        model = RegressionModel(features, twice, trust)
        np.testing.assert_allclose(model.predict(panel, origins, 4).mean, times * level, rtol=1e-9)


def test_units_forecast_add_up_to_units_sold_where_it_learnt() -> None:
    panel = shop(12, 400)
    features = features_of(panel)
    table = table_of(features, panel, 5, 4000, np.random.default_rng(0))
    low = replace(no_correction(table.rows.shape[1]), constant=0.7)
    forecast = unbiased(low, table) * low.factor(table.rows) * table.base
    assert forecast.sum() == pytest.approx(float(table.factor @ table.base))


def test_rows_are_weighed_so_that_every_item_counts_for_its_own_error() -> None:
    rng = np.random.default_rng(0)
    sales = rng.poisson(np.array([[2.0], [200.0]]) * np.ones((2, 600))).astype(float)
    sales[1] *= 10.0
    panel = panel_of(sales)
    table = table_of(features_of(panel, 0.02), panel, 5, 4000, np.random.default_rng(0))
    assert table.weight.mean() == pytest.approx(1.0)
    assert table.factor.mean() == pytest.approx(1.0, abs=0.05)
    large = table.rows[:, 0] > 5.0  # log level
    shares = [float(table.weight[rows] @ (table.factor[rows] - 1.0) ** 2) / rows.sum()
              for rows in (large, ~large)]  # fmt: skip
    assert shares[0] == pytest.approx(shares[1], rel=0.25)


def test_a_past_covariate_that_nobody_tells_stays_as_last_known() -> None:
    panel = shop(6, 200)
    visitors = np.random.default_rng(2).poisson(40.0, panel.sales.shape).astype(float)
    panel = replace(panel, past={"visitors": visitors})
    fitted = load_plugin("forecasters", "linear_regression")(rows=3000).fit(panel.until(150), 7)
    standing = fitted.fitted.start(panel.until(180), 20)
    nothing = np.zeros(6, dtype=bool)
    untold = fitted.fitted.step(standing, Seen(panel.sales[:, 181], nothing))
    same = {"visitors": np.full(6, np.nan)}
    told = fitted.fitted.step(standing, Seen(panel.sales[:, 181], nothing, same))
    means = [fitted.fitted.forecast(state, 7).mean for state in (untold, told)]
    np.testing.assert_array_equal(means[0], means[1])
    with pytest.raises(InputError, match="lacks the past column 'visitors'"):
        fitted.roll(replace(panel, past={}), np.array([180]), 7)
