"""A difference in per cent: nothing is level with nothing, and small ones are shown."""

import numpy as np

from replenish.paired import BlockCosts, paired_difference, paired_differences
from replenish.percent import percent, percent_above


def test_nothing_is_level_with_nothing() -> None:
    assert percent_above(0.0, 0.0) == 0.0
    assert percent_above(3.0, 2.0) == 50.0
    same = paired_difference(np.zeros(10), np.zeros(10))
    assert (same.percent, same.percent_low, same.percent_high) == (0.0, 0.0, 0.0)


def test_small_differences_keep_their_digits() -> None:
    assert percent(0.035) == "+0.035 %"
    assert percent(-1.26) == "-1.3 %"
    assert percent(float("nan")) == "–"


def test_the_verdict_is_the_one_of_the_interval_that_is_shown() -> None:
    rng, seen = np.random.default_rng(0), set()
    for _ in range(60):
        theirs = rng.gamma(2.0, 1.0, (30, 8))
        ours = theirs * (1.0 + rng.normal(-0.05, 0.3, (30, 8)))
        one = np.ones(8)
        costs = {"other": BlockCosts(theirs, one)}
        found = paired_differences(BlockCosts(ours, one), costs, 0, 2000)["other"]
        assert found.percent_high is not None
        assert (found.verdict == "better") == (found.percent_high < 0)
        seen.add(found.verdict)
    assert seen >= {"better", "uncertain"}
