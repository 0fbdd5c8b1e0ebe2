"""Every config that comes with the project trains and is judged by the README's two commands."""

import os
from pathlib import Path

import numpy as np
import pytest

from replenish.chosen import check_plugins
from replenish.config import Config, load_config
from replenish.data.calendar import days_per_period
from replenish.data.load import load
from replenish.workbench import Problem, set_up
from tests.tiny_run import ROOT, call, results, sets

CONFIGS = sorted((ROOT / "configs").glob("*.toml"))
REAL = [path for path in CONFIGS if load_config(path).data.source not in ("sample", "files")]
QUICK = sets(
    "train.steps=2048",
    "train.evaluate_every=1024",
    "env.rows=32",
    "agent.options={n_steps=16, hidden=[16]}",
    "forecast.name=exponential_smoothing",
    "forecast.options={}",
    "baselines.names=['order_up_to', 'reorder_point']",
    "baselines.candidates=4",
    "baselines.rounds=2",
)
MADE_UP = sets(  # the sample in the form of the preset: its periods, costs, split by shares
    "data.source=sample",
    "data.sample_items=12",
    "data.sample_periods=700",
    "data.min_active_periods=1",
    "data.count_until=",
    *(f"split.{part}_until=" for part in ("fit", "train", "validation", "test")),
)


def by_name(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=[path.stem for path in paths])


@by_name(CONFIGS)
def test_a_preset_says_what_it_is_and_names_what_exists(path: Path) -> None:
    assert path.read_text("utf-8").startswith("# ")
    check_plugins(load_config(path))


@pytest.mark.slow
@by_name(REAL)
def test_a_preset_trains_and_is_judged_on_made_up_data(path: Path, tmp_path: Path) -> None:
    told = ["--name", "run", "--runs", str(tmp_path), "--force", *QUICK, *MADE_UP]
    answer = call("train", [str(path), *told])
    assert answer.code == 0, answer.err
    answer = call("evaluate", [tmp_path / "run", "--without-guards"])
    assert answer.code == 0, answer.err
    weekly = load_config(path).data.frequency != "D"
    assert results(tmp_path / "run")["facts"]["period"] == ("week" if weekly else "day")


def real(path: Path) -> tuple[Config, Problem]:
    config = load_config(path)
    root, name = os.environ.get("REPLENISH_DATA", ""), config.data.source
    if not root or not (Path(root) / name / "README.md").is_file():
        pytest.skip(f"needs the real data: set REPLENISH_DATA to the folder that holds {name}/")
    return config, set_up(config, path.parent)


@pytest.mark.slow
@by_name(REAL)
def test_a_preset_leaves_enough_of_the_real_data_to_every_part(path: Path) -> None:
    config, problem = real(path)
    split, cover = problem.split, int(problem.items.protection_period.max())
    assert split.test.last == problem.panel.n_periods - 1
    assert split.fit.periods > 2 * cover
    for part in (split.train, split.validation, split.test):
        assert part.periods > max(cover, 5)
    assert config.env.periods <= split.train.periods
    assert problem.assumed == []
    assert (problem.items.critical_ratio > 0.5).all()


@pytest.mark.slow
@by_name([path for path in REAL if load_config(path).data.min_active_periods])
def test_a_preset_chooses_its_items_by_the_fit_part_alone(path: Path) -> None:
    config, problem = real(path)
    end = problem.panel.dates[problem.split.fit.last]
    last_day = end + np.timedelta64(days_per_period(problem.panel.frequency) - 1, "D")
    assert str(last_day.date()) == config.split.fit_until == config.data.count_until
    everything = config.data.model_copy(update={"min_active_periods": 0, "count_until": ""})
    panel = load(everything, path.parent).panel
    sold = (np.nan_to_num(panel.sales[:, : problem.split.fit.last + 1]) > 0).sum(axis=1)
    kept = sold >= config.data.min_active_periods
    assert problem.panel.item_ids == tuple(np.array(panel.item_ids)[kept])
