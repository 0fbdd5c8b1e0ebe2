"""The levels that decide lie between the network's and those of the item's own formula."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replenish.arrays import Floats
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes
from replenish.items import Items
from replenish.learned import LearnedPolicy
from replenish.observation import Observation
from replenish.own_formula import OwnFormula
from replenish.reference import Levels, Reference
from replenish.simulation import Shop, play

N = 4
shares = st.floats(0.0, 1.0)
rows_of_four = st.lists(shares, min_size=N, max_size=N).map(np.array)


def observe(fixed_order_cost: float) -> Observation:
    items = Items.build(1, lead_time=3, shortage_cost=19.0, fixed_order_cost=fixed_order_cost)
    source = DrawnEpisodes(DemandFamily("poisson", 5.0), items, periods=8)
    return Shop(source.draw(N, np.random.default_rng(0))).observe()


def own(share: Floats, cap: bool = False) -> OwnFormula:
    rng = np.random.default_rng(1)
    parameters = {
        "score_shift": rng.uniform(-1.0, 1.0, N),
        "quantity_factor": rng.uniform(0.5, 2.0, N),
    }
    caps = {"cap": rng.uniform(1.0, 5.0, N)} if cap else {}
    return OwnFormula({**parameters, **caps}, share)


def learned(formula: OwnFormula | None, cap: bool, fixed_order_cost: float) -> LearnedPolicy:
    """Return a policy whose network moves all levels by random parts of their reach."""
    width = 1 + cap + (fixed_order_cost > 0)
    actions = np.random.default_rng(2).uniform(-1.0, 1.0, (N, width))
    reference = Reference(-0.2, 1.0, 2.0) if cap else Reference(-0.2)
    return LearnedPolicy(lambda _: actions, reference, own=formula)


def columns(levels: Levels) -> dict[str, Floats]:
    found = {"s": levels.reorder_point, "S": levels.order_up_to_level}
    return found if levels.most is None else {**found, "most": levels.most}


@pytest.mark.parametrize("cap", [False, True])
@pytest.mark.parametrize("fixed_order_cost", [0.0, 40.0])
@given(share=rows_of_four)
def test_the_share_goes_from_the_network_to_the_own_formula_level_by_level(
    share: Floats, cap: bool, fixed_order_cost: float
) -> None:
    seen, formula = observe(fixed_order_cost), own(share, cap)
    alone = columns(learned(None, cap, fixed_order_cost).levels(seen))
    theirs = columns(formula.formula.levels(seen.items, seen.forecast))
    found = columns(learned(formula, cap, fixed_order_cost).levels(seen))
    assert found.keys() == alone.keys() == theirs.keys()
    for name, levels in found.items():
        expected = (1 - share) * alone[name] + share * theirs[name]
        np.testing.assert_allclose(levels, expected, rtol=1e-12, err_msg=name)
        low, high = np.minimum(alone[name], theirs[name]), np.maximum(alone[name], theirs[name])
        assert ((levels >= low - 1e-9) & (levels <= high + 1e-9)).all()
    assert (found["S"] >= found["s"]).all()


@pytest.mark.parametrize("cap", [False, True])
@pytest.mark.parametrize("fixed_order_cost", [0.0, 40.0])
def test_share_0_is_the_network_and_share_1_the_own_formula_exactly(
    cap: bool, fixed_order_cost: float
) -> None:
    seen = observe(fixed_order_cost)
    formula = own(np.array([0.0, 1.0, 0.0, 1.0]), cap)
    alone = columns(learned(None, cap, fixed_order_cost).levels(seen))
    theirs = columns(formula.formula.levels(seen.items, seen.forecast))
    for name, levels in columns(learned(formula, cap, fixed_order_cost).levels(seen)).items():
        assert not np.isclose(alone[name], theirs[name]).any()  # else it would show nothing
        np.testing.assert_array_equal(levels[::2], alone[name][::2], err_msg=name)
        np.testing.assert_array_equal(levels[1::2], theirs[name][1::2], err_msg=name)


@given(st.permutations(range(N)), st.integers(0, N - 1))
def test_every_row_keeps_its_formula_and_an_unknown_one_has_the_network_alone(
    order: list[int], unknown: int
) -> None:
    rows = np.array(order)
    rows[unknown] = -1
    formula, taken = own(np.full(N, 0.5)), own(np.full(N, 0.5)).take(rows)
    for name, values in taken.parameters.items():
        np.testing.assert_array_equal(values[rows >= 0], formula.parameters[name][rows[rows >= 0]])
    np.testing.assert_array_equal(taken.share, np.where(rows < 0, 0.0, 0.5))
    seen = observe(0.0)
    policy = learned(formula, cap=False, fixed_order_cost=0.0)
    alone = replace(policy, own=None).levels(seen).reorder_point
    found = policy.for_rows(rows).levels(seen).reorder_point
    assert found[unknown] == alone[unknown]
    for row in np.flatnonzero(rows >= 0):
        theirs = formula.take(np.full(N, rows[row])).formula.levels(seen.items, seen.forecast)
        assert found[row] == pytest.approx((alone[row] + theirs.reorder_point[row]) / 2)


@given(st.permutations(range(N)), st.integers(0, N - 1), shares)
def test_a_row_not_known_has_the_setting_of_all_with_its_share(
    order: list[int], unknown: int, share: float
) -> None:
    rows = np.array(order)
    rows[unknown] = -1
    common = {"score_shift": 0.3, "quantity_factor": 1.1, "share": share}
    formula = replace(own(np.full(N, 0.5)), common=common)
    seen, policy = observe(40.0), learned(formula, cap=False, fixed_order_cost=40.0)
    alone = columns(replace(policy, own=None).levels(seen))
    theirs = columns(Reference(0.3, 1.1).levels(seen.items, seen.forecast))
    found = columns(policy.for_rows(rows).levels(seen))
    as_known = columns(learned(own(np.full(N, 0.5)).take(rows), False, 40.0).levels(seen))
    known = np.flatnonzero(rows >= 0)
    for name, levels in found.items():
        expected = (1 - share) * alone[name][unknown] + share * theirs[name][unknown]
        assert levels[unknown] == pytest.approx(expected)
        np.testing.assert_array_equal(levels[known], as_known[name][known])


def test_a_setting_of_all_without_a_share_is_refused() -> None:
    formula = own(np.full(N, 0.5))
    with pytest.raises(ValueError, match="common: expected"):
        replace(formula, common={"score_shift": 0.3, "quantity_factor": 1.1})


def test_a_policy_without_formulas_serves_any_rows() -> None:
    policy = learned(None, cap=False, fixed_order_cost=0.0)
    assert policy.for_rows(np.array([3, -1])).own is None


def test_formulas_of_other_rows_than_are_asked_about_are_refused() -> None:
    """One formula would else be taken for all rows alike."""
    policy = learned(own(np.full(N, 0.5)).take(np.array([2])), cap=False, fixed_order_cost=0.0)
    with pytest.raises(ValueError, match=r"own_formula.share has shape \(1,\), expected \(4,\)"):
        policy.order(observe(0.0))


def test_a_network_that_gives_no_number_is_not_hidden_by_the_formula() -> None:
    policy = replace(
        learned(own(np.ones(N)), cap=False, fixed_order_cost=0.0),
        network=lambda _: np.full((N, 1), np.nan),
    )
    assert np.isnan(policy.levels(observe(0.0)).reorder_point).all()


@pytest.mark.parametrize(
    ("parameters", "share", "words"),
    [
        ({"score_shift": np.zeros(2)}, np.full(3, 0.5), r"own_formula.score_shift has shape"),
        ({"score_shift": np.array([0.0, np.nan])}, np.zeros(2), "score_shift: expected finite"),
        ({"score_shift": np.zeros(2)}, np.array([0.5, 1.1]), "share: expected numbers from 0 to 1"),
        ({"score_shift": np.zeros(2)}, np.array([0.5, -0.1]), "share: expected numbers from 0"),
    ],
)
def test_formulas_that_cannot_be_are_refused(
    parameters: dict[str, Floats], share: Floats, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        OwnFormula(parameters, share)


def test_the_average_of_a_level_too_high_and_one_too_low_costs_less_than_either() -> None:
    """Cost is convex in the level; this is why the average is taken at all."""
    items = Items.build(1, lead_time=3, shortage_cost=19.0)
    source = DrawnEpisodes(DemandFamily("poisson", 5.0), items, periods=400)
    episode = source.draw(N, np.random.default_rng(3))
    high = LearnedPolicy(lambda f: np.full((len(f), 1), 0.5), Reference())  # 30 % above
    low = OwnFormula({"score_shift": np.full(N, -1.5)}, np.full(N, 0.5))
    costs = [
        float(play(policy, episode).cost.mean())
        for policy in (high, low.formula, replace(high, own=low))
    ]
    assert costs[2] < 0.9 * min(costs[:2])
