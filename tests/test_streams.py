"""One seed, several streams of chance: none repeats another, and each is the same in every run."""

from itertools import combinations

import numpy as np

from replenish.streams import Stream


def test_streams_of_one_seed_are_apart() -> None:
    drawn = [stream.generator(3).random(50) for stream in Stream]
    assert all(not np.isin(ours, theirs).any() for ours, theirs in combinations(drawn, 2))


def test_a_stream_is_the_same_again_and_another_with_another_seed() -> None:
    ours, again, other = (Stream.TEST.generator(seed).random(50) for seed in (3, 3, 4))
    np.testing.assert_array_equal(ours, again)
    assert not np.isin(ours, other).any()


def test_numbers_of_streams_stay_what_results_were_made_with() -> None:
    """A published table comes out again only while its draws do."""
    assert [stream.generator(0).integers(1000) for stream in Stream] == [
        np.random.default_rng([0, number]).integers(1000) for number in (1, 2, 3, 4, 5)
    ]
