"""A bundle orders what the trained policy orders, for every agent there is."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines3.sac.policies import SACPolicy

from agents.ppo import PPOAgent
from agents.sac import SACAgent
from replenish.arrays import Floats
from replenish.bundle import load_bundle
from replenish.features import FEATURES
from replenish.forecasting.forecast import LEVELS, DemandSum, Forecast
from replenish.items import Items
from replenish.learned import LearnedPolicy
from replenish.observation import MEMORY, Observation
from replenish.onnx_network import mlp_to_onnx
from replenish.rules import feasible
from replenish.state import InventoryState
from tests.bundle_fixture import write_bundle
from tests.forecast_panels import shop

ROWS = 10_000


def untrained(agent: type[PPOAgent | SACAgent], n_actions: int) -> tuple[BasePolicy, Any]:
    """Return a policy of random weights, large enough to reach the bounds, and its model."""
    torch.manual_seed(n_actions)
    spaces = Box(-20.0, 20.0, (len(FEATURES),)), Box(-1.0, 1.0, (n_actions,))
    settings: dict[str, Any] = {"net_arch": [64, 64]}
    policy: BasePolicy
    if agent is PPOAgent:
        policy = ActorCriticPolicy(*spaces, lambda _: 1e-3, activation_fn=torch.nn.Tanh, **settings)
        model = SimpleNamespace(policy=policy)
    else:
        policy = SACPolicy(*spaces, lambda _: 1e-3, **settings)
        model = SimpleNamespace(policy=policy, actor=policy.actor)
    with torch.no_grad():
        for weights in policy.parameters():
            weights.copy_(torch.randn_like(weights) * 0.25)
    return policy, model


def random_observation(n_rows: int, seed: int, fixed_order_cost: float) -> Observation:
    """Return rows of every kind: slow and fast, packed and loose, full and empty."""
    rng = np.random.default_rng(seed)
    items = Items.build(
        n_rows,
        lead_time=rng.integers(0, 12, n_rows),
        lead_time_std=np.where(rng.random(n_rows) < 0.2, 1.0, 0.0),
        review_period=rng.integers(1, 8, n_rows),
        shortage_cost=rng.uniform(1, 40, n_rows),
        fixed_order_cost=fixed_order_cost * rng.random(n_rows),
        min_order=rng.choice([0.0, 10.0], n_rows),
        pack_size=rng.choice([1.0, 6.0, 24.0], n_rows),
        max_order=rng.choice([48.0, 480.0, np.inf], n_rows),
    )
    rate = np.exp(rng.normal(1.0, 1.5, n_rows))
    cover = items.protection_period
    std = np.sqrt(rate * cover) * rng.uniform(0.8, 3.0, n_rows)
    shape = (rate * cover / std) ** 2
    draws = np.sort(rng.gamma(shape[:, None], 1 / shape[:, None], (n_rows, len(LEVELS))), axis=1)
    total = DemandSum(rate * cover, std, draws * (rate * cover)[:, None], np.array(LEVELS))
    mean = rate[:, None] * rng.uniform(0.5, 1.5, (n_rows, 20))
    on_order = rng.poisson(rate[:, None] * 0.1, (n_rows, items.longest_lead_time))
    return Observation(
        period=0,
        items=items,
        state=InventoryState(
            rng.poisson(rate).astype(float), on_order.astype(float), np.zeros(n_rows)
        ),
        forecast=Forecast(mean, np.sqrt(mean), total),
        recent_sales=rng.poisson(rate[:, None], (n_rows, MEMORY)).astype(float),
        recent_in_stock=rng.random((n_rows, MEMORY)) < 0.9,
        periods_to_review=np.zeros(n_rows, dtype=np.int64),
    )


@pytest.mark.parametrize("fixed_order_cost", [0.0, 64.0])
@pytest.mark.parametrize("agent", [PPOAgent, SACAgent])
def test_the_bundle_orders_what_the_policy_orders(
    agent: type[PPOAgent | SACAgent], fixed_order_cost: float, tmp_path: Path
) -> None:
    n_actions = 2 if fixed_order_cost else 1
    trained, model = untrained(agent, n_actions)
    network = mlp_to_onnx(agent().layers(model), agent.activation, agent.squash)
    folder = write_bundle(tmp_path / "bundle", shop(12, 120), Items.build(12), network=network)
    rows = np.random.default_rng(8).integers(-1, 12, ROWS)  # -1: items that it does not know
    policy = load_bundle(folder).policy.for_rows(rows)

    def answer(features: Floats) -> Floats:
        return trained.predict(features, deterministic=True)[0]

    in_training = LearnedPolicy(answer, policy.reference, policy.move, policy.own)
    seen = random_observation(ROWS, seed=7, fixed_order_cost=fixed_order_cost)
    features = policy.features(seen, policy.reference.levels(seen.items, seen.forecast))
    actions = answer(features)
    assert np.abs(actions).max() > 0.999  # the bounds are met, so that they are tested
    assert actions.std() > 0.3  # and so is what lies between
    np.testing.assert_allclose(policy.network(features), actions, atol=3e-5)
    orders = [
        feasible(who.order(seen), seen.items, seen.inventory_position)
        for who in (policy, in_training)
    ]
    apart = np.abs(orders[0] - orders[1])
    one_pack = np.maximum(seen.items.pack_size, seen.items.min_order)
    assert (orders[1] > 0).mean() > 0.2
    assert (apart > 0).mean() <= 0.001
    assert (apart <= one_pack).all()
