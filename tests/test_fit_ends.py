"""Forecasters are fitted on expanding blocks, each on the past of what it forecasts."""

from pathlib import Path

import numpy as np
import pytest

from replenish.config import Config, load_config
from replenish.fitting import fit_forecasters
from replenish.forecasting.files import load_blocks
from replenish.workbench import Problem, set_up
from tests.tiny_run import write_tiny


def problem(tmp_path: Path, *words: str) -> Problem:
    config: Config = load_config(write_tiny(tmp_path), words)
    return set_up(config, tmp_path)


def test_a_forecaster_is_fitted_up_to_every_part_or_once(tmp_path: Path) -> None:
    found = problem(tmp_path)
    split = found.split
    assert found.fit_ends == (split.fit.last, split.train.last, split.validation.last)
    assert problem(tmp_path, "forecast.refit=false").fit_ends == (split.fit.last,)


@pytest.mark.parametrize("every", [10, 17, 40])
def test_within_train_it_is_fitted_again_after_so_many_periods(every: int, tmp_path: Path) -> None:
    found = problem(tmp_path, f"forecast.refit_every={every}")
    ends, split = np.array(found.fit_ends), found.split
    assert ends[0] == split.fit.last
    assert list(ends[-2:]) == [split.train.last, split.validation.last]
    steps = np.diff(ends[:-1])
    assert (steps[:-1] == every).all()
    assert every / 2 <= steps[-1] <= 1.5 * every  # no block is left with next to nothing


def test_forecasts_of_train_come_from_the_last_fit_before_them(tmp_path: Path) -> None:
    found = problem(tmp_path, "forecast.refit_every=40")
    said = list(fit_forecasters(tmp_path / "fitted", found))
    assert len(said) == 1 + len(found.fit_ends)
    assert not list(fit_forecasters(tmp_path / "fitted", found))
    table = found.forecasts(load_blocks(tmp_path / "fitted"), found.split.train)
    ends = np.array(found.fit_ends)
    expected = [ends[ends <= origin].max() for origin in table.origins]
    np.testing.assert_array_equal(table.fitted_until, expected)
    assert len(set(expected)) > 2


@pytest.mark.slow
def test_forecasters_fitted_side_by_side_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trees run as an ONNX session, which no process can hand to another."""
    monkeypatch.setattr("replenish.fitting.WORTHWHILE", 0)
    quick = "{trees = 8, rows = 2000}"
    words = "forecast.name=gradient_boosting", f"forecast.options={quick}"
    one, two = (problem(tmp_path, *words, f"train.processes={number}") for number in (1, 2))
    tables = []
    for number, found in enumerate((one, two)):
        place = tmp_path / f"fitted-{number}"
        assert len(list(fit_forecasters(place, found))) == 1 + 3
        tables.append(found.forecasts(load_blocks(place), found.split.validation))
    np.testing.assert_array_equal(tables[0].mean, tables[1].mean)
    np.testing.assert_array_equal(tables[0].sum_quantiles, tables[1].sum_quantiles)
