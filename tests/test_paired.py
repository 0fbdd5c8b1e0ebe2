"""Intervals of paired differences: over items, over time, and over both; as wide as the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replenish.arrays import Floats
from replenish.paired import (
    LEAST_BLOCKS,
    LEAST_ITEMS,
    BlockCosts,
    paired_difference,
    paired_differences,
)
from tests.intervals import ends


def holds(interval: tuple[float, float], truth: float) -> bool:
    return interval[0] <= truth <= interval[1]


def costs(money: Floats, block: int = 1) -> BlockCosts:
    return BlockCosts.of(money, block)


@given(periods=st.integers(1, 60), block=st.integers(1, 70))
def test_blocks_hold_every_period_once_and_are_about_as_long(periods: int, block: int) -> None:
    found = costs(np.arange(2.0 * periods).reshape(periods, 2), block)
    assert found.periods.sum() == periods
    assert found.periods.max() - found.periods.min() <= 1
    assert found.periods.min() >= min(block, periods)
    np.testing.assert_allclose(found.per_item, [periods - 1.0, periods])


def test_items_alone_are_drawn_where_blocks_are_few() -> None:
    money = np.random.default_rng(0).gamma(2.0, 1.0, (14 * LEAST_BLOCKS - 1, 40))
    few = paired_differences(costs(0.9 * money, 14), {"x": costs(money, 14)})["x"]
    assert (few.blocks, few.time_percent_low) == (0, None)
    alone = paired_difference(0.9 * money.mean(axis=0), money.mean(axis=0))
    assert ends(few) == pytest.approx(ends(alone))
    assert few.items_percent_high == few.percent_high == pytest.approx(-10.0)


def test_what_all_items_met_together_widens_the_interval_and_only_over_time() -> None:
    # Hand-made: the difference is +1 in odd blocks and -1 in even ones, for every item alike.
    shock = np.where(np.arange(12) % 2, 1.0, -1.0)[:, None]
    theirs = np.full((12, 50), 10.0)
    found = paired_differences(costs(theirs + shock), {"x": costs(theirs)})["x"]
    assert (found.difference, found.blocks) == (0.0, 12)
    assert (found.items_percent_low, found.items_percent_high) == (0.0, 0.0)
    assert found.time_percent_low is not None
    assert found.time_percent_low < -5.0
    low, high = ends(found)
    assert low == pytest.approx(-high)
    assert found.percent_low == pytest.approx(-7.0, abs=1.0)


def test_what_is_peculiar_to_items_widens_the_interval_over_items_only() -> None:
    own = np.random.default_rng(1).normal(0.0, 1.0, 50)[None, :]
    theirs = np.full((12, 50), 10.0)
    found = paired_differences(costs(theirs + own), {"x": costs(theirs)})["x"]
    assert found.time_percent_low == pytest.approx(found.percent)
    alone = ends(found, "items_percent_")[0]
    assert alone < found.percent - 1.0
    assert ends(found, "percent_")[0] <= alone  # widened for twelve blocks


def test_a_pair_that_differs_by_a_factor_has_no_interval_at_all() -> None:
    money = np.random.default_rng(2).gamma(2.0, 3.0, (90, 30))
    half = paired_differences(costs(money / 2, 14), {"x": costs(money, 14)})["x"]
    for end in (half.percent_low, half.items_percent_high, half.time_percent_low):
        assert end == pytest.approx(-50.0)
    assert half.share_improved == 1.0


def test_a_policy_in_one_block_is_compared_over_items() -> None:
    rng = np.random.default_rng(3)
    ours, bound = rng.gamma(9.0, 1.0, (90, 30)), rng.gamma(4.0, 0.5, 30)
    other = BlockCosts(bound[:, None], np.ones(1))  # money per period, as perfect foresight's
    found = paired_differences(costs(ours, 14), {"bound": other})["bound"]
    same = paired_difference(ours.mean(axis=0), bound)
    assert found.percent == pytest.approx(same.percent)
    assert found.percent_low == pytest.approx(same.percent_low)
    assert found.blocks == 0


def test_starts_are_averaged() -> None:
    money = np.random.default_rng(4).gamma(2.0, 1.0, (2, 28, 5))
    both = costs(money[0], 14) + costs(money[1], 14)
    np.testing.assert_allclose(both.per_item, money.mean(axis=(0, 1)))


def test_the_interval_holds_the_truth_where_items_share_shocks() -> None:
    """Shocks of time, of items and of both: 95 % means 95 %, with as few as eight blocks."""
    rng, held, alone = np.random.default_rng(5), 0, 0
    for seed in range(200):
        shocks = rng.normal(0, 0.5, (8, 1)) + rng.normal(0, 0.7, (1, 30))
        gap = -0.4 + shocks + rng.normal(0, 1.0, (8, 30))
        theirs = rng.gamma(40.0, 0.5, (8, 30))
        found = paired_differences(costs(theirs + gap), {"x": costs(theirs)}, seed, 600)["x"]
        held += holds(ends(found), -0.4)
        alone += holds(ends(found, "items_percent_"), -2.0)
    assert held >= 184  # 95 % of 200 less two standard errors; it errs on the wide side
    assert alone < 0.9 * held  # over items alone it does not hold what it says


@pytest.mark.parametrize("between", [0.0, 0.3])
def test_chance_within_cells_counts_once(between: float) -> None:
    """What one item met in one block counts three times where both are drawn anew, and once here.

    Were it counted as drawn, none of the 200 intervals would miss.
    """
    rng, held, width, alone = np.random.default_rng(9), 0, 0.0, 0.0
    for seed in range(200):
        shared = rng.normal(0, between, (12, 1)) + rng.normal(0, between, (1, 40))
        gap = -0.4 + shared + rng.normal(0, 2.0, (12, 40))
        theirs = np.full((12, 40), 20.0)
        found = paired_differences(costs(theirs + gap), {"x": costs(theirs)}, seed, 600)["x"]
        held += holds(ends(found, "percent_"), -2.0)
        for kind in ("items_percent_", "time_percent_"):
            assert ends(found, "percent_")[0] <= ends(found, kind)[0]
            assert ends(found, "percent_")[1] >= ends(found, kind)[1]
        width += np.ptp(ends(found, "percent_"))
        alone += np.ptp(ends(found, "items_percent_"))
    assert 184 <= held <= 198
    assert width < 1.6 * alone


@pytest.mark.parametrize("blocks", [1, 8])
@pytest.mark.parametrize("skewed", [False, True])
def test_of_the_least_number_of_items_an_interval_holds_the_truth_nine_times_in_ten(
    blocks: int, skewed: bool
) -> None:
    rng, held = np.random.default_rng(7), 0
    for seed in range(900):
        own = rng.exponential(1.0, LEAST_ITEMS) - 1.0 if skewed else rng.normal(size=LEAST_ITEMS)
        gap = own + rng.normal(0, 0.3, (blocks, LEAST_ITEMS))
        theirs = costs(np.full((blocks, LEAST_ITEMS), 10.0))
        found = paired_differences(costs(theirs.money.T + gap), {"x": theirs}, seed, 400)["x"]
        held += holds(ends(found), 0.0)
    assert held >= 810


def test_of_fewer_items_there_is_no_interval_over_items() -> None:
    money = np.random.default_rng(8).gamma(2.0, 1.0, (12, LEAST_ITEMS))
    whole, fewer = (
        paired_differences(costs(0.5 * money[:, :n] + 0.1), {"x": costs(money[:, :n])})["x"]
        for n in (LEAST_ITEMS, LEAST_ITEMS - 1)
    )
    assert whole.verdict == "better"
    assert fewer.verdict == "uncertain"
    ends_over_items = "low", "high", "percent_low", "percent_high", "items_percent_low"
    assert [getattr(fewer, name) for name in ends_over_items] == [None] * 5
    assert ends(fewer, "time_percent_")[1] < 0  # blocks of time are no fewer
    assert fewer.percent == pytest.approx(100 * (0.5 + 0.1 / money[:, :-1].mean() - 1))


def test_the_same_seed_says_the_same_and_names_do_not_matter() -> None:
    rng = np.random.default_rng(6)
    ours, one, two = (costs(rng.gamma(2.0, 1.0, (90, 20)), 14) for _ in range(3))
    pair = paired_differences(ours, {"one": one, "two": two})
    again = paired_differences(ours, {"two": two, "one": one})
    assert pair == again
    assert pair["one"] != pair["two"]
