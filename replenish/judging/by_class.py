"""Results by class of item: who is better on what sells most, and on what sells rarely."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from replenish.arrays import Bools, Floats
from replenish.item_classes import ABC, ABC_CLASSES, DEMAND, DEMAND_CLASSES
from replenish.judging.counted import Counted, differences
from replenish.paired import LEAST_ITEMS, PairedDifference
from replenish.percent import percent
from replenish.scorecard import Calendar

SEEN = "training"
LEARNED_FROM, NEVER_SEEN = "learned from", "never seen"
_ORDER = {ABC: ABC_CLASSES, DEMAND: DEMAND_CLASSES, SEEN: (LEARNED_FROM, NEVER_SEEN)}
_RESAMPLES = 2000


@dataclass(frozen=True, eq=False)
class ItemClass:
    """The items of one class under every policy.

    Attributes:
        kind: What the class is about: `ABC`, `DEMAND` or `SEEN`.
        name: E.g. ``A``, ``lumpy`` or ``never seen``.
        items: Number of items.
        value_share: Of all items' sales value before the test period.
        totals: Policy -> measure -> value over the class.
        differences: Policy -> the agent's cost minus its cost, paired.
    """

    kind: str
    name: str
    items: int
    value_share: float
    totals: Mapping[str, Mapping[str, float]]
    differences: Mapping[str, PairedDifference]

    @property
    def best(self) -> str:
        """The baseline that is cheapest on this class, beside the agent from the same starts."""
        return max(self.differences, key=lambda name: self.differences[name].difference)

    def verdict(self) -> str:
        """Return the agent against the best baseline of the class, in a sentence."""
        d = self.differences[self.best]
        told = percent(d.percent)
        if d.percent_low is None or d.percent_high is None:
            told += f" (too few for an interval, which takes {LEAST_ITEMS})"
        else:
            told += f" [{percent(d.percent_low)}, {percent(d.percent_high)}]"
        return f"the agent costs {told} against {self.best}, the best baseline on them"

    def to_dict(self) -> dict[str, Any]:
        """Return the class as JSON."""
        policies = {
            name: {
                **total,
                "agent_minus_this": asdict(self.differences[name])
                if name in self.differences
                else None,
            }
            for name, total in self.totals.items()
        }
        return {
            "kind": self.kind,
            "class": self.name,
            "items": self.items,
            "share_of_sales_value": self.value_share,
            "best_baseline": self.best,
            "policies": policies,
        }


def known_or_not(held_out: Bools) -> dict[str, tuple[str, ...]]:
    """Return kind -> (I,) whether the agent learned from the item; empty where it did from all.

    Args:
        held_out: (I,) True for items that nothing learned from or was tuned on.
    """
    if not held_out.any():
        return {}
    return {SEEN: tuple(NEVER_SEEN if out else LEARNED_FROM for out in held_out)}


def never_seen_text(classes: Sequence[ItemClass]) -> list[str]:
    """Return a sentence on the items never seen in training; none where there are none."""
    return [
        f"Items never seen in training ({found.items} of them): {found.verdict()}."
        for found in classes
        if found.name == NEVER_SEEN
    ]


def by_class(
    counted: Mapping[str, Counted],
    labels: Mapping[str, tuple[str, ...]],
    value: Floats,
    calendar: Calendar,
    usual: Counted | None = None,
) -> list[ItemClass]:
    """Return every class that has items, in the order of their kinds.

    Args:
        counted: Policy -> its sums over I items; one is named ``agent``.
        labels: Kind -> (I,) class names.
        value: (I,) sales value.
        calendar: Length of a period.
        usual: What the agent comes to from the usual start, for those who count from it alone.
    """
    found, once = [], {name for name, one in counted.items() if one.once}
    agent = (counted["agent"].costs, (usual or counted["agent"]).costs)
    for kind, names in labels.items():
        for name in _ORDER[kind]:
            rows = np.flatnonzero(np.array(names) == name)
            if not len(rows):
                continue
            costs = {policy: one.costs.take(rows) for policy, one in counted.items()}
            del costs["agent"]
            ours = [whole.take(rows) for whole in agent]
            share = float(value[rows].sum() / max(value.sum(), 1e-12))
            totals = {policy: one.tally.total(calendar, rows) for policy, one in counted.items()}
            gaps = differences(ours, costs, once, _RESAMPLES)
            found.append(ItemClass(kind, name, len(rows), share, totals, gaps))
    return found
