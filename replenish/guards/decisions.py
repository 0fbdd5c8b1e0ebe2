"""Guards on decisions: orders that cannot be, or lie far from the reference policy's."""

from collections.abc import Callable, Mapping

import numpy as np

from replenish.arrays import Bools, Floats
from replenish.guards.config import GuardConfig
from replenish.guards.finding import Finding
from replenish.observation import Observation
from replenish.order_cycles import economic_order_quantity

DECISION_GUARDS = (
    "not_a_number",
    "negative_order",
    "above_limit",
    "too_much_cover",
    "far_from_reference",
)


def decision_flags(
    observation: Observation, wish: Floats, reference_wish: Floats, config: GuardConfig
) -> dict[str, Bools]:
    """Return guard -> (N,) True where it fires; none fires on the reference policy's own wish.

    Args:
        observation: What the policy saw, N rows.
        wish: (N,) units that the policy asked for; NaN is answered, not raised.
        reference_wish: (N,) units that the reference policy asks for, finite.
        config: Switches and thresholds.
    """
    items, finite = observation.items, np.isfinite(wish)
    differs = finite & (wish != reference_wish)
    above = differs & (wish > reference_wish)
    most = config.above_limit.threshold * items.max_order
    far = config.far_from_reference.threshold * usual_order(observation, reference_wish)
    flags = {
        "not_a_number": ~finite,
        "negative_order": differs & (wish < -config.negative_order.threshold),
        "above_limit": above & (wish > most),
        "too_much_cover": above & (wish > _most_cover(observation, config)),
        "far_from_reference": differs & (np.abs(wish - reference_wish) > far),
    }
    return {name: flag for name, flag in flags.items() if config.looks(name)}


def check_decisions(
    observation: Observation, wish: Floats, reference_wish: Floats, config: GuardConfig
) -> list[Finding]:
    """Return what is wrong with a wish, row by row; arguments as in `decision_flags`."""
    flags = decision_flags(observation, wish, reference_wish, config)
    cover = _rate(observation)
    most = observation.items.max_order
    usual = usual_order(observation, reference_wish)
    reasons: Mapping[str, Callable[[int], str]] = {
        "not_a_number": lambda row: f"the policy's order is {wish[row]}, which is no quantity",
        "negative_order": lambda row: f"the policy's order is {wish[row]:.4g} units, below zero",
        "above_limit": lambda row: (
            f"the policy orders {wish[row]:.4g} units, the item's largest order is {most[row]:.4g}"
        ),
        "too_much_cover": lambda row: (
            f"the policy orders {wish[row]:.4g} units where {cover[row]:.3g} are expected to sell "
            "per period"
        ),
        "far_from_reference": lambda row: (
            f"the policy orders {wish[row]:.4g} units, the reference policy "
            f"{reference_wish[row]:.4g}; {usual[row]:.4g} units are usual"
        ),
    }
    return [
        Finding(int(row), name, reasons[name](int(row)), config.guard(name).fallback)
        for name, flag in flags.items()
        for row in np.flatnonzero(flag)
    ]


def usual_order(observation: Observation, reference_wish: Floats) -> Floats:
    """Return the (N,) units that a distance between two orders is measured in.

    The largest of the reference policy's wish; expected demand over lead time + review with one
    standard deviation and the economic order quantity; a pack; the minimum order; one unit.
    """
    items, total = observation.items, observation.forecast.lead_time_demand
    sensible = total.mean + total.std + economic_order_quantity(items, _rate(observation))
    least = np.maximum(np.maximum(items.pack_size, items.min_order), 1.0)
    return np.asarray(np.maximum(np.maximum(sensible, reference_wish), least))


def _rate(observation: Observation) -> Floats:
    """Return the (N,) expected demand per period, units."""
    cover = observation.items.protection_period
    return np.asarray(observation.forecast.lead_time_demand.mean / cover)


def _most_cover(observation: Observation, config: GuardConfig) -> Floats:
    """Return the (N,) units beyond which an order covers too many periods.

    One pack or minimum order always passes, as do two standard deviations of lead-time demand.
    """
    items, total = observation.items, observation.forecast.lead_time_demand
    periods = config.too_much_cover.threshold + items.protection_period
    least = np.maximum(np.maximum(items.pack_size, items.min_order), 1.0)
    return np.asarray(np.maximum(periods * _rate(observation) + 2.0 * total.std, least))
