"""Opponents are tuned honestly, and evaluation meets exactly those that training tuned."""

import json
from pathlib import Path

import numpy as np
import pytest

from replenish.errors import InputError
from replenish.plugins import load_plugin, plugin_names
from replenish.protocols import Policy
from replenish.reference import Reference
from replenish.simulation import Episode, play
from replenish.tuning.opponents import (
    AVERAGED,
    PER_ITEM,
    REFERENCE,
    Opponents,
    mean_cost,
)
from replenish.tuning.opponents_tuning import OpponentsTuning
from replenish.tuning.search import Effort, Tuned
from tests.textbook import fresh_demand, not_searched, textbook_source

ITEMS = 5
TRAIN, VALIDATION = (fresh_demand(textbook_source(), seed, ITEMS) for seed in (1, 2))
NAMES = [n for n in plugin_names("baselines") if load_plugin("baselines", n).search]


@pytest.fixture(scope="module")
def tuned() -> Opponents:
    return OpponentsTuning(None, TRAIN, VALIDATION, Effort()).opponents


def orders(policy: Policy, episode: Episode) -> np.ndarray:
    return play(policy, episode).order


def test_every_file_in_the_folder_with_something_to_tune_is_an_opponent(tuned: Opponents) -> None:
    assert sorted(tuned.baselines) == sorted([*NAMES, PER_ITEM, AVERAGED])
    assert set(tuned.costs(VALIDATION)) == {*NAMES, PER_ITEM, AVERAGED, REFERENCE}


def test_who_is_not_named_is_no_opponent() -> None:
    some = OpponentsTuning(["order_up_to"], TRAIN, VALIDATION, Effort(2, 1)).opponents
    assert sorted(some.baselines) == [AVERAGED, "order_up_to", PER_ITEM]


@pytest.mark.parametrize("name", NAMES)
def test_tuning_beats_the_untuned_formula_where_it_was_tuned(tuned: Opponents, name: str) -> None:
    untuned = load_plugin("baselines", name)()
    before = sum(mean_cost(untuned, episode) for episode in (TRAIN, VALIDATION))
    after = sum(mean_cost(tuned.baselines[name].policy, episode) for episode in (TRAIN, VALIDATION))
    assert after < before


def test_the_agents_start_is_tuned_as_one_setting_for_all(tuned: Opponents) -> None:
    both = (TRAIN, VALIDATION)
    assert np.ndim(tuned.reference.score_shift) == 0
    assert sum(mean_cost(tuned.reference, e) for e in both) < sum(
        mean_cost(Reference(), e) for e in both
    )


def test_costs_are_told_from_cheap_to_dear(tuned: Opponents) -> None:
    costs = tuned.costs(VALIDATION)
    assert list(costs.values()) == sorted(costs.values())
    assert costs[REFERENCE] == mean_cost(tuned.reference, VALIDATION)


def test_what_was_saved_orders_what_was_tuned(tuned: Opponents, tmp_path: Path) -> None:
    tuned.save(tmp_path / "baselines.json")
    loaded = Opponents.load(tmp_path / "baselines.json", ITEMS)
    assert loaded.reference == tuned.reference
    assert list(loaded.baselines) == list(tuned.baselines)
    for name, theirs in tuned.baselines.items():
        ours = loaded.baselines[name]
        assert ours.individuality == theirs.individuality
        for key, value in theirs.parameters.items():
            np.testing.assert_array_equal(ours.parameters[key], value)
        np.testing.assert_array_equal(orders(ours.policy, TRAIN), orders(theirs.policy, TRAIN))


def test_parameters_of_each_item_come_back_to_the_last_digit(tmp_path: Path) -> None:
    shifts = np.random.default_rng(0).normal(size=ITEMS)
    policy = load_plugin("baselines", "order_up_to")(score_shift=shifts)
    each = Tuned(policy, {"score_shift": shifts}, individuality=0.3)
    path = tmp_path / "baselines.json"
    Opponents({"order_up_to": each}, Reference(0.1, 0.7), not_searched()).save(path)
    loaded = Opponents.load(path, ITEMS)
    np.testing.assert_array_equal(loaded.baselines["order_up_to"].parameters["score_shift"], shifts)
    np.testing.assert_array_equal(
        orders(loaded.baselines["order_up_to"].policy, TRAIN), orders(policy, TRAIN)
    )
    with pytest.raises(InputError, match=rf"expected {ITEMS + 1} numbers"):
        Opponents.load(path, ITEMS + 1)


def test_settings_are_said_in_words() -> None:
    shifts = np.array([-1.0, 0.5, 2.0])
    policy = load_plugin("baselines", "order_up_to")(score_shift=shifts)
    each = Tuned(policy, {"score_shift": shifts}, individuality=0.25)
    one = Tuned(policy, {"share": 1.2345}, individuality=0.0)
    opponents = Opponents({"each": each, "one": one}, Reference(-0.25, 2.0), not_searched())
    assert opponents.settings("each") == "score_shift 0.5 (median), 25% per item"
    assert opponents.settings("one") == "share 1.23"
    assert "score_shift -0.25, quantity_factor 2" in opponents.settings(REFERENCE)


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "[]",
        '{"baselines": [], "reference": {}}',
        '{"baselines": {"order_up_to": 3}}',
        '{"baselines": {}}',
        '{"baselines": {}, "reference": {"score_shift": "x", "quantity_factor": 1}}',
    ],
)
def test_a_damaged_file_is_refused_in_one_line(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "baselines.json"
    path.write_text(damage, "utf-8")
    with pytest.raises(InputError, match=r"baselines\.json: not as train\.py wrote it") as caught:
        Opponents.load(path, ITEMS)
    assert "\n" not in str(caught.value)


def test_no_number_is_no_parameter(tuned: Opponents, tmp_path: Path) -> None:
    path = tmp_path / "baselines.json"
    tuned.save(path)
    content = json.loads(path.read_text("utf-8"))
    content["baselines"]["order_up_to"] |= {
        "individuality": 0,
        "parameters": {"score_shift": "nan"},
    }
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(InputError, match="score_shift of order_up_to"):
        Opponents.load(path, ITEMS)
