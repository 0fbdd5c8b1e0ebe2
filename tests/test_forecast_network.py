"""The network: what runs in production is what was trained, and it learns what it can."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from forecasters.exponential_smoothing import ExponentialSmoothing
from forecasters.lstm import Lstm
from replenish.arrays import Floats, Ints
from replenish.forecasting.files import save_forecaster
from replenish.forecasting.network import NetworkModel, network_inputs
from tests.forecast_panels import WEEK, panel_of, shop


def network_of(forecaster: Lstm) -> NetworkModel:
    assert forecaster._fitted is not None
    assert isinstance(forecaster._fitted.point, NetworkModel)
    return forecaster._fitted.point


def test_onnx_gives_what_torch_gives() -> None:
    forecaster = Lstm(updates=60).fit(shop().until(349), 14)
    assert forecaster._network is not None
    model = network_of(forecaster)
    inputs = network_inputs(model.smoothing, model.regressors, shop(), 401, 14)
    origins = np.array([0, 5, 300, 400])
    raw = model._run(inputs.history, inputs.target, origins, 14)
    with torch.no_grad():
        expected = forecaster._network(
            torch.from_numpy(inputs.history),
            torch.from_numpy(inputs.target),
            torch.from_numpy(origins),
            torch.from_numpy(origins[:, None] + np.arange(1, 15)),
        ).numpy()
    assert np.abs(expected).max() > 0.05
    np.testing.assert_allclose(raw, expected.transpose(2, 0, 1, 3), atol=1e-5)


def test_an_untrained_network_is_smoothing() -> None:
    panel, origins = shop(), np.array([350, 390])
    network = Lstm(updates=0, alpha=0.1).fit(panel.until(349), 14).roll(panel, origins, 14)
    smoothing = ExponentialSmoothing(alphas=(0.1,)).fit(panel.until(349), 14)
    np.testing.assert_allclose(network.mean, smoothing.roll(panel, origins, 14).mean, rtol=1e-6)


def test_the_same_seed_gives_the_same_network_and_leaves_torch_as_it_was() -> None:
    panel = shop(5, 200)
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    networks = [network_of(Lstm(updates=20, seed=seed).fit(panel, 7)) for seed in (3, 3, 4)]
    assert networks[0].network == networks[1].network
    assert networks[0].network != networks[2].network
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)


def test_the_state_is_carried_and_not_started_again_at_each_origin() -> None:
    panel = shop()
    model = replace(network_of(Lstm(updates=60).fit(panel.until(349), 7)), trust=1.0)
    origins = np.array([350, 377, 400])
    together = model.predict(panel, origins, 7).mean
    alone = [model.predict(panel, origin, 7).mean[:, 0] for origin in origins[:, None]]
    np.testing.assert_allclose(together, np.stack(alone, axis=1), rtol=1e-5, atol=1e-6)
    assert np.abs(together - replace(model, trust=0.0).predict(panel, origins, 7).mean).max() > 0.1


@pytest.mark.slow
def test_a_network_learns_what_a_promotion_does_and_smoothing_cannot() -> None:
    rng = np.random.default_rng(0)
    promotion = (rng.random((20, 500)) < 0.1).astype(float)
    mean = np.geomspace(3, 40, 20)[:, None] * np.tile(WEEK, 72)[:500] * (1 + 1.5 * promotion)
    panel = panel_of(rng.poisson(mean).astype(float), known={"promotion": promotion})
    origins = np.arange(400, 486)
    ahead = origins[:, None] + np.arange(1, 15)

    def error(forecaster: Lstm | ExponentialSmoothing) -> float:
        table = forecaster.fit(panel.until(399), 14).roll(panel, origins, 14)
        return float(np.abs(table.mean - mean[:, ahead]).mean())

    assert error(Lstm(updates=800)) < 0.5 * error(ExponentialSmoothing())


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
    tripled = _Tripled(early.smoothing, early.regressors, early.network)
    believed = forecaster._tempered(tripled, panel, origins, 7)
    assert isinstance(believed, NetworkModel)
    assert believed.trust == 0.0


class _Tripled(NetworkModel):
    """A network whose correction is always three-fold."""

    def _run(self, history: Floats, target: Floats, origins: Ints, horizon: int) -> Floats:
        return np.full((history.shape[1], len(origins), horizon, 2), np.log(3.0))
