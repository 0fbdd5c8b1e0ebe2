"""A formula with a handful of parameters, for searches that can handle them."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from replenish.arrays import Floats
from replenish.forecasting.forecast import CONTEXT
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
class FreeLevels:
    """(s,S) with a cap on orders, whose s also listens to the forecast's record and to the plan.

    s = m + (q - m) exp(a spread) + (b bias + c promotion) sigma sqrt(L + R), where m and sigma
    are mean and deviation of demand over L + R and q its quantile at the shifted service of a
    cycle; S = s + a multiple of the economic order quantity. All parameters at their defaults
    make the reference policy without a cap.

    Attributes:
        score_shift: Added to the normal score of p / (p + h Q / d); one for all, or (N,).
        quantity_factor: Times the economic order quantity; one for all, or (N,).
        cap: Periods of mean forecast demand, beyond the review period's and the quantity, that
            one order can bring at most; one for all, or (N,).
        spread_weight: a; 1 = safety stock as large as the forecast's errors lately ask for.
        bias_weight: b; 1 = the forecast's mean error lately goes on.
        promotion_weight: c; of the promoted share of the periods to cover.
    """

    search: ClassVar[dict[str, Range]] = {
        "score_shift": Range(-2.5, 1.5),
        "quantity_factor": Range(0.3, 3.0, log=True),
        "cap": Range(0.1, 30.0, log=True),
        "spread_weight": Range(-0.5, 1.5),
        "bias_weight": Range(-0.5, 1.5),
        "promotion_weight": Range(-0.5, 2.0),
    }
    score_shift: float | Floats = 0.0
    quantity_factor: float | Floats = 1.0
    cap: float | Floats = 30.0
    spread_weight: float | Floats = 0.0
    bias_weight: float | Floats = 0.0
    promotion_weight: float | Floats = 0.0

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units."""
        return wish_up_to(self.levels(observation), observation.inventory_position)

    def levels(self, observation: Observation) -> Levels:
        """Return reorder point, order-up-to level and cap, (N,) units each."""
        items, total = observation.items, observation.forecast.lead_time_demand
        rate = total.mean / items.protection_period
        quantity = self.quantity_factor * economic_order_quantity(items, rate)
        score = cycle_score(items, quantity, rate) + self.score_shift
        quantile = total.at_score(np.clip(score, -HIGHEST_SCORE, HIGHEST_SCORE))
        bias, spread, promotion = _context(observation)
        safety = (quantile - total.mean) * np.exp(self.spread_weight * spread)
        heard = self.bias_weight * bias + self.promotion_weight * promotion
        moved = heard * total.std * np.sqrt(items.protection_period)
        reorder_point = np.maximum(total.mean + safety + moved, 0.0)
        most = quantity + rate * (items.review_period + self.cap)
        return Levels(reorder_point, reorder_point + quantity, most)


def _context(observation: Observation) -> tuple[Floats, Floats, Floats]:
    """Return bias, spread and promotion of the forecast, (N,) each; 0 where none is kept."""
    context = observation.forecast.context
    if context is None:
        context = np.zeros((len(observation.items), len(CONTEXT)))
    bias, spread, promotion = (context[:, CONTEXT.index(name)] for name in CONTEXT)
    return bias, spread, promotion
