"""The classical policies of a run: tuned as hard as the agent, and kept as JSON.

Evaluation judges exactly what training tuned.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from replenish.arrays import Ints
from replenish.averaging import averaged_in_turn
from replenish.costs import credited_cost
from replenish.errors import InputError
from replenish.files import write_text_atomic
from replenish.parallel import side_by_side
from replenish.plugins import load_plugin, plugin_names
from replenish.protocols import Policy
from replenish.reference import CappedReference, Reference, kind_of
from replenish.simulation import Episode, play
from replenish.tuning import Effort, InTurn, Tuned, tune_in_turn

REFERENCE = "reference"
SEARCHED = "policy_search"  # the reference's formula with all that it can listen to
PER_ITEM = "reference_per_item"  # the agent's start, item by item
AVERAGED = "averaged_formula"  # the mean of all formulas of that form; the agent leans on it
WORTHWHILE = 100_000  # items times periods from which other processes are worth their start


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
            "averaged": {name: _entry(tuned) for name, tuned in self.averaged._asdict().items()},
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
            averaged = {k: _tuned(AVERAGED, e, n_items) for k, e in content["averaged"].items()}
            return cls(baselines, Reference.from_dict(content[REFERENCE]), InTurn(**averaged))
        except InputError:
            raise
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as problem:
            raise InputError(f"{path}: not as train.py wrote it ({problem}); train again") from None


def tune_opponents(
    names: Sequence[str],
    train: Episode,
    validation: Episode,
    effort: Effort,
    *,
    without: Sequence[str] = (),
    processes: int = 1,
) -> Opponents:
    """Tune every named baseline (all in the folder without names), the reference and the mean.

    Args:
        names: Files in ``baselines/``.
        train: One row per item.
        validation: The same items later.
        effort: How hard to search.
        without: Files that are left out.
        processes: That tune side by side, if there is work enough; the result is the same.
    """
    wanted = [name for name in names or plugin_names("baselines") if name not in without]
    found = {name: load_plugin("baselines", name) for name in wanted}
    mine = {kind.__name__: kind for kind in (Reference, CappedReference)}
    kinds = {SEARCHED: load_plugin("baselines", SEARCHED)} | mine | found
    jobs = [(name, kind) for name, kind in kinds.items() if kind.search]  # others: `programme`
    jobs.sort(key=lambda job: not hasattr(job[1], "strategy"))  # those take longest
    work = partial(_tune_named, train=train, validation=validation, effort=effort)
    cells = len(train.items) * (train.n_periods + validation.n_periods)
    done = side_by_side(work, jobs, processes if cells >= WORTHWHILE else 1)
    bar = tqdm(done, total=len(jobs), desc="tune", unit="policy", disable=None, leave=False)
    tuned = dict(bar)
    starts = [Reference.from_dict(tuned[name].on_both.alike) for name in (*mine, SEARCHED)]
    reference = min(starts, key=lambda r: mean_cost(r, train) + mean_cost(r, validation))
    baselines = {name: tuned[name].on_both for name in wanted if name in tuned}
    own = tuned[kind_of(reference).__name__]
    alike = [name for name in tuned if issubclass(kinds[name], Reference) and name not in mine]
    averaged = averaged_in_turn(kinds[SEARCHED], [*(tuned[name] for name in alike), own])
    baselines |= {PER_ITEM: own.on_both, AVERAGED: averaged.on_both}
    return Opponents(baselines, reference, averaged)


def _tune_named(
    job: tuple[str, Callable[..., Policy]], train: Episode, validation: Episode, effort: Effort
) -> tuple[str, InTurn]:
    name, kind = job
    return name, tune_in_turn(kind, train, validation, effort)


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


def _tuned(name: str, entry: dict[str, Any], n_items: int) -> Tuned:
    """Return one policy from its JSON."""
    parameters = {
        key: np.asarray(value, dtype=float) if entry["individuality"] else float(value)
        for key, value in entry["parameters"].items()
    }
    for key, value in parameters.items():
        if not np.isfinite(value).all() or np.shape(value) not in ((), (n_items,)):
            raise ValueError(f"{key} of {name}: expected {n_items} numbers")
    plugin = SEARCHED if name == AVERAGED else name
    kind = Reference if name == PER_ITEM else load_plugin("baselines", plugin)
    policy = kind(**parameters)
    common = {key: float(value) for key, value in entry.get("common", {}).items()}
    if not np.isfinite([*common.values()]).all():
        raise ValueError(f"common setting of {name}: expected finite numbers")
    return Tuned(policy, parameters, float(entry["individuality"]), common)
