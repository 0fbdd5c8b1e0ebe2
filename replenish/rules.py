"""From a policy's wish to an order that the supplier and the shop accept."""

import numpy as np

from replenish.arrays import Bools, Floats
from replenish.items import Items

_ROUNDING = 1e-9  # packs (and units); 3.0000000001 packs are three packs


def feasible(wish: Floats, items: Items, inventory_position: Floats) -> Floats:
    """Return the order that the rules let through.

    The shop's stock limits come first: the position is raised to ``min_stock``, whatever is wished
    (0 sets no limit), and kept at or below ``max_stock``; else a wish of 0 or less is no order, nor
    is what rounding leaves of a level and a position that are the same.
    Then the supplier's: at least ``min_order``, whole packs rounded up, at most ``max_order`` in
    whole packs. An order that cannot satisfy both an upper limit and the minimum is no order.

    Args:
        wish: (N,) units; infinite means as much as the limits allow.
        items: N rows.
        inventory_position: (N,) units before ordering.

    Returns:
        (N,) units.

    Raises:
        ValueError: A wish is NaN, or infinite where no limit holds.
    """
    _refuse(np.isnan(wish), wish)
    short = np.where(items.min_stock > 0, items.min_stock - inventory_position, 0.0)
    wanted = np.maximum(wish, short)
    raised = _whole_packs(np.maximum(wanted, items.min_order), items.pack_size, up=True)
    room = np.minimum(items.max_order, np.maximum(items.max_stock - inventory_position, 0.0))
    capped = np.minimum(raised, _whole_packs(room, items.pack_size, up=False))
    least = items.min_order - _ROUNDING * np.maximum(items.pack_size, 1.0)  # 3 x 0.7 < 2.1
    allowed = (wanted > _ROUNDING) & (capped >= least)
    order = np.where(allowed, capped, 0.0)
    _refuse(np.isinf(order), wish)
    return np.asarray(order)


def any_rule(items: Items) -> bool:
    """Return whether the order of some row can differ from its wish; without, `unruled` does."""
    least = (items.min_order, items.pack_size, items.min_stock)
    most = (items.max_order, items.max_stock)
    return any((a > 0).any() for a in least) or any((a < np.inf).any() for a in most)


def unruled(wish: Floats) -> Floats:
    """Return the (N,) order where no row has a rule: the wish, or 0 where it is no more than that.

    Raises:
        ValueError: A wish is NaN or infinite.
    """
    _refuse(~np.isfinite(wish), wish)
    return np.where(wish > _ROUNDING, wish, 0.0)


def _refuse(bad: Bools, wish: Floats) -> None:
    """Raise ``ValueError`` naming the first bad wish, if there is one."""
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(f"wish[{row}] is {wish[row]}; a policy must name a number of units")


def _whole_packs(units: Floats, pack_size: Floats, *, up: bool) -> Floats:
    """Round (N,) units to whole packs; pack size 0 leaves any quantity."""
    if not pack_size.any():
        return units
    size = np.where(pack_size > 0, pack_size, 1.0)
    packs = np.ceil(units / size - _ROUNDING) if up else np.floor(units / size + _ROUNDING)
    return np.asarray(np.where(pack_size > 0, packs * size, units))
