"""What several searches found is averaged parameter by parameter, and costs less than they do."""

import numpy as np
import pytest

from baselines.policy_search import PolicySearch
from baselines.swarm_search import SwarmSearch
from replenish.reference import CappedReference, Reference
from replenish.tuning.averaging import averaged, averaged_in_turn
from replenish.tuning.opponents import AVERAGED, PER_ITEM, mean_cost
from replenish.tuning.opponents_tuning import OpponentsTuning
from replenish.tuning.search import Effort, Tuned, tune_in_turn
from tests.test_tuning import exact, history, mixed


def tuned(kind: type[Reference], **parameters: float) -> Tuned:
    return Tuned(kind(**parameters), dict(parameters))


def test_ratios_have_a_geometric_mean_and_what_is_missing_counts_as_untuned() -> None:
    found = averaged(
        PolicySearch,
        [
            tuned(PolicySearch, score_shift=-1.0, cap=2.0, bias_weight=0.6, quantity_factor=0.5),
            tuned(CappedReference, score_shift=0.0, cap=8.0, quantity_factor=2.0),
        ],
    )
    expected = {
        "score_shift": -0.5,
        "quantity_factor": 1.0,
        "cap": 4.0,
        "spread_weight": 0.0,
        "bias_weight": 0.3,
        "promotion_weight": 0.0,
    }
    assert found.parameters == pytest.approx(expected)
    assert found.individuality == 0
    uncapped = averaged(PolicySearch, [tuned(Reference, score_shift=0.5)])
    assert uncapped.parameters["cap"] == pytest.approx(PolicySearch.cap)


def test_items_that_lean_to_their_own_setting_are_averaged_each_for_itself() -> None:
    own = np.array([-1.0, 0.0, 1.0])
    each = Tuned(PolicySearch(score_shift=own), {"score_shift": own}, 0.5, {"score_shift": 0.2})
    found = averaged(PolicySearch, [each, tuned(SwarmSearch, score_shift=1.0)])
    np.testing.assert_allclose(found.parameters["score_shift"], [0.0, 0.5, 1.0])
    assert found.individuality == 0.25
    stranger = found.for_rows(np.array([2, -1]))
    np.testing.assert_allclose(stranger.parameters["score_shift"], [1.0, 0.6])


def test_what_was_tuned_on_train_is_averaged_apart_from_what_was_tuned_on_both() -> None:
    parts = history(4, 60, 1, exact), history(4, 60, 2, exact)
    searches = [tune_in_turn(kind, *parts, Effort(4, 1)) for kind in (PolicySearch, SwarmSearch)]
    found = averaged_in_turn(PolicySearch, searches)
    for mean, each in zip(found, zip(*searches, strict=True), strict=True):
        shifts = [np.mean(np.asarray(formula.parameters["score_shift"])) for formula in each]
        assert np.mean(np.asarray(mean.parameters["score_shift"])) == pytest.approx(np.mean(shifts))


@pytest.mark.parametrize("names", [None, [], ["policy_search", "eoq"], ["eoq"]])
def test_the_mean_is_of_every_search_over_the_formula_that_was_asked_for(
    names: list[str] | None,
) -> None:
    parts = history(4, 60, 1, exact), history(4, 60, 2, exact)
    opponents = OpponentsTuning(names, *parts, Effort(4, 1)).opponents
    both = {"policy_search", "swarm_search"}  # None asks for all
    searched = both if names is None else both & {*names}
    formulas = [opponents.baselines[name] for name in (*searched, PER_ITEM)]
    if "policy_search" not in searched:  # the agent leans on it, whoever plays
        formulas.append(tune_in_turn(PolicySearch, *parts, Effort(4, 1)).on_both)
    expected = np.mean([np.broadcast_to(f.parameters["score_shift"], 4) for f in formulas], axis=0)
    found = opponents.baselines[AVERAGED].parameters["score_shift"]
    np.testing.assert_allclose(np.broadcast_to(found, 4), expected)


def test_on_periods_to_come_the_mean_costs_less_than_its_members_on_average() -> None:
    """Twelve weeks of forty items are few: each search keeps what chance favoured."""
    parts = history(40, 84, 1, mixed), history(40, 84, 2, mixed)
    later = history(40, 400, 3, mixed)
    opponents = OpponentsTuning(["policy_search", "swarm_search"], *parts, Effort()).opponents
    members = ("policy_search", "swarm_search", PER_ITEM)
    costs = [mean_cost(opponents.baselines[name].policy, later) for name in members]
    assert mean_cost(opponents.baselines[AVERAGED].policy, later) < np.mean(costs)
