"""Policy search by particle swarm over the same formula as `policy_search`."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from baselines._free_levels import FreeLevels
from replenish.arrays import Floats
from replenish.tuning.search import Effort, Strategy, Trial, space_filling

GENERATIONS = 4  # per round of the other opponents' search
_INERTIA, _PULL = 0.7298, 1.49618  # the constriction of Clerc and Kennedy (2002)


def swarm(trial: Trial, untuned: Floats, effort: Effort) -> None:
    """Let settings fly towards their own best place and the swarm's (Kennedy and Eberhart 1995).

    Args:
        trial: (C, P) shares -> (C,) costs.
        untuned: (P,) shares; where the first particle begins.
        effort: Particles, generations and seed.
    """
    rng = np.random.default_rng(effort.seed)
    place = space_filling(len(untuned), effort.candidates, effort.seed)  # (C, P)
    place[0] = untuned
    speed = np.zeros_like(place)
    best, least = place, trial(place)
    for _ in range(GENERATIONS * effort.rounds - 1):
        own, common = rng.random((2, *place.shape))
        leader = best[int(least.argmin())]
        speed = _INERTIA * speed + _PULL * (own * (best - place) + common * (leader - place))
        free = place + speed
        place = np.clip(free, 0.0, 1.0)
        speed = np.where(place == free, speed, 0.0)  # a wall stops a particle
        costs = trial(place)
        better = costs < least
        best, least = np.where(better[:, None], place, best), np.minimum(costs, least)


@dataclass(frozen=True, eq=False)
class SwarmSearch(FreeLevels):
    """`FreeLevels` with the parameters that a swarm finds."""

    strategy: ClassVar[Strategy] = staticmethod(swarm)
