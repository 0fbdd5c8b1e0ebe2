"""Many rows at once as a `VecEnv` of stable-baselines3, without a loop over environments."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

from envs._core import Core
from envs.replenishment import action_space
from replenish.arrays import Floats
from replenish.costs import Ledger, credited_cost
from replenish.features import FEATURES, LIMIT


class StableBaselinesReplenishment(VecEnv):
    """N rows in step; resets in the same step, and time running out is passed on as truncation.

    Attributes:
        value: Set by a learner that can judge all N last observations in one call: (N, F) ->
            (N,) discounted values, added to the last reward. stable-baselines3 would judge them
            one by one; without this it does.
        ledger: The last period's ledger, (N,).
        cost: (N,) what that period cost as it is judged, money.
    """

    def __init__(self, core: Core, seed: int = 0, stream: Sequence[int] = ()) -> None:
        """Wrap a core.

        Args:
            core: What is played.
            seed: Fixes demand, starts and lead times.
            stream: Numbers that keep this source of chance apart from others of the same seed,
                also of a seed that is set later.
        """
        observation_space = spaces.Box(-LIMIT, LIMIT, (len(FEATURES),), np.float32)
        self.render_mode = None  # asked for by the base class, before it sets anything
        super().__init__(core.rows, observation_space, action_space(core))
        self._core, self._stream = core, tuple(stream)
        self._rng = np.random.default_rng([seed, *self._stream])
        self.value: Callable[[Floats], Floats] | None = None
        self.ledger: Ledger
        self.cost: Floats = np.zeros(core.rows)
        self._actions: Floats
        self._returns = np.zeros(core.rows)
        self._length = 0

    def reset(self) -> Floats:
        """Begin an episode and return (N, F) features."""
        if self._seeds[0] is not None:
            self._rng = np.random.default_rng([self._seeds[0], *self._stream])
        self._reset_seeds()
        return self._begin()

    def step_async(self, actions: Floats) -> None:
        """Take the actions, (N, A)."""
        self._actions = actions

    def step_wait(self) -> tuple[Floats, Floats, Any, list[dict[str, Any]]]:
        """Let a period pass."""
        turn = self._core.step(self._actions)
        self.ledger = turn.ledger
        self.cost = credited_cost(turn.ledger, self._core.episode.items)
        self._returns, self._length = self._returns + turn.rewards, self._length + 1
        features: Floats = turn.features
        rewards: Floats = turn.rewards.astype(np.float32)
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        if turn.over:
            if self.value is not None:
                rewards = rewards + self.value(turn.features)
            infos = self._last_infos(turn.features)
            features = self._begin()
        return features, rewards, np.full(self.num_envs, turn.over), infos

    def close(self) -> None:
        """Nothing is held open."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return an attribute once per row."""
        return [getattr(self, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Refuse: rows share one core."""
        del value, indices
        raise AttributeError(f"{attr_name} of single rows cannot be set; rows share one core")

    def env_method(
        self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any
    ) -> list[Any]:
        """Refuse: rows share one core."""
        del method_args, indices, method_kwargs
        raise AttributeError(f"{method_name} of single rows cannot be called; rows share one core")

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Return False for each row: nothing wraps single rows."""
        del wrapper_class
        return [False] * len(list(self._get_indices(indices)))

    def get_images(self) -> Sequence[None]:
        """Return no pictures."""
        return [None] * self.num_envs

    def _begin(self) -> Floats:
        """Begin an episode with the running source of chance."""
        self._returns, self._length = np.zeros(self.num_envs), 0
        return self._core.reset(self._rng)

    def _last_infos(self, features: Floats) -> list[dict[str, Any]]:
        """Return what stable-baselines3 wants to know of rows whose time ran out."""
        infos: list[dict[str, Any]] = []
        for row in range(self.num_envs):
            info: dict[str, Any] = {
                "episode": {"r": float(self._returns[row]), "l": self._length, "t": 0.0}
            }
            if self.value is None:
                info |= {"terminal_observation": features[row], "TimeLimit.truncated": True}
            infos.append(info)
        return infos
