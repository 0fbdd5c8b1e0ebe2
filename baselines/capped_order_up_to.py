"""Order up to a level, but never more than a cap at once: the best simple rule for lost sales."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from replenish.arrays import Floats
from replenish.observation import Observation
from replenish.order_cycles import HIGHEST_SCORE
from replenish.ranges import Range


@dataclass(frozen=True, eq=False)
class CappedOrderUpTo:
    """min(S - inventory position, cap), after Xin (2021), "Capped base-stock policies".

    Attributes:
        score_shift: Added to the normal score of the critical ratio; one for all, or (N,).
        cap: Periods of mean forecast demand, beyond the review period's, that one order can
            bring at most; one for all, or (N,).
    """

    search: ClassVar[dict[str, Range]] = {
        "score_shift": Range(-2.5, 1.5),
        "cap": Range(0.1, 8.0, log=True),
    }
    score_shift: float | Floats = 0.0
    cap: float | Floats = 4.0

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units."""
        items, total = observation.items, observation.forecast.lead_time_demand
        score = items.critical_score + self.score_shift
        level = total.at_score(np.clip(score, -HIGHEST_SCORE, HIGHEST_SCORE))
        most = total.mean / items.protection_period * (items.review_period + self.cap)
        return np.minimum(np.maximum(level - observation.inventory_position, 0.0), most)
