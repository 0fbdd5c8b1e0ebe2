"""Textbook problems are files: gymnasium.make gives any of their instances."""

from pathlib import Path
from typing import cast

import gymnasium
import pytest

import envs  # noqa: F401 - registers the environments
from envs.replenishment import Replenishment
from replenish.errors import InputError
from replenish.items import DEFAULTS
from replenish.scenarios import Instance, load_scenario, read_scenario, scenario_files

NAMES = list(scenario_files())
INSTANCES = [
    (load_scenario(name).environment, instance)
    for name in NAMES
    for instance in load_scenario(name).instances
]
GOOD = """
environment = "replenish/LostSales-v0"
source = "Zipkin 2008"
[problem]
demand = "poisson"
demand_mean = 5.0
[grid]
lead_time = [1, 2]
"""


def test_the_issues_tables_are_the_instances() -> None:
    assert {"lost_sales", "fixed_cost_backorder", "base_stock_backorder"} <= set(NAMES)
    lost = load_scenario("lost_sales").instances
    seen = {(i.family.name, i.items.shortage_cost[0], i.items.lead_time[0]) for i in lost}
    assert seen == {
        (family, p, lead_time)
        for family in ("poisson", "geometric")
        for p in (4, 9, 19, 39)
        for lead_time in (1, 2, 3, 4)
    }
    assert {(i.family.mean, i.items.holding_cost[0]) for i in lost} == {(5.0, 1.0)}
    assert len({i.name for i in lost}) == len(lost) == 32
    fixed = load_scenario("fixed_cost_backorder").instances
    assert [i.family.mean for i in fixed] == [10, 15, 20, 21, 25, 30, 40, 50]
    assert {(i.items.fixed_order_cost[0], i.items.shortage_cost[0]) for i in fixed} == {(64, 9)}


def test_a_name_tells_an_instance_from_the_others() -> None:
    assert load_scenario("lost_sales").instances[0].name == (
        "demand=poisson shortage_cost=4 lead_time=1"
    )


@pytest.mark.parametrize(
    ("environment", "instance"), INSTANCES, ids=[f"{e}-{i.name}" for e, i in INSTANCES]
)
def test_gymnasium_makes_every_instance_as_the_file_says(
    environment: str, instance: Instance
) -> None:
    env = cast("Replenishment", gymnasium.make(environment, **instance.parameters).unwrapped)
    env.reset(seed=0)
    episode = env._core.episode
    assert episode.items.unmet_demand == instance.parameters["unmet_demand"]
    for name in DEFAULTS:
        known = getattr(instance.items, name)
        assert getattr(episode.items, name).tolist() == known.tolist(), name
    expected = instance.family.forecast(instance.items.protection_period)
    assert episode.forecasts.at(0).lead_time_demand.mean == expected.lead_time_demand.mean
    assert episode.forecasts.at(0).lead_time_demand.std == expected.lead_time_demand.std


@pytest.mark.parametrize("name", NAMES)
def test_without_arguments_gymnasium_makes_the_textbooks_problem(name: str) -> None:
    scenario = load_scenario(name)
    plain, told = (gymnasium.make(scenario.environment, **more) for more in ({}, scenario.problem))
    for env in (plain, told):
        env.reset(seed=3)
    for _ in range(20):
        one, two = (env.step(env.action_space.sample() * 0) for env in (plain, told))
        assert one[4] == two[4]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[grid]", "[gird]", r"unknown part of .*made.toml 'gird'; did you mean 'grid'"),
        ('source = "Zipkin 2008"', "", "source is None, expected a text"),
        ("lead_time = [1, 2]", "lead_time = 2", r"grid.lead_time is 2, expected a list"),
        ("lead_time = [1, 2]", "lead_time = []", r"grid.lead_time is \[\], expected a list"),
        ("lead_time = [1, 2]", "leadtime = [1]", "'leadtime'; did you mean 'lead_time'"),
        ("demand_mean = 5.0", "", "problem.demand_mean is missing"),
        ("[problem]", "[problem", "made.toml: "),
    ],
)
def test_a_file_that_says_something_else_is_answered_by_name(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    file = tmp_path / "made.toml"
    assert old in GOOD
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_scenario(file)


def test_a_misspelt_or_missing_scenario_is_answered(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown scenario 'lost_sale'; did you mean 'lost_sales'"):
        load_scenario("lost_sale")
    with pytest.raises(InputError, match=r"nowhere\.toml"):
        read_scenario(tmp_path / "nowhere.toml")
