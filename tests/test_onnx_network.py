"""A network in a file answers what the trained network answers."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from replenish.arrays import Floats
from replenish.errors import InputError
from replenish.onnx_network import Activation, Layer, OnnxNetwork, Scaling, Squash, mlp_to_onnx

F = 6


def layers(
    seed: int = 0, widths: tuple[int, ...] = (F, 64, 64, 2), gain: float = 1.0
) -> list[Layer]:
    rng = np.random.default_rng(seed)
    return [
        (rng.normal(0, gain / np.sqrt(a), (b, a)), rng.normal(0, 0.1, b))
        for a, b in pairwise(widths)
    ]


def by_hand(network: list[Layer], activation: Activation, squash: Squash, x: Floats) -> Floats:
    bends: dict[str, Callable[[Floats], Floats]] = {
        "tanh": np.tanh,
        "relu": lambda values: np.asarray(np.maximum(values, 0)),
    }
    bend = bends[activation]
    for weight, bias in network[:-1]:
        x = bend(x @ weight.T + bias)
    out = x @ network[-1][0].T + network[-1][1]
    return np.asarray(np.tanh(out) if squash == "tanh" else np.clip(out, -1, 1))


@pytest.mark.parametrize(("activation", "squash"), [("tanh", "clip"), ("relu", "tanh")])
def test_the_file_answers_as_the_formula(activation: Activation, squash: Squash) -> None:
    network = layers(gain=2.0)
    features = np.random.default_rng(1).normal(0, 3, (1000, F))
    actions = OnnxNetwork(mlp_to_onnx(network, activation, squash))(features)
    expected = by_hand(network, activation, squash, features)
    assert np.abs(expected).max() > 0.99  # the bound is met, so that it is tested
    np.testing.assert_allclose(actions, expected, atol=3e-5)


def test_the_scaling_of_the_inputs_is_inside() -> None:
    network, rng = layers(), np.random.default_rng(2)
    shift, scale = rng.normal(5, 1, F), rng.uniform(0.1, 2, F)
    features = rng.normal(5, 2, (100, F))
    scaled = OnnxNetwork(mlp_to_onnx(network, "tanh", "clip", Scaling(shift, scale)))(features)
    plain = OnnxNetwork(mlp_to_onnx(network, "tanh", "clip"))((features - shift) * scale)
    np.testing.assert_allclose(scaled, plain, atol=3e-5)


def test_the_same_network_is_the_same_file() -> None:
    assert mlp_to_onnx(layers(), "tanh", "clip") == mlp_to_onnx(layers(), "tanh", "clip")
    assert mlp_to_onnx(layers(), "tanh", "clip") != mlp_to_onnx(layers(1), "tanh", "clip")


def test_layers_that_do_not_fit_are_refused() -> None:
    first, second, last = layers()
    with pytest.raises(ValueError, match=r"layers\[2\].weight has shape"):
        mlp_to_onnx([first, last, second], "tanh", "clip")


def test_a_file_that_is_no_network_is_named(tmp_path: Path) -> None:
    path = tmp_path / "policy.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(InputError, match=r"policy\.onnx: not a network"):
        OnnxNetwork(path)
