"""Order the same share of mean demand at every review, whatever the stock."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from replenish.arrays import Floats
from replenish.observation import Observation
from replenish.ranges import Range


@dataclass(frozen=True, eq=False)
class ConstantOrder:
    """q = share x mean forecast demand over the review period.

    Asymptotically optimal for long lead times with lost sales (Goldberg et al. 2016).

    Attributes:
        share: Of mean demand; one for all, or (N,).
        most: Periods of demand that the position may cover beyond L + R; ordering stops there,
            so that a forecast that is too high cannot fill the shop; one for all, or (N,).
    """

    search: ClassVar[dict[str, Range]] = {
        "share": Range(0.3, 1.3),
        "most": Range(0.5, 30.0, log=True),
    }
    share: float | Floats = 0.9
    most: float | Floats = 10.0

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units."""
        items, total = observation.items, observation.forecast.lead_time_demand
        rate = total.mean / items.protection_period
        room = total.mean + self.most * rate - observation.inventory_position
        return np.asarray(np.where(room > 0, self.share * rate * items.review_period, 0.0))
