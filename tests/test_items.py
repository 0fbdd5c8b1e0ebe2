"""Items' parameters are checked on entry, and a bad one is named with item, value and way out."""

import numpy as np
import pytest

from replenish.items import DEFAULTS, Items


def test_one_number_holds_for_all_items_and_an_array_for_each() -> None:
    items = Items.build(3, lead_time=2, holding_cost=[1.0, 2.0, 3.0])
    assert items.lead_time.tolist() == [2, 2, 2]
    assert items.holding_cost.tolist() == [1.0, 2.0, 3.0]
    assert items.review_period.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("lead_time", -1, r"items.lead_time\[1\] is -1.*0 or more; 1 means: received"),
        ("lead_time", 1.5, "whole number"),
        ("review_period", 0, "1 or more; 1 means: ordering is possible every period"),
        ("holding_cost", np.nan, r"items.holding_cost\[1\] is nan"),
        ("shortage_cost", np.inf, r"items.shortage_cost\[1\] is inf"),
        ("pack_size", -2, "0 means: any quantity"),
        ("max_stock", -3, r"items.max_stock\[1\]"),
    ],
)
def test_a_value_out_of_range_is_named_with_its_item(name: str, value: float, words: str) -> None:
    values = [DEFAULTS[name], value]
    with pytest.raises(ValueError, match=words):
        Items.build(2, **{name: values})


@pytest.mark.parametrize(
    ("low", "high"),
    [("min_order", "max_order"), ("min_stock", "max_stock"), ("pack_size", "max_order")],
)
def test_a_lower_limit_above_the_upper_one_is_refused(low: str, high: str) -> None:
    with pytest.raises(ValueError, match=rf"items.{low}\[0\] is 9.0, above items.{high}\[0\] = 8"):
        Items.build(1, **{low: 9, high: 8})


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(TypeError, match="leed_time"):
        Items.build(1, leed_time=3)


def test_what_becomes_of_unmet_demand_is_named_and_kept_by_rows() -> None:
    assert Items.build(3, "backorder").take(np.array([1])).unmet_demand == "backorder"
    with pytest.raises(ValueError, match="unmet_demand is 'backorders', expected lost or backord"):
        Items.build(1, "backorders")  # type: ignore[arg-type]


def test_taking_rows_repeats_and_reorders_every_parameter() -> None:
    items = Items.build(3, lead_time=[1, 2, 3], price=[10.0, 20.0, 30.0])
    taken = items.take(np.array([2, 0, 2]))
    assert taken.lead_time.tolist() == [3, 1, 3]
    assert taken.price.tolist() == [30.0, 10.0, 30.0]
    assert taken.protection_period.tolist() == [4, 2, 4]


def test_the_critical_ratio_is_the_newsvendors() -> None:
    items = Items.build(3, holding_cost=[1.0, 1.0, 0.0], shortage_cost=[19.0, 1.0, 0.0])
    np.testing.assert_allclose(items.critical_ratio, [0.95, 0.5, 0.0])
    np.testing.assert_allclose(items.critical_score[:2], [1.6448536, 0.0], atol=1e-6)


def test_the_pipeline_has_room_for_late_receipts() -> None:
    assert Items.build(2, lead_time=[0, 0]).longest_lead_time == 1
    assert Items.build(2, lead_time=[4, 2]).longest_lead_time == 4
    assert Items.build(2, lead_time=[4, 2], lead_time_std=[0.0, 1.5]).longest_lead_time == 7
