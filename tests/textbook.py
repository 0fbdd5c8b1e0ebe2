"""The textbook's problem: Poisson demand of mean 5, lead time 2, h = 1, p = 9, sales are lost."""

from typing import Any

import numpy as np
from stable_baselines3.common.logger import Logger

from agents._agent import Agent
from agents._training import LearningTask, make_learner
from replenish.config import EnvConfig
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes
from replenish.items import Items
from replenish.plugins import load_plugin
from replenish.reference import Reference
from replenish.scorecard import Calendar
from replenish.simulation import Episode
from replenish.tuning.opponents import SEARCHED
from replenish.tuning.search import InTurn, Tuned

FAMILY = DemandFamily("poisson", 5.0)


def textbook_source(**parameters: float) -> DrawnEpisodes:
    """Return the source of episodes; ``parameters`` change the item."""
    items = {"lead_time": 2, "holding_cost": 1.0, "shortage_cost": 9.0, **parameters}
    return DrawnEpisodes(FAMILY, Items.build(1, **items), periods=64)


def textbook_task(source: DrawnEpisodes) -> LearningTask:
    """Return where an agent learns the textbook's problem from the untuned formula."""
    return LearningTask(source, fresh_demand(source, 1, 8), Reference(), 1.0, Calendar())


def textbook_learner(agent: Agent, rows: int, seed: int = 0, **parameters: float) -> Any:
    """Return an untrained learner of the textbook's problem."""
    task = textbook_task(textbook_source(**parameters))
    model = make_learner(EnvConfig(rows=rows, periods=64), agent, task, seed)
    model.set_logger(Logger(None, []))  # its own would leave a folder behind
    return model


def fresh_demand(source: DrawnEpisodes, seed: int, rows: int) -> Episode:
    """Return an episode by a seed of its own."""
    return source.draw(rows, np.random.default_rng([seed, 99]))


def not_searched() -> InTurn:
    """Return the searched formula as it is without a search."""
    formula = Tuned(load_plugin("baselines", SEARCHED)(), {})
    return InTurn(formula, formula)
