"""The classical policies of a run: tuned as hard as the agent, and kept as JSON.

Evaluation judges exactly what training tuned.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from replenish.arrays import Ints
from replenish.costs import credited_cost
from replenish.errors import InputError
from replenish.files import write_text_atomic
from replenish.plugins import load_plugin
from replenish.protocols import Policy
from replenish.reference import CappedReference, Reference
from replenish.simulation import Episode, play
from replenish.tuning.search import InTurn, Tuned

REFERENCE = "reference"
SEARCHED = "policy_search"  # the reference's formula with all that it can listen to
PER_ITEM = "reference_per_item"  # the agent's start, item by item
AVERAGED = "averaged_formula"  # the mean of all formulas of that form; the agent leans on it
STARTS = {kind.__name__: kind for kind in (Reference, CappedReference)}
_BROKEN = (OSError, KeyError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True, eq=False)
class Opponents:
    """Tuned baselines by name, and the policy that the agent starts from and falls back to.

    Attributes:
        baselines: Name -> tuned policy, one row per item.
        reference: Tuned as one setting for all items, so that it orders for new ones too.
        averaged: The formula `AVERAGED`, which the agent is averaged with.
    """

    baselines: Mapping[str, Tuned]
    reference: Reference
    averaged: InTurn

    def costs(self, episode: Episode) -> dict[str, float]:
        """Return name -> mean cost per item and period of an episode, the cheapest first."""
        costs = {name: mean_cost(tuned.policy, episode) for name, tuned in self.baselines.items()}
        costs[REFERENCE] = mean_cost(self.reference, episode)
        return dict(sorted(costs.items(), key=lambda pair: pair[1]))

    def for_rows(self, rows: Ints) -> "Opponents":
        """Return them for other rows: (N,) numbers of tuned items, -1 = one that was not."""
        return replace(self, baselines={n: t.for_rows(rows) for n, t in self.baselines.items()})

    def settings(self, name: str) -> str:
        """Return the parameters of a policy in words."""
        if name != REFERENCE:
            return self.baselines[name].settings
        told = self.reference.to_dict().items()
        return ", ".join(f"{key} {value:.3g}" for key, value in told) + " (the agent's start)"

    def save(self, path: Path) -> None:
        """Write all parameters as JSON."""
        content = {
            "baselines": {name: _entry(tuned) for name, tuned in self.baselines.items()},
            REFERENCE: self.reference.to_dict(),
            "averaged": _entries(self.averaged),
        }
        write_text_atomic(path, json.dumps(content, indent=1) + "\n", overwrite=True)

    @classmethod
    def load(cls, path: Path, n_items: int) -> "Opponents":
        """Return what `save` wrote, the policies made anew by their plug-ins.

        Raises:
            InputError: The file is missing or not as written, is of another number of items, or a
                plug-in is gone.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            baselines = {n: _tuned(n, entry, n_items) for n, entry in content["baselines"].items()}
            averaged = _in_turn(AVERAGED, content["averaged"], n_items)
            return cls(baselines, Reference.from_dict(content[REFERENCE]), averaged)
        except InputError:
            raise
        except _BROKEN as problem:
            raise InputError(f"{path}: not as train.py wrote it ({problem}); train again") from None


def save_in_turn(path: Path, found: InTurn) -> None:
    """Write what tuning found of one policy as JSON."""
    write_text_atomic(path, json.dumps(_entries(found)) + "\n", overwrite=True)


def load_in_turn(path: Path, name: str, n_items: int) -> InTurn:
    """Return what `save_in_turn` wrote of the policy of this name.

    Raises:
        InputError: The file is not as written, or is of another number of items.
    """
    try:
        return _in_turn(name, json.loads(path.read_text(encoding="utf-8")), n_items)
    except _BROKEN as problem:
        raise InputError(f"{path}: not as train.py wrote it ({problem}); remove it") from None


def kind_named(name: str) -> Any:
    """Return what makes the policy of this name from its parameters."""
    plugin = SEARCHED if name == AVERAGED else name
    known = {**STARTS, PER_ITEM: Reference}
    return known.get(name) or load_plugin("baselines", plugin)


def mean_cost(policy: Policy, episode: Episode) -> float:
    """Return the mean cost per item and period, money, as policies are judged."""
    return float(credited_cost(play(policy, episode), episode.items).mean())


def _entry(tuned: Tuned) -> dict[str, Any]:
    """Return one policy as JSON."""
    return {
        "parameters": {k: np.asarray(v).tolist() for k, v in tuned.parameters.items()},
        "individuality": tuned.individuality,
        "common": dict(tuned.common),
    }


def _entries(found: InTurn) -> dict[str, Any]:
    return {when: _entry(tuned) for when, tuned in found._asdict().items()}


def _in_turn(name: str, entries: dict[str, Any], n_items: int) -> InTurn:
    return InTurn(**{when: _tuned(name, entry, n_items) for when, entry in entries.items()})


def _tuned(name: str, entry: dict[str, Any], n_items: int) -> Tuned:
    """Return one policy from its JSON."""
    parameters = {
        key: np.asarray(value, dtype=float) if entry["individuality"] else float(value)
        for key, value in entry["parameters"].items()
    }
    for key, value in parameters.items():
        if not np.isfinite(value).all() or np.shape(value) not in ((), (n_items,)):
            raise ValueError(f"{key} of {name}: expected {n_items} numbers")
    policy = kind_named(name)(**parameters)
    common = {key: float(value) for key, value in entry.get("common", {}).items()}
    if not np.isfinite([*common.values()]).all():
        raise ValueError(f"common setting of {name}: expected finite numbers")
    return Tuned(policy, parameters, float(entry["individuality"]), common)
