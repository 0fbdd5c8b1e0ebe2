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
    numbers = {
        **lstm_weights(network),
        "state_weight": _numbers(network.from_state.weight).T,
        "state_bias": _numbers(network.from_state.bias),
        "target_weight": _numbers(network.from_target.weight).T,
        "step_table": _numbers(network.steps)[:, None],  # (H, 1, D)
        "out_weight": _numbers(network.out.weight).T,
        "out_bias": _numbers(network.out.bias),
        "one": np.array([1], dtype=np.int64),
    }
    hidden = network.lstm.hidden_size
    nodes = [
        helper.make_node("LSTM", ["history", "W", "R", "B"], ["y"], hidden_size=hidden),
        helper.make_node("Squeeze", ["y", "one"], ["states"]),
        helper.make_node("Gather", ["states", "origins"], ["at_origins"], axis=0),
        helper.make_node("MatMul", ["at_origins", "state_weight"], ["projected"]),
        helper.make_node("Add", ["projected", "state_bias"], ["state_part"]),
        helper.make_node("Unsqueeze", ["state_part", "one"], ["state"]),  # (O, 1, N, D)
        helper.make_node("MatMul", ["target", "target_weight"], ["target_part"]),
        helper.make_node("Gather", ["target_part", "ahead"], ["plan"], axis=0),  # (O, H, N, D)
        helper.make_node("Gather", ["step_table", "steps"], ["step"], axis=0),
        helper.make_node("Add", ["plan", "step"], ["planned"]),
        helper.make_node("Add", ["planned", "state"], ["sum"]),
        helper.make_node("Relu", ["sum"], ["hidden"]),
        helper.make_node("MatMul", ["hidden", "out_weight"], ["out_part"]),
        helper.make_node("Add", ["out_part", "out_bias"], ["raw"]),
    ]
    real, whole = TensorProto.FLOAT, TensorProto.INT64
    width, plan = network.lstm.input_size, network.from_target.in_features
    graph = helper.make_graph(
        nodes,
        "forecaster",
        [
            helper.make_tensor_value_info("history", real, ["T", "N", width]),
            helper.make_tensor_value_info("target", real, ["P", "N", plan]),
            helper.make_tensor_value_info("origins", whole, ["O"]),
            helper.make_tensor_value_info("ahead", whole, ["O", "H"]),
            helper.make_tensor_value_info("steps", whole, ["H"]),
        ],
        [helper.make_tensor_value_info("raw", real, ["O", "H", "N", 2])],
        [numpy_helper.from_array(np.ascontiguousarray(v), name) for name, v in numbers.items()],
    )
    model = helper.make_model(
        graph,
        producer_name="replenish",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def _numbers(tensor: torch.Tensor) -> NDArray[Any]:
    return tensor.detach().numpy()
