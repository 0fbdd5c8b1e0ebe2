"""Soft actor-critic (Haarnoja et al. 2018), by stable-baselines3.

It is paid minus the cost. Counted against a reference run in lockstep it would learn to run short:
stock is low when demand was high, just when the reference pays much, and critics that learn from
one step to the next take low stock for the cause of the reward. (PPO adds up what really came.)
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from stable_baselines3 import SAC
from stable_baselines3.common.utils import LinearSchedule

from agents._layers import Layers, answer, linear_layers
from agents._options import Batch, Count, Entropy, LogNoise, Positive, Share, Widths
from envs.stable_baselines import StableBaselinesReplenishment


@dataclass(frozen=True)
class SACAgent:
    """Hyper-parameters, each with what it does here.

    Attributes:
        learning_rate: Of Adam, at the start.
        final_learning_rate: Of Adam, at the end; falls linearly.
        buffer_size: Row-steps remembered.
        learning_starts: Row-steps before the first update.
        batch_size: Row-steps per gradient step.
        gradient_steps: Updates per period of all rows.
        tau: Share by which the target critics follow.
        gamma: Discount per period.
        ent_coef: Weight of entropy; ``auto_0.01`` adapts from a small start.
        log_std_init: Log of the exploration noise at the start, before it is squashed.
        hidden: Units of each hidden layer, of actor and critics alike.
    """

    activation: ClassVar[Literal["tanh", "relu"]] = "relu"
    squash: ClassVar[Literal["clip", "tanh"]] = "tanh"
    reward: ClassVar[Literal["cost", "reference"]] = "cost"
    due: ClassVar[Literal["period", "arrival"]] = "arrival"  # critics look one step ahead
    learning_rate: Positive = 1e-3
    final_learning_rate: Positive = 5e-5
    buffer_size: Count = 300_000
    learning_starts: Count = 10_000
    batch_size: Batch = 512
    gradient_steps: Count = 4
    tau: Share = 0.01
    gamma: Share = 0.95
    ent_coef: Entropy = "auto_0.01"
    log_std_init: LogNoise = -1.5
    hidden: Widths = (64, 64)

    def learner(self, venv: StableBaselinesReplenishment, seed: int) -> SAC:
        """Return an untrained learner; it answers 0 and is the reference policy."""
        model = SAC(
            "MlpPolicy",
            venv,
            learning_rate=LinearSchedule(self.learning_rate, self.final_learning_rate, 1.0),
            buffer_size=self.buffer_size,
            learning_starts=self.learning_starts,
            batch_size=self.batch_size,
            train_freq=1,
            gradient_steps=self.gradient_steps,
            tau=self.tau,
            gamma=self.gamma,
            ent_coef=self.ent_coef,
            target_entropy=-2.0 * venv.action_space.shape[0],  # type: ignore[index]
            policy_kwargs={"net_arch": list(self.hidden)},
            seed=seed,
            device="cpu",
        )
        answer(model.actor.mu, 0.0)
        answer(model.actor.log_std, self.log_std_init)
        return model

    def layers(self, model: Any) -> Layers:
        """Return the actor as arrays."""
        return linear_layers(model.actor.latent_pi, model.actor.mu)
