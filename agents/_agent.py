"""The contract of an agent: hyper-parameters, a learner made with them, and what it has learned."""

from dataclasses import Field
from typing import Any, ClassVar, Literal, Protocol

from stable_baselines3.common.base_class import BaseAlgorithm

from agents._layers import Layers
from envs.stable_baselines import StableBaselinesReplenishment


class Agent(Protocol):
    """A file of this folder: a frozen dataclass whose fields are ``agent.options`` of a config.

    Attributes:
        activation: Of the actor's hidden layers.
        squash: What holds its answers within [-1, 1].
        reward: What it is paid unless the config says: minus the cost, or the reference's cost in
            lockstep minus its own.
        due: When it is paid unless the config says: by the period, or for an order once it arrives.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    activation: ClassVar[Literal["tanh", "relu"]]
    squash: ClassVar[Literal["clip", "tanh"]]
    reward: ClassVar[Literal["cost", "reference"]]
    due: ClassVar[Literal["period", "arrival"]]

    def learner(self, venv: StableBaselinesReplenishment, seed: int) -> BaseAlgorithm:
        """Return an untrained learner; it answers 0 and is the reference policy.

        Args:
            venv: N rows at a time.
            seed: Of its weights and of its exploring.

        Raises:
            InputError: The hyper-parameters cannot learn on so many rows.
        """
        ...

    def layers(self, model: Any) -> Layers:
        """Return the actor of a learner as arrays: weights and biases, layer by layer."""
        ...
