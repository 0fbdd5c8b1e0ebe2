"""Tune a policy's parameters on simulated costs, many candidates and all items in one run.

Opponents are tuned as hard as the agent: a space-filling first round over all parameters, then
rounds that zoom in; one setting for all items, or the best of the same candidates for each item
alone. Which of the two is better is decided on periods that the search did not see; then the
search is repeated on all of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

import numpy as np
from scipy.stats import qmc

from replenish.arrays import Floats
from replenish.observation import Observation
from replenish.protocols import Policy
from replenish.ranges import Range
from replenish.simulation import Episode, Shop


class Tunable(Protocol):
    """A policy whose parameters are fields that take one number or one per row."""

    search: ClassVar[dict[str, Range]]

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units."""
        ...


@dataclass(frozen=True, eq=False)
class Tuned:
    """A policy with the parameters that tuning found.

    Attributes:
        policy: Ready to order for the tuned items, one row each, in their order.
        parameters: name -> one number, or (I,) numbers.
        per_item: Whether each item has its own.
        cost: Mean cost per item and period on the periods tuned on.
    """

    policy: Policy
    parameters: dict[str, float | Floats]
    per_item: bool
    cost: float

    @property
    def settings(self) -> str:
        """The parameters in words."""
        words = []
        for name, value in self.parameters.items():
            middle = float(np.median(value))
            words.append(f"{name} {middle:.3g}" + (" (median)" if self.per_item else ""))
        return ", ".join(words) + (", tuned per item" if self.per_item else "")


@dataclass(frozen=True)
class Effort:
    """How hard to search.

    Attributes:
        candidates: Settings per round; a power of two fills space best.
        rounds: The first spans all, each later one a third of the width of the one before.
        seed: Of the space-filling sequence.
    """

    candidates: int = 16
    rounds: int = 4
    seed: int = 0


def tune(
    kind: Callable[..., Tunable],
    train: Episode,
    validation: Episode,
    effort: Effort | None = None,
    *,
    per_item: bool | None = None,
) -> Tuned:
    """Return the policy with the best parameters, tuned on both episodes together.

    Args:
        kind: The policy's class.
        train: One row per item.
        validation: The same items over later periods; decides whether items differ.
        effort: How hard to search.
        per_item: Whether each item gets its own setting; None = what validation prefers.
    """
    effort = effort or Effort()
    names = list(kind.search)  # type: ignore[attr-defined]
    if per_item is None:
        first = _search(kind, [train], effort)
        pooled = _costs(kind, first.best_pooled, validation, names).sum()
        alone = _costs(kind, first.best_per_item, validation, names).sum()
        per_item = bool(alone < pooled)
    final = _search(kind, [train, validation], effort)
    best = final.best_per_item if per_item else final.best_pooled
    values = best[0]  # (P,) or (P, I)
    parameters = {n: v if per_item else float(v) for n, v in zip(names, values, strict=True)}
    cost = final.cost_per_item if per_item else final.cost_pooled
    return Tuned(kind(**parameters), parameters, per_item, cost)


@dataclass(frozen=True, eq=False)
class _Found:
    """Best settings of a search: (1, P) for all items, (1, P, I) for each alone, and costs."""

    best_pooled: Floats
    best_per_item: Floats
    cost_pooled: float
    cost_per_item: float


def _search(kind: Callable[..., Tunable], episodes: Sequence[Episode], effort: Effort) -> _Found:
    """Try candidates round by round; every candidate is played on every item."""
    ranges: dict[str, Range] = kind.search  # type: ignore[attr-defined]
    names, n_items = list(ranges), len(episodes[0].items)
    tried: list[Floats] = []
    costs: list[Floats] = []
    centre, width = np.full(len(names), 0.5), 1.0
    for number in range(effort.rounds):
        unit = qmc.Sobol(len(names), seed=effort.seed + number).random(effort.candidates)
        shares = np.clip(centre + width * (unit - 0.5), 0.0, 1.0)  # (C, P)
        values = np.stack(
            [r.at(shares[:, k]) for k, r in enumerate(ranges.values())], axis=1
        )  # (C, P)
        played = sum(_costs(kind, values, episode, names) for episode in episodes)
        tried.append(np.concatenate((shares, values), axis=1))
        costs.append(np.asarray(played))
        everything = np.concatenate(costs)  # (C so far, I)
        centre = np.concatenate(tried)[int(everything.sum(axis=1).argmin()), : len(names)]
        width /= 3.0
    settings = np.concatenate(tried)[:, len(names) :]
    everything = np.concatenate(costs)
    best = int(everything.sum(axis=1).argmin())
    each = everything.argmin(axis=0)  # (I,)
    periods = n_items * sum(episode.n_periods for episode in episodes)
    return _Found(
        settings[best][None, :],
        settings[each].T[None, :, :],
        float(everything[best].sum() / periods),
        float(everything.min(axis=0).sum() / periods),
    )


def _costs(
    kind: Callable[..., Tunable], values: Floats, episode: Episode, names: Sequence[str]
) -> Floats:
    """Return the cost of each candidate on each item over an episode, (C, I).

    Args:
        kind: The policy's class.
        values: (C, P) one number per parameter, or (C, P, I) one per item.
        episode: One row per item.
        names: (P,) of the parameters.
    """
    n_items, n_candidates = len(episode.items), len(values)
    per_row = np.broadcast_to(
        values if values.ndim == 3 else values[:, :, None], (*values.shape[:2], n_items)
    )
    columns: dict[str, Any] = {
        name: np.ascontiguousarray(per_row[:, k, :]).ravel() for k, name in enumerate(names)
    }
    shop = Shop(repeat_rows(episode, n_candidates))
    policy, total = kind(**columns), np.zeros(n_candidates * n_items)
    while not shop.over:
        total += shop.step(policy.order(shop.observe())).cost
    return total.reshape(n_candidates, n_items)


def repeat_rows(episode: Episode, times: int) -> Episode:
    """Return the episode with all its rows repeated as blocks."""
    rows = np.tile(np.arange(len(episode.items)), times)
    start = episode.start
    return replace(
        episode,
        items=episode.items.take(rows),
        demand=episode.demand[:, rows],
        forecasts=episode.forecasts.take(rows),
        start=type(start)(start.on_hand[rows], start.on_order[rows], start.backorders[rows]),
        lead_times=None if episode.lead_times is None else episode.lead_times[:, rows],
        review_phase=None if episode.review_phase is None else episode.review_phase[rows],
        recent_sales=None if episode.recent_sales is None else episode.recent_sales[rows],
    )
