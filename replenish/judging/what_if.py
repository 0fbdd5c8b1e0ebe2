"""What else a test period can tell: stock against service, other costs, and stress.

`evaluate.py` plays the test period once; what stands here plays it again under other conditions,
all from the usual start and with the same stream of chance as the judge.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from replenish.bundle import Bundle
from replenish.episodes import PanelEpisodes
from replenish.forecasting.forecast import ForecastTable
from replenish.guards.policy import GuardedPolicy
from replenish.judging.evaluation import Evaluation, best_baseline
from replenish.judging.frontier import frontier
from replenish.judging.judge import Judged
from replenish.judging.own_sales import own_sales_trial
from replenish.judging.sensitivity import sensitivity
from replenish.judging.starts import Starts
from replenish.protocols import Policy
from replenish.simulation import Episode
from replenish.splits import Part
from replenish.streams import Stream
from replenish.stress.result import AGENT, GUARDED, Stress
from replenish.stress.trial import check_stress, stress_trial
from replenish.tuning.opponents import REFERENCE, Opponents
from replenish.workbench import Problem


@dataclass(frozen=True, eq=False)
class Stage:
    """The test period and who plays on it.

    Attributes:
        problem: The run's.
        bundle: What was exported.
        opponents: As tuned.
        table: Forecasts of the test period, made of recorded sales.
    """

    problem: Problem
    bundle: Bundle
    opponents: Opponents
    table: ForecastTable

    @property
    def part(self) -> Part:
        """The test part."""
        return self.problem.split.test

    @property
    def seed(self) -> list[int]:
        """Seed of lead times and review days of the test period."""
        return [self.problem.config.train.seed, Stream.TEST]

    @cached_property
    def source(self) -> PanelEpisodes:
        """Episodes of the test period."""
        return self.problem.episodes(self.table, self.part)

    @cached_property
    def starts(self) -> Starts:
        """The test period from every start of the config, one row per item."""
        return Starts.of(self.source, self.problem.config.evaluation.starts, self.seed)

    @cached_property
    def policies(self) -> dict[str, Policy]:
        """The agent and everything that was tuned, by name."""
        tuned = {name: found.policy for name, found in self.opponents.baselines.items()}
        return {AGENT: self.bundle.policy, **tuned, REFERENCE: self.opponents.reference}

    @property
    def guarded(self) -> GuardedPolicy:
        """The agent as it acts alone: with its guards and the fallback of the bundle."""
        fallback = self.bundle.contents.reference
        return GuardedPolicy(self.bundle.policy, fallback, self.problem.config.guards)

    @property
    def on_own_sales(self) -> Episode:
        """The usual start with forecasts that learn from what each shop itself sold."""
        contents = self.bundle.contents
        path = self.problem.own_sales_path(contents.forecaster, self.part, contents.record)
        return replace(self.starts.usual, forecasts=path)


def own_sales(stage: Stage, judged: Judged) -> dict[str, Any]:
    """Play the agent, the best opponent and the agent's start on forecasts of their own sales."""
    known = stage.policies
    rivals = [found for found in judged.results[1:] if found.name in known]
    names = dict.fromkeys((AGENT, best_baseline(rivals).name, REFERENCE))
    policies = {name: known[name] for name in names}
    return own_sales_trial(stage.problem, stage.bundle.contents, policies, judged, stage.part)


def check_what_if(problem: Problem, extras: Collection[str]) -> None:
    """Raise an `InputError` where the test period is too short for what is wanted."""
    if "stress" in extras:
        check_stress(problem.split.test.periods, problem.calendar)


def what_if(evaluation: Evaluation, stage: Stage, extras: Collection[str]) -> Evaluation:
    """Return the evaluation with frontier, sensitivity and stress, where they are wanted."""
    calendar = stage.problem.calendar
    if "frontier" in extras:
        found = frontier(stage.policies, stage.starts.usual, calendar)
        evaluation = replace(evaluation, frontier=found)
    if "sensitivity" in extras:
        panel, table = stage.problem.panel, stage.table
        cases = sensitivity(stage.policies, stage.source, table, panel, calendar, stage.seed)
        evaluation = replace(evaluation, sensitivity=cases)
    return replace(evaluation, stress=_stress(stage)) if "stress" in extras else evaluation


def _stress(stage: Stage) -> Stress:
    """Return what every case of stress does to everybody, the guarded agent among them."""
    part, dates = stage.part, stage.problem.panel.dates
    days = [str(day.date()) for day in dates[part.first : part.last + 1]]
    policies = {AGENT: stage.policies[AGENT], GUARDED: stage.guarded, **stage.policies}
    calendar = stage.problem.calendar
    return stress_trial(policies, stage.on_own_sales, calendar, days, stage.seed)
