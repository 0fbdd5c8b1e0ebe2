"""Between a wish and an order stand the supplier's rules and the shop's limits."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from replenish.items import Items
from replenish.rules import any_rule, feasible, unruled


def order_for(wish: float, position: float = 0.0, **rules: float) -> float:
    return float(feasible(np.array([wish]), Items.build(1, **rules), np.array([position]))[0])


@pytest.mark.parametrize(
    ("wish", "position", "rules", "order"),
    [
        (-3.0, 0.0, {}, 0.0),
        (7.3, 0.0, {}, 7.3),
        (2.0, 0.0, {"min_order": 5.0}, 5.0),
        (4e-16, 0.0, {"min_order": 5.0}, 0.0),
        (13.0, 0.0, {"pack_size": 6.0}, 18.0),
        (12.0, 0.0, {"pack_size": 6.0}, 12.0),
        (13.0, 0.0, {"pack_size": 6.0, "max_order": 16.0}, 12.0),
        (0.5, 0.0, {"pack_size": 6.0, "min_order": 7.0}, 12.0),
        (50.0, 30.0, {"max_stock": 40.0}, 10.0),
        (50.0, 45.0, {"max_stock": 40.0}, 0.0),
        (0.0, 3.0, {"min_stock": 8.0}, 5.0),
        (50.0, 37.0, {"max_stock": 40.0, "min_order": 5.0}, 0.0),
        (50.0, 36.0, {"max_stock": 40.0, "pack_size": 6.0}, 0.0),
        (np.inf, 0.0, {"max_order": 20.0, "pack_size": 6.0}, 18.0),
    ],
)
def test_the_rules_turn_a_wish_into_this_order(
    wish: float, position: float, rules: dict[str, float], order: float
) -> None:
    assert order_for(wish, position, **rules) == order


def test_a_rounding_error_does_not_cost_a_pack() -> None:
    assert order_for(3 * 0.1 / 0.1 * 6.0, pack_size=6.0) == 18.0


@pytest.mark.parametrize(("pack", "least"), [(0.7, 2.1), (0.6, 1.8), (1.2, 3.6), (0.35, 2.45)])
def test_a_rounding_error_does_not_cost_a_minimum_order(pack: float, least: float) -> None:
    assert order_for(0.5, pack_size=pack, min_order=least) == pytest.approx(least)


@given(
    wish=st.floats(-50, 200),
    position=st.floats(-50, 100),
    pack=st.sampled_from([0.0, 1.0, 2.5, 6.0]),
    min_order=st.floats(0, 20),
    max_order=st.floats(0, 100),
    max_stock=st.floats(0, 120),
)
def test_every_order_keeps_every_rule(
    wish: float, position: float, pack: float, min_order: float, max_order: float, max_stock: float
) -> None:
    assume(min_order <= max_order)
    assume(pack <= max_order)
    rules = {"pack_size": pack, "min_order": min_order, "max_order": max_order}
    order = order_for(wish, position, max_stock=max_stock, **rules)
    assert order == 0 or min_order <= order <= max_order + 1e-6  # rounding: a billionth of a pack
    assert order == 0 or wish > 0
    assert order <= max(max_stock - position, 0.0) + 1e-6
    if pack:
        assert order / pack == pytest.approx(round(order / pack), abs=1e-9)
    assert order_for(order, position, max_stock=max_stock, **rules) == pytest.approx(order)


@given(st.lists(st.floats(-10, 50), min_size=1, max_size=5))
def test_without_rules_an_order_is_the_wish_or_nothing(wishes: list[float]) -> None:
    items, wish = Items.build(len(wishes)), np.array(wishes)
    assert not any_rule(items)
    np.testing.assert_array_equal(unruled(wish), feasible(wish, items, np.zeros(len(wishes))))


@pytest.mark.parametrize("name", ["min_order", "pack_size", "max_order", "min_stock", "max_stock"])
def test_one_row_with_a_rule_is_enough_to_ask_for_rules(name: str) -> None:
    default = np.inf if name.startswith("max") else 0.0
    assert any_rule(Items.build(2, **{name: [default, 6.0]}))


@pytest.mark.parametrize("wish", [np.nan, np.inf])
def test_a_wish_that_is_no_number_is_refused_with_its_row(wish: float) -> None:
    wishes, items = np.array([1.0, wish]), Items.build(2)
    with pytest.raises(ValueError, match=rf"wish\[1\] is {wish}"):
        feasible(wishes, items, np.zeros(2))
    with pytest.raises(ValueError, match=rf"wish\[1\] is {wish}"):
        unruled(wishes)
