"""A run is replaced when that is asked for, and what must not be forgotten is not."""

import json
import shutil
from pathlib import Path

import pytest

from replenish.config import load_config
from tests.test_train import tree
from tests.tiny_run import call, sets, write_tiny


@pytest.fixture
def run(trained_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained_run, tmp_path / "tiny"))


@pytest.mark.slow
def test_a_run_is_replaced_only_when_asked_and_when_the_new_one_can_begin(
    run: Path, tmp_path: Path
) -> None:
    before = tree(run)
    config = write_tiny(tmp_path)
    arguments: list[str | Path] = [config, "--runs", tmp_path]
    plain = call("train", arguments)
    assert plain.code == 2
    assert "--resume" in plain.err
    assert "--overwrite" in plain.err
    words = ["train.sed=1", "agent.name=none", "data.sample_periods=70", "data.source=m5_walmart"]
    for word in words:
        assert call("train", [*arguments, "--overwrite", *sets(word)]).code == 2
    assert tree(run) == before
    assert call("train", [*arguments, "--overwrite", "--force", *sets("train.seed=5")]).code == 0
    assert load_config(run / "config.toml").train.seed == 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny", "tiny.toml"]


@pytest.mark.slow
def test_looks_at_the_test_period_are_not_forgotten_when_a_run_is_replaced(
    run: Path, tmp_path: Path
) -> None:
    looks = b'{"looks": 4}'
    (run / "test_looks.json").write_bytes(looks)
    told = ["--overwrite", "--force", *sets("train.steps=768")]
    assert call("train", [write_tiny(tmp_path), "--runs", tmp_path, *told]).code == 0
    assert (run / "test_looks.json").read_bytes() == looks
    assert call("evaluate", [run, "--without-guards"]).code == 0
    assert json.loads((run / "test_looks.json").read_text("utf-8")) == {"looks": 5}
