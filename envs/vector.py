"""Many rows at once as a `gymnasium.vector.VectorEnv`, without a loop over rows."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from envs._core import PLAIN, Action, Core, Rewards
from envs._make import family_source, panel_source
from envs.replenishment import action_space
from replenish.arrays import Bools, Floats
from replenish.episodes import EpisodeSource
from replenish.features import FEATURES, LIMIT
from replenish.learned import Move
from replenish.reference import Reference


class VectorReplenishment(VectorEnv[Any, Any, Any]):
    """N rows in step. After the last period the next `step` resets (``AutoresetMode.NEXT_STEP``).

    Observations (N, F), actions (N, A), rewards (N,); ``info`` holds the ledger as (N,) arrays.
    """

    metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}  # noqa: RUF012 - gymnasium's own form

    def __init__(
        self,
        source: EpisodeSource,
        num_envs: int = 1,
        action: Action = "level",
        reference: Reference | None = None,
        move: Move | None = None,
        rewards: Rewards | None = None,
    ) -> None:
        """Wire N rows of the batched core (arguments as in `Replenishment`)."""
        self.num_envs = num_envs
        self._core = Core(source, num_envs, reference, move, rewards or PLAIN, action)
        self.single_observation_space = gymnasium.spaces.Box(
            -LIMIT, LIMIT, (len(FEATURES),), np.float32
        )
        self.single_action_space = action_space(self._core)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._over, self._begun = False, False

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Floats, dict[str, Any]]:
        """Begin an episode; one seed fixes the demand of all rows."""
        del options
        if seed is not None:
            first = seed[0] if isinstance(seed, list) else seed
            self._np_random, self._np_random_seed = seeding.np_random(first)
        self._over, self._begun = False, True
        return self._core.reset(self.np_random), {}

    def step(self, actions: Floats) -> tuple[Floats, Floats, Bools, Bools, dict[str, Any]]:
        """Let a period pass, or begin anew where the last one ended the episode."""
        if not self._begun:
            raise gymnasium.error.ResetNeeded("call reset() before the first step()")
        never = np.zeros(self.num_envs, dtype=bool)
        if self._over:
            features, info = self.reset()
            return features, np.zeros(self.num_envs), never, never.copy(), info
        turn = self._core.step(np.asarray(actions, dtype=float).reshape(self.num_envs, -1))
        self._over = turn.over
        ended = np.full(self.num_envs, turn.over)
        return turn.features, turn.rewards, never, ended, turn.ledger.as_dict()


def from_family(
    num_envs: int = 1, action: Action = "level", **parameters: Any
) -> VectorReplenishment:
    """Return N rows of one item's problem (see `family_source`)."""
    return VectorReplenishment(family_source(**parameters), num_envs, action)


def from_panel(
    num_envs: int = 1, action: Action = "level", **parameters: Any
) -> VectorReplenishment:
    """Return N rows of random items of a panel (see `panel_source`)."""
    return VectorReplenishment(panel_source(**parameters), num_envs, action)
