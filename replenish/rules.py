"""From a policy's wish to an order that the supplier and the shop accept."""

import numpy as np

from replenish.arrays import Floats
from replenish.items import Items

_ROUNDING = 1e-9  # packs; 3.0000000001 packs are three packs


def feasible(wish: Floats, items: Items, inventory_position: Floats) -> Floats:
    """Return the order that the rules let through.

    A wish of 0 or less is no order. The shop's stock limits come first: the position is raised
    to ``min_stock`` and kept at or below ``max_stock``. Then the supplier's: at least
    ``min_order``, whole packs rounded up, at most ``max_order`` in whole packs. An order that
    cannot satisfy both an upper limit and the minimum is no order.

    Args:
        wish: (N,) units.
        items: N rows.
        inventory_position: (N,) units before ordering.

    Returns:
        (N,) units.

    Raises:
        ValueError: A wish is NaN.
    """
    if np.isnan(wish).any():
        row = int(np.argmax(np.isnan(wish)))
        raise ValueError(f"wish[{row}] is NaN; a policy must name a number of units")
    wanted = np.maximum(wish, items.min_stock - inventory_position)
    raised = _whole_packs(np.maximum(wanted, items.min_order), items.pack_size, up=True)
    room = np.minimum(items.max_order, np.maximum(items.max_stock - inventory_position, 0.0))
    capped = np.minimum(raised, _whole_packs(room, items.pack_size, up=False))
    allowed = (wanted > 0) & (capped >= items.min_order)
    return np.asarray(np.where(allowed, capped, 0.0))


def _whole_packs(units: Floats, pack_size: Floats, *, up: bool) -> Floats:
    """Round (N,) units to whole packs; pack size 0 leaves any quantity."""
    if not pack_size.any():
        return units
    size = np.where(pack_size > 0, pack_size, 1.0)
    packs = np.ceil(units / size - _ROUNDING) if up else np.floor(units / size + _ROUNDING)
    return np.asarray(np.where(pack_size > 0, packs * size, units))
