"""Which forecaster to order on: the smallest error on validation among those without a bias."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from replenish.backtest.arguments import CRITERIA
from replenish.backtest.result import Backtest, Contestant, Score
from replenish.errors import InputError, unknown

MOST_BIAS = 0.05  # of the units sold: beyond it stock would be short or in excess all the time
WIDER = 0.02  # around the bias that all have in common, where demand itself moved

ALL = "all"


@dataclass(frozen=True)
class Gate:
    """Which biases pass, as shares of the units sold.

    Attributes:
        most: A bias up to this passes, whatever its sign.
        shared: The median bias of all candidates; on its side the gate reaches `WIDER` beyond it.
    """

    most: float
    shared: float

    def passes(self, bias: float) -> bool:
        """Return whether a forecaster with this bias may be chosen."""
        low, high = min(-self.most, self.shared - WIDER), max(self.most, self.shared + WIDER)
        return low <= bias <= high

    @property
    def moved(self) -> bool:
        """Whether biases beyond the usual ones pass, because all are off."""
        return self.most > MOST_BIAS or abs(self.shared) + WIDER > self.most

    def __str__(self) -> str:
        """Say it in per cent."""
        usual = f"up to {100 * self.most:.1f} %"
        if not self.moved:
            return usual
        return f"{usual}, and to 2 points beyond the median of all, {100 * self.shared:+.1f} %"

    def to_dict(self) -> dict[str, float]:
        """Return it for JSON."""
        return {"most": self.most, "median_of_all": self.shared, "around_the_median": WIDER}


@dataclass(frozen=True)
class Choice:
    """Who was chosen for a group of items.

    Attributes:
        group: ``all``, or a demand class.
        items: Number of items in it.
        contestant: Who, without a seed: which one is luckiest tells nothing of the next fit.
        loss: Its error by the criterion, the mean over its seeds.
        bias: Its bias in the group, the mean over its seeds.
        runs: Labels of what was run of it, once per seed, the one nearest to the loss first.
        gated: Label -> bias of those that were left out for it although they were fit to compare.
        gate: Which biases were let through.
    """

    group: str
    items: int
    contestant: Contestant
    loss: float
    bias: float
    runs: tuple[str, ...]
    gated: Mapping[str, float]
    gate: Gate

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "items": self.items,
            "label": self.contestant.label,
            **self.contestant.to_dict(),
            "loss": self.loss,
            "bias": self.bias,
            "runs": list(self.runs),
            "gated_out_for_bias": dict(self.gated),
            "gate": self.gate.to_dict(),
        }


@dataclass(frozen=True, eq=False)
class Candidate:
    """A forecaster by its name, with all the seeds that it was run with.

    Attributes:
        scores: One per seed.
        measures: Of the group, of each of them.
        criterion: What it is judged by.
    """

    scores: tuple[Score, ...]
    measures: tuple[Mapping[str, float], ...]
    criterion: str

    @cached_property
    def loss(self) -> float:
        """Mean error over the seeds."""
        return float(np.mean([found[self.criterion] for found in self.measures]))

    @cached_property
    def bias(self) -> float:
        """Mean bias over the seeds."""
        return float(np.mean([found["bias"] for found in self.measures]))

    @property
    def contestant(self) -> Contestant:
        """Who it is, without a seed."""
        first = self.scores[0].contestant
        label = first.name if len(self.scores) > 1 else first.label
        return Contestant(label, first.name, without_seed(first.options))

    @property
    def ranked(self) -> list[Score]:
        """Its scores, the one nearest to the mean error first."""
        pairs = zip(self.scores, self.measures, strict=True)
        near = sorted(pairs, key=lambda pair: abs(pair[1][self.criterion] - self.loss))
        return [score for score, _ in near]


def without_seed(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options that leave chance to the next fit."""
    return {name: value for name, value in options.items() if name != "seed"}


def choices(
    found: Backtest, criterion: str = "rmsse", most_bias: float = MOST_BIAS
) -> list[Choice]:
    """Return the choice for all items and for each demand class that has items.

    Whoever is biased beyond the gate (see `gate_for`) loses, however small its error. Of a
    forecaster that was run with several seeds their mean counts.

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
    known = {group: candidates(found.scores, group, criterion) for group in groups}
    return [_choose(group, who, most_bias, found) for group, who in known.items() if who]


def candidates(scores: Iterable[Score], group: str, criterion: str) -> list[Candidate]:
    """Return the forecasters by name, with their measures over a group where they are defined."""
    named: dict[str, list[tuple[Score, Mapping[str, float]]]] = {}
    for score in scores:
        told = score.total if group == ALL else score.by_class[group]
        if np.isfinite(told[criterion]) and np.isfinite(told["bias"]):
            named.setdefault(score.contestant.name, []).append((score, told))
    return [
        Candidate(tuple(score for score, _ in pairs), tuple(told for _, told in pairs), criterion)
        for pairs in named.values()
    ]


def _choose(group: str, who: Sequence[Candidate], most_bias: float, found: Backtest) -> Choice:
    """Return the choice for one group; see `choices`."""
    gate = gate_for([one.bias for one in who], most_bias)
    best = min((one for one in who if gate.passes(one.bias)), key=lambda one: one.loss)
    return Choice(
        group=group,
        items=len(found.item_ids) if group == ALL else found.demand_class.count(group),
        contestant=best.contestant,
        loss=best.loss,
        bias=best.bias,
        runs=tuple(score.label for score in best.ranked),
        gated={one.contestant.label: one.bias for one in who if not gate.passes(one.bias)},
        gate=gate,
    )


def gate_for(biases: Sequence[float], most_bias: float = MOST_BIAS) -> Gate:
    """Return which biases pass.

    Where demand itself moved, all forecasters are off by about the same, and a gate that does
    not know it would take whoever was off by luck: so a bias near the median of all passes as
    well. Where nobody passes, as of two that are off in opposite directions, those do that are
    hardly further from none than the least biased.

    Args:
        biases: Of all candidates, as shares of the units sold.
        most_bias: The usual gate.
    """
    gate = Gate(most_bias, float(np.median(biases)))
    if any(gate.passes(bias) for bias in biases):
        return gate
    return Gate(float(np.min(np.abs(biases))) + WIDER, gate.shared)


def leader(found: Backtest, chosen: Sequence[Choice]) -> Score:
    """Return the score of who was chosen for all items; without a choice, of the smallest RMSSE.

    Of several seeds it is the one nearest to their mean.
    """
    if chosen and chosen[0].group == ALL:
        return next(score for score in found.scores if score.label == chosen[0].runs[0])
    who = candidates(found.scores, ALL, "rmsse")
    return min(who, key=lambda one: one.loss).ranked[0] if who else found.scores[0]
