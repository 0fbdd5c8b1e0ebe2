"""The data's hash: a run goes on, and is judged, on all that it was trained on and nothing else."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from replenish.config import Config
from replenish.data.config import DataConfig
from replenish.data.panel import Panel
from replenish.data.sample import sample_tables, write_sample
from replenish.workbench import Problem, set_up


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    folder = tmp_path_factory.mktemp("shop")
    write_sample(folder, sample_tables(4, 300))
    files = {"sales": "sales.csv", "plan": "plan.csv", "items": "items.csv"}
    config = DataConfig.model_validate({"source": "files", **files})
    found = set_up(Config(data=config), folder)
    rain = {"rain": np.zeros(found.panel.sales.shape)}
    return with_panel(found, lambda panel: replace(panel, past=rain))


def with_panel(problem: Problem, change: Callable[[Panel], Panel]) -> Problem:
    return replace(problem, loaded=replace(problem.loaded, panel=change(problem.panel)))


def moved(name: str, column: int) -> Callable[[Panel], Panel]:
    """Return a change of one number known ahead."""

    def change(panel: Panel) -> Panel:
        values = panel.known[name].copy()
        values[0, column] += 1
        return replace(panel, known={**panel.known, name: values})

    return change


def later(panel: Panel) -> Panel:
    day = pd.Timedelta(days=1)
    return replace(panel, dates=panel.dates + day, plan_dates=panel.plan_dates + day)


def wet(panel: Panel) -> Panel:
    return replace(panel, past={"rain": panel.past["rain"] + 1})


def renamed(panel: Panel) -> Panel:
    first, *others = panel.static["category"]
    return replace(panel, static={**panel.static, "category": [f"{first}!", *others]})


CHANGES = [
    *(moved(name, 5) for name in ("price", "promotion", "holiday", "closed")),
    moved("promotion", -1),  # of the plan
    later,
    wet,
    renamed,
]


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_a_forecast_may_read_is_part_of_the_data(
    problem: Problem, change: Callable[[Panel], Panel]
) -> None:
    assert with_panel(problem, change).data_hash != problem.data_hash


def test_the_order_of_columns_is_not(problem: Problem) -> None:
    def turned(panel: Panel) -> Panel:
        return replace(panel, known=dict(reversed([*panel.known.items()])))

    assert with_panel(problem, turned).data_hash == problem.data_hash
