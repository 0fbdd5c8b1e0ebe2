"""Time is split in four, in order, with a gap that no order placed in one part crosses."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replenish.data.panel import Panel
from replenish.errors import InputError
from replenish.split_config import SplitConfig
from replenish.splits import Split, split_time

DATES = [str(day.date()) for day in pd.date_range("2024-01-01", periods=400)]


def panel(periods: int, frequency: str = "D") -> Panel:
    dates = pd.date_range("2024-01-01", periods=periods, freq=frequency)
    return Panel(
        item_ids=("A",),
        dates=dates,
        frequency=frequency,
        sales=np.zeros((1, periods)),
        censored=np.zeros((1, periods), dtype=bool),
    )


def parts(split: Split) -> list[tuple[int, int]]:
    return [(p.first, p.last) for p in (split.fit, split.train, split.validation, split.test)]


def test_without_dates_the_history_is_cut_by_shares() -> None:
    assert parts(split_time(panel(400), SplitConfig(), cover=5)) == [
        (0, 159),
        (165, 299),
        (305, 339),
        (345, 399),
    ]


def test_dates_are_the_last_days_of_their_parts() -> None:
    config = SplitConfig(
        fit_until=DATES[99], train_until=DATES[199], validation_until=DATES[249],
        test_until=DATES[299],
    )  # fmt: skip
    assert parts(split_time(panel(400), config, cover=3)) == [
        (0, 99),
        (103, 199),
        (203, 249),
        (253, 299),
    ]


def test_a_date_within_a_week_is_that_week() -> None:
    config = SplitConfig(fit_until="2024-03-07")  # a Thursday; its week began on 4 March
    split = split_time(panel(60, "W-MON"), config, cover=2)
    assert split.fit.last == 9


@given(gap=st.integers(1, 12), lengths=st.lists(st.integers(1, 60), min_size=4, max_size=4))
def test_parts_never_touch_and_hold_one_protection_period(gap: int, lengths: list[int]) -> None:
    ends = [int(end) - 1 for end in np.cumsum(lengths)]
    names = ("fit_until", "train_until", "validation_until", "test_until")
    config = SplitConfig.model_validate(
        {name: DATES[end] for name, end in zip(names, ends, strict=True)}
    )
    left = [lengths[0], *(length - gap for length in lengths[1:])]
    if min(left) <= gap:
        with pytest.raises(InputError, match=r"^split\.\w+_until: the \w+ part has"):
            split_time(panel(400), config, gap)
        return
    found = parts(split_time(panel(400), config, gap))
    assert [last for _, last in found] == ends
    assert [last - first + 1 for first, last in found] == left
    assert all(later[0] - earlier[1] == gap + 1 for earlier, later in pairwise(found))


def test_a_short_history_may_spend_less_on_gaps() -> None:
    found = parts(split_time(panel(100), SplitConfig(gap=1), cover=8))
    assert found == [(0, 39), (41, 74), (76, 84), (86, 99)]
    assert parts(split_time(panel(100), SplitConfig(gap=0), cover=8))[1] == (40, 74)


def test_a_part_too_short_for_an_order_to_matter_is_refused_whatever_the_gap() -> None:
    with pytest.raises(InputError, match=r"9 periods after a gap of 1, expected at least 10.*gap"):
        split_time(panel(100), SplitConfig(gap=1), cover=9)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (SplitConfig(fit_until="2030-01-01"), ["split.fit_until", "outside the history"]),
        (SplitConfig(train_until=DATES[20]), ["split.train_until", "not after the end"]),
        (SplitConfig(test_until=DATES[200]), ["split.test_until", "not after the end"]),
        (SplitConfig(fit_until=DATES[295]), ["split.train_until", "0 periods after a gap of 5"]),
        (SplitConfig(fit_until=DATES[2]), ["split.fit_until", "3 periods"]),
    ],
)
def test_a_split_of_no_use_is_refused(config: SplitConfig, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        split_time(panel(400), config, cover=5)
    for word in words:
        assert word in str(caught.value)
