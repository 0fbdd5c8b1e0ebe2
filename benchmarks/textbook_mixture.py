"""One policy for all instances: what it learns on, what it has never seen, and its network."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from agents._layers import Layers
from agents._training import move_of
from benchmarks.textbook import Exam, Lesson, Taught, lost_sales_exam, teach
from replenish.arrays import Floats
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes
from replenish.errors import InputError
from replenish.exact.demand import DiscreteDemand
from replenish.files import new_file_atomic
from replenish.instance_pool import InstancePool
from replenish.items import Items
from replenish.learned import LearnedPolicy, Network
from replenish.reference import Reference

POOL, UNSEEN = 4000, 20
_POOL_STREAM, _UNSEEN_STREAM = 21, 22


def mixture(periods: int) -> InstancePool:
    """Return the instances that one policy learns on: L 1..4, p 3..50, means 2..20."""
    items, families = _drawn(POOL, np.random.default_rng([_POOL_STREAM]))
    return InstancePool.of(items, families, periods=periods)


def unseen_exams() -> list[Exam]:
    """Return instances drawn from the same ranges that no training has met, with their answers."""
    rng = np.random.default_rng([_UNSEEN_STREAM])
    exams: list[Exam] = []
    while len(exams) < UNSEEN:
        items, (family,) = _drawn(1, rng)
        words = f"L={items.lead_time[0]} p={items.shortage_cost[0]:.1f}"
        name = f"{family.name} mean={family.mean:.1f} {words}"
        try:
            demand = DiscreteDemand.of_family(family)
            exams.append(lost_sales_exam(name, DrawnEpisodes(family, items), demand, rule=False))
        except InputError:  # too large to be solved exactly; the next one is drawn
            continue
    return exams


def _drawn(number: int, rng: np.random.Generator) -> tuple[Items, list[DemandFamily]]:
    """Return instances drawn at random; costs and means evenly in their logarithm."""
    means = np.exp(rng.uniform(np.log(2.0), np.log(20.0), number))
    shortage = np.exp(rng.uniform(np.log(3.0), np.log(50.0), number))
    lead_time = rng.integers(1, 5, number)
    poisson = rng.random(number) < 0.5
    items = Items.build(number, lead_time=lead_time, shortage_cost=shortage, pack_size=1.0)
    names = np.where(poisson, "poisson", "geometric")
    families = [DemandFamily(str(n), float(m)) for n, m in zip(names, means, strict=True)]
    return items, families


def taught_once(place: Path, lesson: Lesson, seed: int) -> Taught:
    """Return the policy that learned on the mixture; a network kept at ``place`` is not retrained.

    Args:
        place: Of the ``.npz`` with weights and biases.
        lesson: How to learn.
        seed: Of everything random.
    """
    if not place.exists():
        _keep(place, lesson, teach(lesson, mixture(lesson.env.periods), seed))
    with np.load(place, allow_pickle=False) as kept:
        notes: dict[str, Any] = json.loads(str(kept["notes"]))
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
