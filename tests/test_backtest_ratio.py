"""The ratio of two forecasters' errors: paired, honest about few items, of any unit."""

import numpy as np
import pytest

from replenish.backtest.bootstrap import Ratio, paired_ratio
from replenish.paired import LEAST_ITEMS


def ends(ratio: Ratio) -> tuple[float, float]:
    """Return both ends of an interval that must exist."""
    assert ratio.low is not None
    assert ratio.high is not None
    return ratio.low, ratio.high


def test_the_interval_of_a_ratio_is_paired() -> None:
    size = np.random.default_rng(6).lognormal(0.0, 2.0, 300)
    same = paired_ratio(0.8 * size, size, seed=0)
    assert same is not None
    assert (same.ratio, same.low, same.high) == pytest.approx((0.8, 0.8, 0.8))
    other = paired_ratio(0.8 * np.random.default_rng(7).permutation(size), size, seed=0)
    assert other is not None
    low, high = ends(other)
    assert low < 0.7
    assert high > 0.9


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng, hits = np.random.default_rng(8), 0
    for trial in range(200):
        reference = rng.gamma(4.0, 1.0, 80)
        ratio = paired_ratio(0.9 * reference * rng.gamma(9.0, 1 / 9, 80), reference, trial, 400)
        assert ratio is not None
        low, high = ends(ratio)
        hits += low <= 0.9 <= high
    assert 180 <= hits <= 198


def test_items_without_an_error_on_both_sides_do_not_count() -> None:
    ours = np.array([1.0, np.nan, 3.0, 2.0, 5.0, 4.0, 1.0, 7.0, 6.0, 9.0])
    reference = np.append(2.0 * ours[:-1], np.nan)
    reference[1] = 5.0
    ratio = paired_ratio(ours, reference, 0)
    assert ratio is not None
    assert ratio.to_dict() == pytest.approx({"ratio": 0.5, "low": 0.5, "high": 0.5})
    assert paired_ratio(np.array([np.nan]), np.array([1.0]), 0) is None
    assert paired_ratio(np.array([1.0]), np.array([0.0]), 0) is None


def test_few_items_have_a_ratio_and_no_interval() -> None:
    ratio = paired_ratio(np.arange(1.0, LEAST_ITEMS), 2 * np.arange(1.0, LEAST_ITEMS), 0)
    assert ratio is not None
    assert ratio.to_dict() == {"ratio": 0.5, "low": None, "high": None}
    assert not ratio.better
    assert ratio.interval() == f"no interval: fewer than {LEAST_ITEMS} items"


def test_the_interval_of_a_ratio_does_not_depend_on_the_unit() -> None:
    rng = np.random.default_rng(9)
    reference = rng.gamma(4.0, 1.0, 20)
    ours = 0.9 * reference * rng.gamma(9.0, 1 / 9, 20)
    one, tiny = (paired_ratio(unit * ours, unit * reference, 0) for unit in (1.0, 1e-15))
    assert one is not None
    assert tiny is not None
    assert tiny.to_dict() == pytest.approx(one.to_dict())
