"""Policy search by differential evolution over a formula with six parameters."""

from dataclasses import dataclass
from typing import Any, ClassVar

from scipy.optimize import differential_evolution

from baselines._free_levels import FreeLevels
from replenish.arrays import Floats
from replenish.tuning.search import Effort, Strategy, Trial, space_filling

GENERATIONS = 4  # per round of the other opponents' search
_LEAST = 8  # members, whatever the effort


def evolve(trial: Trial, untuned: Floats, effort: Effort) -> None:
    """Let a population of settings evolve (Storn and Price 1997); its members play side by side.

    The first generation fills the space and holds the untuned setting.

    Args:
        trial: (C, P) shares -> (C,) costs.
        untuned: (P,) shares.
        effort: Members, generations and seed.
    """
    members = max(effort.candidates, _LEAST)
    first = space_filling(len(untuned), members, effort.seed)
    first[0] = untuned
    bounds: Any = [(0.0, 1.0)] * len(untuned)
    side_by_side: Any = _transposed(trial)
    differential_evolution(
        side_by_side,
        bounds,
        init=first,
        maxiter=GENERATIONS * effort.rounds - 1,
        vectorized=True,
        updating="deferred",
        polish=False,
        tol=0.0,
        rng=effort.seed,
    )


def _transposed(trial: Trial) -> Trial:
    """Return the trial of settings that stand in columns, as scipy has them."""
    return lambda shares: trial(shares.T)


@dataclass(frozen=True, eq=False)
class PolicySearch(FreeLevels):
    """`FreeLevels` with the parameters that evolution finds."""

    strategy: ClassVar[Strategy] = staticmethod(evolve)
