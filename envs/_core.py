"""The one batched core behind every environment: N rows, actions in, features and rewards out.

The adapters in this folder differ only in what their library expects of a reset; all of them
run this.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np

from envs._arrival import cost_on_arrival
from replenish.arrays import Floats, expect_shape
from replenish.costs import Ledger, credited_cost
from replenish.episodes import EpisodeSource
from replenish.errors import unknown
from replenish.features import Encoder
from replenish.forecasting.forecast import Forecast
from replenish.learned import Move
from replenish.observation import Observation
from replenish.reference import Levels, Reference, wish_up_to
from replenish.simulation import Episode, Shop

Action = Literal["level", "order"]
Reward = Literal["cost", "reference"]
Due = Literal["period", "arrival"]


@dataclass(frozen=True)
class Rewards:
    """What a row is paid for a period.

    Attributes:
        against: ``cost`` pays minus the cost; ``reference`` pays the cost of the reference policy
            run in lockstep on the same demand, minus the cost. The optimum is the same; most of
            the noise cancels.
        scale_power: Rewards are divided by the item's typical cost to this power (and by the
            mean typical cost to the rest): 1 makes all items alike, 0 counts money.
        scaled: Whether they are divided at all.
        credited: Whether stock built up is credited where purchases are charged, as in judging
            (see `credited_cost`); else what a period cost is what it is paid for.
        due: ``period`` pays what the period cost, ``arrival`` what its orders cost when they
            arrive (see `cost_on_arrival`); where lead times are random it pays by the period.
    """

    against: Reward = "cost"
    scale_power: float = 1.0
    scaled: bool = True
    credited: bool = True
    due: Due = "period"


PLAIN = Rewards(scaled=False, credited=False)
"""Minus what the period cost, in money: what a single environment pays unless told otherwise."""


class Turn(NamedTuple):
    """What follows an action: features (N, F), rewards (N,), whether time is up, the ledger."""

    features: Floats
    rewards: Floats
    over: bool
    ledger: Ledger


class Core:
    """N rows of stock in step; all begin together and run out of time together."""

    def __init__(
        self,
        source: EpisodeSource,
        rows: int,
        reference: Reference | None = None,
        move: Move | None = None,
        rewards: Rewards | None = None,
        action: Action = "level",
    ) -> None:
        """Wire the parts; nothing is drawn before `reset`.

        Raises:
            InputError: There is no such kind of action.
        """
        if action not in get_args(Action):
            raise unknown("action", action, get_args(Action))
        self.source, self.rows, self.action = source, rows, action
        self.reference = reference or Reference()
        self.move, self.rewards = move or Move(), rewards or Rewards()
        moves = 1 + bool(source.items.fixed_order_cost.any()) + self.reference.capped
        self.n_actions = moves if action == "level" else 1
        self._shop: Shop
        self._twin: Shop | None = None
        self._encoder: Encoder
        self._observation: Observation
        self._forecast: Forecast | None = None
        self._levels: Levels
        self._scale: Floats
        self._ahead = 0  # periods by which the last one that is played comes before the last

    def reset(self, rng: np.random.Generator, episode: Episode | None = None) -> Floats:
        """Begin an episode, drawn unless given, and return the features (N, F)."""
        episode = episode or self.source.draw(self.rows, rng)
        self._shop = Shop(episode)
        self._twin = Shop(episode) if self.rewards.against == "reference" else None
        longest = episode.items.longest_lead_time
        fixed = episode.lead_times is None and longest < episode.n_periods
        self._ahead = longest if self.rewards.due == "arrival" and fixed else 0
        self._encoder, self._forecast = Encoder(episode.items), None
        features = self._look()
        self._scale = self._reward_scale()
        return features

    def step(self, actions: Floats) -> Turn:
        """Act, let a period pass, and look.

        Args:
            actions: (N, A) in [-1, 1] with ``action="level"``; (N, 1) units with ``"order"``.
        """
        expect_shape("actions", np.asarray(actions), (self.rows, self.n_actions))
        ledger = self._shop.step(self._wish(actions))
        gain = -self._cost(self._shop, ledger)
        if self._twin is not None:
            wish = wish_up_to(self._levels, np.asarray(self._twin.state.inventory_position))
            gain = gain + self._cost(self._twin, self._twin.step(wish))
        rewards = gain / self._scale if self.rewards.scaled else gain
        over = self._shop.period + self._ahead >= self.episode.n_periods
        blind = self._shop.over and not self._shop.foreseen
        features = self._features_after() if blind else self._look()
        return Turn(features, rewards, over, ledger)

    @property
    def observation(self) -> Observation:
        """What is known at this moment."""
        return self._observation

    @property
    def episode(self) -> Episode:
        """The episode that is being played."""
        return self._shop.episode

    def _cost(self, shop: Shop, ledger: Ledger) -> Floats:
        """Return the (N,) money that a period counts for in the reward."""
        if self._ahead:
            return cost_on_arrival(shop, ledger, credited=self.rewards.credited)
        return credited_cost(ledger, self.episode.items) if self.rewards.credited else ledger.cost

    def _wish(self, actions: Floats) -> Floats:
        """Turn actions into units."""
        if self.action == "order":
            return np.asarray(actions[:, 0], dtype=float)
        total = self._observation.forecast.lead_time_demand
        moved = self.move.apply(self._levels, total, np.clip(actions, -1.0, 1.0))
        return wish_up_to(moved, self._observation.inventory_position)

    def _look(self) -> Floats:
        """Observe, note the reference levels, and return the features (N, F)."""
        seen, self._observation = self._forecast, self._shop.observe()
        self._forecast = self._observation.forecast
        if self._forecast is not seen:  # a steady forecast has steady levels
            self._levels = self.reference.levels(self._observation.items, self._forecast)
        return self._encoder.encode(self._observation, self._levels)

    def _features_after(self) -> Floats:
        """Return the features after the last period, with the forecast of that period.

        Time has run out, the shop has not closed: a learner estimates the value of this state.
        Only where forecasts end with the episode the last one stands in for the next.
        """
        last = self._observation
        after = Observation(
            period=last.period + 1,
            items=last.items,
            state=self._shop.state,
            forecast=last.forecast,
            recent_sales=self._shop.recent_sales,
            recent_in_stock=self._shop.recent_in_stock,
            periods_to_review=self._shop.periods_to_review(),
        )
        return self._encoder.encode(after, self._levels)

    def _reward_scale(self) -> Floats:
        """Return the (N,) money that rewards are counted in."""
        typical = typical_cost(self._observation)
        mean = max(float(typical.mean()), 1e-9)
        power = self.rewards.scale_power
        return np.asarray(np.maximum(typical, 0.01 * mean) ** power * mean ** (1.0 - power))


def typical_cost(observation: Observation) -> Floats:
    """Return what a period costs roughly under a sensible policy, (N,) money.

    The newsvendor's cost for normal demand, (h + p) phi(z) sigma (Zipkin 2000, section 6.2), plus
    the cost of economic order quantities, sqrt(2 K h d).
    """
    items, total = observation.items, observation.forecast.lead_time_demand
    ratio = np.clip(items.critical_ratio, 0.05, 0.95)
    density = 0.4 * np.exp(-0.5 * (np.log(ratio / (1.0 - ratio)) / 1.7) ** 2)
    rate = total.mean / items.protection_period
    stock = (items.holding_cost + items.shortage_cost) * density * total.std
    orders = np.sqrt(2.0 * items.fixed_order_cost * items.holding_cost * rate)
    return np.asarray(stock + orders)
