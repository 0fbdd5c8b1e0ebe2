"""The tuning of a run's opponents: first what the agent starts from, the others while it learns."""

import shutil
import warnings
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from replenish.parallel import side_by_side
from replenish.plugins import plugin_names
from replenish.reference import Reference, kind_of
from replenish.simulation import Episode
from replenish.tuning.averaging import averaged_in_turn
from replenish.tuning.opponents import (
    AVERAGED,
    PER_ITEM,
    SEARCHED,
    STARTS,
    Opponents,
    kind_named,
    load_in_turn,
    mean_cost,
    save_in_turn,
)
from replenish.tuning.search import Effort, InTurn, tune_in_turn

WORTHWHILE = 100_000  # items times periods from which other processes are worth their start
_FIRST = (SEARCHED, *STARTS)  # of these the agent's start is the cheapest


class OpponentsTuning:
    """Tunes every named baseline, the reference and the mean, or takes what was tuned before.

    Several processes go on tuning while this one does something else, such as learning; one alone
    tunes what is asked for when it is asked for. What is found is the same.
    """

    def __init__(
        self,
        names: Sequence[str] | None,
        train: Episode,
        validation: Episode,
        effort: Effort,
        *,
        processes: int = 1,
        path: Path | None = None,
    ) -> None:
        """Say what is to be tuned; it begins when something is asked for.

        Args:
            names: Files in ``baselines/``; None: all that are there.
            train: One row per item.
            validation: The same items later.
            effort: How hard to search.
            processes: That tune side by side, if there is work enough; 0: one per core.
            path: Where the opponents are kept, and taken from if they stand there. Until all are
                known, each is kept by itself in a folder beside it.
        """
        kept = path if path and path.exists() else None
        self._kept = Opponents.load(kept, len(train.items)) if kept else None
        self._parts, self._path = (train, validation), path
        self._wanted = plugin_names("baselines") if names is None else names
        self._kinds = {name: kind_named(name) for name in dict.fromkeys((*_FIRST, *self._wanted))}
        jobs = [job for job in self._kinds.items() if job[1].search]  # others: `programme`
        jobs.sort(key=lambda job: (job[0] not in _FIRST, not hasattr(job[1], "strategy")))
        self._names, self._found = [name for name, _ in jobs], dict[str, InTurn]()
        self._apart = path.with_suffix("") if path else None
        work = partial(_tune_named, parts=self._parts, effort=effort, folder=self._apart)
        cells = len(train.items) * (train.n_periods + validation.n_periods)
        self._coming = side_by_side(work, jobs, processes if cells >= WORTHWHILE else 1)

    @cached_property
    def reference(self) -> Reference:
        """What the agent starts from and falls back to; the others are not waited for."""
        if self._kept:
            return self._kept.reference
        found = self._wait_for(_FIRST)
        starts = [Reference.from_dict(found[name].on_both.alike) for name in (*STARTS, SEARCHED)]
        return min(starts, key=lambda start: sum(mean_cost(start, part) for part in self._parts))

    @property
    def least_cost(self) -> float:
        """Cost on validation, money, of the cheapest baseline that is tuned before learning."""
        own = kind_of(self.reference).__name__
        playing = [name for name in _FIRST if name in (own, *self._wanted)]
        if self._kept:
            names = [PER_ITEM if name == own else name for name in playing]
            tuned = [self._kept.baselines[name] for name in names]
        else:
            tuned = [self._found[name].on_both for name in playing]
        return min(mean_cost(baseline.policy, self._parts[1]) for baseline in tuned)

    @cached_property
    def opponents(self) -> Opponents:
        """All of them, once all are tuned; kept from then on."""
        if self._kept:
            return self._kept
        reference, found = self.reference, self._wait_for(self._names)
        own = found[kind_of(reference).__name__]
        formulas = [name for name in self._kinds if name in found and self._moves_levels(name)]
        averaged = averaged_in_turn(self._kinds[SEARCHED], [*(found[n] for n in formulas), own])
        baselines = {name: found[name].on_both for name in self._wanted if name in found}
        baselines |= {PER_ITEM: own.on_both, AVERAGED: averaged.on_both}
        opponents = Opponents(baselines, reference, averaged)
        if self._path and self._apart:
            opponents.save(self._path)
            shutil.rmtree(self._apart)
        return opponents

    def close(self) -> None:
        """End the processes that still tune."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # joblib: that they did not finish
            self._coming.close()

    def _wait_for(self, names: Collection[str]) -> Mapping[str, InTurn]:
        """Return what was found so far, these names among it."""
        missing = set(names) - set(self._found)
        with tqdm(total=len(missing), desc="tune", unit="policy", disable=None, leave=False) as bar:
            while missing - set(self._found):
                name, found = next(self._coming)
                self._found[name] = found
                bar.update(name in missing)
        return self._found

    def _moves_levels(self, name: str) -> bool:
        """Return whether a policy is a formula of the reference's form with a search of its own."""
        return name not in STARTS and issubclass(self._kinds[name], Reference)


def _tune_named(
    job: tuple[str, Any], parts: tuple[Episode, Episode], effort: Effort, folder: Path | None
) -> tuple[str, InTurn]:
    """Tune one policy, unless a stopped start has left it in the folder."""
    name, kind = job
    if folder is None:
        return name, tune_in_turn(kind, *parts, effort)
    path = folder / f"{name}.json"
    if not path.exists():
        folder.mkdir(exist_ok=True)
        save_in_turn(path, tune_in_turn(kind, *parts, effort))
    return name, load_in_turn(path, name, len(parts[0].items))
