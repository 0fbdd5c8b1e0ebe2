"""The starts that a part of time is judged from: the same demand and lead times, other shelves.

Tables of policies and classes average over the starts of the config. Everything that looks at one
play alone (traces, guards, own sales, frontier, sensitivity, past orders) takes the usual start.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from replenish.episodes import PanelEpisodes
from replenish.simulation import Episode

USUAL = 1.0  # times the steady stock


@dataclass(frozen=True, eq=False)
class Starts:
    """Episodes with one row per item that differ in their stock at the first day alone.

    Attributes:
        usual: From the usual stock; played even where it is not counted.
        counted: What results are averaged over; ``usual`` itself where it is among them.
    """

    usual: Episode
    counted: tuple[Episode, ...]

    @classmethod
    def of(cls, source: PanelEpisodes, fullness: Sequence[float], seed: Sequence[int]) -> Self:
        """Return the starts of a part of time.

        Args:
            source: Episodes of the part.
            fullness: Times the usual stock, one per start that counts.
            seed: Of lead times and review days, the same from every start.
        """
        made = {
            full: source.whole(np.random.default_rng(seed), full) for full in (USUAL, *fullness)
        }
        return cls(made[USUAL], tuple(made[full] for full in fullness))

    @classmethod
    def alone(cls, episode: Episode) -> Self:
        """Return one start that counts."""
        return cls(episode, (episode,))
