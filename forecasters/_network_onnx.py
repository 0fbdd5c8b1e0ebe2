"""The network as an ONNX graph, written node by node."""

from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from forecasters._network import Network

OPSET, IR_VERSION = 17, 8  # old enough for every supported onnxruntime


def lstm_weights(network: Network) -> dict[str, NDArray[Any]]:
    """Return W, R and B of the operator; torch has the gates as i, f, g, o, ONNX as i, o, f, c."""

    def reordered(name: str) -> NDArray[Any]:
        values = getattr(network.lstm, name).detach().numpy()
        i, f, g, o = np.split(values, 4)
        return np.concatenate([i, o, f, g])

    bias = np.concatenate([reordered("bias_ih_l0"), reordered("bias_hh_l0")])
    return {
        "W": reordered("weight_ih_l0")[None],
        "R": reordered("weight_hh_l0")[None],
        "B": bias[None],
    }


def to_onnx(network: Network) -> bytes:
    """Return the graph: history (T, N, F), target (P, N, G), origins (O,), ahead (O, H), steps.

    The same network gives the same bytes.
    """
    numbers = [
        numpy_helper.from_array(np.ascontiguousarray(values), name)
        for name, values in _weights(network).items()
    ]
    inputs, outputs = _ends(network.lstm.input_size, network.from_target.in_features)
    nodes = _nodes(network.lstm.hidden_size)
    model = helper.make_model(
        helper.make_graph(nodes, "forecaster", inputs, outputs, numbers),
        producer_name="replenish",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def _weights(network: Network) -> dict[str, NDArray[Any]]:
    return {
        **lstm_weights(network),
        "state_weight": _numbers(network.from_state.weight).T,
        "state_bias": _numbers(network.from_state.bias),
        "target_weight": _numbers(network.from_target.weight).T,
        "step_table": _numbers(network.steps)[:, None],  # (H, 1, D)
        "out_weight": _numbers(network.out.weight).T,
        "out_bias": _numbers(network.out.bias),
        "one": np.array([1], dtype=np.int64),
    }


def _nodes(hidden: int) -> list[Any]:
    node = helper.make_node
    return [
        node("LSTM", ["history", "W", "R", "B"], ["y"], hidden_size=hidden),
        node("Squeeze", ["y", "one"], ["states"]),
        node("Gather", ["states", "origins"], ["at_origins"], axis=0),
        node("MatMul", ["at_origins", "state_weight"], ["projected"]),
        node("Add", ["projected", "state_bias"], ["state_part"]),
        node("Unsqueeze", ["state_part", "one"], ["state"]),  # (O, 1, N, D)
        node("MatMul", ["target", "target_weight"], ["target_part"]),
        node("Gather", ["target_part", "ahead"], ["plan"], axis=0),  # (O, H, N, D)
        node("Gather", ["step_table", "steps"], ["step"], axis=0),
        node("Add", ["plan", "step"], ["planned"]),
        node("Add", ["planned", "state"], ["sum"]),
        node("Relu", ["sum"], ["hidden"]),
        node("MatMul", ["hidden", "out_weight"], ["out_part"]),
        node("Add", ["out_part", "out_bias"], ["raw"]),
    ]


def _ends(n_history: int, n_target: int) -> tuple[list[Any], list[Any]]:
    real, whole, info = TensorProto.FLOAT, TensorProto.INT64, helper.make_tensor_value_info
    inputs = [
        info("history", real, ["T", "N", n_history]),
        info("target", real, ["P", "N", n_target]),
        info("origins", whole, ["O"]),
        info("ahead", whole, ["O", "H"]),
        info("steps", whole, ["H"]),
    ]
    return inputs, [info("raw", real, ["O", "H", "N", 2])]


def _numbers(tensor: torch.Tensor) -> NDArray[Any]:
    return tensor.detach().numpy()
