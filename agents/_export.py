"""From what learning left to a bundle that decides without torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents._agent import Agent
from agents._training import Learned, LearningTask
from replenish.arrays import Floats
from replenish.bundle import AS_LEARNED, BundleContents, refuse_if_not_better, save_bundle
from replenish.data.calendar import days_per_period
from replenish.features import Encoder
from replenish.forecasting.blocks import Blocks
from replenish.forecasting.context import record_until
from replenish.item_table import told_by
from replenish.items import DEFAULTS
from replenish.morning.as_of import PLANNED
from replenish.onnx_network import mlp_to_onnx
from replenish.simulation import Shop
from replenish.tuning.blending import Blend
from replenish.tuning.opponents import REFERENCE
from replenish.workbench import Problem

_PATHS = {"folder", "sales", "items", "plan", "receipts", "orders"}  # of the data; not in a bundle


@dataclass(frozen=True, eq=False)
class Finished:
    """A training that is done.

    Attributes:
        problem: What was trained on.
        fitted: The forecasters it saw; the last goes into the bundle.
        agent: The plug-in, for the form of its network.
        learned: The best network on validation.
        task: Where it learned.
        blend: Its levels averaged with each item's own formula.
        scores: Policy -> validation cost, money per item and period.
    """

    problem: Problem
    fitted: Blocks
    agent: Agent
    learned: Learned
    task: LearningTask
    blend: Blend
    scores: Mapping[str, float]


def export(folder: Path, finished: Finished, *, force: bool) -> None:
    """Write the bundle, unless the agent is not better than its fallback on validation.

    Raises:
        InputError: It is not better, as it was learned or averaged with each item's own
            formula, and ``force`` is not set.
    """
    problem, learned, task = finished.problem, finished.learned, finished.task
    for name in (AS_LEARNED, "agent"):
        refuse_if_not_better(finished.scores, name, REFERENCE, force=force)
    low, high = _feature_range(learned, task)
    sales = problem.panel.sales[:, : problem.split.validation.last + 1]
    config, panel, split = problem.config, problem.panel, problem.split
    contents = BundleContents(
        network=mlp_to_onnx(learned.layers, finished.agent.activation, finished.agent.squash),
        forecaster=finished.fitted.last,
        record=record_until(finished.fitted, panel, split.fit.last, split.validation.last),
        reference=task.reference,
        move=learned.policy.move,
        own=finished.blend.own,
        horizon=problem.horizon,
        frequency=panel.frequency,
        item_ids=panel.item_ids,
        items=problem.items,
        defaults={**DEFAULTS, **config.items.standard(days_per_period(panel.frequency))},
        item_rules=config.items.rules,
        feature_low=low,
        feature_high=high,
        sales_facts=_sales_facts(sales),
        scores=finished.scores,
        texts=panel.static,
        told=told_by(problem.loaded.items),
        stock_outs=problem.loaded.stock_outs,
        planned=tuple(sorted(PLANNED & set(panel.known))),
        data=config.data.model_dump(mode="json", exclude=_PATHS),
        guards=config.guards.model_dump(mode="json"),
    )
    save_bundle(folder, contents)


def _feature_range(learned: Learned, task: LearningTask) -> tuple[Floats, Floats]:
    """Return the least and greatest of each feature (F,) that the policy meets in training."""
    rng = np.random.default_rng(0)
    shop = Shop(task.source.draw(1024, rng))
    encoder = Encoder(shop.episode.items)
    low, high = np.array(np.inf), np.array(-np.inf)
    while not shop.over:
        observation = shop.observe()
        levels = task.reference.levels(observation.items, observation.forecast)
        features = encoder.encode(observation, levels)
        low = np.minimum(low, features.min(axis=0))
        high = np.maximum(high, features.max(axis=0))
        shop.step(learned.policy.order(observation))
    return np.asarray(low), np.asarray(high)


def _sales_facts(sales: Floats) -> dict[str, Floats]:
    """Return mean, standard deviation and maximum of each item's observed sales, (I,) units."""
    seen = ~np.isnan(sales)
    number = np.maximum(seen.sum(axis=1), 1)
    known = np.where(seen, sales, 0.0)
    mean = known.sum(axis=1) / number
    square = (known**2).sum(axis=1) / number
    std = np.sqrt(np.maximum(square - mean**2, 0.0))
    return {"mean": mean, "std": std, "max": known.max(axis=1)}
