"""Items that a bundle does not know: what is assumed of them, and where that is all of them."""

from collections.abc import Mapping, Sequence

import numpy as np

from replenish.arrays import Floats
from replenish.bundle import BundleContents
from replenish.errors import InputError
from replenish.item_table import DECISIVE, not_given, rows_among

_EXAMPLES = 3


def refuse_strangers(known: Sequence[str], item_ids: Sequence[str], label: str) -> None:
    """Raise where a bundle knows none of the items: another shop's, or ids that Excel changed.

    Args:
        known: The bundle's items.
        item_ids: The items of the sales table.
        label: The sales file, for the message.

    Raises:
        InputError: No item is known; one of each side is named, alike but for zeros if possible.
    """
    if set(known) & set(item_ids):
        return
    bare = {name.lstrip("0"): name for name in known}
    pairs = [(bare[name.lstrip("0")], name) for name in item_ids if name.lstrip("0") in bare]
    theirs, ours = (*pairs, (known[0], item_ids[0]))[0]
    hint = "lost its zeros? keep ids as text" if pairs else "name items alike, or train anew"
    raise InputError(
        f"{label}: column 'item_id', value {ours!r}: no item of the sales table is one of the "
        f"bundle's, such as {theirs!r}; {hint}"
    )


def assumed(
    contents: BundleContents, item_ids: Sequence[str], given: Mapping[str, Floats]
) -> list[str]:
    """Return what counts for items that neither bundle nor items table knows, a sentence each.

    Args:
        contents: The bundle's.
        item_ids: N names.
        given: (N,) per parameter from `replenish.item_table.parameters_of`.
    """
    new, said = rows_among(contents.item_ids, item_ids) < 0, list[str]()
    for name in (*DECISIVE, "review_period"):
        rows = np.flatnonzero(new & not_given(given, name, len(item_ids)))
        if len(rows):
            some = ", ".join(item_ids[row] for row in rows[:_EXAMPLES])
            more = ", ..." if len(rows) > _EXAMPLES else ""
            said.append(
                f"assumed: {name} is not given for {len(rows)} items that the bundle does not "
                f"know ({some}{more}): {contents.defaults[name]:g} counts; say it with --items"
            )
    return said
