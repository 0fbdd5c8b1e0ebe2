"""(s,S): when the position falls to the reorder point, order up to a higher level."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from replenish.arrays import Floats
from replenish.observation import Observation
from replenish.ranges import Range
from replenish.reference import (
    HIGHEST_SCORE,
    Levels,
    cycle_score,
    economic_order_quantity,
    wish_up_to,
)


@dataclass(frozen=True, eq=False)
class ReorderPoint:
    """s = quantile of demand over L + R at p / (p + h Q / d); S = s + Q, Q = EOQ + some periods.

    The form is optimal with a fixed order cost (Scarf 1960); the levels follow the forecast.

    Attributes:
        score_shift: Added to the normal score of that ratio; one for all, or (N,).
        quantity_factor: Times the economic order quantity; one for all, or (N,).
        cover: Periods of mean forecast demand between s and S; one for all, or (N,).
    """

    search: ClassVar[dict[str, Range]] = {
        "score_shift": Range(-2.5, 1.5),
        "quantity_factor": Range(0.3, 3.0, log=True),
        "cover": Range(0.0, 6.0),
    }
    score_shift: float | Floats = 0.0
    quantity_factor: float | Floats = 1.0
    cover: float | Floats = 0.0

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units."""
        items, total = observation.items, observation.forecast.lead_time_demand
        rate = total.mean / items.protection_period
        quantity = self.quantity_factor * economic_order_quantity(items, rate) + self.cover * rate
        score = cycle_score(items, quantity, rate) + self.score_shift
        reorder_point = total.at_score(np.clip(score, -HIGHEST_SCORE, HIGHEST_SCORE))
        levels = Levels(reorder_point, reorder_point + quantity)
        return wish_up_to(levels, observation.inventory_position)
