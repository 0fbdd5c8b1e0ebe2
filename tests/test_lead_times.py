"""Random lead times: shares from a spread or from receipts, drawn the same for every policy."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from replenish.episodes import random_lead_times
from replenish.items import Items
from replenish.lead_times import draw_lead_times, lead_time_shares


def test_a_lead_time_without_spread_is_certain() -> None:
    shares = lead_time_shares(Items.build(3, lead_time=[0, 2, 4]))
    np.testing.assert_array_equal(shares, np.eye(5)[[0, 2, 4]])


@given(st.integers(1, 30), st.floats(0.1, 0.8))
def test_the_shares_have_the_mean_and_the_spread_asked_for(mean: int, share: float) -> None:
    std = mean * share
    shares = lead_time_shares(Items.build(1, lead_time=mean, lead_time_std=std))[0]
    periods = np.arange(len(shares))
    got = shares @ periods
    np.testing.assert_allclose(shares.sum(), 1.0)
    assert (shares >= 0).all()
    assert abs(got - mean) < 0.05 * mean + 0.3  # whole periods, and the tail is cut
    spread = np.sqrt(shares @ (periods - got) ** 2)
    assert abs(spread - std) < 0.15 * std + 0.3


def test_an_items_lead_times_are_its_own_whatever_else_the_shop_holds() -> None:
    alone = lead_time_shares(Items.build(1, lead_time=4, lead_time_std=1.2))[0]
    mixed = lead_time_shares(Items.build(3, lead_time=[4, 60, 2], lead_time_std=[1.2, 9.0, 0.0]))[0]
    assert len(alone) == 4 + 4 + 1
    np.testing.assert_array_equal(mixed[: len(alone)], alone)
    assert not mixed[len(alone) :].any()


def test_receipts_are_taken_as_they_were() -> None:
    items = Items.build(2, lead_time=[1, 3])
    shares = lead_time_shares(items, {"b": np.array([0.0, 0.5, 0.0, 0.0, 0.5])}, ("a", "b"))
    np.testing.assert_array_equal(shares, [[0, 1, 0, 0, 0], [0, 0.5, 0, 0, 0.5]])


def test_draws_by_inversion_fall_into_their_shares() -> None:
    cumulative = np.array([[0.2, 0.5, 1.0]] * 5)
    uniforms = np.array([0.0, 0.19, 0.2, 0.5, 0.999])
    assert draw_lead_times(cumulative, uniforms).tolist() == [0, 0, 1, 2, 2]


def test_drawn_lead_times_have_their_shares_and_repeat_with_the_seed() -> None:
    items = Items.build(2, lead_time=[4, 6], lead_time_std=[1.0, 0.0])
    one = random_lead_times(items, 4000, np.random.default_rng(8))
    two = random_lead_times(items, 4000, np.random.default_rng(8))
    assert one is not None
    assert two is not None
    np.testing.assert_array_equal(one, two)
    assert (one[:, 1] == 6).all()
    share = np.bincount(one[:, 0], minlength=8)[:8] / 4000
    np.testing.assert_allclose(share, lead_time_shares(items)[0], atol=0.03)


def test_fixed_lead_times_need_no_draws() -> None:
    assert random_lead_times(Items.build(2, lead_time=3), 5, np.random.default_rng(0)) is None
