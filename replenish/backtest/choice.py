"""Which forecaster to order on: the smallest error on validation among those without a bias."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from replenish.backtest.arguments import CRITERIA
from replenish.backtest.result import Backtest, Contestant, Score
from replenish.errors import InputError, unknown

MOST_BIAS = 0.05  # of the units sold: beyond it stock would be short or in excess all the time
WIDER = 0.02  # beyond the bias that all have in common, where demand itself moved

ALL = "all"


@dataclass(frozen=True)
class Choice:
    """Who was chosen for a group of items.

    Attributes:
        group: ``all``, or a demand class.
        items: Number of items in it.
        contestant: Who.
        loss: Its error by the criterion.
        bias: Its bias in the group.
        gated: Label -> bias of those that were left out for it although they were fit to compare.
        gate: Largest absolute bias that was let through.
    """

    group: str
    items: int
    contestant: Contestant
    loss: float
    bias: float
    gated: Mapping[str, float]
    gate: float

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "items": self.items,
            "label": self.contestant.label,
            **self.contestant.to_dict(),
            "loss": self.loss,
            "bias": self.bias,
            "gated_out_for_bias": dict(self.gated),
            "gate": self.gate,
        }


def choices(
    found: Backtest, criterion: str = "rmsse", most_bias: float = MOST_BIAS
) -> list[Choice]:
    """Return the choice for all items and for each demand class that has items.

    Whoever is biased beyond the gate (see `gate_for`) loses, however small its error.

    Args:
        found: The backtest of a part of time that is for choosing.
        criterion: One of `CRITERIA`.
        most_bias: Largest absolute bias, as a share of the units sold.

    Raises:
        InputError: The criterion is unknown, or the part is the test part.
    """
    if criterion not in CRITERIA:
        raise unknown("criterion", criterion, CRITERIA)
    if found.part == "test":
        raise InputError("a choice is made on the validation part; on the test part it is judged")
    groups = [ALL, *dict.fromkeys(found.demand_class)]
    known = {group: _values(found.scores, group, criterion) for group in groups}
    return [
        _choose(group, values, (criterion, most_bias), found)
        for group, values in known.items()
        if values
    ]


def _values(
    scores: Sequence[Score], group: str, criterion: str
) -> list[tuple[Score, Mapping[str, float]]]:
    """Return every forecaster with its measures over a group, where they are defined."""
    pairs = [(s, s.total if group == ALL else s.by_class[group]) for s in scores]
    return [(s, v) for s, v in pairs if np.isfinite(v[criterion]) and np.isfinite(v["bias"])]


def _choose(
    group: str,
    values: list[tuple[Score, Mapping[str, float]]],
    rule: tuple[str, float],
    found: Backtest,
) -> Choice:
    """Return the choice for one group; see `choices`."""
    criterion, most_bias = rule
    gate = gate_for([v["bias"] for _, v in values], most_bias)
    fair = [(s, v) for s, v in values if abs(v["bias"]) <= gate]
    best, value = min(fair, key=lambda pair: pair[1][criterion])
    gated = {s.label: v["bias"] for s, v in values if abs(v["bias"]) > gate}
    items = len(found.item_ids) if group == ALL else found.demand_class.count(group)
    return Choice(group, items, best.contestant, value[criterion], value["bias"], gated, gate)


def gate_for(biases: Sequence[float], most_bias: float = MOST_BIAS) -> float:
    """Return the largest absolute bias that passes.

    Where demand itself moved, all forecasters are off by about the same, and a gate that does
    not know it would take whoever was off by luck: if the median of all is beyond the usual
    gate, or nobody is within it, the gate is `WIDER` than the median, or than the least of all.

    Args:
        biases: Of all candidates, as shares of the units sold.
        most_bias: The usual gate.
    """
    shared, least = abs(float(np.median(biases))), float(np.min(np.abs(biases)))
    gate = most_bias if shared <= most_bias else shared + WIDER
    return gate if least <= gate else least + WIDER


def leader(found: Backtest, chosen: Sequence[Choice]) -> Score:
    """Return the score of who was chosen for all items; without a choice, of the smallest RMSSE."""
    for score in found.scores:
        if chosen and chosen[0].group == ALL and score.contestant == chosen[0].contestant:
            return score
    return min(found.scores, key=lambda s: float(np.nan_to_num(s.total["rmsse"], nan=np.inf)))
