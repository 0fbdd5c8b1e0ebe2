"""The textbook's order-up-to level: mean plus service factor times standard deviation."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from replenish.arrays import Floats
from replenish.observation import Observation
from replenish.order_cycles import HIGHEST_SCORE
from replenish.ranges import Range


@dataclass(frozen=True, eq=False)
class Newsvendor:
    """S = mean + z sigma over L + R, z the normal score of p / (p + h) (Arrow et al. 1951).

    Attributes:
        safety_factor: Times the safety stock; 1 = the textbook; one for all, or (N,).
        score_shift: Added to z; one for all, or (N,).
    """

    search: ClassVar[dict[str, Range]] = {
        "safety_factor": Range(0.2, 2.0),
        "score_shift": Range(-2.0, 1.0),
    }
    safety_factor: float | Floats = 1.0
    score_shift: float | Floats = 0.0

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units."""
        total = observation.forecast.lead_time_demand
        score = (
            np.clip(observation.items.critical_score, -HIGHEST_SCORE, HIGHEST_SCORE)
            + self.score_shift
        )
        level = total.mean + self.safety_factor * score * total.std
        return np.maximum(level - observation.inventory_position, 0.0)
