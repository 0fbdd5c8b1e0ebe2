"""Proximal policy optimisation (Schulman et al. 2017), by stable-baselines3."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from stable_baselines3 import PPO
from stable_baselines3.common.utils import LinearSchedule

from agents._layers import Layers, answer, linear_layers
from agents._options import Batch, Count, Finite, LogNoise, Positive, Share, Widths
from envs.stable_baselines import StableBaselinesReplenishment
from replenish.arrays import Floats
from replenish.errors import InputError

_FEWEST = 2  # row-steps of one update


@dataclass(frozen=True)
class PPOAgent:
    """Hyper-parameters, each with what it does here; chosen on validation periods.

    Attributes:
        learning_rate: Of Adam, at the start.
        final_learning_rate: Of Adam, at the end; falls linearly.
        n_steps: Periods per row between two updates.
        batch_size: Row-steps per gradient step.
        n_epochs: Passes over what was collected.
        gamma: Discount per period.
        gae_lambda: How far advantages look ahead.
        ent_coef: Reward for exploring.
        clip_range: How far one update can move the policy.
        log_std_init: Log of the exploration noise at the start; -1.5 is 22 % of the reach.
        hidden: Units of each hidden layer, of actor and critic alike.
    """

    activation: ClassVar[Literal["tanh", "relu"]] = "tanh"
    squash: ClassVar[Literal["clip", "tanh"]] = "clip"
    reward: ClassVar[Literal["cost", "reference"]] = "reference"  # most of the noise cancels
    due: ClassVar[Literal["period", "arrival"]] = "period"  # it adds up what came
    learning_rate: Positive = 1e-3
    final_learning_rate: Positive = 2e-5
    n_steps: Count = 32
    batch_size: Batch = 8192
    n_epochs: Count = 4
    gamma: Share = 0.98
    gae_lambda: Share = 0.95
    ent_coef: Finite = 0.0
    clip_range: Positive = 0.2
    log_std_init: LogNoise = -1.5
    hidden: Widths = (64, 64)

    def learner(self, venv: StableBaselinesReplenishment, seed: int) -> PPO:
        """Return an untrained learner; it answers 0 and is the reference policy."""
        if self.n_steps * venv.num_envs < _FEWEST:
            raise InputError(
                f"env.rows is {venv.num_envs} and agent.options.n_steps {self.n_steps}: one period "
                "of one row has no spread to scale by; raise either"
            )
        model = PPO(
            "MlpPolicy",
            venv,
            learning_rate=LinearSchedule(self.learning_rate, self.final_learning_rate, 1.0),
            n_steps=self.n_steps,
            batch_size=min(self.batch_size, self.n_steps * venv.num_envs),
            n_epochs=self.n_epochs,
            gamma=self.gamma,
            gae_lambda=self.gae_lambda,
            ent_coef=self.ent_coef,
            clip_range=self.clip_range,
            policy_kwargs={
                "net_arch": list(self.hidden),
                "activation_fn": torch.nn.Tanh,
                "log_std_init": self.log_std_init,
            },
            seed=seed,
            device="cpu",
        )
        answer(model.policy.action_net, 0.0)

        def value(features: Floats) -> Floats:
            with torch.no_grad():
                values = model.policy.predict_values(torch.as_tensor(features))
            return self.gamma * values.numpy().ravel()

        venv.value = value
        return model

    def layers(self, model: Any) -> Layers:
        """Return the actor as arrays."""
        policy = model.policy
        return linear_layers(policy.mlp_extractor.policy_net, policy.action_net)
