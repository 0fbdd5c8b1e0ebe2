"""Forecasters made of others: how members are weighed, and that the blend is what they say."""

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from forecasters._censoring import learn_uncensoring
from forecasters._portfolio import PastForecasts, _record
from forecasters.combination import Combination
from forecasters.per_class import PerClass
from replenish.data.panel import Panel
from replenish.errors import InputError
from replenish.forecasting.calibrated import CalibratedForecaster
from replenish.forecasting.point import Parts, PointForecast
from replenish.forecasting.portfolio import PortfolioModel, blended
from replenish.plugins import load_plugin
from tests.forecast_panels import panel_of, shop

TREES = {"gradient_boosting": {"trees": 5, "rows": 3000}}


def small() -> Panel:
    """Return a shop that never runs out, which is fitted quickly."""
    panel = shop(6, 300)
    return replace(panel, censored=np.zeros_like(panel.censored))


def test_a_blend_is_the_weighted_mean_item_by_item() -> None:
    first = PointForecast(np.full((2, 1, 3), 4.0), np.full((2, 1, 3), 2.0))
    second = PointForecast(np.full((2, 1, 3), 8.0))
    weights = np.array([[0.25, 0.75], [1.0, 0.0]])
    found = blended([first, second], weights)
    np.testing.assert_allclose(found.mean[:, 0, 0], [7.0, 4.0])
    assert found.spread is not None
    np.testing.assert_allclose(found.spread[:, 0, 0], [2.0**0.25, 2.0])
    assert blended([second, second], weights).spread is None


def record(errors: list[float], n_items: int = 40) -> PastForecasts:
    """Return members that are off by 1 + error, the sign as told, around noisy sales."""
    rng = np.random.default_rng(0)
    actual = rng.poisson(50.0, (n_items, 30, 4)).astype(float)
    noise = [rng.normal(0.0, abs(size), actual.shape) for size in errors]
    return PastForecasts(actual, [50.0 + told for told in noise], np.full(n_items, 7.0))


def test_two_whose_errors_cancel_beat_each_alone() -> None:
    told = record([4.0, 4.0, 9.0])
    weights = Combination(members=("naive", "seasonal_naive", "moving_average"))._weights(
        told, shop(40, 30), 20
    )
    np.testing.assert_array_equal(weights, np.tile([0.5, 0.5, 0.0], (41, 1)))


def test_one_that_is_a_little_better_is_not_taken_alone() -> None:
    actual = np.random.default_rng(0).poisson(50.0, (40, 30, 4)).astype(float)
    told = PastForecasts(
        actual, [np.full(actual.shape, 50.0), np.full(actual.shape, 50.5)], np.ones(40)
    )
    each, everybody = list(np.eye(2)), np.arange(40)
    assert told.best([*each, np.array([0.5, 0.5])], everybody).tolist() == [1.0, 0.0]
    weights = Combination(members=("naive", "seasonal_naive"))._weights(told, shop(40, 30), 20)
    np.testing.assert_array_equal(weights, np.full((41, 2), 0.5))


def test_one_that_is_far_better_is_taken_alone() -> None:
    weights = Combination(members=("naive", "seasonal_naive"))._weights(
        record([0.1, 30.0]), shop(40, 30), 20
    )
    np.testing.assert_array_equal(weights, np.tile([1.0, 0.0], (41, 1)))


def test_a_biased_member_loses_however_small_its_error() -> None:
    actual = np.random.default_rng(0).poisson(50.0, (10, 40, 4)).astype(float)
    means = [actual * 0.9, np.full(actual.shape, 50.0)]
    told = PastForecasts(actual, means, np.full(10, 0.5))
    each, everybody = list(np.eye(2)), np.arange(10)
    assert told.loss(each[0], everybody) < told.loss(each[1], everybody)
    assert told.bias(each[0], everybody) == pytest.approx(-0.1)
    assert told.best(each, everybody).tolist() == [0.0, 1.0]


def test_every_class_of_demand_has_its_own_best() -> None:
    rng = np.random.default_rng(0)
    smooth = rng.poisson(40.0, (25, 100)).astype(float)
    rare = np.where(rng.random((25, 100)) < 0.2, 3.0, 0.0)
    panel = panel_of(np.concatenate([smooth, rare, np.zeros((5, 100))]))
    actual = np.concatenate([np.full((25, 9, 2), 40.0), np.full((30, 9, 2), 3.0)])
    good_for_smooth = np.concatenate([actual[:25] + 0.1, actual[25:] * 1.04])
    good_for_rare = np.concatenate([actual[:25] * 0.96, actual[25:] + 0.01])
    told = PastForecasts(actual, [good_for_smooth, good_for_rare], np.ones(55))
    weights = PerClass(members=("naive", "seasonal_naive"))._weights(told, panel, 80)
    assert (weights[:25] == [1.0, 0.0]).all()
    assert (weights[25:50] == [0.0, 1.0]).all()
    assert (weights[50:] == weights[-1]).all()  # too few: the best of all, as unknown items


def test_a_combination_of_one_is_that_one() -> None:
    origins = np.array([255, 280])
    alone = load_plugin("forecasters", "exponential_smoothing")().fit(small().until(249), 14)
    made = Combination(members=("exponential_smoothing",)).fit(small().until(249), 14)
    first, second = (f.roll(small(), origins, 14) for f in (alone, made))
    np.testing.assert_array_equal(first.mean, second.mean)
    np.testing.assert_array_equal(first.sum_quantiles, second.sum_quantiles)


def test_members_forecast_what_they_would_alone_and_only_the_chosen_are_kept() -> None:
    members = ("seasonal_naive", "exponential_smoothing", "gradient_boosting")
    made = Combination(members=members, options=TREES, seed=3).fit(small().until(249), 14)
    point = cast(CalibratedForecaster, made.fitted).point
    assert isinstance(point, PortfolioModel)
    kinds = [member.kind for member in point.members]
    assert 1 <= len(kinds) <= 2
    assert (point.weights.sum(axis=1) == 1.0).all()
    assert (point.weights > 0).any(axis=0).all()
    places = {"seasonal_naive": {}, "exponential_smoothing": {}, "regression": {"seed": 3}}
    origins, total = np.array([255, 280]), np.zeros((6, 2, 14))
    for kind, share in zip(kinds, point.weights[0], strict=True):
        name = "gradient_boosting" if kind == "regression" else kind
        options: dict[str, Any] = {**TREES.get(name, {}), **places[kind]}
        alone = load_plugin("forecasters", name)(**options).fit(small().until(249), 14)
        total += share * alone.roll(small(), origins, 14).mean
    np.testing.assert_allclose(made.roll(small(), origins, 14).mean, total, rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"members": ("lsmt",)}, "lstm"),
        ({"members": ("lstm", "combination")}, "made of others"),
        ({"members": ("lstm",), "options": {"gru": {}}}, "gru"),
        ({"members": ("lstm",), "options": {"lstm": {"updats": 3}}}, "updates"),
        ({"members": ("lstm",), "options": {"lstm": {"updates": -3}}}, "updates is -3"),
    ],
)
def test_members_that_do_not_exist_are_refused_at_once(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        Combination(**options)
    assert "\n" not in str(caught.value)


def test_a_saved_portfolio_with_an_unknown_member_is_refused() -> None:
    settings = {"members": [{"kind": "oracle", "settings": {}}]}
    arrays = {"item_ids": np.array(["a"]), "weights": np.ones((2, 1))}
    with pytest.raises(InputError, match="oracle"):
        PortfolioModel.assemble(Parts(settings, arrays, {}))


def test_a_shop_that_runs_out_does_not_make_the_lowest_forecaster_the_best() -> None:
    rng = np.random.default_rng(7)
    mean = np.geomspace(2.0, 20.0, 30)[:, None] * np.ones(500)
    demand = rng.poisson(mean).astype(float)
    shelf = rng.poisson(1.05 * mean) + 1.0
    panel = panel_of(np.minimum(demand, shelf), censored=demand >= shelf)
    origins = np.arange(400, 490)
    likely = learn_uncensoring(panel).panel(panel)
    honest = np.repeat(mean[:, :1, None], 7, axis=2) * np.ones((1, len(origins), 1))
    found = _record([honest, 0.75 * honest], likely, origins)
    rows = np.arange(30)
    np.testing.assert_array_equal(found.best(list(np.eye(2)), rows), [1.0, 0.0])
    assert abs(found.bias(np.array([1.0, 0.0]), rows)) < 0.05
