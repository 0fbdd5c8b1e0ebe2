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
    bare = {_plain(name): name for name in known}
    pairs = [(bare[_plain(name)], name) for name in item_ids if _plain(name) in bare]
    theirs, ours = (*pairs, (known[0], item_ids[0]))[0]
    shorter = bool(pairs) and len(ours) < len(theirs)
    hint = "lost its zeros? keep ids as text" if shorter else "name items alike, or train anew"
    raise InputError(
        f"{label}: column 'item_id', value {ours!r}: no item of the sales table is one of the "
        f"bundle's, such as {theirs!r}; {hint}"
    )


def absent(known: Sequence[str], item_ids: Sequence[str]) -> list[str]:
    """Return which of a bundle's items the files of the morning lack, in a sentence.

    Args:
        known: The bundle's items.
        item_ids: The items of the sales table.
    """
    lacking = sorted(set(known) - set(item_ids))
    if not lacking:
        return []
    some = ", ".join(lacking[:_EXAMPLES]) + (", ..." if len(lacking) > _EXAMPLES else "")
    new = {_plain(name): name for name in set(item_ids) - set(known)}
    alike = [(name, new[_plain(name)]) for name in lacking if _plain(name) in new]
    hint = ""
    if alike:
        hint = f"; {len(alike)} are there in another spelling ({alike[0][1]} for {alike[0][0]})"
    return [f"not in the files: {len(lacking)} of the bundle's {len(known)} items ({some}){hint}"]


def _plain(name: str) -> str:
    """Return a name without what Excel and people change: capitals, zeros in front of a part."""
    return "|".join(part.lstrip("0") for part in name.casefold().split("|"))


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
