"""What is known beside a forecast: how it fared lately, and what is planned; nothing later."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasters.moving_average import MovingAverage
from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.blocks import Blocks
from replenish.forecasting.context import (
    RUN_UP,
    forecast_context,
    record_until,
    standard_errors,
    with_context,
)
from replenish.forecasting.forecast import CONTEXT, ForecastTable
from replenish.forecasting.record import Record
from tests.forecast_panels import shop

COVER = np.array([3, 5])
PERIODS = 400


def panel(seed: int = 0) -> Panel:
    rng = np.random.default_rng(seed)
    promotion = (rng.random((2, PERIODS + 20)) < 0.1).astype(float)
    sales = rng.poisson(5.0 + 5.0 * promotion[:, :PERIODS]).astype(float)
    days = pd.date_range("2024-01-01", periods=PERIODS + 20)
    return Panel(
        item_ids=("a", "b"),
        dates=days[:PERIODS],
        plan_dates=days[PERIODS:],
        sales=sales,
        censored=np.zeros((2, PERIODS), dtype=bool),
        known={"promotion": promotion},
    )


def table(history: Panel, origins: Ints) -> ForecastTable:
    """Forecast 5 a period with deviation 2, whatever happened."""
    shape = (history.n_items, len(origins), 6)
    flat = np.full(shape, 5.0)
    return ForecastTable(
        origins, flat, np.full(shape, 2.0), flat, flat[..., None], np.array([0.5]), 0 * origins
    )


def column(context: Floats, name: str) -> Floats:
    return np.asarray(context[..., CONTEXT.index(name)])


def test_a_forecast_that_runs_low_has_a_bias_and_one_too_sure_a_spread() -> None:
    history, origins = panel(), np.arange(100, 300)
    low = replace(history, sales=np.full((2, PERIODS), 9.0))  # two deviations above
    context = forecast_context(low, table(low, origins), COVER)
    assert column(context, "bias")[:, 0] == pytest.approx(0.0)  # nothing known yet
    assert column(context, "bias")[:, -1] == pytest.approx(2.0 * 28 / (28 + 7))
    assert column(context, "spread")[:, -1] == pytest.approx(
        0.5 * np.log((4.0 * RUN_UP + 7) / (RUN_UP + 7))
    )


def test_errors_of_periods_that_fitting_saw_are_no_record_unless_brought_along() -> None:
    """As a bundle's forecaster sees its first mornings, and as it was judged on them."""
    history, origins = shop(), np.arange(280, 300)
    early, late = (MovingAverage().fit(history.until(end), 7).fitted for end in (199, 289))
    judged = Blocks((early, late)).roll(history, origins, 7)
    bundled = late.roll(history, origins, 7, in_sample=True)
    honest = standard_errors(history, judged)
    record = record_until(Blocks((early,)), history, 199, 289)
    np.testing.assert_allclose(standard_errors(history, bundled, record)[:, 1:], honest[:, 1:])
    alone = standard_errors(history, bundled)
    assert np.isnan(alone[:, : 290 - 280]).all()
    np.testing.assert_allclose(alone[:, 290 - 280 :], honest[:, 290 - 280 :])


def test_a_record_is_kept_and_found_by_names_and_dates(tmp_path: Path) -> None:
    history = shop()
    errors = np.arange(24.0).reshape(12, 2)
    Record(history.item_ids, history.dates[9], errors).save(tmp_path / "record.npz")
    kept = Record.load(tmp_path / "record.npz", history.item_ids)
    some = replace(history.take(np.array([5, 2])), item_ids=("stranger", history.item_ids[2]))
    found = kept.of(some, np.array([7, 8, 9, 10]))
    np.testing.assert_array_equal(found[1], [np.nan, 4.0, 5.0, np.nan])
    assert np.isnan(found[0]).all()
    later = replace(history, dates=history.dates + pd.Timedelta(days=1))  # one day less is known
    np.testing.assert_array_equal(kept.of(later, np.array([8]))[:, 0], errors[:, 1])
    with pytest.raises(ValueError, match="12"):
        Record.load(tmp_path / "record.npz", ("one",))


def test_promotion_is_the_share_of_the_planned_periods_that_an_order_covers() -> None:
    history, origins = panel(), np.arange(100, PERIODS)
    planned = history.known["promotion"]
    share = column(forecast_context(history, table(history, origins), COVER), "promotion")
    for row, cover in enumerate(COVER):
        for number in (0, 57, len(origins) - 1):  # the last one looks at the plan alone
            first = origins[number] + 1
            assert share[row, number] == pytest.approx(planned[row, first : first + cover].mean())


def test_sales_that_nobody_saw_say_nothing_of_the_forecast() -> None:
    history, origins = panel(), np.arange(100, 300)
    sales, censored = history.sales.copy(), history.censored.copy()
    sales[0, 150:160], censored[1, 150:160] = np.nan, True
    context = forecast_context(
        replace(history, sales=sales, censored=censored), table(history, origins), COVER
    )
    strange = sales.copy()
    strange[1, 150:160] = 1e6
    again = forecast_context(
        replace(history, sales=strange, censored=censored), table(history, origins), COVER
    )
    np.testing.assert_array_equal(context, again)
    assert np.isfinite(context).all()


def test_nothing_after_an_origin_but_the_plan_is_seen_there() -> None:
    history, origins, cut = panel(), np.arange(100, 300), 200
    rng = np.random.default_rng(1)
    sales = history.sales.copy()
    sales[:, cut + 1 :] = rng.poisson(50.0, sales[:, cut + 1 :].shape)
    known = column(forecast_context(history, table(history, origins), COVER), "bias")
    changed = replace(history, sales=sales)
    after = column(forecast_context(changed, table(changed, origins), COVER), "bias")
    upto = origins <= cut
    np.testing.assert_array_equal(known[:, upto], after[:, upto])
    assert (known[:, ~upto] != after[:, ~upto]).any()


def test_this_morning_s_numbers_are_those_of_training() -> None:
    history = panel()
    fitted = MovingAverage().fit(history.until(150), 6).fitted
    long = with_context(history, fitted.roll(history, np.arange(151, 380), 6), COVER)
    today = history.until(350)
    short = with_context(today, fitted.roll(today, np.arange(350 - RUN_UP, 351), 6), COVER)
    there, here = long.from_origin(350, COVER).context, short.from_origin(350, COVER).context
    assert there is not None
    assert here is not None
    np.testing.assert_allclose(here, there, atol=1e-9)
