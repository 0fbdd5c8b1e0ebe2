"""Looks at the test part: counted for the data, wherever the results go."""

import json
from pathlib import Path

import pytest

from replenish.backtest.looks import PLACE, Looks
from tests.test_backtest_door import judge


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run below an empty folder: the count stands below the one that a command runs in."""
    monkeypatch.chdir(tmp_path)


def test_looks_at_the_test_part_are_counted_and_no_choice_is_made_there(tmp_path: Path) -> None:
    once = judge(tmp_path, "--part", "test")
    assert once.code == 0
    assert "looked at" not in once.out
    again = judge(tmp_path, "--part", "test", "--overwrite")
    assert "The test period has been looked at 2 times" in again.out
    assert "chosen" not in again.out
    assert not (tmp_path / "out" / "choice.json").exists()
    results = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    assert results["looks_at_test_part"] == 2


@pytest.mark.slow
def test_another_folder_option_or_end_of_fitting_does_not_begin_the_count_again(
    tmp_path: Path,
) -> None:
    judge(tmp_path, "--part", "test")
    assert "2 times" in judge(tmp_path, "--part", "test", out="elsewhere").out
    third = judge(tmp_path, "--part", "test", "--set", "forecast.refit=false", out="deep/er")
    assert "looked at 3 times" in third.out
    assert "looked at" not in judge(tmp_path, out="validation").out
    other = judge(tmp_path, "--part", "test", "--set", "data.sample_items=11", out="fewer")
    assert other.code == 0
    assert "looked at" not in other.out
    assert sorted(json.loads(PLACE.read_text("utf-8")).values()) == [1, 3]


@pytest.mark.parametrize("text", ["{", "[]", '{"a": "many"}', '{"a": true}', '{"a": 0}', "\xff"])
def test_a_count_that_is_not_as_written_is_answered_before_the_work(
    text: str, tmp_path: Path
) -> None:
    PLACE.parent.mkdir(parents=True)
    PLACE.write_bytes(text.encode("latin-1"))
    answer = judge(tmp_path, "--part", "test")
    assert answer.code == 2
    assert f"{PLACE}: the count of looks at the test part is not as written" in answer.err
    assert answer.err.count("\n") == 1  # not a single forecaster was fitted
    assert not (tmp_path / "out").exists()


def test_validation_needs_no_count(tmp_path: Path) -> None:
    PLACE.parent.mkdir(parents=True)
    PLACE.write_text("{")
    assert judge(tmp_path).code == 0


def test_what_cannot_be_counted_is_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    answer = judge(tmp_path, "--part", "test")
    assert answer.code == 2
    assert "looks at the test part are counted there" in answer.err
    assert not (tmp_path / "out").exists()


def test_the_key_tells_data_part_and_days_apart() -> None:
    asked = [("a", "test", ("1", "2")), ("b", "test", ("1", "2")), ("a", "test", ("1", "3"))]
    assert len({Looks.at(*one).key for one in asked}) == len(asked)
    assert Looks.at(*asked[0]).key == Looks.at(*asked[0]).key
