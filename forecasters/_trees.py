"""Boosted trees learnt by scikit-learn on binned features, as an ONNX graph on the features."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from replenish.arrays import Floats

OPSET, ML_OPSET, IR_VERSION = 17, 3, 8  # old enough for every supported onnxruntime
MOST_ROWS = 20_000  # that bins are found from
BINS = 128  # at most, of a feature


def bin_edges(rows: Floats) -> list[Floats]:
    """Return of each feature the float32 values that part it into bins of about equal size.

    scikit-learn would look for them with the rows' weights, which takes longer than its trees.
    """
    some = rows[:: max(1, len(rows) // MOST_ROWS)]
    levels = np.arange(1, BINS) / BINS
    found = np.quantile(some, levels, axis=0, method="inverted_cdf")  # (BINS - 1, F)
    return [np.unique(column).astype(np.float32) for column in found.T]


def binned(rows: Floats, edges: Sequence[Floats]) -> Floats:
    """Return (R, F) the bin of each number: k is up to ``edges[k]`` and above the edge before."""
    columns = [np.searchsorted(e, rows[:, f], side="left") for f, e in enumerate(edges)]
    return np.stack(columns, axis=1).astype(np.float32)


def trees_to_onnx(trees: list[NDArray[Any]], start: float, edges: Sequence[Floats]) -> bytes:
    """Return the graph: features (R, F) float32 -> factor (R, 1).

    Args:
        trees: The nodes of each tree, structured as scikit-learn keeps them, on bins.
        start: What is predicted before the first tree.
        edges: Of the bins of each feature.
    """
    nodes = np.concatenate(trees)
    sizes = [len(tree) for tree in trees]
    leaf = nodes["is_leaf"].astype(bool)
    tree_of = np.repeat(np.arange(len(trees)), sizes)
    node_of = np.concatenate([np.arange(size) for size in sizes])
    attributes: dict[str, Any] = {
        "nodes_treeids": tree_of.tolist(),
        "nodes_nodeids": node_of.tolist(),
        "nodes_featureids": np.where(leaf, 0, nodes["feature_idx"]).tolist(),
        "nodes_values": thresholds(nodes, edges).tolist(),
        "nodes_modes": ["LEAF" if is_leaf else "BRANCH_LEQ" for is_leaf in leaf],
        "nodes_truenodeids": np.where(leaf, 0, nodes["left"]).tolist(),
        "nodes_falsenodeids": np.where(leaf, 0, nodes["right"]).tolist(),
        "target_treeids": tree_of[leaf].tolist(),
        "target_nodeids": node_of[leaf].tolist(),
        "target_ids": [0] * int(leaf.sum()),
        "target_weights": nodes["value"][leaf].tolist(),
    }
    node = helper.make_node(
        "TreeEnsembleRegressor",
        ["features"],
        ["factor"],
        domain="ai.onnx.ml",
        n_targets=1,
        base_values=[start],
        **attributes,
    )
    graph = helper.make_graph(
        [node],
        "trees",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, len(edges)])],
        [helper.make_tensor_value_info("factor", TensorProto.FLOAT, [None, 1])],
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
    return bytes(model.SerializeToString())


def thresholds(nodes: NDArray[Any], edges: Sequence[Floats]) -> Floats:
    """Return the float32 number that each node compares its feature with, 0 in a leaf.

    A bin up to k + 1/2 is a number up to the edge k.
    """
    found = np.zeros(len(nodes), dtype=np.float32)
    for number, node in enumerate(nodes):
        if not node["is_leaf"]:
            found[number] = edges[node["feature_idx"]][int(node["num_threshold"])]
    return found
