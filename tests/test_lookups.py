"""Forecasts that training looks up, made for some items at a time, are those of the whole table."""

from pathlib import Path

import numpy as np
import pytest

from replenish import workbench
from replenish.chosen import make_plugin
from replenish.config import Config, ForecastConfig
from replenish.forecasting.path import ForecastLookup
from replenish.plugins import plugin_names
from replenish.workbench import Problem, set_up
from tests.quick_forecasters import QUICK

SAMPLE = {"source": "sample", "sample_items": 11, "sample_periods": 300}


@pytest.fixture(scope="module")
def problem() -> Problem:
    return set_up(Config.model_validate({"data": SAMPLE}), Path())


@pytest.mark.parametrize("name", plugin_names("forecasters"))
def test_they_are_those_of_the_whole_table(
    problem: Problem, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = problem.panel.until(problem.split.fit.last)
    forecaster = make_plugin("forecasters", ForecastConfig(name=name, options=QUICK.get(name, {})))
    fitted, part = forecaster.fit(past, problem.horizon).fitted, problem.split.validation
    table = problem.forecasts(fitted, part)
    whole = ForecastLookup.of(table, problem.items.protection_period)
    monkeypatch.setattr(workbench, "AT_ONCE", 4)
    found = problem.lookup(fitted, part)
    assert (found.first_origin, found.n_origins) == (whole.first_origin, whole.n_origins)
    for part_name in ("mean", "std", "total"):
        ours, theirs = getattr(found, part_name), getattr(whole, part_name)
        np.testing.assert_allclose(ours, theirs, rtol=2e-6, atol=1e-6)
    episode = problem.episodes(found, part).whole(np.random.default_rng(0))
    assert episode.n_periods == part.periods
