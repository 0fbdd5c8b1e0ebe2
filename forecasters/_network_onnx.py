"""A network as two ONNX graphs, written node by node: the body over the history, and the head."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from forecasters._network import DILATIONS, Convolutions, Network, TwoTaps

OPSET, IR_VERSION = 17, 8  # old enough for every supported onnxruntime
GATES = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2), "rnn": (0,)}  # torch's, in ONNX's order
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Graphs:
    """What runs a network without torch; see `replenish.forecasting.network.NetworkModel`.

    Attributes:
        body: ONNX graph: history (T, N, F), before_i -> states (T, N, D), after_i.
        head: ONNX graph: states (O, N, D), plan, static, ahead, steps -> raw (O, H, N, 3).
        delays: Periods until each number carried is needed again.
    """

    body: bytes
    head: bytes
    delays: tuple[int, ...]


def to_onnx(network: Network) -> Graphs:
    """Return the graphs; the same network gives the same bytes."""
    if isinstance(network.body, Convolutions):
        return Graphs(_convolutions(network, network.body), _head(network), DILATIONS)
    delays = (1, 1) if network.kind == "lstm" else (1,)
    return Graphs(_recurrent(network, network.body), _head(network), delays)


def recurrent_weights(body: nn.RNNBase, kind: str) -> Arrays:
    """Return W, R and B of the operator; ONNX orders the gates otherwise than torch."""

    def ordered(name: str) -> NDArray[Any]:
        gates = np.split(getattr(body, name).detach().numpy(), len(GATES[kind]))
        return np.concatenate([gates[gate] for gate in GATES[kind]])

    bias = np.concatenate([ordered("bias_ih_l0"), ordered("bias_hh_l0")])
    return {"W": ordered("weight_ih_l0")[None], "R": ordered("weight_hh_l0")[None], "B": bias[None]}


def _recurrent(network: Network, body: nn.RNNBase) -> bytes:
    kind, hidden = network.kind, body.hidden_size
    numbers = recurrent_weights(body, kind) | {"one": np.array([1], dtype=np.int64)}
    carried = range(2 if kind == "lstm" else 1)
    settings: dict[str, Any] = {"linear_before_reset": 1} if kind == "gru" else {}
    nodes = [
        helper.make_node(
            kind.upper(),
            ["history", "W", "R", "B", "", *(f"before_{i}" for i in carried)],
            ["y", *(f"after_{i}" for i in carried)],
            hidden_size=hidden,
            **settings,
        ),
        helper.make_node("Squeeze", ["y", "one"], ["states"]),
    ]
    return _graph(nodes, numbers, *_body_ends(network, len(carried)))


def _convolutions(network: Network, body: Convolutions) -> bytes:
    """Return the layers; a convolution of two taps is two products, one of them delayed."""
    node = helper.make_node
    numbers: Arrays = {
        "enter_weight": _numbers(body.enter.weight).T,
        "enter_bias": _numbers(body.enter.bias),
        "zero": np.array([0], dtype=np.int64),
    }
    nodes = [
        node("Shape", ["history"], ["length"], start=0, end=1),
        node("MatMul", ["history", "enter_weight"], ["entered"]),
        node("Add", ["entered", "enter_bias"], ["after_0"]),
    ]
    for i, layer in enumerate(x for x in body.layers if isinstance(x, TwoTaps)):
        numbers[f"now_weight_{i}"] = _numbers(layer.now.weight).T
        numbers[f"past_weight_{i}"] = _numbers(layer.past.weight).T
        numbers[f"bias_{i}"] = _numbers(layer.now.bias)
        output = "states" if i == len(DILATIONS) - 1 else f"after_{i + 1}"
        nodes += [
            node("Concat", [f"before_{i}", f"after_{i}"], [f"all_{i}"], axis=0),
            node("Slice", [f"all_{i}", "zero", "length", "zero"], [f"past_{i}"]),
            node("MatMul", [f"past_{i}", f"past_weight_{i}"], [f"past_part_{i}"]),
            node("MatMul", [f"after_{i}", f"now_weight_{i}"], [f"now_part_{i}"]),
            node("Add", [f"past_part_{i}", f"now_part_{i}"], [f"parts_{i}"]),
            node("Add", [f"parts_{i}", f"bias_{i}"], [f"sum_{i}"]),
            node("Relu", [f"sum_{i}"], [f"change_{i}"]),
            node("Add", [f"after_{i}", f"change_{i}"], [output]),
        ]
    return _graph(nodes, numbers, *_body_ends(network, len(DILATIONS)))


def _body_ends(network: Network, carried: int) -> tuple[list[Any], list[Any]]:
    widths = network.widths
    inputs = [_real("history", "T", "N", widths.history)]
    inputs += [_real(f"before_{i}", f"B{i}", "N", widths.hidden) for i in range(carried)]
    outputs = [_real("states", "T", "N", widths.hidden)]
    outputs += [_real(f"after_{i}", f"A{i}", "N", widths.hidden) for i in range(carried)]
    return inputs, outputs


def _head(network: Network) -> bytes:
    node, widths = helper.make_node, network.widths
    numbers: Arrays = {
        "state_weight": _numbers(network.from_state.weight).T,
        "state_bias": _numbers(network.from_state.bias),
        "plan_weight": _numbers(network.from_plan.weight).T,
        "step_table": _numbers(network.steps)[:, None],  # (H, 1, D)
        "out_weight": _numbers(network.out.weight).T,
        "out_bias": _numbers(network.out.bias),
        "one": np.array([1], dtype=np.int64),
    }
    state = "of_state"
    nodes = [
        node("MatMul", ["states", "state_weight"], ["projected"]),
        node("Add", ["projected", "state_bias"], ["of_state"]),
    ]
    inputs = [_real("states", "O", "N", widths.hidden), _real("plan", "P", "N", widths.plan)]
    if widths.static:
        state = "of_item"
        inputs.append(_real("static", "N", widths.static))
        numbers["static_weight"] = _numbers(network.from_static)
        nodes += [
            node("MatMul", ["static", "static_weight"], ["of_static"]),
            node("Add", ["of_state", "of_static"], ["of_item"]),
        ]
    nodes += [
        node("Unsqueeze", [state, "one"], ["state"]),  # (O, 1, N, D)
        node("MatMul", ["plan", "plan_weight"], ["plan_part"]),
        node("Gather", ["plan_part", "ahead"], ["planned"], axis=0),  # (O, H, N, D)
        node("Gather", ["step_table", "steps"], ["step"], axis=0),
        node("Add", ["planned", "step"], ["known"]),
        node("Add", ["known", "state"], ["sum"]),
        node("Relu", ["sum"], ["hidden"]),
        node("MatMul", ["hidden", "out_weight"], ["out_part"]),
        node("Add", ["out_part", "out_bias"], ["raw"]),
    ]
    whole, info = TensorProto.INT64, helper.make_tensor_value_info
    inputs += [info("ahead", whole, ["O", "H"]), info("steps", whole, ["H"])]
    return _graph(nodes, numbers, inputs, [_real("raw", "O", "H", "N", 3)])


def _graph(nodes: list[Any], numbers: Arrays, inputs: list[Any], outputs: list[Any]) -> bytes:
    arrays = [
        numpy_helper.from_array(np.ascontiguousarray(values), name)
        for name, values in numbers.items()
    ]
    model = helper.make_model(
        helper.make_graph(nodes, "forecaster", inputs, outputs, arrays),
        producer_name="replenish",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def _real(name: str, *shape: int | str) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def _numbers(tensor: torch.Tensor) -> NDArray[Any]:
    return tensor.detach().numpy()
