"""A policy network as plain arrays: what leaves for ONNX, and how an untrained one begins."""

from typing import Any

import torch
from torch import nn

from replenish.arrays import Floats

Layers = list[tuple[Floats, Floats]]  # (out, in) weights and (out,) biases, input first


def linear_layers(*parts: nn.Module) -> Layers:
    """Return weights and biases of the linear layers, in order."""
    return [
        (layer.weight.detach().cpu().numpy(), layer.bias.detach().cpu().numpy())
        for part in parts
        for layer in part.modules()
        if isinstance(layer, nn.Linear)
    ]


def answer(layer: Any, value: float) -> None:
    """Make a linear layer answer one number, whatever it is asked; 0 is the reference policy."""
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.fill_(value)
