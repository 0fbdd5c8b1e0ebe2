"""What stockouts hide is estimated without bias, and only where they hide something."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom

from forecasters._censoring import learn_uncensoring
from forecasters.exponential_smoothing import ExponentialSmoothing
from replenish.arrays import Bools, Floats
from replenish.data.panel import Panel
from replenish.forecasting.censoring import at_least, likely_demand
from tests.forecast_panels import WEEK, panel_of, shop


@given(mean=st.floats(0.1, 60.0), dispersion=st.floats(0.002, 5.0), bound=st.integers(0, 80))
def test_likely_demand_is_the_mean_of_the_distribution_above_the_bound(
    mean: float, dispersion: float, bound: int
) -> None:
    size = 1.0 / dispersion
    demand = nbinom(size, size / (size + mean))
    if demand.sf(bound - 1) < 1e-7:
        return
    units = np.arange(bound, max(bound, int(demand.ppf(1.0 - 1e-12))) + 2000)
    chances = demand.pmf(units)
    expected = float((units * chances).sum() / chances.sum())
    got = likely_demand(
        np.array([mean]), np.array([dispersion]), np.array([float(bound)]), np.array([True])
    )
    assert got[0] == pytest.approx(expected, rel=1e-4)
    assert at_least(np.array([float(bound)]), np.array([size]), np.array([mean / (size + mean)]))[
        0
    ] == pytest.approx(demand.sf(bound - 1), rel=1e-8)


@given(st.floats(0.0, 1e6), st.floats(1e-3, 1e5), st.floats(1e-3, 20.0))
def test_likely_demand_is_never_below_the_sale_nor_without_a_number(
    sale: float, mean: float, dispersion: float
) -> None:
    got = likely_demand(
        np.array([mean]), np.array([dispersion]), np.array([sale]), np.array([True])
    )
    assert np.isfinite(got).all()
    assert got[0] >= sale


def test_what_was_in_stock_or_not_observed_stays_as_it_is() -> None:
    sales, flags = np.array([3.0, np.nan, 0.0]), np.array([False, True, False])
    got = likely_demand(np.full(3, 9.0), np.full(3, 0.1), sales, flags)
    np.testing.assert_array_equal(got, sales)


def stocked_out_shop(seed: int) -> tuple[Panel, Floats, Bools]:
    """Return a panel whose stock does not follow demand, its true mean and where it ran out."""
    rng = np.random.default_rng(seed)
    mean = np.geomspace(1.0, 40.0, 60)[:, None] * np.tile(WEEK, 100)
    demand = rng.negative_binomial(4.0, 4.0 / (4.0 + mean)).astype(float)
    stock = rng.poisson(
        mean * rng.gamma(2.5, 1.0, mean.shape)
    )  # what stands on the shelf in the morning
    sales, censored = np.minimum(demand, stock), demand >= stock
    return panel_of(sales, censored=censored), mean, censored


def share(sales: Floats, mean: Floats) -> float:
    """Return mean sales over mean demand, the mean over items."""
    return float((np.nanmean(sales, axis=1) / mean.mean(axis=1)).mean())


def test_the_mean_of_demand_is_learnt_although_a_fifth_of_all_days_ran_out() -> None:
    panel, mean, censored = stocked_out_shop(1)
    assert 0.17 < censored.mean() < 0.24
    likely = learn_uncensoring(panel).panel(panel).sales
    left_out = np.where(censored, np.nan, panel.sales)
    assert share(left_out, mean) < 0.87  # what leaving them out would learn
    assert share(likely, mean) == pytest.approx(1.0, abs=0.03)


def test_a_forecaster_learns_demand_and_its_spread_from_sales_that_ran_out() -> None:
    panel, mean, _ = stocked_out_shop(2)
    fitted = ExponentialSmoothing().fit(panel.until(499), 7)
    table = fitted.roll(panel, np.arange(500, 690), 7)
    ahead = table.origins[:, None] + np.arange(1, 8)
    assert table.mean.mean() / mean[:, ahead].mean() == pytest.approx(1.0, abs=0.03)
    rng = np.random.default_rng(9)
    other_weeks = [
        rng.negative_binomial(4.0, 4.0 / (4.0 + mean[:, ahead])).sum(axis=2) for _ in range(20)
    ]
    weeks = np.stack(other_weeks, axis=1)  # (N, 20, O) of the same demand
    for level in (0.5, 0.95):
        quantile = table.sum_quantiles[:, None, :, 6, list(table.levels).index(level)]
        cover = (weeks < quantile).mean() + 0.5 * (weeks == quantile).mean()
        assert cover == pytest.approx(level, abs=0.03)


def test_without_stockouts_nothing_is_changed() -> None:
    panel = replace(shop(), censored=np.zeros((12, 420), dtype=bool))
    assert learn_uncensoring(panel).panel(panel) is panel


def test_drawn_demand_is_as_wide_as_demand() -> None:
    panel, mean, censored = stocked_out_shop(3)
    found = learn_uncensoring(panel)
    big = mean > 10.0
    true_size = mean[big & censored]
    drawn = found.drawn(panel).sales[big & censored] / true_size
    meant = found.panel(panel).sales[big & censored] / true_size
    assert not found.drawn(panel).censored.any()
    assert drawn.mean() == pytest.approx(meant.mean(), rel=0.05)
    assert drawn.std() > 1.15 * meant.std()


def silent_then_sold_out(before: float, back: float) -> Panel:
    """Return 40 items that sell, are silent for 200 days, and come back on a shelf that is low."""
    rng = np.random.default_rng(8)
    demand = rng.poisson(np.repeat([before, 0.0, back], [200, 200, 60]), (40, 460)).astype(float)
    shelf = np.full(demand.shape, 1e9)
    shelf[:, 400:] = 2.0
    return panel_of(np.minimum(demand, shelf), censored=demand >= shelf)


def completed(panel: Panel) -> Floats:
    """Return (60,) likely demand of the days after the silence, the mean over items."""
    found = learn_uncensoring(panel.until(399))
    return np.asarray(found.panel(panel).sales[:, 400:].mean(axis=0))


def test_an_item_that_comes_back_and_sells_out_has_its_demand_of_before() -> None:
    """Smoothing alone has learnt 0 by then: it takes a day that sells 2 of 2 for little more."""
    likely = completed(silent_then_sold_out(8.0, 8.0))
    assert (likely[2:] > 6.5).all()
    assert likely[2:].mean() == pytest.approx(8.0, rel=0.15)


def test_an_item_that_comes_back_on_a_full_shelf_is_taken_at_its_word() -> None:
    panel = silent_then_sold_out(8.0, 0.4)
    in_stock = ~panel.censored[:, 400:]
    assert in_stock.mean() > 0.9
    assert completed(panel).mean() == pytest.approx(0.4, rel=0.15)


def test_a_promotion_that_sells_out_is_known_to_sell_more_than_a_usual_day() -> None:
    rng = np.random.default_rng(5)
    promotion = np.repeat(rng.random((40, 120)) < 0.1, 5, axis=1)
    mean = rng.uniform(3.0, 12.0, (40, 1)) * np.where(promotion, 2.5, 1.0)
    demand = rng.poisson(rng.gamma(4.0, mean / 4.0)).astype(float)
    shelf = rng.poisson(mean / np.where(promotion, 2.5, 1.0) * 2.0) + 1.0
    sales = np.minimum(demand, shelf)
    panel = panel_of(sales, censored=demand >= shelf, known={"promotion": promotion.astype(float)})
    assert (demand >= shelf)[promotion].mean() > 0.5
    likely = learn_uncensoring(panel).panel(panel).sales
    assert likely[promotion].mean() / mean[promotion].mean() == pytest.approx(1.0, abs=0.1)
    assert sales[promotion].mean() / mean[promotion].mean() < 0.75
    calm = ~promotion
    assert likely[calm].mean() / mean[calm].mean() == pytest.approx(1.0, abs=0.03)
