"""Periodic review at a cycle service level: the textbook safety stock z sigma sqrt(L + R)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import ndtri

from replenish.arrays import Floats
from replenish.items import Items
from replenish.observation import Observation
from replenish.order_cycles import HIGHEST_SCORE
from replenish.ranges import Range


@dataclass(frozen=True, eq=False)
class CycleService:
    """S = mean + z sigma sqrt(L + R), after Silver, Pyke and Thomas (2017), sections 6.7 and 6.9.

    sigma is the standard deviation of a *single* period's demand, as planning systems keep it: the
    errors of L + R periods are taken as independent, which forecast errors seldom are (compare
    `newsvendor`, which knows the spread of the sum). z is the normal score of the cycle service
    level: one target for the whole shop, or each item's critical ratio p / (p + h), or between.

    Attributes:
        stockout_risk: 1 - the shop's target: share of cycles that may run short; one for all,
            or (N,).
        by_cost: 1 = z of the item's critical ratio, 0 = z of the target; one for all, or (N,).
    """

    search: ClassVar[dict[str, Range]] = {
        "stockout_risk": Range(0.001, 0.8, log=True),
        "by_cost": Range(0.0, 1.0),
    }
    stockout_risk: float | Floats = 0.05
    by_cost: float | Floats = 1.0

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units."""
        items, total = observation.items, observation.forecast.lead_time_demand
        by_ratio = np.clip(items.critical_score, -HIGHEST_SCORE, HIGHEST_SCORE)
        by_target = -ndtri(np.asarray(self.stockout_risk))
        score = self.by_cost * by_ratio + (1.0 - self.by_cost) * by_target
        sigma = _single_period_std(items, observation.forecast.std)
        level = total.mean + score * sigma * np.sqrt(items.protection_period)
        return np.maximum(level - observation.inventory_position, 0.0)


def _single_period_std(items: Items, std: Floats) -> Floats:
    """Return the (N,) root mean square of (N, H) deviations over each item's own L + R periods."""
    covered = np.arange(std.shape[1])[None, :] < items.protection_period[:, None]
    return np.asarray(np.sqrt((std**2 * covered).sum(axis=1) / items.protection_period))
