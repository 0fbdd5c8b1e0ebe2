"""Guards on what a decision rests on: history, stock, forecast, features."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from replenish.arrays import Bools
from replenish.data.panel import Panel
from replenish.features import PIPELINE_FEATURES
from replenish.forecasting.forecast import DemandSum, ForecastTable
from replenish.guards.config import GuardConfig
from replenish.guards.features import WINDOW, forest_scores
from replenish.guards.finding import Finding, InputFacts
from replenish.guards.records import jumped, range_excess, wrong_forecast, wrong_stock
from replenish.guards.series import (
    WEEK,
    band_of,
    collapse_scores,
    recent,
    silence,
    spike_scores,
    unrecorded,
    weeks_of,
)

Reason = Callable[[int], str]
Found = tuple[str, Bools, Reason]  # guard, (N,) rows, what to say of a row

INPUT_GUARDS = (
    "late_data",
    "missing_data",
    "duplicate_rows",
    "stock_record",
    "forecast_record",
    "forecast_jump",
    "demand_spike",
    "demand_collapse",
    "flat_line",
    "unusual_item",
    "out_of_range",
)


def check_inputs(facts: InputFacts, config: GuardConfig) -> list[Finding]:
    """Return what is strange about the inputs of a decision, row by row.

    Args:
        facts: What is known; the guards whose facts are None do not look.
        config: Switches and thresholds.
    """
    sources: tuple[Callable[[InputFacts, GuardConfig], Iterable[Found]], ...] = (
        _records,
        _duplicates,
        _stock,
        _forecast,
        _jump,
        _band,
        _flat_line,
        _forest,
        _range,
    )
    return [
        Finding(int(row), name, reason(int(row)), config.guard(name).fallback)
        for source in sources
        for name, rows, reason in source(facts, config)
        if config.looks(name)
        for row in np.flatnonzero(rows)
    ]


def _records(facts: InputFacts, config: GuardConfig) -> Iterator[Found]:
    """Late and missing records of sales."""
    panel = facts.known
    late = unrecorded(panel)[:, -1] + max(facts.origin + 1 - panel.n_periods, 0)
    yield (
        "late_data",
        late > config.late_data.threshold,
        lambda row: f"no sales recorded for the last {late[row]} periods",
    )
    missing = np.isnan(panel.sales[:, -WINDOW:]) & (unrecorded(panel)[:, -WINDOW:] > 0)
    share = missing.mean(axis=1)
    yield (
        "missing_data",
        share > config.missing_data.threshold,
        lambda row: (
            f"{missing[row].sum()} of the last {missing.shape[1]} periods have no sales record"
        ),
    )


def _duplicates(facts: InputFacts, config: GuardConfig) -> Iterator[Found]:
    """Rows that the loader found twice."""
    twice = facts.duplicates
    if twice is not None:
        yield (
            "duplicate_rows",
            np.asarray(twice > config.duplicate_rows.threshold),
            lambda row: f"{twice[row]} recent rows of this item came twice",
        )


def _stock(facts: InputFacts, config: GuardConfig) -> Iterator[Found]:
    """Stock that cannot be."""
    state = facts.state
    yield (
        "stock_record",
        wrong_stock(state, config.stock_record.threshold),
        lambda row: (
            f"stock is recorded as {_units(state.on_hand[row])} units on hand, "
            f"{_units(state.in_transit[row])} on order and {_units(state.backorders[row])} "
            "waiting; each must be a number of 0 or more"
        ),
    )


def _units(number: float) -> str:
    """Return a number, or that there is none."""
    return "unknown" if np.isnan(number) else f"{number:.4g}"


def _forecast(facts: InputFacts, config: GuardConfig) -> Iterator[Found]:
    """Forecasts that cannot be."""
    forecast = facts.forecast
    if forecast is not None:
        total = forecast.lead_time_demand
        yield (
            "forecast_record",
            wrong_forecast(forecast, config.forecast_record.threshold),
            lambda row: (
                f"the forecast of lead-time demand is {total.mean[row]:.4g} "
                f"+- {total.std[row]:.4g} units, or one of its parts is no number of 0 or more"
            ),
        )


def _jump(facts: InputFacts, config: GuardConfig) -> Iterator[Found]:
    """Forecasts of all periods ahead together that changed overnight."""
    if facts.history is None or len(facts.history.latest.origins) < 2:
        return
    latest = facts.history.latest
    before, now = (_whole_horizon(latest, column) for column in (-2, -1))
    yield (
        "forecast_jump",
        jumped(before, now, config.forecast_jump.threshold),
        lambda row: (
            f"the forecast of the next {latest.horizon} periods went from {before.mean[row]:.4g} "
            f"to {now.mean[row]:.4g} units within a period"
        ),
    )


def _band(facts: InputFacts, config: GuardConfig) -> Iterator[Found]:
    """Sales above or below the band that was forecast for them."""
    if facts.history is None:
        return
    band = band_of(facts.known, facts.history.one_ahead)
    late = facts.origin + 1 - facts.known.n_periods
    near = recent(facts.known, config.recent_periods - late)[:, band.periods]
    if not near.any():
        return
    up = np.where(near, np.nan_to_num(spike_scores(band), nan=0.0), 0.0)
    worst, sales, mean = up.argmax(axis=1), band.sales, band.mean
    yield (
        "demand_spike",
        up.max(axis=1) > config.demand_spike.threshold,
        lambda row: (
            f"{sales[row, worst[row]]:.4g} units were sold in a recent period where "
            f"{mean[row, worst[row]]:.4g} were expected (z = {up[row].max():.1f})"
        ),
    )
    weeks = weeks_of(band)
    down = np.where(near, np.nan_to_num(collapse_scores(weeks), nan=0.0), 0.0)
    low, ends = down.argmin(axis=1), facts.known.dates[band.periods]
    yield (
        "demand_collapse",
        down.min(axis=1) < -config.demand_collapse.threshold,
        lambda row: (
            f"{weeks.sales[row, low[row]]:.4g} units were sold where "
            f"{weeks.mean[row, low[row]]:.4g} were expected, in {weeks.number[row, low[row]]:.0f} "
            f"recorded periods of the {WEEK} up to {ends[low[row]].date()} "
            f"(z = {down[row].min():.1f})"
        ),
    )


def _flat_line(facts: InputFacts, config: GuardConfig) -> Iterator[Found]:
    """Zeros that look like an empty shelf."""
    quiet = silence(facts.known)
    yield (
        "flat_line",
        quiet.strange(config.flat_line.threshold)[:, -1],
        lambda row: (
            f"no sale for {quiet.length[row, -1]} periods although marked in stock; the longest "
            f"such run before was {quiet.longest_before[row, -1]}: is the shelf empty?"
        ),
    )


def _whole_horizon(latest: ForecastTable, column: int) -> DemandSum:
    """Return the forecast of demand over the whole horizon from one origin."""
    return DemandSum(
        latest.mean[:, column].sum(axis=1),
        latest.sum_std[:, column, -1],
        latest.sum_quantiles[:, column, -1],
        latest.levels,
    )


def _forest(facts: InputFacts, config: GuardConfig) -> Iterator[Found]:
    """Items whose recent weeks look like no other's."""
    if config.looks("unusual_item"):
        panel: Panel = facts.known
        scores = forest_scores(panel, panel.n_periods - 1, config.seed)
        yield (
            "unusual_item",
            scores > config.unusual_item.threshold,
            lambda row: (
                f"the item's last {WINDOW} periods look like no other item's "
                f"(isolation score {scores[row]:.2f}, 0.5 is usual)"
            ),
        )


def _range(facts: InputFacts, config: GuardConfig) -> Iterator[Found]:
    """Network inputs that training never showed.

    Part of the pipeline was always empty there if orders arrived in time: an order that is due
    late, or overdue, counts in the inventory position all the same.
    """
    features, low, high = facts.features, facts.feature_low, facts.feature_high
    if features is None or low is None or high is None:
        return
    names = facts.feature_names or [f"feature {k}" for k in range(features.shape[1])]
    pipeline = np.array([name in PIPELINE_FEATURES for name in names])
    excess = range_excess(features, low, high)
    excess[:, pipeline & (low == 0) & (high == 0)] = 0.0
    worst = excess.argmax(axis=1)
    yield (
        "out_of_range",
        excess.max(axis=1) > config.out_of_range.threshold,
        lambda row: (
            f"{names[worst[row]]} is {features[row, worst[row]]:.4g}, in training it lay between "
            f"{low[worst[row]]:.4g} and {high[worst[row]]:.4g}"
        ),
    )
