"""Running any set of forecasters over the same origins, and counting what each gets wrong."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.backtest.bootstrap import Ratio, paired_ratio
from replenish.backtest.measures import (
    coverage_table,
    group_measures,
    item_measures,
    level_table,
)
from replenish.backtest.progress import watched, why
from replenish.backtest.result import REFERENCE, Band, Contestant, Score
from replenish.backtest.tally import ForecastTally, tally
from replenish.data.demand import judged_sales, summed_sales
from replenish.data.panel import Panel
from replenish.forecasting.forecast import LEVELS, ForecastTable
from replenish.item_classes import abc_classes, demand_classes, sales_value
from replenish.protocols import Forecaster

CELLS = 40_000_000  # quantiles per call of roll: what is in memory at once stays below 1 GB
COMPARED = ("rmsse", "mase", "wape", "pinball", "crps")  # measures with a ratio to the reference
_BAND_LEVELS = (0.05, 0.95)
Roll = Callable[[Ints], ForecastTable]


@dataclass(frozen=True, eq=False)
class Field:
    """What every contestant is judged on.

    Attributes:
        panel: (N, T) up to the last period that may be read.
        fit_end: Last period of the fit part, which scales errors and tells classes.
        origins: (O,) periods that are forecast from.
        horizon: Periods ahead.
        protection: (N,) lead time + review period of each item.
        seed: Of the bootstrap.
        learnt_end: Last period that forecasters learn from; None = that of the fit part.
    """

    panel: Panel
    fit_end: int
    origins: Ints
    horizon: int
    protection: Ints
    seed: int = 0
    learnt_end: int | None = None

    @property
    def past(self) -> Panel:
        """(N, T) what forecasters learn from; what comes later is absent."""
        return self.panel.until(self.fit_end if self.learnt_end is None else self.learnt_end)

    @property
    def volume(self) -> Floats:
        """(N,) mean units per judged period of the fit part."""
        sales = judged_sales(self.panel)[:, : self.fit_end + 1]
        number = np.maximum(np.isfinite(sales).sum(axis=1), 1)
        return np.asarray(np.nansum(sales, axis=1) / number)

    def classes(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the demand class and the ABC class of each item, from the fit part alone."""
        demand = demand_classes(self.panel, self.fit_end)
        return demand, abc_classes(sales_value(self.panel, self.fit_end))


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a contest.

    Attributes:
        scores: Of those that ended well, the reference first.
        failures: Label -> why there is no score.
        forecasters: Label -> fitted.
    """

    scores: Sequence[Score]
    failures: Mapping[str, str]
    forecasters: Mapping[str, Forecaster]


def contest(
    field: Field,
    contestants: Sequence[Contestant],
    make: Callable[[Contestant], Forecaster],
    progress: bool = False,
) -> Outcome:
    """Fit, forecast and judge one after the other; a failure does not lose the others' results.

    Args:
        field: What they are judged on.
        contestants: The reference first, if it takes part.
        make: Returns an unfitted forecaster.
        progress: Whether to show a bar where somebody watches a terminal, elsewhere a line on
            stderr after each.
    """
    scores: list[Score] = []
    failures: dict[str, str] = {}
    fitted: dict[str, Forecaster] = {}
    reference: ForecastTally | None = None
    for contestant in watched(contestants, "forecasters", lambda one: one.label, progress):
        try:
            forecaster, found, seconds = run(field, make(contestant))
        except Exception as trouble:  # whatever a plug-in raises: the others go on
            failures[contestant.label] = why(trouble)
            continue
        if contestant.name == REFERENCE and reference is None:
            reference = found
        fitted[contestant.label] = forecaster
        scores.append(score(field, contestant, forecaster, (found, reference), seconds))
    return Outcome(scores, failures, fitted)


def run(field: Field, forecaster: Forecaster) -> tuple[Forecaster, ForecastTally, float]:
    """Return the fitted forecaster, its tally over all origins, and the CPU seconds it took."""
    start = time.process_time()
    fitted = forecaster.fit(field.past, field.horizon)
    spent = time.process_time() - start
    parts = []
    for origins in chunks(field):
        start = time.process_time()
        table = fitted.roll(field.panel, origins, field.horizon)
        spent += time.process_time() - start
        _check(table)
        parts.append(tally(field.panel, table, field.fit_end, field.protection))
    return fitted, reduce(add, parts), spent


def chunks(field: Field) -> list[Ints]:
    """Return the origins in as few stretches as keep a table of forecasts within `CELLS`."""
    per_origin = field.panel.n_items * field.horizon * len(LEVELS)
    number = -(-per_origin * len(field.origins) // CELLS)
    return list(np.array_split(field.origins, min(number, len(field.origins))))


def _check(table: ForecastTable) -> None:
    """Raise unless every forecast is a number: a NaN would drop out of the sums unseen."""
    broken = ~np.isfinite(table.mean) | ~np.isfinite(table.sum_quantiles).all(axis=3)
    if broken.any():
        item, column, step = np.argwhere(broken)[0]
        raise ValueError(
            f"the forecast of item {item} from origin {table.origins[column]}, {step + 1} periods "
            "ahead, is no number"
        )


def score(
    field: Field,
    contestant: Contestant,
    forecaster: Any,
    tallies: tuple[ForecastTally, ForecastTally | None],
    seconds: float,
) -> Score:
    """Return the score of a tally; ratios where there is a reference other than itself."""
    found, reference = tallies
    demand, abc = (np.array(names) for names in field.classes())
    everybody = np.ones(field.panel.n_items, dtype=bool)
    groups = {name: demand == name for name in dict.fromkeys(demand.tolist())}
    groups |= {name: abc == name for name in sorted(set(abc.tolist()))}
    compared = {} if reference is None or reference is found else _ratios(field, found, reference)
    return Score(
        contestant=contestant,
        total=group_measures(found, everybody),
        by_class={name: group_measures(found, rows) for name, rows in groups.items()},
        per_item=item_measures(found),
        ratios=compared,
        levels=level_table(found),
        coverage=coverage_table(found, field.volume),
        seconds=seconds,
        curve=tuple(getattr(forecaster, "curve", ())),
    )


def _ratios(field: Field, found: ForecastTally, reference: ForecastTally) -> dict[str, Ratio]:
    """Return the ratio to the reference with its interval for every measure of `COMPARED`."""
    pairs = zip(_shares(found).items(), _shares(reference).values(), strict=True)
    made = {name: paired_ratio(mine, other, field.seed) for (name, mine), other in pairs}
    return {name: ratio for name, ratio in made.items() if ratio is not None}


def _shares(found: ForecastTally) -> dict[str, Floats]:
    """Return per item what it adds to a measure over all items, the common divisor left out."""
    of_items, sums = item_measures(found), found.sums
    parts = {
        "rmsse": of_items["rmsse"],
        "mase": of_items["mase"],
        "wape": sums.absolute,
        "pinball": sums.sum_loss.mean(axis=1) / np.sqrt(found.naive_square),
        "crps": sums.single_crps,
    }
    return {name: parts[name] for name in COMPARED}


def bands(field: Field, score: Score, forecaster: Forecaster) -> list[Band]:
    """Return the bands of the items with the smallest, the median and the largest RMSSE.

    Args:
        field: What it was judged on.
        score: The forecaster's.
        forecaster: Fitted.
    """
    sold = np.isfinite(score.per_item["wape"])  # an item that sold nothing shows nothing
    error = np.where(sold, score.per_item["rmsse"], np.nan)
    order = np.argsort(error, kind="stable")[: int(np.isfinite(error).sum())]
    if not len(order):
        return []
    places = {"best": order[0], "typical": order[len(order) // 2], "worst": order[-1]}
    rows = dict.fromkeys(places.values())
    panel = field.panel.take(np.array(list(rows)))
    table = forecaster.roll(panel, field.origins, field.horizon)
    names = {row: label for label, row in reversed(places.items())}
    return [
        _band(field, table, row, f"{names[item]}, RMSSE {error[item]:.2f}", (item, score.label))
        for row, item in enumerate(rows)
    ]


def _band(field: Field, table: ForecastTable, row: int, label: str, who: tuple[int, str]) -> Band:
    """Return the band of one row of a table; ``who`` is the item's number and the forecaster."""
    item, forecaster = who
    periods = int(min(field.protection[item], field.horizon))
    low, high = (int(np.argmin(np.abs(table.levels - level))) for level in _BAND_LEVELS)
    quantiles = table.sum_quantiles[row, :, periods - 1]
    actual = summed_sales(field.panel)[item][table.origins[:, None] + np.arange(1, periods + 1)]
    return Band(
        item_id=field.panel.item_ids[item],
        label=label,
        forecaster=forecaster,
        periods=periods,
        dates=[str(date.date()) for date in field.panel.dates[table.origins]],
        mean=table.mean[row, :, :periods].sum(axis=1),
        low=quantiles[:, low],
        high=quantiles[:, high],
        actual=actual.sum(axis=1),
    )
