"""One item's replenishment as a `gymnasium.Env`."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from envs._core import PLAIN, Action, Core, Rewards
from envs._make import family_source, panel_source
from replenish.arrays import Floats
from replenish.episodes import EpisodeSource, PanelEpisodes
from replenish.features import FEATURES, LIMIT
from replenish.learned import Move
from replenish.reference import Reference


class Replenishment(gymnasium.Env[Any, Any]):
    """Order one item period by period; the reward is minus the period's cost.

    The observation is the (F,) features of `replenish.features.FEATURES`. The action moves the
    reference policy's level (and its order quantity with a fixed order cost, and its cap where
    it has one), each in [-1, 1]; 0 is the reference policy. With ``action="order"`` it is units.
    An episode never terminates; it is truncated after its last period. ``info`` holds the
    period's ledger in units and money under the names of `replenish.costs.Ledger`.
    """

    metadata = {"render_modes": []}  # noqa: RUF012 - gymnasium's own form

    def __init__(
        self,
        source: EpisodeSource,
        action: Action = "level",
        reference: Reference | None = None,
        move: Move | None = None,
        rewards: Rewards | None = None,
    ) -> None:
        """Wire one row of the batched core.

        Args:
            source: Draws the episodes.
            action: ``level`` moves the reference levels, ``order`` takes units.
            reference: Levels that the action moves.
            move: How far an action of 1 moves them.
            rewards: What a period pays; by default minus its cost in money.
        """
        self._core = Core(source, 1, reference, move, rewards or PLAIN, action)
        self.observation_space = spaces.Box(-LIMIT, LIMIT, (len(FEATURES),), np.float32)
        self.action_space = action_space(self._core)
        self._over = True

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Floats, dict[str, Any]]:
        """Begin an episode; the same seed gives the same demand."""
        super().reset(seed=seed, options=options)
        features = self._core.reset(self.np_random)
        self._over = False
        state = self._core.observation.state
        return features[0], {"on_hand": float(state.on_hand[0])}

    def step(self, action: Floats) -> tuple[Floats, float, bool, bool, dict[str, Any]]:
        """Order, let the period pass, and return what the next one begins with."""
        if self._over:
            raise gymnasium.error.ResetNeeded("the episode is over; call reset()")
        turn = self._core.step(np.asarray(action, dtype=float).reshape(1, -1))
        self._over = turn.over
        info = {name: float(values[0]) for name, values in turn.ledger.as_dict().items()}
        return turn.features[0], float(turn.rewards[0]), False, turn.over, info


def action_space(core: Core) -> spaces.Box:
    """Return the actions of one row: moves in [-1, 1], or units without a bound that binds."""
    if core.action == "level":
        return spaces.Box(-1.0, 1.0, (core.n_actions,), np.float32)
    return spaces.Box(0.0, 100.0 * (_most_expected(core) + 1.0), (1,), np.float32)


def _most_expected(core: Core) -> float:
    """Return the largest lead-time demand of any item on any day, a deviation added; units."""
    if isinstance(core.source, PanelEpisodes):
        totals = core.source.forecasts.total
        return float((totals[:, 0] + totals[:, 1]).max())
    core.reset(np.random.default_rng(0))  # of one item with a steady forecast
    total = core.observation.forecast.lead_time_demand
    return float(np.max(total.mean + total.std))


def from_family(action: Action = "level", **parameters: Any) -> Replenishment:
    """Return one item's problem with demand from a family or an array (see `family_source`)."""
    return Replenishment(family_source(**parameters), action)


def from_panel(action: Action = "level", **parameters: Any) -> Replenishment:
    """Return the problem of one random item of a panel per episode (see `panel_source`)."""
    return Replenishment(panel_source(**parameters), action)
