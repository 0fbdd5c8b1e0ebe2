"""What a backtest found: one score per forecaster, and what all of them were judged on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from replenish.arrays import Floats
from replenish.backtest.bootstrap import Ratio

REFERENCE = "seasonal_naive"


@dataclass(frozen=True)
class Contestant:
    """A forecaster as it takes part.

    Attributes:
        label: Its name, with the seed where it is run with several.
        name: File in forecasters/.
        options: Fields of its class that are not as by default.
    """

    label: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return what a config's ``[forecast]`` says of it."""
        return {"name": self.name, "options": dict(self.options)}


@dataclass(frozen=True, eq=False)
class Score:
    """How one forecaster did.

    Attributes:
        contestant: Who.
        total: Measure -> number over all items.
        by_class: Class -> measure -> number over its items.
        per_item: Measure -> (N,) numbers.
        ratios: Measure -> ratio to the reference; empty for the reference itself.
        levels: One row per level, see `replenish.backtest.measures.level_table`.
        coverage: Window -> group of items -> coverage of the 95 % quantile.
        seconds: Of processor time for fitting and forecasting.
        curve: (update, training loss, loss on later periods) of a network; else empty.
    """

    contestant: Contestant
    total: Mapping[str, float]
    by_class: Mapping[str, Mapping[str, float]]
    per_item: Mapping[str, Floats]
    ratios: Mapping[str, Ratio]
    levels: Sequence[Mapping[str, float]]
    coverage: Mapping[str, Mapping[str, float]]
    seconds: float
    curve: Sequence[tuple[int, float, float]] = ()

    @property
    def label(self) -> str:
        """The contestant's label."""
        return self.contestant.label

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the items' numbers, which stand in a table of their own."""
        return {
            "label": self.label,
            **self.contestant.to_dict(),
            "total": dict(self.total),
            "ratio_to_reference": {name: ratio.to_dict() for name, ratio in self.ratios.items()},
            "by_class": {name: dict(values) for name, values in self.by_class.items()},
            "levels": [dict(row) for row in self.levels],
            "coverage_95": {name: dict(values) for name, values in self.coverage.items()},
            "cpu_seconds": self.seconds,
            "learning_curve": [list(point) for point in self.curve],
        }


@dataclass(frozen=True, eq=False)
class Band:
    """Demand over an item's own lead time + review period: what was forecast, what came true.

    Attributes:
        item_id: Which item.
        label: Why it is shown.
        forecaster: Whose forecast.
        periods: Lead time + review period.
        dates: (O,) ISO dates of the origins.
        mean: (O,) units.
        low: (O,) 5 % quantile.
        high: (O,) 95 % quantile.
        actual: (O,) what came true, NaN where it was not seen in full.
    """

    item_id: str
    label: str
    forecaster: str
    periods: int
    dates: Sequence[str]
    mean: Floats
    low: Floats
    high: Floats
    actual: Floats


@dataclass(frozen=True, eq=False)
class Backtest:
    """A whole backtest.

    Attributes:
        name: Of the config.
        part: ``validation`` or ``test``.
        horizon: Periods ahead.
        item_ids: N names.
        demand_class: N names, see `replenish.item_classes`.
        abc_class: N letters.
        scores: Reference first, then in the order of running.
        failures: Label -> why it has no score.
        facts: What a reader wants to know, label -> words.
        bands: Forecast bands of a few items.
        looks: How often the test part has been looked at, this time included; 0 = it was not.
    """

    name: str
    part: str
    horizon: int
    item_ids: tuple[str, ...]
    demand_class: tuple[str, ...]
    abc_class: tuple[str, ...]
    scores: Sequence[Score]
    failures: Mapping[str, str]
    facts: Mapping[str, str]
    bands: Sequence[Band] = ()
    looks: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return what was found, the items' numbers and the bands left out."""
        return {
            "name": self.name,
            "part": self.part,
            "horizon": self.horizon,
            "reference": REFERENCE,
            "items": len(self.item_ids),
            "facts": dict(self.facts),
            "looks_at_test_part": self.looks,
            "forecasters": [score.to_dict() for score in self.scores],
            "failures": dict(self.failures),
        }
