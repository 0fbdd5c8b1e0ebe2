"""Order up to the forecast's quantile of lead-time demand, at every review."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from replenish.arrays import Floats
from replenish.observation import Observation
from replenish.order_cycles import HIGHEST_SCORE
from replenish.ranges import Range


@dataclass(frozen=True, eq=False)
class OrderUpTo:
    """S = quantile of demand over L + R at the critical ratio p / (p + h), shifted by tuning.

    Optimal with a shift of 0 for backorders and no fixed cost (Zipkin 2000, section 6.2); with
    lost sales less stock is better, which tuning finds.

    Attributes:
        score_shift: Added to the normal score of the critical ratio; one for all, or (N,).
    """

    search: ClassVar[dict[str, Range]] = {"score_shift": Range(-2.5, 1.5)}
    score_shift: float | Floats = 0.0

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units."""
        score = observation.items.critical_score + self.score_shift
        level = observation.forecast.lead_time_demand.at_score(
            np.clip(score, -HIGHEST_SCORE, HIGHEST_SCORE)
        )
        return np.maximum(level - observation.inventory_position, 0.0)
