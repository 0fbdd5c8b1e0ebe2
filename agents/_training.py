"""Let an agent learn on a problem, look at validation as it goes, and survive being stopped."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.logger import HParam, configure
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm

from agents._agent import Agent
from agents._checkpoint import load_checkpoint, read_notes
from agents._layers import Layers
from agents._monitor import BEST, LAST, Look, Monitor, Progress
from envs._core import Core, Rewards
from envs.stable_baselines import StableBaselinesReplenishment
from replenish.arrays import Floats
from replenish.config import Config, EnvConfig
from replenish.episodes import EpisodeSource
from replenish.errors import InputError
from replenish.learned import LearnedPolicy, Move
from replenish.percent import percent_above
from replenish.reference import Reference
from replenish.run_folder import CHECKPOINTS, TENSORBOARD
from replenish.scorecard import Calendar, score
from replenish.simulation import Episode, play
from replenish.streams import Stream

_RUN_AWAY = 50.0  # weights of a network that learns stay far below


@dataclass(frozen=True, eq=False)
class LearningTask:
    """Where an agent learns and what it is judged on.

    Attributes:
        source: Draws training episodes.
        validation: One row per item, the same at every look.
        reference: The policy whose levels the agent moves.
        best_baseline: Least validation cost of the baselines tuned before learning, money.
        calendar: Length of a period.
    """

    source: EpisodeSource
    validation: Episode
    reference: Reference
    best_baseline: float
    calendar: Calendar


@dataclass(frozen=True, eq=False)
class Learned:
    """What learning left: the best network on validation, and how it fared.

    Attributes:
        layers: Weights and biases of the actor.
        policy: Ready to order.
        progress: When the best was found.
        whole: False where learning was stopped before its end.
    """

    layers: Layers
    policy: LearnedPolicy
    progress: Progress
    whole: bool


def learn(config: Config, agent: Agent, task: LearningTask, run: Path) -> Learned:
    """Train, or go on training, and return the best network on validation.

    Args:
        config: The run's.
        agent: An agent plug-in with its hyper-parameters.
        task: Where it learns.
        run: The run's folder; a last checkpoint that stands there is gone on from.
    """
    settings, folder = config.train, run / CHECKPOINTS
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    model = make_learner(config.env, agent, task, settings.seed)
    model.set_logger(configure(str(run / TENSORBOARD), ["tensorboard"]))
    folder.mkdir(exist_ok=True)
    for half in folder.glob(".*.partial.npz"):  # a kill left them
        half.unlink()
    progress = _go_on(model, folder, settings.seed) if (folder / LAST).exists() else Progress()
    every = settings.evaluate_every, settings.checkpoint_every
    monitor = Monitor(_judge(task, config), folder, every, settings.steps, progress)
    remaining = settings.steps - model.num_timesteps
    if remaining > 0:
        with _stops(monitor), _divergence_told(model):
            model.learn(
                remaining,
                callback=monitor,
                log_interval=1 if isinstance(model, OnPolicyAlgorithm) else 4 * config.env.rows,
                reset_num_timesteps=False,
            )
    if not monitor.stopped and remaining > 0:
        _note_hyperparameters(model, config, agent, progress)
    load_checkpoint(model, folder / BEST)
    layers = agent.layers(model)
    policy = LearnedPolicy(_network(model), task.reference, move_of(config.env))
    return Learned(layers, policy, progress, not monitor.stopped)


def _go_on(model: Any, folder: Path, seed: int) -> Progress:
    """Set the learner to the last checkpoint and return how far it was."""
    notes = load_checkpoint(model, folder / LAST)
    best = read_notes(folder / BEST)  # may be younger than the last checkpoint
    progress = Progress(**{name: notes[name] for name in asdict(Progress())})
    progress.best_cost, progress.best_step = best["best_cost"], best["best_step"]
    model.get_env().seed(seed + model.num_timesteps)  # demand that it has not seen yet
    return progress


def make_learner(env: EnvConfig, agent: Agent, task: LearningTask, seed: int) -> Any:
    """Return an untrained learner over the batched environment."""
    rewards = rewards_of(env, agent)
    core = Core(task.source, env.rows, task.reference, move_of(env), rewards)
    return agent.learner(StableBaselinesReplenishment(core, seed, [Stream.LEARNING]), seed)


def rewards_of(env: EnvConfig, agent: Agent) -> Rewards:
    """Return what an agent is paid: as the config says, else what suits the agent."""
    against = agent.reward if env.reward == "auto" else env.reward
    return Rewards(against, env.scale_power, due=agent.due if env.due == "auto" else env.due)


def move_of(env: EnvConfig) -> Move:
    """Return how far actions move the reference levels."""
    return Move(env.span, env.quantity_span, env.cap_span)


def _network(model: Any) -> Callable[[Floats], Floats]:
    """Return features -> deterministic actions of a learner."""
    return lambda features: model.predict(features, deterministic=True)[0]


def _judge(task: LearningTask, config: Config) -> Callable[[Any], Look]:
    """Return what judges a learner on the validation period."""
    rows = np.arange(len(task.validation.items))
    names = [str(row) for row in rows]

    def look(model: Any) -> Look:
        policy = LearnedPolicy(_network(model), task.reference, move_of(config.env))
        ledger = play(policy, task.validation)
        total = score(ledger, task.validation.items, names, task.calendar, rows).total
        gap = percent_above(total["cost"], task.best_baseline)
        scalars = {f"validation/{name}": value for name, value in total.items()}
        return Look(total["cost"], scalars | {"validation/gap_to_best_baseline_percent": gap})

    return look


@contextmanager
def _stops(monitor: Monitor) -> Iterator[None]:
    """Let Ctrl-C (or a polite kill) end learning between two periods, with a whole checkpoint."""

    def stop(number: int, frame: Any) -> None:
        del number, frame
        monitor.stopped = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _divergence_told(model: Any) -> Iterator[None]:
    """Say in a line that learning diverged, where a library stumbles over what is no number."""
    try:
        yield
    except ValueError:
        if all(bool((part.abs() < _RUN_AWAY).all()) for part in model.policy.parameters()):
            raise  # NaN is not below it either
        raise InputError(
            f"learning diverged at step {model.num_timesteps:,}: its weights have run away; "
            "lower agent.options.learning_rate and train again"
        ) from None


def _note_hyperparameters(model: Any, config: Config, agent: Agent, progress: Progress) -> None:
    """Give TensorBoard the hyper-parameters with the final score."""
    settings = {f"agent/{name}": str(value) for name, value in asdict(agent).items()}
    settings |= {"agent": config.agent.name, "forecast": config.forecast.name}
    settings |= {"seed": str(config.train.seed), "steps": str(config.train.steps)}
    score_name = "validation/best_cost_per_period"
    model.logger.record(
        "hparams", HParam(settings, {score_name: progress.best_cost}), exclude=("stdout",)
    )
    model.logger.record(score_name, progress.best_cost)
    model.logger.dump(model.num_timesteps)
