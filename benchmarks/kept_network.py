"""Networks that learned once and are kept, so that judging can be stopped and repeated."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from agents._layers import Layers
from agents._training import move_of
from benchmarks.textbook import Lesson, Taught, teach
from replenish.arrays import Floats
from replenish.episodes import EpisodeSource
from replenish.files import new_file_atomic
from replenish.learned import LearnedPolicy, Network
from replenish.reference import Reference


def taught_once(
    place: Path, lesson: Lesson, source: Callable[[], EpisodeSource], seed: int
) -> Taught:
    """Return the policy that learned a lesson; a network kept at ``place`` does not learn again.

    Args:
        place: Of the ``.npz`` with weights and biases.
        lesson: How to learn.
        source: Makes what episodes are drawn from.
        seed: Of everything random.

    Raises:
        InputError: The network that is kept learned another lesson.
    """
    if not place.exists():
        _keep(place, lesson, teach(lesson, source(), seed))
    with np.load(place, allow_pickle=False) as kept:
        notes: dict[str, Any] = json.loads(str(kept["notes"]))
        lesson.check(place, notes["lesson"])
        layers = [(kept[f"weight_{k}"], kept[f"bias_{k}"]) for k in range(notes["layers"])]
    start = Reference.from_dict(notes["start"])
    policy = LearnedPolicy(plain_network(layers), start, move_of(lesson.env))
    return Taught(policy, start, notes["seconds"], [], layers)


def _keep(place: Path, lesson: Lesson, taught: Taught) -> None:
    """Write a network that appears whole or not at all."""
    arrays: dict[str, Any] = {}
    for k, (weight, bias) in enumerate(taught.layers):
        arrays |= {f"weight_{k}": weight, f"bias_{k}": bias}
    notes = {
        "layers": len(taught.layers),
        "start": taught.start.to_dict(),
        "seconds": taught.seconds,
        "lesson": lesson.to_dict(),
    }
    with new_file_atomic(place) as temporary:
        np.savez(temporary, notes=json.dumps(notes), **arrays)


def plain_network(layers: Layers) -> Network:
    """Return PPO's actor, multiplied out: tanh between layers, cut to [-1, 1]."""

    def network(features: Floats) -> Floats:
        hidden = features
        for weight, bias in layers[:-1]:
            hidden = np.tanh(hidden @ weight.T + bias)
        weight, bias = layers[-1]
        return np.asarray(np.clip(hidden @ weight.T + bias, -1.0, 1.0))

    return network
