"""What a morning keeps of its forecasts: as the whole table says, however many rows at a time."""

from dataclasses import fields

import numpy as np
import pytest

from forecasters.moving_average import MovingAverage
from replenish.arrays import Ints
from replenish.data.panel import Panel
from replenish.forecasting import history
from replenish.forecasting.context import with_context
from replenish.forecasting.forecast import ForecastTable
from replenish.forecasting.history import History
from tests.forecast_panels import shop

N, HORIZON = 5, 6
ORIGINS = np.arange(250, 300)
COVER = np.array([3, 5, 1, 6, 2])
PANEL = shop(N, 301)
FITTED = MovingAverage().fit(PANEL.until(240), HORIZON)


def roll(rows: Ints, panel: Panel = PANEL) -> ForecastTable:
    some = panel.take(rows)
    return with_context(some, FITTED.roll(some, ORIGINS, HORIZON), COVER[rows])


def test_it_is_the_whole_table_in_small(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = roll(np.arange(N))
    monkeypatch.setattr(history, "AT_ONCE", 2)
    kept = History.rolled(roll, np.arange(N))
    np.testing.assert_array_equal(kept.one_ahead.origins, ORIGINS)
    np.testing.assert_array_equal(kept.one_ahead.mean[:, :, 0], whole.mean[:, :, 0])
    np.testing.assert_array_equal(kept.one_ahead.quantiles.shape, (N, 50, 1, len(whole.levels)))
    for origin in ORIGINS[-2:]:
        ours = kept.latest.from_origin(int(origin), COVER)
        theirs = whole.from_origin(int(origin), COVER)
        np.testing.assert_array_equal(ours.mean, theirs.mean)
        np.testing.assert_array_equal(ours.context, theirs.context)
        quantiles = theirs.lead_time_demand.quantiles
        np.testing.assert_array_equal(ours.lead_time_demand.quantiles, quantiles)


def test_nothing_keeps_the_whole_table_in_memory() -> None:
    kept = History.of(roll(np.arange(N)))
    for table in (kept.one_ahead, kept.latest):
        for name in ("mean", "std", "sum_std", "sum_quantiles"):
            assert getattr(table, name).base is None
    held = [getattr(kept.one_ahead, spec.name) for spec in fields(ForecastTable)]
    assert sum(part.nbytes for part in held if isinstance(part, np.ndarray)) < 40_000


def test_rows_are_put_in_from_another() -> None:
    sales = PANEL.sales.copy()
    sales[:, 280] = 500.0
    other = Panel(**{**vars(PANEL), "sales": sales})
    before, rows = History.rolled(roll, np.arange(N)), np.array([3, 1])
    after = before.with_rows(rows, History.rolled(lambda some: roll(some, other), rows))
    changed = (after.one_ahead.mean != before.one_ahead.mean).any(axis=(1, 2))
    np.testing.assert_array_equal(np.flatnonzero(changed), [1, 3])
    whole = roll(np.array([1, 3]), other)
    np.testing.assert_array_equal(after.latest.mean[[1, 3]], whole.mean[:, -2:])
