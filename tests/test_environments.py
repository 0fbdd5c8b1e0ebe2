"""Three adapters over one core: the checkers of their libraries pass, the numbers are the same."""

import warnings
from dataclasses import replace
from typing import Any, cast

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.env_checker import check_env as check_env_stable_baselines3

import envs  # noqa: F401 - registers the environments
from envs._core import Core, Rewards
from envs._make import family_source
from envs.replenishment import Replenishment
from envs.stable_baselines import StableBaselinesReplenishment
from envs.vector import VectorReplenishment
from replenish.arrays import Floats
from replenish.errors import InputError
from replenish.features import FEATURES
from replenish.forecasting.forecast import LEVELS, ForecastTable
from replenish.items import Items
from replenish.plugins import load_plugin, plugin_names
from replenish.reference import Reference
from replenish.simulation import play

LEDGER = ("demand", "order", "received", "sales", "unmet", "on_hand", "backorders", "cost",
          "cost_holding", "cost_shortage", "cost_ordering")  # fmt: skip


def panel() -> dict[str, Any]:
    """Return the arguments of a small panel's environment."""
    rng = np.random.default_rng(0)
    n, periods, horizon = 5, 60, 6
    demand = rng.poisson(6.0, (n, periods)).astype(float)
    mean = rng.uniform(4.0, 8.0, (n, 40, horizon))
    sum_std = np.sqrt(np.cumsum(mean, axis=2))
    quantiles = np.cumsum(mean, axis=2)[..., None] + sum_std[..., None] * np.linspace(-2, 2, 11)
    origins = np.arange(15, 55)
    table = ForecastTable(
        origins, mean, np.sqrt(mean), sum_std, quantiles, np.array(LEVELS), 0 * origins
    )
    items = Items.build(n, lead_time=[0, 1, 2, 3, 4], shortage_cost=9.0, review_period=2)
    return {"items": items, "demand": demand, "forecasts": table, "periods": 12}


TEXTBOOK: dict[str, Any] = {"demand": "poisson", "demand_mean": 5, "lead_time": 4,
                            "holding_cost": 1, "shortage_cost": 19}  # fmt: skip
PROBLEMS: dict[str, tuple[str, dict[str, Any]]] = {
    "lost": ("replenish/LostSales-v0", TEXTBOOK),
    "backorder": ("replenish/Backorder-v0", TEXTBOOK | {"fixed_order_cost": 64}),
    "panel": ("replenish/Panel-v0", panel()),
    "random_lead_time": ("replenish/LostSales-v0", TEXTBOOK | {"lead_time_std": 1.5}),
    "review": ("replenish/Backorder-v0", TEXTBOOK | {"review_period": 7, "pack_size": 6}),
}


def make(name: str, **more: Any) -> gymnasium.Env[Any, Any]:
    number, arguments = PROBLEMS[name]
    return gymnasium.make(number, **(arguments | more))


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_checkers_of_both_libraries_pass_without_a_warning(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(make(name).unwrapped, skip_render_check=True)
        check_env_stable_baselines3(make(name))


@pytest.mark.parametrize("name", PROBLEMS)
def test_orders_in_units_pass_but_for_the_advice_to_scale_them(name: str) -> None:
    with pytest.warns(UserWarning, match="symmetric and normalized"):
        check_env(make(name, action="order").unwrapped, skip_render_check=True)


def test_info_carries_the_periods_ledger_by_hand() -> None:
    env = gymnasium.make(
        "replenish/LostSales-v0", demand=[4, 6, 2, 9], initial_on_hand=5, initial_on_order=[3],
        lead_time=2, shortage_cost=4, action="order",
    )  # fmt: skip
    _, begun = env.reset()
    assert begun == {"on_hand": 5.0}
    first = env.step(np.array([6.0]))[4]
    assert {name: first[name] for name in LEDGER} == {
        "demand": 4.0, "order": 6.0, "received": 0.0, "sales": 4.0, "unmet": 0.0, "on_hand": 1.0,
        "backorders": 0.0, "cost": 1.0, "cost_holding": 1.0, "cost_shortage": 0.0,
        "cost_ordering": 0.0,
    }  # fmt: skip
    _, reward, terminated, truncated, second = env.step(np.array([0.0]))
    assert (second["received"], second["unmet"], second["cost"]) == (3.0, 2.0, 8.0)
    assert (reward, terminated, truncated) == (-8.0, False, False)


@pytest.mark.parametrize("name", PROBLEMS)
def test_time_running_out_is_truncation_and_the_next_step_asks_for_a_reset(name: str) -> None:
    number, arguments = PROBLEMS[name]
    env = gymnasium.make(number, **(arguments | {"periods": 3})).unwrapped
    env.reset(seed=1)
    ends = [env.step(env.action_space.sample())[2:4] for _ in range(3)]
    assert ends == [(False, False), (False, False), (False, True)]
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(env.action_space.sample())
    env.reset()
    assert env.step(env.action_space.sample())[3] is False


def walk(env: gymnasium.Env[Any, Any], seed: int, actions: Floats) -> list[Floats]:
    """Return what an environment says, period by period: features, reward and demand."""
    said = [env.reset(seed=seed)[0]]
    for action in actions:
        features, reward, _, _, info = env.step(action)
        said.append(np.append(features, [float(reward), info["demand"]]))
    return said


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_same_seed_gives_the_same_episode_and_another_one_another(name: str) -> None:
    env = make(name)
    rng = np.random.default_rng(0)
    actions = rng.uniform(-1, 1, (10, *cast("tuple[int, ...]", env.action_space.shape)))
    one, two, other = (walk(env, seed, actions) for seed in (4, 4, 5))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)
    assert any((a != b).any() for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_single_and_the_two_batched_environments_say_the_same(name: str) -> None:
    number, arguments = PROBLEMS[name]
    single = cast("Replenishment", gymnasium.make(number, **arguments).unwrapped)
    vector = gymnasium.make_vec(number, num_envs=1, **arguments)
    assert isinstance(vector, VectorReplenishment)
    source = single._core.source
    stable = StableBaselinesReplenishment(Core(source, 1, rewards=Rewards(scaled=False)), seed=9)
    seen, _ = single.reset(seed=9)
    features, _ = vector.reset(seed=9)
    batch: Any = stable.reset()
    rng = np.random.default_rng(0)
    for _ in range(11):
        np.testing.assert_array_equal(seen, features[0])
        np.testing.assert_array_equal(seen, batch[0])
        action = rng.uniform(-1, 1, cast("tuple[int, ...]", single.action_space.shape))
        seen, reward, _, truncated, info = single.step(action)
        features, rewards, _, _, infos = vector.step(action[None, :])
        batch, paid, _, _ = stable.step(action[None, :].astype(np.float64))
        assert reward == rewards[0] == pytest.approx(float(paid[0]))
        for key in LEDGER:
            assert info[key] == infos[key][0] == getattr(stable.ledger, key)[0], key
        assert not truncated


def test_rows_of_a_vector_environment_play_their_own_demand() -> None:
    env = gymnasium.make_vec("replenish/LostSales-v0", num_envs=50, **TEXTBOOK)
    assert env.reset(seed=0)[0].shape == (50, len(FEATURES))
    info = env.step(env.action_space.sample())[4]
    assert len(set(info["demand"])) > 4


@pytest.mark.parametrize("width", [1, 3])
def test_an_action_of_another_width_is_refused(width: int) -> None:
    env = gymnasium.make_vec("replenish/FixedCostBackorder-v0", num_envs=3)
    env.reset(seed=0)
    with pytest.raises(ValueError, match=r"actions.*\(3, 2\)"):
        env.step(np.zeros((3, width), dtype=np.float32))


def test_gymnasiums_vector_resets_with_the_next_step() -> None:
    env = gymnasium.make_vec("replenish/LostSales-v0", num_envs=3, **TEXTBOOK, periods=2)
    assert env.metadata["autoreset_mode"] == AutoresetMode.NEXT_STEP
    env.reset(seed=0)
    actions = np.zeros((3, 1), dtype=np.float32)
    truncated = [env.step(actions)[3].all() for _ in range(5)]
    assert truncated == [False, True, False, False, True]
    env.reset()
    env.step(actions)
    env.step(actions)
    _, rewards, _, _, info = env.step(actions)  # the step that begins anew pays nothing
    assert rewards.tolist() == [0.0] * 3
    assert info == {}


def test_stable_baselines3s_vector_resets_with_the_last_step_and_says_truncated() -> None:
    source = family_source(**TEXTBOOK, periods=2)
    env = StableBaselinesReplenishment(Core(source, 3), seed=0)
    env.reset()
    assert not env.step(np.zeros((3, 1)))[2].any()
    features, _, ended, infos = env.step(np.zeros((3, 1)))
    assert ended.all()
    for row, info in enumerate(infos):
        assert info["TimeLimit.truncated"]
        assert info["episode"]["l"] == 2
        assert (info["terminal_observation"] != np.asarray(features)[row]).any()
    assert not env.step(np.zeros((3, 1)))[2].any()


def test_the_learners_value_of_the_last_observation_is_added_to_the_last_reward() -> None:
    source = family_source(**TEXTBOOK, periods=1)
    plain, valued = (StableBaselinesReplenishment(Core(source, 4), seed=0) for _ in range(2))
    valued.value = lambda features: np.full(len(features), 2.5)
    plain.reset()
    valued.reset()
    without, with_value = (env.step(np.zeros((4, 1)))[1] for env in (plain, valued))
    np.testing.assert_allclose(with_value - without, 2.5, rtol=1e-6)


def test_what_is_seen_when_time_runs_out_is_what_would_be_seen_if_it_went_on() -> None:
    core = Core(cast("Replenishment", make("panel").unwrapped)._core.source, 20)
    core.reset(np.random.default_rng(4))
    longer = core.episode
    cut = replace(longer, demand=longer.demand[:5])
    last = []
    for episode in (longer, cut):
        core.reset(np.random.default_rng(4), episode)
        for _ in range(5):
            turn = core.step(np.zeros((20, core.n_actions)))
        assert turn.over == (episode is cut)
        last.append(turn.features)
    np.testing.assert_array_equal(last[0], last[1])


@pytest.mark.parametrize("name", PROBLEMS)
def test_an_action_of_zero_costs_what_the_reference_policy_costs(name: str) -> None:
    env = cast("Replenishment", make(name).unwrapped)
    core = Core(env._core.source, 6, rewards=Rewards(scaled=False))
    core.reset(np.random.default_rng(2))
    expected = play(Reference(), core.episode).cost
    for cost in expected:
        turn = core.step(np.zeros((6, core.n_actions)))
        np.testing.assert_array_equal(turn.ledger.cost, cost)
        np.testing.assert_array_equal(turn.rewards, -cost)
    assert turn.over


def test_a_reward_against_the_reference_is_what_the_reference_pays_more() -> None:
    source = family_source(**TEXTBOOK)
    against = Core(source, 5, rewards=Rewards("reference", scaled=False))
    plain = Core(source, 5, rewards=Rewards(scaled=False))
    for core in (against, plain):
        core.reset(np.random.default_rng(3))
    reference = play(Reference(), plain.episode).cost
    rng = np.random.default_rng(0)
    for period in range(20):
        action = rng.uniform(-1, 1, (5, 1))
        gain, paid = against.step(action).rewards, plain.step(action).rewards
        np.testing.assert_allclose(gain, reference[period] + paid)


def test_with_a_fixed_order_cost_there_are_two_moves() -> None:
    assert make("backorder").action_space.shape == (2,)
    assert make("lost").action_space.shape == (1,)
    assert make("backorder", action="order").action_space.shape == (1,)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"demand": "poison"}, InputError, "did you mean 'poisson'"),
        ({"action": "lvel"}, InputError, "unknown action 'lvel'; did you mean 'level'"),
        ({"leadtime": 4}, InputError, "unknown parameter 'leadtime'; did you mean 'lead_time'"),
        ({"lead_time": -1}, ValueError, r"items.lead_time\[0\] is -1"),
        ({"demand": [3, -1]}, ValueError, r"demand\[1\] is -1"),
        ({"demand": [3, np.nan]}, ValueError, r"demand\[1\] is nan"),
        ({"demand": []}, ValueError, "demand has shape"),
        ({"demand_mean": 0}, ValueError, "demand_mean is 0"),
        ({"initial_on_hand": -2}, ValueError, "initial_on_hand is -2"),
        ({"initial_on_order": [1, 2], "lead_time": 1}, ValueError, "leaves room for 1"),
        ({"initial_on_order": [-1]}, ValueError, "initial_on_order"),
    ],
)
def test_a_bad_argument_is_named(
    arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        gymnasium.make("replenish/LostSales-v0", **arguments)


def test_a_replayed_array_is_met_period_by_period_and_ends_with_it() -> None:
    env = gymnasium.make("replenish/Backorder-v0", demand=[3, 0, 5.5], action="order")
    env.reset()
    steps = [env.step(np.array([1.0])) for _ in range(3)]
    assert [step[4]["demand"] for step in steps] == [3.0, 0.0, 5.5]
    assert [step[3] for step in steps] == [False, False, True]


@pytest.mark.parametrize("name", plugin_names("envs"))
def test_every_adapter_is_one_file_with_one_class(name: str) -> None:
    assert isinstance(load_plugin("envs", name), type)


@pytest.mark.parametrize("wrong", ["backordr", "Backorder"])
def test_a_misspelt_way_to_count_unmet_demand_is_refused(wrong: str) -> None:
    with pytest.raises(InputError, match=f"unmet_demand '{wrong}'.*did you mean 'backorder'"):
        gymnasium.make("replenish/Backorder-v0", **TEXTBOOK, unmet_demand=wrong)
    with pytest.raises(InputError, match="unmet_demand"):
        gymnasium.make("replenish/Panel-v0", **panel(), unmet_demand=wrong)


@pytest.mark.parametrize("value", [np.nan, -5.0])
def test_a_panel_s_demand_that_cannot_be_is_named(value: float) -> None:
    told = panel()
    told["demand"][3, 30] = value
    with pytest.raises(ValueError, match=rf"demand\[3, 30\] is {value}"):
        gymnasium.make("replenish/Panel-v0", **told)
    fewer = panel() | {"demand": panel()["demand"][:4]}
    with pytest.raises(ValueError, match="of 5 items and 5 forecasts"):
        gymnasium.make("replenish/Panel-v0", **fewer)


def test_an_order_in_units_has_room_for_the_largest_item() -> None:
    told = panel()
    table = told["forecasts"]
    large = table.sum_quantiles * np.where(np.arange(5) == 2, 400.0, 1.0)[:, None, None, None]
    mean = table.mean * np.where(np.arange(5) == 2, 400.0, 1.0)[:, None, None]
    told["forecasts"] = replace(table, mean=mean, sum_quantiles=large)
    most = float(mean[2].sum(axis=1).max())
    one = gymnasium.make("replenish/Panel-v0", **told, action="order")
    assert cast(gymnasium.spaces.Box, one.action_space).high[0] > most
    core = Core(family_source(demand_mean=50.0, lead_time=2), 2, action="order")
    box = cast(gymnasium.spaces.Box, StableBaselinesReplenishment(core).action_space)
    assert (box.low[0], box.high[0] > 150.0) == (0.0, True)


def test_a_vector_keeps_its_seed_and_asks_for_a_reset() -> None:
    several = gymnasium.make_vec("replenish/LostSales-v0", num_envs=2, **TEXTBOOK)
    with pytest.raises(gymnasium.error.ResetNeeded):
        several.step(np.zeros((2, 1), dtype=np.float32))
    several.reset(seed=7)
    assert several.unwrapped.np_random_seed == 7
    first = several.unwrapped.np_random.random()
    several.reset(seed=7)
    assert several.unwrapped.np_random.random() == first


def test_the_day_of_review_is_drawn_for_an_array_of_demands_too() -> None:
    source = family_source(demand=np.full(30, 5.0), review_period=3)
    phases = source.draw(64, np.random.default_rng(0)).review_phase
    assert phases is not None
    assert set(phases.tolist()) == {0, 1, 2}
