"""What corrupted records cost with and without guards: the records lie, the shop does not."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from replenish.arrays import Bools, Floats, Ints
from replenish.costs import credited_cost
from replenish.forecasting.forecast import DemandSum
from replenish.guards.config import GuardConfig
from replenish.guards.policy import GuardedPolicy
from replenish.observation import Observation
from replenish.protocols import Policy
from replenish.simulation import Episode, Shop, play


@dataclass(frozen=True, eq=False)
class Corrupted:
    """A policy that is shown corrupted records; the stock itself is what it is.

    A wish that is no number places no order, as nothing could be sent to a supplier.

    Attributes:
        policy: Decides on what it is shown.
        plan: (T, N) what is done to each record: 0 = nothing, k = the k-th of `CORRUPTIONS`.
    """

    policy: Policy
    plan: Ints

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) finite units."""
        wish = self.policy.order(corrupt(observation, self.plan[observation.period]))
        return np.asarray(np.where(np.isfinite(wish), wish, 0.0))


@dataclass(frozen=True)
class CorruptionResult:
    """Judged cost per row and period, money, of the same policy on the same demand.

    Attributes:
        share: Share of records corrupted.
        clean: No corruption, no guards.
        clean_guarded: No corruption, guards on: what false alarms cost.
        corrupted: Corruption, no guards.
        guarded: The same corruption, guards on.
        fallback_guarded: The fallback policy alone, same corruption, guards on.
        false_fallback: Share of untouched records that went to the fallback policy.
        found: Kind of corruption -> share of its records that went to the fallback policy.
    """

    share: float
    clean: float
    clean_guarded: float
    corrupted: float
    guarded: float
    fallback_guarded: float
    false_fallback: float
    found: dict[str, float]

    @property
    def damage_avoided(self) -> float:
        """Share of the cost of corruption that the guards avoid; NaN where it cost nothing."""
        damage = self.corrupted - self.clean
        return (self.corrupted - self.guarded) / damage if damage > 0 else float("nan")

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON; a share that does not exist is None."""
        avoided = self.damage_avoided
        return asdict(self) | {"damage_avoided": None if np.isnan(avoided) else avoided}


def corruption_trial(
    policy: Policy,
    fallback: Policy,
    episode: Episode,
    config: GuardConfig,
    rng: np.random.Generator,
    share: float = 0.02,
) -> CorruptionResult:
    """Play an episode with records corrupted at random, with and without guards.

    Both meet the same demand and the same corruption (common random numbers).

    Args:
        policy: What is guarded.
        fallback: Decides where a guard fires.
        episode: Demand, lead times and start of N rows over T periods.
        config: Switches and thresholds.
        rng: Draws which records are corrupted, and how.
        share: Share of the T x N records.
    """
    plan = draw_plan(episode.n_periods, len(episode.items), share, rng)
    untouched = np.zeros_like(plan)

    def guarded(decider: Policy) -> GuardedPolicy:
        return GuardedPolicy(decider, fallback, config)

    def cost(decider: Policy, records: Ints) -> float:
        ledger = play(Corrupted(decider, records), episode)
        return float(credited_cost(ledger, episode.items).mean())

    watched, handed_over = _watch(guarded(policy), episode, plan)
    return CorruptionResult(
        share=share,
        clean=cost(policy, untouched),
        clean_guarded=cost(guarded(policy), untouched),
        corrupted=cost(policy, plan),
        guarded=watched,
        fallback_guarded=cost(guarded(fallback), plan),
        false_fallback=float(handed_over[plan == 0].mean()),
        found={
            name: float(handed_over[plan == number].mean())
            for number, name in enumerate(CORRUPTIONS, 1)
            if (plan == number).any()
        },
    )


def draw_plan(n_periods: int, n_rows: int, share: float, rng: np.random.Generator) -> Ints:
    """Return (T, N) what is done to each record: 0 = nothing, k = the k-th of `CORRUPTIONS`."""
    kinds = rng.integers(1, len(CORRUPTIONS) + 1, (n_periods, n_rows))
    return np.asarray(np.where(rng.random((n_periods, n_rows)) < share, kinds, 0))


def corrupt(observation: Observation, kinds: Ints) -> Observation:
    """Return the observation with each row's record corrupted as its kind says.

    Args:
        observation: N rows.
        kinds: (N,) 0 = nothing, k = the k-th of `CORRUPTIONS`.
    """
    for number, change in enumerate(CORRUPTIONS.values(), 1):
        rows = kinds == number
        if rows.any():
            observation = change(observation, rows)
    return observation


def _watch(policy: GuardedPolicy, episode: Episode, plan: Ints) -> tuple[float, Bools]:
    """Return mean cost and (T, N) which records the guards handed over."""
    shop, handed_over, costs = Shop(episode), [], []
    while not shop.over:
        decision = policy.decide(corrupt(shop.observe(), plan[shop.period]))
        handed_over.append(decision.fallback)
        costs.append(credited_cost(shop.step(decision.wish), episode.items))
    return float(np.mean(costs)), np.stack(handed_over)


def _with_stock(observation: Observation, rows: Bools, on_hand: Floats | float) -> Observation:
    stock = np.where(rows, on_hand, observation.state.on_hand)
    return replace(observation, state=replace(observation.state, on_hand=stock))


def _with_last_sale(observation: Observation, rows: Bools, factor: float) -> Observation:
    recent = observation.recent_sales
    last = np.where(rows, recent[:, -1] * factor, recent[:, -1])
    return replace(
        observation, recent_sales=np.concatenate((recent[:, :-1], last[:, None]), axis=1)
    )


def _with_forecast(observation: Observation, rows: Bools, factor: float) -> Observation:
    times = np.where(rows, factor, 1.0)
    column, forecast = times[:, None], observation.forecast
    total = forecast.lead_time_demand
    scaled = DemandSum(
        total.mean * times, total.std * times, total.quantiles * column, total.levels
    )
    return replace(
        observation,
        forecast=replace(
            forecast,
            mean=forecast.mean * column,
            std=forecast.std * column,
            lead_time_demand=scaled,
        ),
    )


CORRUPTIONS: dict[str, Callable[[Observation, Bools], Observation]] = {
    "stock_negative": lambda seen, rows: _with_stock(seen, rows, -1.0 - seen.state.on_hand),
    "stock_unknown": lambda seen, rows: _with_stock(seen, rows, np.nan),
    "sales_tenfold": lambda seen, rows: _with_last_sale(seen, rows, 10.0),
    "sales_unknown": lambda seen, rows: _with_last_sale(seen, rows, np.nan),
    "forecast_tenfold": lambda seen, rows: _with_forecast(seen, rows, 10.0),
    "forecast_unknown": lambda seen, rows: _with_forecast(seen, rows, np.nan),
}
