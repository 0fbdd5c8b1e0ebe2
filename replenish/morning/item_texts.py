"""What items are (category, store, supplier ...), which a morning's files need not say again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from replenish.data.panel import Panel
from replenish.item_table import rows_among


def with_known_texts(
    panel: Panel, item_ids: Sequence[str], texts: Mapping[str, Sequence[str]]
) -> Panel:
    """Return the panel with the texts that are known of its items where it says none itself.

    Args:
        panel: N items.
        item_ids: (M,) names of the items that something is known of.
        texts: name -> (M,) texts.
    """
    rows, static = rows_among(item_ids, panel.item_ids), dict(panel.static)
    for name, known in texts.items():
        told = static.get(name, [""] * panel.n_items)
        static[name] = [
            own or (known[row] if row >= 0 else "") for own, row in zip(told, rows, strict=True)
        ]
    return replace(panel, static=static)
