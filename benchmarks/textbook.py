"""A textbook instance as an exam: where an agent learns it, and what its answer is held against."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger

from agents._agent import Agent
from agents._layers import Layers
from agents._training import LearningTask, make_learner, move_of, rewards_of
from replenish.arrays import Floats
from replenish.config import EnvConfig
from replenish.episodes import DrawnEpisodes, EpisodeSource
from replenish.errors import InputError
from replenish.exact.backorder import BackorderProblem
from replenish.exact.demand import DiscreteDemand
from replenish.exact.fixed_cost import best_reorder_levels
from replenish.exact.heuristics import best_capped_base_stock
from replenish.exact.lost_sales import LostSales
from replenish.exact.policy import RulePolicy
from replenish.exact.value_iteration import solve
from replenish.learned import LearnedPolicy
from replenish.observation import Observation
from replenish.protocols import Policy
from replenish.reference import Levels, Reference, wish_up_to
from replenish.scenarios import Instance
from replenish.scorecard import Calendar
from replenish.simulation import Episode, Shop
from replenish.tuning.search import Effort, tune

TUNING_STREAM, JUDGE_STREAM, LOOK_STREAM = 11, 12, 13
WARM_UP = 100  # periods that do not count
LOOKS = 12  # on the way of a training


@dataclass(frozen=True, eq=False)
class Exam:
    """An instance with its answer.

    Attributes:
        name: Of the instance.
        source: Draws episodes of it.
        optimum: Exact cost of the best policy, money per period.
        best: That policy.
        rule_cost: Exact cost of the best capped base-stock policy; NaN where there is none.
        rule: That policy, or None.
    """

    name: str
    source: DrawnEpisodes
    optimum: float
    best: Policy
    rule_cost: float = float("nan")
    rule: Policy | None = None


@dataclass(frozen=True)
class FixedLevels:
    """Order up to S once the position is at s or below; a `replenish.protocols.Policy`."""

    reorder_point: int
    order_up_to_level: int

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units."""
        n = len(observation.items)
        levels = Levels(np.full(n, self.reorder_point), np.full(n, self.order_up_to_level))
        return wish_up_to(levels, observation.inventory_position)


def exam_of(instance: Instance) -> Exam:
    """Return an instance with its exact answer; waiting demand is answered by (s,S)."""
    items = replace(instance.items, pack_size=np.ones(1))
    source = DrawnEpisodes(instance.family, items)
    demand = DiscreteDemand.of_family(instance.family)
    if items.unmet_demand == "backorder":
        return _waiting(instance.name, source, demand)
    return lost_sales_exam(instance.name, source, demand)


def lost_sales_exam(
    name: str, source: DrawnEpisodes, demand: DiscreteDemand, *, rule: bool = True
) -> Exam:
    """Return the exam of one lost-sales problem.

    Args:
        name: Of the instance.
        source: Draws episodes of it.
        demand: Of a period.
        rule: Whether to look for the best capped base-stock policy as well.

    Raises:
        InputError: The problem is too large to be solved exactly.
    """
    items = source.items
    lead_time = int(items.lead_time[0])
    problem = LostSales(
        demand, lead_time, float(items.holding_cost[0]), float(items.shortage_cost[0])
    )
    found = solve(problem)
    exam = Exam(name, source, found.cost, RulePolicy(found.rule, lead_time))
    if not rule:
        return exam
    capped = best_capped_base_stock(problem)
    return replace(exam, rule_cost=capped.cost, rule=RulePolicy(capped.rule, lead_time))


def _waiting(name: str, source: DrawnEpisodes, demand: DiscreteDemand) -> Exam:
    """Return the exam of a problem with fixed order cost and waiting demand."""
    items = source.items
    costs = (items.holding_cost, items.shortage_cost, items.fixed_order_cost)
    problem = BackorderProblem(demand, int(items.lead_time[0]), *(float(c[0]) for c in costs))
    found = best_reorder_levels(problem)
    best = FixedLevels(found.reorder_point, found.order_up_to_level)
    return Exam(name, source, found.cost, best)


@dataclass(frozen=True)
class Lesson:
    """How an agent learns an exam.

    Attributes:
        agent: An agent plug-in with its hyper-parameters.
        env: Rows, reach of the actions, reward.
        steps: Row-steps of experience.
    """

    agent: Agent
    env: EnvConfig
    steps: int

    def to_dict(self) -> dict[str, Any]:
        """Return all settings as JSON, rewards as this agent gets them."""
        rewards = rewards_of(self.env, self.agent)
        paid = {"reward": rewards.against, "due": rewards.due}
        return {
            "agent": type(self.agent).__name__,
            "options": json.loads(json.dumps(asdict(self.agent))),  # tuples become lists
            "env": self.env.model_dump(mode="json") | paid,
            "steps": self.steps,
        }

    def check(self, place: Path, kept: Mapping[str, Any]) -> None:
        """Raise ``InputError`` where what was kept in a file comes from another lesson.

        Args:
            place: The file.
            kept: What `to_dict` gave then.
        """
        if kept != self.to_dict():
            raise InputError(
                f"{place}: was learned with other settings than this version's; remove it to "
                "learn again, or choose another --folder"
            )


class Taught(NamedTuple):
    """What learning left: the policy, its start, seconds of CPU, (seconds, gap) on the way."""

    policy: LearnedPolicy
    start: Reference
    seconds: float
    curve: list[tuple[float, float]]
    layers: Layers


def teach(lesson: Lesson, source: EpisodeSource, seed: int, exam: Exam | None = None) -> Taught:
    """Tune the formula by simulation, let an agent learn from there, and return it.

    The last network counts: nothing is chosen by the judge's demand. Tuning and learning are
    timed, looks at the exam on the way are not.

    Args:
        lesson: How.
        source: Draws episodes to learn on.
        seed: Of everything random.
        exam: What to look at on the way, for the learning curve.
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    begun = time.process_time()
    start = tuned_start(source, seed)
    model = make_learner(lesson.env, lesson.agent, _school(source, start), seed)
    policy = LearnedPolicy(
        lambda features: model.predict(features, deterministic=True)[0], start, move_of(lesson.env)
    )
    watch = _Watch(begun, lesson.steps, _look(policy, exam, seed) if exam else None)
    model.set_logger(Logger(None, []))  # its own would leave a folder behind
    model.learn(lesson.steps, callback=watch)
    seconds = time.process_time() - begun - watch.looking
    return Taught(policy, start, seconds, watch.curve, lesson.agent.layers(model))


def tuned_start(source: EpisodeSource, seed: int) -> Reference:
    """Return the formula with the parameters that are cheapest in simulation."""
    rng = np.random.default_rng([seed, TUNING_STREAM])
    rows = 64 if len(source.items) == 1 else 1024
    episode = _longer(source, 500).draw(rows, rng)
    found = tune(Reference, episode, episode, Effort(16, 5, seed), per_item=False)
    return Reference.from_dict(found.parameters)


def _school(source: EpisodeSource, start: Reference) -> LearningTask:
    """Return where the agent learns; nothing is chosen on validation."""
    episode = source.draw(1, np.random.default_rng(0))
    return LearningTask(source, episode, start, 1.0, Calendar())


def _longer(source: Any, periods: int) -> Any:
    """Return the source with episodes of another length."""
    return replace(source, periods=periods)


class _Watch(BaseCallback):
    """Notes the gap on the way, and how long looking took."""

    def __init__(self, begun: float, steps: int, look: Callable[[], float] | None) -> None:
        super().__init__()
        self._begun, self._every, self._look = begun, steps / LOOKS, look
        self._next = 0.0
        self.looking, self.curve = 0.0, list[tuple[float, float]]()

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        if self._look is None or self.num_timesteps < self._next:
            return
        self._next += self._every
        now = time.process_time()
        self.curve.append((now - self._begun - self.looking, self._look()))
        self.looking += time.process_time() - now


def _look(policy: Policy, exam: Exam, seed: int) -> Callable[[], float]:
    """Return what measures the gap in per cent on a small sample of demand."""
    episode = draw_exam(exam, 200, 400, [seed, LOOK_STREAM])
    best = mean_costs(exam.best, episode).mean()
    return lambda: float(100.0 * (mean_costs(policy, episode).mean() / best - 1.0))


def draw_exam(exam: Exam, rows: int, periods: int, seed: list[int]) -> Episode:
    """Return an episode on which policies are compared."""
    longer: DrawnEpisodes = _longer(exam.source, periods + WARM_UP)
    return longer.draw(rows, np.random.default_rng(seed))


def mean_costs(policy: Policy, episode: Episode) -> Floats:
    """Return the (N,) mean cost per period after the warm-up."""
    shop, total = Shop(episode), np.zeros(len(episode.items))
    while not shop.over:
        counts = shop.period >= WARM_UP
        total += counts * shop.step(policy.order(shop.observe())).cost
    return total / (episode.n_periods - WARM_UP)


@dataclass(frozen=True)
class Difference:
    """Cost of a policy over that of another on the same demand, per cent, with 95 % interval."""

    percent: float
    low: float
    high: float


def difference(cost: Floats, other: Floats) -> Difference:
    """Return by how much the first costs more; rows are independent, so a normal interval holds.

    Args:
        cost: (N,) money per period.
        other: (N,) money per period on the same demand.
    """
    ratio = float(cost.mean() / other.mean())
    residual = cost - ratio * other  # of the ratio of two means (Cochran 1977, section 6.4)
    error = float(residual.std(ddof=1) / np.sqrt(len(cost)) / other.mean())
    percent = 100.0 * (ratio - 1.0)
    return Difference(percent, percent - 196.0 * error, percent + 196.0 * error)


@lru_cache(maxsize=1)
def known_costs(exam: Exam, rows: int, periods: int) -> tuple[Episode, Floats, Floats | None]:
    """Return the judge's episode with the costs of the optimum and of the capped rule on it."""
    episode = draw_exam(exam, rows, periods, [JUDGE_STREAM])
    rule = None if exam.rule is None else mean_costs(exam.rule, episode)
    return episode, mean_costs(exam.best, episode), rule
