"""Demand made of sales, outliers, and lead times of past receipts."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from replenish.arrays import Bools, Floats
from replenish.data.demand import realised_demand
from replenish.data.lead_times import lead_time_pmf, lead_times_from_receipts
from replenish.data.outliers import find_outliers, treat_outliers
from replenish.data.panel import Panel
from replenish.data.report import Findings

NAN = float("nan")


def panel_of(
    sales: list[list[float]] | Floats, censored: Bools | None = None, **known: Floats
) -> Panel:
    values = np.asarray(sales, dtype=float)
    return Panel(
        item_ids=tuple(f"item {i}" for i in range(len(values))),
        dates=pd.date_range("2024-01-01", periods=values.shape[1]),
        sales=values,
        censored=np.zeros(values.shape, dtype=bool) if censored is None else censored,
        known=known,
    )


def test_what_was_seen_in_stock_is_the_demand() -> None:
    sales = np.random.default_rng(1).poisson(3, (2, 40)).astype(float)
    np.testing.assert_array_equal(realised_demand(panel_of(sales)), sales)


def test_a_stockout_is_estimated_from_the_same_weekday() -> None:
    week = np.array([1.0, 2, 3, 4, 10, 20, 0])
    sales = np.tile(week, 6)[None, :]
    censored = np.zeros((1, 42), dtype=bool)
    censored[0, [18, 19]] = True  # a Friday and a Saturday in the third week
    sold_out = sales.copy()
    sold_out[0, [18, 19]] = [4.0, 25.0]
    demand = realised_demand(panel_of(sold_out, censored))
    assert demand[0, 18] == 10  # other Fridays sold 10
    assert demand[0, 19] == 25  # what was sold was asked for, at least
    np.testing.assert_array_equal(np.delete(demand, [18, 19]), np.delete(sales, [18, 19]))


def test_before_launch_and_after_withdrawal_nobody_asks() -> None:
    sales = np.array([[NAN, NAN, 4.0, NAN, 6.0, NAN, NAN]])
    assert realised_demand(panel_of(sales)).tolist() == [[0, 0, 4, 5, 6, 0, 0]]


def test_an_item_always_sold_out_is_asked_for_at_least_as_often_as_it_sold() -> None:
    sales = np.array([[2.0, 0.0, 1.0]])
    demand = realised_demand(panel_of(sales, np.ones((1, 3), dtype=bool)))
    assert demand.tolist() == [[2, 0, 1]]


def test_closed_days_ask_for_nothing_and_teach_nothing() -> None:
    sales = np.tile(7.0, (1, 29))
    sales[0, [7, 14]] = [0.0, NAN]  # Mondays: closed, not observed
    closed = np.zeros((1, 29))
    closed[0, 7] = 1
    demand = realised_demand(panel_of(sales, closed=closed))
    assert demand[0, 7] == 0
    assert demand[0, 14] == 7  # the closed Monday does not pull the estimate down


def test_a_stockout_in_a_promotion_is_estimated_from_promotions() -> None:
    promotion = np.zeros((1, 56))
    promotion[0, [9, 16, 23]] = 1
    sales = np.where(promotion == 1, 30.0, 5.0)
    censored = np.zeros((1, 56), dtype=bool)
    censored[0, [16, 30]] = True
    sales[0, [16, 30]] = 2.0
    demand = realised_demand(panel_of(sales, censored, promotion=promotion))
    assert demand[0, [16, 30]].tolist() == [30, 5]


@settings(max_examples=80, deadline=None)
@given(
    arrays(float, (3, 33), elements=st.one_of(st.just(NAN), st.integers(0, 50).map(float))),
    arrays(bool, (3, 33)),
)
def test_demand_is_whole_and_never_below_what_was_sold(sales: Floats, cut: Bools) -> None:
    censored = cut & ~np.isnan(sales)
    demand = realised_demand(panel_of(sales, censored))
    assert np.isfinite(demand).all()
    assert (demand >= np.nan_to_num(sales)).all()
    seen = ~np.isnan(sales) & ~censored
    np.testing.assert_array_equal(demand[seen], sales[seen])
    assert demand.max(initial=0) <= np.nan_to_num(sales).max(initial=0)  # estimates are means


def test_stockouts_of_known_demand_are_partly_given_back() -> None:
    rng = np.random.default_rng(4)
    demand = rng.poisson(8.0, (20, 400)).astype(float)
    stock = rng.poisson(9.0, demand.shape).astype(float)
    sales = np.minimum(demand, stock)
    estimate = realised_demand(panel_of(sales, demand >= stock))
    assert sales.sum() < estimate.sum() <= 1.02 * demand.sum()


def test_outliers_are_found_where_they_were_planted_and_nowhere_else() -> None:
    rng = np.random.default_rng(2)
    sales = rng.poisson(np.array([[0.3], [4.0], [60.0]]), (3, 500)).astype(float)
    sales[[0, 1, 2], [300, 310, 320]] = [40.0, 60.0, 400.0]
    found = find_outliers(panel_of(sales)).found
    assert np.argwhere(found).tolist() == [[0, 300], [1, 310], [2, 320]]


def test_a_promotion_is_no_outlier() -> None:
    sales = np.random.default_rng(2).poisson(4.0, (1, 200)).astype(float)
    sales[0, 150] = 90
    promotion = np.zeros((1, 200))
    promotion[0, 150] = 1
    assert find_outliers(panel_of(sales)).found[0, 150]
    assert not find_outliers(panel_of(sales, promotion=promotion)).found.any()


@pytest.mark.parametrize("treatment", ["keep", "cap", "interpolate"])
def test_outliers_are_listed_and_treated_as_told(treatment: str) -> None:
    sales = np.tile([4.0, 6.0], (1, 100))
    sales[0, 150] = 500
    findings = Findings()
    treated = treat_outliers(panel_of(sales), treatment, findings).sales
    # median 5, MAD 1 (scale 1.48), 90 % quantile 6, Poisson floor sqrt(5) = 2.236
    expected = {"keep": 500.0, "cap": 5 + 8 * np.sqrt(5), "interpolate": 5.0}
    assert treated[0, 150] == pytest.approx(expected[treatment])
    np.testing.assert_array_equal(np.delete(treated, 150), np.delete(sales, 150))
    assert [(entry.kind, entry.rows) for entry in findings.entries] == [("outliers", 1)]
    assert "item 0 on 2024-05-30 = 500" in findings.entries[0].examples[0]


@settings(max_examples=40, deadline=None)
@given(arrays(float, (1, 90), elements=st.integers(0, 30).map(float)), st.integers(40, 88))
def test_no_outlier_is_found_by_looking_ahead(sales: Floats, origin: int) -> None:
    panel = panel_of(sales)
    whole, cut = find_outliers(panel), find_outliers(panel.until(origin))
    np.testing.assert_array_equal(whole.found[:, : origin + 1], cut.found)
    np.testing.assert_allclose(whole.bound[:, : origin + 1], cut.bound)


RECEIPTS = pd.DataFrame(
    {
        "item_id": ["A", "A", "A", "B"],
        "ordered_on": pd.to_datetime(["2024-01-01"] * 4),
        "received_on": pd.to_datetime(["2024-01-03", "2024-01-03", "2024-01-06", "2024-01-01"]),
        "quantity": [1.0, 2.0, 3.0, 4.0],
    }
)


def test_receipts_give_mean_spread_and_shares_of_the_lead_time() -> None:
    items = pd.DataFrame(index=pd.Index(["B", "A", "C"], name="item_id"))
    table = lead_times_from_receipts(RECEIPTS, items)
    assert list(table.index) == ["B", "A", "C"]
    assert table["mean"].tolist()[:2] == [0, 3]  # A: 2, 2 and 5 days; B on the same day
    assert table["std"].tolist()[:2] == pytest.approx([0, np.sqrt(3)])
    assert table["count"].tolist() == [1, 3, 0]
    assert np.isnan(table["mean"].iloc[2])
    shares = lead_time_pmf(RECEIPTS)
    np.testing.assert_allclose(shares["A"], [0, 0, 2 / 3, 0, 0, 1 / 3])
    np.testing.assert_allclose(shares["B"], [1, 0, 0, 0, 0, 0])


def test_a_week_begun_counts_as_a_week() -> None:
    items = pd.DataFrame(index=pd.Index(["A", "B"], name="item_id"))
    assert lead_times_from_receipts(RECEIPTS, items, 7)["mean"].tolist() == [1, 0]
