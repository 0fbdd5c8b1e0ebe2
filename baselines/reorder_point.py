"""(s,S): when the position falls to the reorder point, order up to a higher level."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from replenish.arrays import Floats
from replenish.observation import Observation
from replenish.order_cycles import HIGHEST_SCORE, economic_order_quantity, order_cycle
from replenish.ranges import Range
from replenish.reference import Levels, wish_up_to


@dataclass(frozen=True, eq=False)
class ReorderPoint:
    """s = quantile of demand over L + R for a whole cycle; S = s + Q, Q = EOQ + some periods.

    The form is optimal with a fixed order cost (Scarf 1960); the levels follow the forecast (see
    `replenish.order_cycles`).

    Attributes:
        score_shift: Added to the normal score of that quantile; one for all, or (N,).
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
        cycle = order_cycle(items, quantity, total)
        score = np.clip(cycle.score + self.score_shift, -HIGHEST_SCORE, HIGHEST_SCORE)
        reorder_point = total.at_score(score)
        levels = Levels(reorder_point, reorder_point + cycle.rise)
        return wish_up_to(levels, observation.inventory_position)
