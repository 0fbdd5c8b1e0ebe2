"""A formula of the bundle may order in the agent's place, also for items that are new to it."""

from dataclasses import replace

import numpy as np
import pytest

from replenish.bundle import Bundle
from replenish.morning.as_of import Morning
from replenish.morning.decide import decide
from replenish.morning.ordered_by import AGENT, levels_by
from replenish.reference import Reference
from replenish.tuning.opponents import AVERAGED, REFERENCE
from tests.test_recommend import N, bundle, morning, shelf_of, some_items

__all__ = ["bundle", "morning"]  # fixtures


def strange(bundle: Bundle) -> Bundle:
    """Return the bundle of a network that was trained on nothing like this morning."""
    low = np.full_like(bundle.contents.feature_low, 1e3)
    return replace(
        bundle, contents=replace(bundle.contents, feature_low=low, feature_high=low + 1.0)
    )


@pytest.mark.parametrize("by", [AVERAGED, REFERENCE])
def test_what_the_network_never_saw_does_not_stop_a_formula(
    bundle: Bundle, morning: Morning, by: str
) -> None:
    shelf = shelf_of(some_items())
    stopped, goes_on = (decide(strange(bundle), morning, shelf, name) for name in (AGENT, by))
    assert all("out_of_range" in flags for flags in stopped.flags)
    assert not any("out_of_range" in flags for flags in goes_on.flags)
    assert not goes_on.fallback.all()


def test_a_new_item_orders_by_the_setting_that_is_best_for_all(
    bundle: Bundle, morning: Morning
) -> None:
    seen = decide(bundle, morning, shelf_of(some_items())).observation
    found = levels_by(AVERAGED, bundle, np.full(N, -1), seen)
    common = {k: v for k, v in bundle.contents.own.common.items() if k != "share"}
    alike = Reference(**common).levels(seen.items, seen.forecast)
    np.testing.assert_array_equal(found.reorder_point, alike.reorder_point)
