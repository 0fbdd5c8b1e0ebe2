"""Tune a policy's parameters on simulated costs, many candidates and all items in one run.

Opponents are tuned as hard as the formula that the agent leans on, and by the same search: a
space-filling first round over all parameters, then rounds that zoom in; a policy with parameters
too many for that brings a `Strategy` of its own. Each item may lean from
the best setting for all towards the best of the same candidates for itself; how far is decided
on periods that the search did not see. Then the search is repeated on all of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np
from scipy.stats import qmc

from replenish.arrays import Floats, Ints
from replenish.costs import credited_cost
from replenish.protocols import Policy
from replenish.ranges import Range
from replenish.simulation import Episode, Shop

Trial: TypeAlias = Callable[[Floats], Floats]  # (C, P) shares of the ranges -> (C,) costs of all


@dataclass(frozen=True, eq=False)
class Tuned:
    """A policy with the parameters that tuning found.

    Attributes:
        policy: Ready to order for the tuned items, one row each, in their order.
        parameters: name -> one number, or (I,) numbers.
        individuality: How far items lean from the common setting to their own, 0 to 1.
        common: name -> the one best number for all items, where they lean away from it.
    """

    policy: Policy
    parameters: dict[str, float | Floats]
    individuality: float = 0.0
    common: Mapping[str, float] = field(default_factory=dict)

    def for_rows(self, rows: Ints) -> Self:
        """Return the policy for other rows: (N,) numbers of those it has, -1 = one it has not.

        An item that was not tuned gets the common setting.
        """
        if self.individuality == 0:
            return self
        parameters: dict[str, float | Floats] = {
            name: np.where(rows < 0, self.common.get(name, np.nan), np.asarray(values)[rows])
            for name, values in self.parameters.items()
        }
        kind: Callable[..., Policy] = type(self.policy)
        return replace(self, policy=kind(**parameters), parameters=parameters)

    @property
    def alike(self) -> dict[str, float]:
        """The one best number for all items, by name of the parameter."""
        return dict(self.common) or {k: float(np.mean(v)) for k, v in self.parameters.items()}

    @property
    def settings(self) -> str:
        """The parameters in words."""
        if not self.parameters:
            return "nothing to tune"
        own = self.individuality > 0
        words = [
            f"{name} {float(np.median(value)):.3g}" + (" (median)" if own else "")
            for name, value in self.parameters.items()
        ]
        return ", ".join(words) + (f", {self.individuality:.0%} per item" if own else "")


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


Strategy: TypeAlias = Callable[[Trial, Floats, Effort], None]  # tries what it likes, from (P,) on
LEANINGS = (0.0, 0.25, 0.5, 0.75, 1.0)
MANY, SAMPLE = 300, 128  # of more items a strategy searches on some, spread from cheap to dear


class InTurn(NamedTuple):
    """A policy tuned twice, with items that differ as far in both.

    Attributes:
        on_train: On train alone: validation, which may decide what is left, is new to it.
        on_both: On train and validation.
    """

    on_train: Tuned
    on_both: Tuned


def tune(
    kind: Callable[..., Policy],
    train: Episode,
    validation: Episode,
    effort: Effort | None = None,
    *,
    per_item: bool = True,
) -> Tuned:
    """Return the policy with the best parameters, tuned on both episodes together.

    Args:
        kind: Makes the policy from its parameters; ``kind.search`` says where to look for them,
            attributes of their names what they are untuned, and ``kind.strategy``, if there is
            one, how to look.
        train: One row per item.
        validation: The same items over later periods; decides how far items differ.
        effort: How hard to search.
        per_item: Whether items may differ at all.
    """
    if per_item:
        return tune_in_turn(kind, train, validation, effort).on_both
    return _tuned(kind, _search(kind, [train, validation], effort or Effort()), 0.0)


def tune_in_turn(
    kind: Callable[..., Policy], train: Episode, validation: Episode, effort: Effort | None = None
) -> InTurn:
    """Return the policy tuned on train alone, and tuned once more on both.

    How far items differ is decided on validation. Arguments as for `tune`.
    """
    effort = effort or Effort()
    first = _search(kind, [train], effort)
    costs = _costs(kind, _values(kind, first.leaning(LEANINGS)), validation).sum(axis=1)
    leaning = LEANINGS[int(costs.argmin())]
    both = _search(kind, [train, validation], effort)
    return InTurn(_tuned(kind, first, leaning), _tuned(kind, both, leaning))


def _tuned(kind: Callable[..., Policy], found: "_Found", leaning: float) -> Tuned:
    """Return the policy whose items lean so far from the common to their own setting."""
    values = _values(kind, found.leaning([leaning]))[0]  # (P, I)
    parameters: dict[str, float | Floats] = {
        name: column if leaning else float(column[0])
        for name, column in zip(kind.search, values, strict=True)  # type: ignore[attr-defined]
    }
    alike = _values(kind, found.leaning([0.0]))[0][:, 0] if leaning else ()
    common = dict(zip(parameters, map(float, alike), strict=False))
    return Tuned(kind(**parameters), parameters, leaning, common)


@dataclass(frozen=True, eq=False)
class _Found:
    """Best settings of a search as shares of their ranges: (P,) for all items, (P, I) for each."""

    pooled: Floats
    own: Floats

    def leaning(self, weights: Sequence[float]) -> Floats:
        """Return (W, P, I) shares that lean this far from the common to the own setting."""
        common = self.pooled[:, None]
        return np.stack([common + weight * (self.own - common) for weight in weights])


@dataclass(frozen=True, eq=False)
class _Record:
    """Every setting that was tried, on every item: lists of (C, P) shares and (C, I) costs."""

    kind: Callable[..., Policy]
    episodes: Sequence[Episode]
    tried: list[Floats] = field(default_factory=list)
    costs: list[Floats] = field(default_factory=list)

    def trial(self, shares: Floats) -> Floats:
        """Play (C, P) settings on every item and return their (C,) costs in all."""
        values = _values(self.kind, shares[:, :, None])
        costs = np.asarray(sum(_costs(self.kind, values, e) for e in self.episodes))
        self.tried.append(shares)
        self.costs.append(costs)
        return np.asarray(costs.sum(axis=1))

    def best(self, number: int) -> Floats:
        """Return the cheapest settings, the cheapest first, (number, P) at most."""
        order = np.concatenate(self.costs).sum(axis=1).argsort(kind="stable")
        return np.asarray(np.concatenate(self.tried)[order[:number]])

    @property
    def found(self) -> _Found:
        """The best setting for all items, and for each; where all cost the same, that for all."""
        costs, pooled = np.concatenate(self.costs), self.best(1)[0]
        own = np.concatenate(self.tried)[costs.argmin(axis=0)]
        told_apart = (costs != costs[0]).any(axis=0)
        return _Found(pooled, np.where(told_apart[:, None], own, pooled).T)


def _search(kind: Callable[..., Policy], episodes: Sequence[Episode], effort: Effort) -> _Found:
    """Try settings on every item; a strategy of its own tries many on some, its best on all."""
    strategy: Strategy | None = getattr(kind, "strategy", None)
    untuned, record = _untuned(kind), _Record(kind, episodes)
    if strategy is None:
        zoom_in(record.trial, untuned, effort)
        return record.found
    record.trial(untuned[None])
    by_cost = record.costs[0][0].argsort(kind="stable")
    if len(by_cost) <= MANY:
        strategy(record.trial, untuned, effort)
        return record.found
    rows = by_cost[np.linspace(0, len(by_cost) - 1, SAMPLE).round().astype(int)]
    some = _Record(kind, [take_rows(episode, rows) for episode in episodes])
    strategy(some.trial, untuned, effort)
    record.trial(some.best(2 * effort.candidates))
    return record.found


def zoom_in(trial: Trial, untuned: Floats, effort: Effort) -> None:
    """Try candidates that fill the space, then ever smaller boxes around the best so far."""
    centre, least, width = np.full(len(untuned), 0.5), np.inf, 1.0
    for number in range(effort.rounds):
        unit = space_filling(len(untuned), effort.candidates, effort.seed + number)
        shares = np.clip(centre + width * (unit - 0.5), 0.0, 1.0)  # (C, P)
        if number == 0:
            shares[0] = untuned  # tuning never ends up worse than not tuning
        costs = trial(shares)
        best = int(costs.argmin())
        if costs[best] < least:
            centre, least = shares[best], costs[best]
        width /= 3.0


def space_filling(parameters: int, candidates: int, seed: int) -> Floats:
    """Return (C, P) shares that fill the unit cube evenly (Sobol 1967, scrambled)."""
    sequence = qmc.Sobol(parameters, rng=seed)
    return np.asarray(sequence.random_base2((candidates - 1).bit_length())[:candidates])


def _untuned(kind: Callable[..., Policy]) -> Floats:
    """Return the (P,) shares of the defaults, which stand as attributes of the kind."""
    ranges: dict[str, Range] = kind.search  # type: ignore[attr-defined]
    return np.clip([r.share_of(getattr(kind, name)) for name, r in ranges.items()], 0.0, 1.0)


def _values(kind: Callable[..., Policy], shares: Floats) -> Floats:
    """Return parameters from shares of their ranges, (C, P, I) or (C, P, 1)."""
    ranges: dict[str, Range] = kind.search  # type: ignore[attr-defined]
    return np.stack([r.at(shares[:, k]) for k, r in enumerate(ranges.values())], axis=1)


def _costs(kind: Callable[..., Policy], values: Floats, episode: Episode) -> Floats:
    """Return the cost of each candidate on each item over an episode, (C, I).

    Args:
        kind: Makes the policy from its parameters.
        values: (C, P, I) one number per parameter and item, or (C, P, 1) one for all items.
        episode: One row per item.
    """
    n_items, n_candidates = len(episode.items), len(values)
    per_row = np.broadcast_to(values, (*values.shape[:2], n_items))
    columns: dict[str, Any] = {
        name: np.ascontiguousarray(per_row[:, k, :]).ravel()
        for k, name in enumerate(kind.search)  # type: ignore[attr-defined]
    }
    shop = Shop(repeat_rows(episode, n_candidates))
    policy, total = kind(**columns), np.zeros(n_candidates * n_items)
    while not shop.over:
        total += credited_cost(shop.step(policy.order(shop.observe())), shop.episode.items)
    return total.reshape(n_candidates, n_items)


def repeat_rows(episode: Episode, times: int) -> Episode:
    """Return the episode with all its rows repeated as blocks."""
    return take_rows(episode, np.tile(np.arange(len(episode.items)), times))


def take_rows(episode: Episode, rows: Ints) -> Episode:
    """Return the episode of these rows, in this order, repeats allowed."""
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
        recent_in_stock=(
            None if episode.recent_in_stock is None else episode.recent_in_stock[rows]
        ),
        joins=None if episode.joins is None else episode.joins[rows],
    )
