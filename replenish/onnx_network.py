"""Networks as ONNX: a small graph written node by node, and what runs it.

The graph is written with ``onnx.helper`` and not traced: it takes milliseconds, is the same byte
for byte every time, and holds what exporters of agents leave out: the scaling of the inputs and
the bounds of the actions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import onnxruntime as ort

from replenish.arrays import Floats, expect_shape
from replenish.errors import InputError

Activation: TypeAlias = Literal["tanh", "relu"]
Squash: TypeAlias = Literal["clip", "tanh"]
Layer: TypeAlias = tuple[Floats, Floats]  # weight (out, in), bias (out,)

INPUT, OUTPUT = "features", "actions"
OPSET, IR_VERSION = 17, 8  # old enough for every supported onnxruntime
_ACTIVATIONS = {"tanh": "Tanh", "relu": "Relu"}


@dataclass(frozen=True, eq=False)
class Scaling:
    """What is done to the features inside the graph: (features - shift) * scale, (F,) each."""

    shift: Floats
    scale: Floats


@dataclass
class _Graph:
    """Nodes and weights in the order in which they are added; the last output is the tip."""

    onnx: Any = field(default_factory=lambda: import_module("onnx"))  # only writing needs it
    nodes: list[Any] = field(default_factory=list)
    weights: list[Any] = field(default_factory=list)
    tip: str = INPUT

    def constant(self, name: str, values: Any) -> str:
        """Add numbers, kept as float32, and return their name."""
        array = np.array(values, dtype=np.float32)
        self.weights.append(self.onnx.numpy_helper.from_array(array, name))
        return name

    def then(self, operator: str, output: str, *weights: str, **attributes: Any) -> None:
        """Add an operator that reads the tip, and make its output the tip."""
        inputs = [self.tip, *weights]
        node = self.onnx.helper.make_node(operator, inputs, [output], name=output, **attributes)
        self.nodes.append(node)
        self.tip = output

    def to_bytes(self, n_features: int, n_actions: int) -> bytes:
        """Return the checked file of the graph from `INPUT` to `OUTPUT`."""
        helper = self.onnx.helper
        ends = [
            helper.make_tensor_value_info(name, self.onnx.TensorProto.FLOAT, ["N", width])
            for name, width in ((INPUT, n_features), (OUTPUT, n_actions))
        ]
        model = helper.make_model(
            helper.make_graph(self.nodes, "policy", ends[:1], ends[1:], self.weights),
            producer_name="replenish",
            ir_version=IR_VERSION,
            opset_imports=[helper.make_opsetid("", OPSET)],
        )
        self.onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString(deterministic=True))


def mlp_to_onnx(
    layers: Sequence[Layer],
    activation: Activation,
    squash: Squash,
    scaling: Scaling | None = None,
) -> bytes:
    """Return a multilayer perceptron as the bytes of an ONNX file.

    Input ``features`` (N, F) and output ``actions`` (N, A) are float32; the actions lie in
    [-1, 1].

    Args:
        layers: Weight (out, in) and bias (out,) of each linear layer, the output layer last.
        activation: What follows every layer but the last.
        squash: What bounds the output: ``clip`` for a policy that is cut to [-1, 1] (PPO),
            ``tanh`` for one that squashes (SAC).
        scaling: What is done to the features first, or None.

    Raises:
        ValueError: There is no layer, or the shapes do not fit together.
    """
    _check(layers, scaling)
    graph = _Graph()
    if scaling is not None:
        graph.then("Sub", "shifted", graph.constant("shift", scaling.shift))
        graph.then("Mul", "scaled", graph.constant("scale", scaling.scale))
    for number, (weight, bias) in enumerate(layers):
        names = graph.constant(f"weight_{number}", weight), graph.constant(f"bias_{number}", bias)
        graph.then("Gemm", f"linear_{number}", *names, transB=1)
        if number < len(layers) - 1:
            graph.then(_ACTIVATIONS[activation], f"hidden_{number}")
    if squash == "tanh":
        graph.then("Tanh", OUTPUT)
    else:
        graph.then("Clip", OUTPUT, graph.constant("low", -1.0), graph.constant("high", 1.0))
    return graph.to_bytes(n_features=layers[0][0].shape[1], n_actions=layers[-1][0].shape[0])


def _check(layers: Sequence[Layer], scaling: Scaling | None) -> None:
    """Raise ``ValueError`` unless each layer takes what the one before it gives."""
    if not layers:
        raise ValueError("a network needs one layer at least")
    width = layers[0][0].shape[1]
    if scaling is not None:
        expect_shape("scaling.shift", scaling.shift, (width,))
        expect_shape("scaling.scale", scaling.scale, (width,))
    for number, (weight, bias) in enumerate(layers):
        expect_shape(f"layers[{number}].weight", weight, (len(bias), width))
        width = len(bias)


class OnnxNetwork:
    """A network that onnxruntime runs: (N, F) features -> (N, A) actions; one thread, quiet."""

    def __init__(self, source: Path | bytes, name: str = "") -> None:
        """Load a network.

        Args:
            source: An ONNX file or its bytes.
            name: What messages call it; the path by default.

        Raises:
            InputError: It is not a network with input ``features`` and output ``actions``.
        """
        label = name or (str(source) if isinstance(source, Path) else "network")
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            content = source.read_bytes() if isinstance(source, Path) else source
            self._session = ort.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as problem:  # onnxruntime raises bare C++ exception types
            reason = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
            raise InputError(f"{label}: not a network ({reason}); export it again") from None
        ends = [end.name for end in (*self._session.get_inputs(), *self._session.get_outputs())]
        if ends != [INPUT, OUTPUT]:
            raise InputError(
                f"{label}: has inputs and outputs {ends}, expected {[INPUT, OUTPUT]}; "
                "export it again"
            )
        self.n_features = int(self._session.get_inputs()[0].shape[1])

    def __call__(self, features: Floats) -> Floats:
        """Return the (N, A) actions for (N, F) features."""
        rows = np.ascontiguousarray(features, dtype=np.float32)
        return np.asarray(self._session.run([OUTPUT], {INPUT: rows})[0])
