"""How well the guards on sales history find anomalies that were put there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from replenish.arrays import Bools, Ints
from replenish.data.panel import Panel
from replenish.forecasting.forecast import ForecastTable
from replenish.guards.config import GuardConfig
from replenish.guards.inject import LENGTHS, Injected, inject
from replenish.guards.series import band_of, series_flags

GRACE = 7  # periods after an anomaly in which an alarm is still its echo, not a false one
Roll = Callable[[Panel], ForecastTable]


@dataclass(frozen=True)
class Score:
    """What was found of one kind of anomaly.

    Attributes:
        events: Anomalies put in.
        found: Those with an alarm while they lasted.
        alarms: Runs of periods in which the fallback policy decided an item.
        true_alarms: Those that touch an anomaly or the week after it.
    """

    events: int
    found: int
    alarms: int
    true_alarms: int

    @property
    def precision(self) -> float:
        """Share of alarms that are true; NaN without alarms."""
        return self.true_alarms / self.alarms if self.alarms else float("nan")

    @property
    def recall(self) -> float:
        """Share of anomalies that are found; NaN without anomalies."""
        return self.found / self.events if self.events else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where nothing was found."""
        if not self.events or not self.alarms:
            return 0.0 if self.events else float("nan")
        total = self.precision + self.recall
        return 2.0 * self.precision * self.recall / total if total else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return counts and shares as JSON; a share that does not exist is None."""
        shares = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        counts = {
            "events": self.events,
            "found": self.found,
            "alarms": self.alarms,
            "true_alarms": self.true_alarms,
        }
        return counts | {k: None if np.isnan(v) else v for k, v in shares.items()}


@dataclass(frozen=True)
class DetectionScores:
    """The outcome of a detection trial.

    Attributes:
        kinds: Kind of anomaly -> its score, each kind injected alone.
        overall: The score with all kinds mixed.
        clean_share: Share of item-periods of the untouched history in which a guard hands the
            item to the fallback policy.
    """

    kinds: dict[str, Score]
    overall: Score
    clean_share: float

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as JSON."""
        return {
            "kinds": {kind: score.to_dict() for kind, score in self.kinds.items()},
            "overall": self.overall.to_dict(),
            "clean_share": self.clean_share,
        }


def detection_trial(
    panel: Panel, roll: Roll, config: GuardConfig, rng: np.random.Generator
) -> DetectionScores:
    """Put anomalies into a history, forecast again from what it says now, and count alarms.

    The forecaster sees the anomalies, as a shop's would: forecasts follow a collapse down. Half
    of the items get one anomaly each over the judged periods; alarms that the untouched history
    causes count as false. A kind that lasts longer than the judged periods is left out.

    Args:
        panel: A history.
        roll: Returns forecasts of the panel from every judged origin (consecutive), fitted
            before the first; one period ahead is enough. Called once, and for every kind and all
            of them mixed with the items that they changed.
        config: Switches and thresholds.
        rng: Draws the anomalies.
    """
    history = roll(panel)
    first = int(history.origins[0]) + 1
    judged = panel.until(min(int(history.origins[-1]) + 1, panel.n_periods - 1))
    clean = fallback_periods(judged, history, config)
    fitting = tuple(kind for kind in LENGTHS if first + LENGTHS[kind] <= judged.n_periods)

    def score(kinds: tuple[str, ...]) -> Score:
        injected, flags = inject(judged, kinds, first, rng), clean.copy()
        if len(rows := _changed(judged, injected.panel)):
            some = injected.panel.take(rows)
            flags[rows] = fallback_periods(some, roll(some), config)
        return score_alarms(injected, flags, first)

    return DetectionScores(
        kinds={kind: score((kind,)) for kind in fitting},
        overall=score(fitting),
        clean_share=float(clean.mean()),
    )


def _changed(before: Panel, after: Panel) -> Ints:
    """Return the rows whose sales or stock-outs are no longer what they were."""
    same = (before.sales == after.sales) | (np.isnan(before.sales) & np.isnan(after.sales))
    return np.flatnonzero((~same | (before.censored != after.censored)).any(axis=1))


def fallback_periods(panel: Panel, history: ForecastTable, config: GuardConfig) -> Bools:
    """Return (N, K) True where a guard on history hands the item over, per judged period."""
    band = band_of(panel, history)
    flags = series_flags(panel, band, config)
    rows = np.zeros(band.sales.shape, dtype=bool)
    for name, flag in flags.items():
        if config.guard(name).fallback:
            rows |= flag
    return rows


def score_alarms(injected: Injected, flags: Bools, first: int) -> Score:
    """Count events found and alarms that are true.

    Args:
        injected: The truth.
        flags: (N, K) True where an item was handed over, from period ``first`` on.
        first: Period number of the first column.
    """
    truth = injected.truth[:, first : first + flags.shape[1]]
    events = [row for row, kind in enumerate(injected.kinds) if kind]
    found = alarms = true_alarms = 0
    for row in range(len(flags)):
        begin, end = _span(truth[row])
        found += bool(flags[row, begin:end].any())
        for start, stop in _runs(flags[row]):
            alarms += 1
            true_alarms += end > begin and start < end + GRACE and stop > begin
    return Score(len(events), found, alarms, true_alarms)


def _span(row: Bools) -> tuple[int, int]:
    """Return first and one past the last True; an empty range without one."""
    where = np.flatnonzero(row)
    return (int(where[0]), int(where[-1]) + 1) if len(where) else (0, 0)


def _runs(row: Bools) -> list[tuple[int, int]]:
    """Return begin and end (exclusive) of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [False])).astype(int)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
