"""The reference's formula with all that it can listen to, for searches that can handle it."""

from dataclasses import dataclass
from typing import ClassVar

from replenish.arrays import Floats
from replenish.ranges import Range
from replenish.reference import Reference


@dataclass(frozen=True, eq=False)
class FreeLevels(Reference):
    """(s,S) with a cap on orders, whose s also listens to the forecast's record and to the plan.

    s = m + (q - m) exp(a spread) + (b bias + c promotion) sigma sqrt(L + R), where m and sigma
    are mean and deviation of demand over L + R, q its quantile at the shifted service of a
    cycle, and a, b, c the weights of `Reference`; S = s + a multiple of the economic order
    quantity.
    """

    search: ClassVar[dict[str, Range]] = {
        "score_shift": Range(-2.5, 1.5),
        "quantity_factor": Range(0.3, 3.0, log=True),
        "cap": Range(0.1, 30.0, log=True),
        "spread_weight": Range(-0.5, 1.5),
        "bias_weight": Range(-0.5, 1.5),
        "promotion_weight": Range(-0.5, 2.0),
    }
    cap: float | Floats = 30.0
