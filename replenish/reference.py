"""The formula that the agent starts from, falls back to, leans on, and is counted against.

Without a fixed order cost: order up to the forecast's quantile of lead-time demand at the
critical ratio p / (p + h R) (Zipkin 2000, section 6.2). With one: order up to an economic order
quantity above the reorder point, whose quantile is that of a whole cycle (see
`replenish.order_cycles`; Silver, Pyke and Thomas 2017, sections 6.7 and 7.5). Tuning shifts the
quantile and scales the order quantity; a search for more than that can have orders capped, and
the reorder point listen to how the forecast has fared and to what is planned.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from replenish.arrays import Floats
from replenish.forecasting.forecast import CONTEXT, Bracket, Forecast
from replenish.items import Items
from replenish.observation import Observation
from replenish.order_cycles import HIGHEST_SCORE, economic_order_quantity, order_cycle
from replenish.ranges import Range

_WEIGHTS = ("spread_weight", "bias_weight", "promotion_weight")  # of the forecast's context


@dataclass(frozen=True, eq=False)
class Levels:
    """What decides the orders of N rows, units each.

    Attributes:
        reorder_point: (N,) order when the position is at it or below.
        order_up_to_level: (N,) equal to the reorder point without a fixed order cost.
        most: (N,) one order brings at most this; None = no cap.
    """

    reorder_point: Floats
    order_up_to_level: Floats
    most: Floats | None = None

    def toward(self, other: "Levels", share: Floats) -> "Levels":
        """Return the levels so far on the way to others; orders have a cap where both have one.

        Args:
            other: N rows.
            share: (N,) 0 = these levels, 1 = the others.
        """

        def mean(ours: Floats, theirs: Floats) -> Floats:
            return np.asarray((1.0 - share) * ours + share * theirs)

        most = None
        if self.most is not None and other.most is not None:
            most = mean(self.most, other.most)
        return Levels(
            mean(self.reorder_point, other.reorder_point),
            mean(self.order_up_to_level, other.order_up_to_level),
            most,
        )


@dataclass(eq=False)
class _Last:
    """The last items and stored levels with their bracket: rows hardly ever change."""

    kept: tuple[Items, Floats, Bracket] | None = None


@dataclass(frozen=True)
class Reference:
    """Order-up-to, or (s,S) where ordering costs money, from the forecast of lead-time demand.

    Attributes:
        score_shift: Added to the normal score of the critical ratio; 0 = the newsvendor's level;
            one for all rows, or (N,).
        quantity_factor: Times the economic order quantity; 0 = order up to one level; one for
            all rows, or (N,).
        cap: Periods of mean forecast demand that one order brings at most beyond those of the
            review period and the economic order quantity; one for all rows, or (N,).
        spread_weight: Safety stock times exp(this x spread); 1 = as large as the forecast's
            errors lately ask for; one for all rows, or (N,).
        bias_weight: 1 = the forecast's mean error lately goes on; one for all rows, or (N,).
        promotion_weight: Of the promoted share of the periods to cover, in deviations of demand
            over them; one for all rows, or (N,).
    """

    search: ClassVar[dict[str, Range]] = {
        "score_shift": Range(-2.5, 1.5),
        "quantity_factor": Range(0.3, 3.0, log=True),
    }
    score_shift: float | Floats = 0.0
    quantity_factor: float | Floats = 1.0
    cap: float | Floats = np.inf
    spread_weight: float | Floats = 0.0
    bias_weight: float | Floats = 0.0
    promotion_weight: float | Floats = 0.0
    _last: _Last = field(default_factory=_Last, init=False, compare=False, repr=False)

    def levels(self, items: Items, forecast: Forecast) -> Levels:
        """Return the levels for today's forecast.

        Args:
            items: N rows.
            forecast: N rows.
        """
        total = forecast.lead_time_demand
        if not items.fixed_order_cost.any():
            quantile = total.within(self._bracket(items, total.levels))
            reorder_point = self._heard(quantile, items, forecast)
            return Levels(reorder_point, reorder_point, self._most(items, total.mean, 0.0))
        rate = total.mean / items.protection_period
        quantity = self.quantity_factor * economic_order_quantity(items, rate)
        cycle = order_cycle(items, quantity, total)
        score = np.clip(cycle.score + self.score_shift, -HIGHEST_SCORE, HIGHEST_SCORE)
        quantile = total.at_score(score)
        reorder_point = self._heard(quantile, items, forecast)
        most = self._most(items, total.mean, quantity)
        return Levels(reorder_point, reorder_point + cycle.rise, most)

    @property
    def capped(self) -> bool:
        """Whether orders have a cap."""
        return bool(np.isfinite(self.cap).any())

    def _heard(self, quantile: Floats, items: Items, forecast: Forecast) -> Floats:
        """Return the (N,) reorder points: the quantile, moved by what the context says."""
        context = forecast.context
        if context is None or not self._listens:
            return quantile
        total = forecast.lead_time_demand
        bias, spread, promotion = (context[:, CONTEXT.index(name)] for name in CONTEXT)
        safety = (quantile - total.mean) * np.exp(self.spread_weight * spread)
        moved = self.bias_weight * bias + self.promotion_weight * promotion
        moved = moved * total.std * np.sqrt(items.protection_period)
        return np.maximum(total.mean + safety + moved, 0.0)

    @cached_property
    def _listens(self) -> bool:
        """Whether any weight of the context is not 0."""
        return any(bool(np.any(getattr(self, name))) for name in _WEIGHTS)

    def _most(self, items: Items, mean: Floats, quantity: Floats | float) -> Floats | None:
        """Return the (N,) units that one order brings at most, or None."""
        if not self.capped:
            return None
        return quantity + mean / items.protection_period * (items.review_period + self.cap)

    def _bracket(self, items: Items, levels: Floats) -> Bracket:
        """Return where the rows' scores lie among the forecast's levels; the last one is kept."""
        kept = self._last.kept
        if kept is None or kept[0] is not items or kept[1] is not levels:
            score = np.clip(items.critical_score + self.score_shift, -HIGHEST_SCORE, HIGHEST_SCORE)
            kept = items, levels, Bracket.of(levels, score)
            self._last.kept = kept
        return kept[2]

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units."""
        levels = self.levels(observation.items, observation.forecast)
        return wish_up_to(levels, observation.inventory_position)

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as JSON."""
        cap = {"cap": self.cap} if self.capped else {}
        weights = {name: getattr(self, name) for name in _WEIGHTS} if self._listens else {}
        shift, factor = self.score_shift, self.quantity_factor
        return {"score_shift": shift, "quantity_factor": factor, **cap, **weights}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the reference that `to_dict` described."""
        return cls(**{name: float(value) for name, value in values.items()})


@dataclass(frozen=True)
class CappedReference(Reference):
    """The reference with a cap on single orders, where tuning is to find one.

    With lost sales a cap spares stock that comes too late for the demand that called for it (Xin
    2021, "Capped base-stock policies").
    """

    search: ClassVar[dict[str, Range]] = {
        **Reference.search,
        "cap": Range(0.1, 10.0, log=True),
    }
    cap: float | Floats = 10.0


def kind_of(reference: Reference) -> type[Reference]:
    """Return the class that tuning makes formulas of this form from, capped or not."""
    return CappedReference if reference.capped else Reference


def wish_up_to(levels: Levels, inventory_position: Floats) -> Floats:
    """Return the (N,) units from the position to S where the position is at s or below.

    With s = S a position at the level is left alone, since the wish is 0. A level or a position
    that is NaN makes the wish NaN, for a guard to see.
    """
    above = inventory_position > levels.reorder_point
    gap = np.maximum(levels.order_up_to_level - inventory_position, 0.0)
    if levels.most is not None:
        gap = np.minimum(gap, levels.most)
    return np.asarray(np.where(above, 0.0, gap))
