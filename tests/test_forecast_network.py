"""The networks: what runs in production is what was trained, and they learn what they can."""

import subprocess
import sys
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from forecasters._network import Network
from forecasters._network_base import EARLY_SHARE, NetworkForecaster
from forecasters.exponential_smoothing import ExponentialSmoothing
from forecasters.gru import Gru
from forecasters.lstm import Lstm
from forecasters.rnn import Rnn
from forecasters.tcn import Tcn
from replenish.arrays import Floats, Ints
from replenish.forecasting.files import load_forecaster, save_forecaster
from replenish.forecasting.network import NetworkModel
from replenish.forecasting.network_pair import NetworkPair
from replenish.forecasting.point import rolled
from tests.forecast_panels import WEEK, panel_of, shop

BODIES = (Lstm, Gru, Rnn, Tcn)
every_body = pytest.mark.parametrize("body", BODIES, ids=lambda body: str(body.body))


@cache
def trained(body: type[NetworkForecaster]) -> NetworkForecaster:
    """Return a forecaster that saw the first 350 days of the shop, stores and all."""
    panel = replace(shop(), static={"store": ["north", "south"] * 6})
    return body(updates=60).fit(panel.until(349), 14)


def point_of(forecaster: NetworkForecaster) -> NetworkModel:
    assert forecaster._fitted is not None
    assert isinstance(forecaster._fitted.point, NetworkPair)
    return replace(forecaster._fitted.point.late, trust=1.0)


def network_of(forecaster: NetworkForecaster) -> Network:
    assert forecaster._network is not None
    return forecaster._network


@every_body
def test_onnx_gives_what_torch_gives(body: type[NetworkForecaster]) -> None:
    panel = replace(shop(), static={"store": ["north", "south"] * 6})
    model, origins = point_of(trained(body)), np.array([0, 5, 300, 400])
    ahead = origins[:, None] + np.arange(1, 15)
    inputs = model.inputs(panel, 401, 14)
    before = tuple(np.zeros((delay, 12, 32), dtype=np.float32) for delay in model.delays)
    states, _ = model._remember(inputs.history, before)
    raw = model._ask(states[origins], inputs.plan, inputs.static, ahead)
    told = (inputs.history, inputs.plan, inputs.static, origins, ahead)
    with torch.no_grad():
        expected = network_of(trained(body))(*(torch.from_numpy(x) for x in told)).numpy()
    assert inputs.static.sum() == 12
    assert np.abs(expected).max() > 0.05
    np.testing.assert_allclose(raw, expected.transpose(2, 0, 1, 3), atol=1e-5)


@every_body
def test_a_walk_through_time_forecasts_what_all_origins_at_once_do(
    body: type[NetworkForecaster],
) -> None:
    model, panel, origins = point_of(trained(body)), shop(), np.array([0, 29, 350, 404])
    together, walked = model.predict(panel, origins, 14), rolled(model, panel, origins, 14)
    smoothed = replace(model, trust=0.0).predict(panel, origins, 14)
    assert np.abs(together.mean - smoothed.mean).max() > 0.1
    np.testing.assert_allclose(walked.mean, together.mean, rtol=1e-5)
    assert walked.spread is not None
    assert together.spread is not None
    np.testing.assert_allclose(walked.spread, together.spread, rtol=1e-5)


@every_body
def test_no_output_depends_on_what_comes_after_its_origin(body: type[NetworkForecaster]) -> None:
    """Gradients are exactly zero, except for the history so far and the forecast period's plan."""
    network, origin, step = network_of(trained(body)), 40, 5
    inputs = point_of(trained(body)).inputs(shop(), 60, 14)
    history = torch.from_numpy(inputs.history).requires_grad_()
    plan = torch.from_numpy(inputs.plan).requires_grad_()
    origins = torch.tensor([origin])
    ahead = origins[:, None] + torch.arange(1, 15)
    raw = network(history, plan, torch.from_numpy(inputs.static), origins, ahead)
    raw[0, step].sum().backward()
    assert history.grad is not None
    assert plan.grad is not None
    assert (history.grad[origin + 1 :] == 0).all()
    assert (history.grad[origin] != 0).any()
    assert (history.grad[origin - 20] != 0).any()
    target = torch.arange(len(plan)) == origin + 1 + step
    assert (plan.grad[~target] == 0).all()
    assert (plan.grad[target] != 0).any()


@every_body
def test_an_untrained_network_is_smoothing(body: type[NetworkForecaster]) -> None:
    panel, origins = shop(4, 220), np.array([160, 190])
    network = body(updates=0, alpha=0.1).fit(panel.until(149), 14).roll(panel, origins, 14)
    smoothing = ExponentialSmoothing(alphas=(0.1,)).fit(panel.until(149), 14)
    np.testing.assert_allclose(network.mean, smoothing.roll(panel, origins, 14).mean, rtol=1e-6)


def test_the_same_seed_gives_the_same_network_and_leaves_torch_as_it_was() -> None:
    panel = shop(5, 200)
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    models = [point_of(Lstm(updates=20, seed=seed).fit(panel, 7)) for seed in (3, 3, 4)]
    assert (models[0].body, models[0].head) == (models[1].body, models[1].head)
    assert models[0].body != models[2].body
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)


def test_a_store_that_was_not_there_at_fitting_is_like_none() -> None:
    model, origins = point_of(trained(Lstm)), np.array([380])
    north, west, none = (
        model.predict(replace(shop(), static=static), origins, 14).mean
        for static in ({"store": ["north"] * 12}, {"store": ["west"] * 12}, {})
    )
    np.testing.assert_array_equal(west, none)
    assert np.abs(north / none - 1.0).max() > 1e-4


def test_the_learning_curve_tells_of_later_periods_as_long_as_some_are_held_out() -> None:
    rows = np.array(trained(Lstm).curve)
    assert (np.diff(rows[:, 0]) > 0).all()
    assert rows[-1, 0] == 60
    assert np.isfinite(rows[:, 1]).all()
    learnt_early = rows[:, 0] <= int(EARLY_SHARE * 60)
    np.testing.assert_array_equal(np.isfinite(rows[:, 2]), learnt_early)
    held_out = rows[learnt_early, 2]
    assert held_out[-1] < held_out[0]


@pytest.mark.slow
@every_body
def test_a_network_learns_what_a_promotion_does_and_smoothing_cannot(
    body: type[NetworkForecaster],
) -> None:
    rng = np.random.default_rng(0)
    promotion = (rng.random((20, 500)) < 0.1).astype(float)
    mean = np.geomspace(3, 40, 20)[:, None] * np.tile(WEEK, 72)[:500] * (1 + 1.5 * promotion)
    panel = panel_of(rng.poisson(mean).astype(float), known={"promotion": promotion})
    origins = np.arange(400, 486)
    ahead = origins[:, None] + np.arange(1, 15)

    def error(forecaster: NetworkForecaster | ExponentialSmoothing) -> float:
        table = forecaster.fit(panel.until(399), 14).roll(panel, origins, 14)
        return float(np.abs(table.mean - mean[:, ahead]).mean())

    assert error(body(updates=800)) < 0.5 * error(ExponentialSmoothing())


def test_a_shop_that_is_closed_sells_nothing() -> None:
    panel = shop()
    closed = np.zeros((12, panel.n_periods))
    closed[:, [100, 200, 300, 390]] = 1.0
    sales = np.where(closed > 0, 0.0, panel.sales)
    panel = replace(panel, sales=sales, known={**panel.known, "closed": closed})
    for forecaster in (Lstm(updates=5), ExponentialSmoothing()):
        table = forecaster.fit(panel.until(349), 14).roll(panel, np.array([385, 395]), 14)
        assert (table.mean[:, 0, 4] == 0).all()
        assert (table.mean[:, 0, 5] > 0).all()


def test_bands_are_as_wide_as_the_network_says_that_made_the_errors() -> None:
    panel, origins = shop(), np.array([300, 340, 400])
    fitted = trained(Lstm)._fitted
    assert fitted is not None
    pair = fitted.point
    assert isinstance(pair, NetworkPair)
    late, early = (model.predict(panel, origins, 14) for model in (pair.late, pair.early))
    both = pair.predict(panel, origins, 14)
    assert late.spread is not None
    assert early.spread is not None
    assert both.spread is not None
    assert np.abs(late.mean - early.mean).max() > 1e-3
    assert np.abs(late.spread - early.spread).max() > 1e-3
    np.testing.assert_array_equal(both.mean, late.mean)
    np.testing.assert_array_equal(both.spread, early.spread)


@every_body
def test_a_saved_network_is_the_same_network(body: type[NetworkForecaster], tmp_path: Path) -> None:
    panel = replace(shop(), static={"store": ["north", "south"] * 6})
    save_forecaster(trained(body).fitted, tmp_path / "forecaster")
    origins = np.array([360, 400])
    table = load_forecaster(tmp_path / "forecaster").roll(panel, origins, 14)
    np.testing.assert_array_equal(table.mean, trained(body).roll(panel, origins, 14).mean)


def test_production_needs_neither_torch_nor_onnx_nor_statsmodels(tmp_path: Path) -> None:
    panel = shop(5, 200)
    fitted = Lstm(updates=5).fit(panel.until(179), 7)
    save_forecaster(fitted.fitted, tmp_path / "forecaster")
    program = (
        "import sys, pathlib, numpy as np\n"
        "from tests.forecast_panels import shop\n"
        "from replenish.forecasting.files import load_forecaster\n"
        f"forecaster = load_forecaster(pathlib.Path({str(tmp_path / 'forecaster')!r}))\n"
        "print(forecaster.roll(shop(5, 200), np.array([190]), 7).mean.sum())\n"
        "heavy = {'torch', 'statsmodels', 'onnx', 'gymnasium', 'forecasters'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode == 0, done.stderr
    expected = fitted.roll(panel, np.array([190]), 7).mean.sum()
    assert float(done.stdout) == pytest.approx(expected)


def test_a_network_that_harms_out_of_sample_is_not_believed() -> None:
    sales = np.random.default_rng(0).poisson(5.0, (8, 200)).astype(float)
    panel, origins = panel_of(sales), np.arange(150, 190)
    forecaster = Lstm(updates=30)
    early = forecaster._train(panel.until(139), 7)
    tripled = _Tripled(*(getattr(early, field.name) for field in fields(early)))
    believed = forecaster._tempered(tripled, panel, origins, 7)
    assert isinstance(believed, NetworkModel)
    assert believed.trust == 0.0


class _Tripled(NetworkModel):
    """A network whose correction is always three-fold."""

    def _ask(self, states: Floats, plan: Floats, static: Floats, ahead: Ints) -> Floats:
        return np.full((states.shape[1], *ahead.shape, 3), np.log(3.0))
