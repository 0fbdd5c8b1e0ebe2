"""The agent's start is known first, the others are tuned meanwhile, and a stop loses none."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from replenish.errors import InputError
from replenish.reference import CappedReference, Reference
from replenish.tuning.opponents import PER_ITEM, Opponents
from replenish.tuning.opponents_tuning import OpponentsTuning
from replenish.tuning.search import Effort
from tests.textbook import fresh_demand, textbook_source

ITEMS, EFFORT = 4, Effort(4, 1)
PARTS = tuple(fresh_demand(textbook_source(), seed, ITEMS) for seed in (1, 2))
NAMES = ["eoq", "policy_search", "swarm_search"]
FIRST = {"policy_search", Reference.__name__, CappedReference.__name__}


def tuning(path: Path | None = None, processes: int = 1) -> OpponentsTuning:
    train, validation = PARTS
    return OpponentsTuning(NAMES, train, validation, EFFORT, processes=processes, path=path)


def names_in(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.json")}


def test_what_the_agent_starts_from_does_not_wait_for_the_others(tmp_path: Path) -> None:
    going = tuning(tmp_path / "baselines.json")
    start = going.reference
    assert names_in(tmp_path / "baselines") == FIRST
    assert going.opponents.reference == start
    assert start == tuning().opponents.reference


def test_what_is_known_is_kept_in_one_file_and_not_tuned_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "baselines.json"
    found = tuning(path).opponents
    assert list(tmp_path.iterdir()) == [path]
    monkeypatch.setattr("replenish.tuning.opponents_tuning.tune_in_turn", None)
    again = tuning(path)
    assert again.reference == found.reference
    assert again.opponents.costs(PARTS[1]) == found.costs(PARTS[1])


def test_what_a_stopped_start_had_found_is_not_tuned_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "baselines.json"
    stopped = tuning(path)
    start = stopped.reference
    stopped.close()
    with monkeypatch.context() as nothing_tunes:
        nothing_tunes.setattr("replenish.tuning.opponents_tuning.tune_in_turn", None)
        assert tuning(path).reference == start
    whole, resumed = tuning().opponents, tuning(path).opponents
    for name, tuned in whole.baselines.items():
        for parameter, value in tuned.parameters.items():
            np.testing.assert_array_equal(resumed.baselines[name].parameters[parameter], value)


def test_a_damaged_part_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "baselines").mkdir()
    part = tmp_path / "baselines" / "policy_search.json"
    part.write_text('{"on_train": {}}', encoding="utf-8")
    with pytest.raises(InputError, match=r"policy_search\.json: not as train\.py wrote it.*remove"):
        _ = tuning(tmp_path / "baselines.json").reference
    assert not (tmp_path / "baselines.json").exists()


def test_the_least_cost_is_that_of_what_is_tuned_before_learning_whenever_it_is_asked_for(
    tmp_path: Path,
) -> None:
    going = tuning(tmp_path / "baselines.json")
    start = going.reference
    early = going.least_cost
    costs = going.opponents.costs(PARTS[1])
    assert going.least_cost == early == min(costs["policy_search"], costs[PER_ITEM])
    assert tuning(tmp_path / "baselines.json").least_cost == early
    assert Opponents.load(tmp_path / "baselines.json", ITEMS).reference == start


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two cores")
def test_several_processes_go_on_while_nobody_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replenish.tuning.opponents_tuning.WORTHWHILE", 0)
    going = tuning(tmp_path / "baselines.json", processes=2)
    _ = going.reference
    end = time.monotonic() + 60
    while names_in(tmp_path / "baselines") != FIRST | {*NAMES}:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert {*NAMES} < set(going.opponents.baselines)
