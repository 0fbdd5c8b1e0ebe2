"""(r,nQ): when the position falls to the reorder point, order economic quantities."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from replenish.arrays import Floats
from replenish.observation import Observation
from replenish.order_cycles import economic_order_quantity, order_cycle
from replenish.ranges import Range


@dataclass(frozen=True, eq=False)
class EOQ:
    """Whole multiples of Q, the fewest that lift the position above r.

    Q is the economic order quantity sqrt(2 K d / h) (Harris 1913), but not less than the demand
    of one review period; r = mean + z sigma over L + R with the service of a whole cycle (see
    `replenish.order_cycles.order_cycle`).

    Attributes:
        quantity_factor: Times Q; one for all, or (N,).
        score_shift: Added to z; one for all, or (N,).
    """

    search: ClassVar[dict[str, Range]] = {
        "quantity_factor": Range(0.3, 4.0, log=True),
        "score_shift": Range(-2.5, 1.5),
    }
    quantity_factor: float | Floats = 1.0
    score_shift: float | Floats = 0.0

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units."""
        items, total = observation.items, observation.forecast.lead_time_demand
        rate = total.mean / items.protection_period
        least = np.maximum(economic_order_quantity(items, rate), rate * items.review_period)
        quantity = np.maximum(self.quantity_factor * least, 1e-9)
        score = order_cycle(items, quantity, total).score + self.score_shift
        gap = np.maximum(total.mean + score * total.std, 0.0) - observation.inventory_position
        multiples = np.where(gap >= 0, np.floor(np.maximum(gap, 0.0) / quantity) + 1.0, 0.0)
        return np.where(rate > 0, multiples * quantity, 0.0)
