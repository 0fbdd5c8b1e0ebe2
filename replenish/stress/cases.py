"""The cases of stress: what happens, how hard, and for how long.

Every case begins a quarter into the test period, when nobody stands where they started. All that
is drawn is drawn before the first policy plays, so that everybody meets the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.episodes import random_lead_times
from replenish.items import Items
from replenish.stress.world import World, lead_times

BEGIN = 0.25  # share of the test period before the stress
SURGE, SLUMP = 2.0, 0.5  # times demand
SALES_DAYS, SALES_FACTOR = 3, 4.0  # days at this many times their demand
DELAY = 2  # times the lead time
DEVIATION = 0.5  # of random lead times, share of the lead time
RECORDS = 0.05  # share that recorded stock is too high or too low by
COST = 1.5  # times the cost
WEEK = 7  # days


@dataclass(frozen=True)
class Window:
    """When it happens.

    Attributes:
        first: First period of the stress.
        end: First period after it; the number of periods where it lasts.
        share: Of each of these periods that it takes: below 1 where it is shorter than a period.
    """

    first: int
    end: int
    share: float = 1.0

    def holds(self, periods: int) -> slice:
        """Return the window as a slice of (T, ...) arrays."""
        return slice(self.first, min(self.end, periods))


Change = Callable[[World, Window, np.random.Generator], World]


@dataclass(frozen=True)
class Case:
    """One stress.

    Attributes:
        name: In tables.
        words: What happens, and what policies are told.
        days: How long; 0 = to the end of the test period.
        change: Makes the world in which it happens.
    """

    name: str
    words: str
    days: int
    change: Change

    def window(self, periods: int, days_per_period: int) -> Window:
        """Return when it happens in an episode of so many periods."""
        first = int(BEGIN * periods)
        if not self.days:
            return Window(first, periods)
        length = max(round(self.days / days_per_period), 1)
        share = min(self.days / days_per_period, 1.0)
        return Window(first, min(first + length, periods), share)


def cases(items: Items) -> list[Case]:
    """Return the cases; a cost or a lead time that is 0 for all items is not changed."""
    found = [
        Case("demand × 2", "Demand doubles for 4 weeks.", 4 * WEEK, _demand(SURGE)),
        Case("demand × 0.5", "Demand halves for 4 weeks.", 4 * WEEK, _demand(SLUMP)),
        Case("sales days", f"{SALES_DAYS} days of {SALES_FACTOR:g} times the demand, which no plan "
             "announced.", SALES_DAYS, _demand(SALES_FACTOR)),
        Case("supplier stops", "Nothing arrives for 3 weeks; what was due in them arrives in "
             "the first period after.", 3 * WEEK, _stopped),
    ]  # fmt: skip
    if items.lead_time.any():
        found += [
            Case("lead time × 2", "Orders placed in 6 weeks take twice as long as policies are "
                 "told.", 6 * WEEK, _delayed),
            Case("random lead times", "Orders placed in 6 weeks take as long as a gamma "
                 f"distribution has it, of deviation {DEVIATION:g} times the lead time; policies "
                 "are told the mean.", 6 * WEEK, _random),
        ]  # fmt: skip
    found.append(
        Case("phantom stock", f"For 6 weeks recorded stock is {100 * RECORDS:g} % too high for one "
             "half of the items and too low for the other; then it is counted.", 6 * WEEK, _phantom)
    )  # fmt: skip
    for words, name in (("holding cost", "holding_cost"), ("shortage cost", "shortage_cost")):
        if getattr(items, name).any():
            said = f"The {words} is {COST:g} times what it was, known from that day on, for good."
            found.append(Case(f"{words} × {COST:g}", said, 0, _dearer(name)))
    return found


def _demand(factor: float) -> Change:
    """Return the change that multiplies demand."""

    def change(world: World, window: Window, rng: np.random.Generator) -> World:
        when = window.holds(world.episode.n_periods)
        demand = world.episode.demand.copy()
        times = 1.0 + (factor - 1.0) * window.share
        demand[when] = multiplied(demand[when], times, rng)
        return World.of(replace(world.episode, demand=demand))

    return change


def multiplied(demand: Floats, factor: float, rng: np.random.Generator) -> Floats:
    """Return demand times a factor, whole units staying whole: rounded up or down at random.

    On average it is the product. Estimated demand, which may be a fraction, is not rounded.

    Args:
        demand: Units.
        factor: 0 or more.
        rng: Decides each rounding.
    """
    product, whole = factor * demand, demand == np.floor(demand)
    down = np.floor(product)
    rounded = down + (rng.random(demand.shape) < product - down)
    return np.asarray(np.where(whole, rounded, product))


def _stopped(world: World, window: Window, rng: np.random.Generator) -> World:  # noqa: ARG001
    """Return the world in which what is due in the window arrives when it is over."""
    times = lead_times(world.episode)
    placed = np.arange(len(times))[:, None]
    held = (placed + times >= window.first) & (placed + times < window.end)
    under_way = np.asarray(world.episode.start.on_order)
    return world.delivering(
        np.where(held, window.end - placed, times), _held_back(under_way, window)
    )


def _held_back(on_order: Floats, window: Window) -> Floats:
    """Return the (N, L) pipeline at the start with the window's columns moved behind it."""
    wide = np.pad(on_order, ((0, 0), (0, max(window.end - on_order.shape[1], 0))))
    due = np.arange(1, wide.shape[1] + 1)  # column k arrives in period k + 1
    held = (due >= window.first) & (due < window.end)
    late = wide[:, held].sum(axis=1)
    return np.asarray(np.where(held, 0.0, wide) + late[:, None] * (due == window.end))


def _delayed(world: World, window: Window, rng: np.random.Generator) -> World:  # noqa: ARG001
    """Return the world in which orders placed in the window take twice as long."""
    times = lead_times(world.episode)
    return world.delivering(_in(window, times, DELAY * times))


def _random(world: World, window: Window, rng: np.random.Generator) -> World:
    """Return the world in which orders placed in the window take random times."""
    items, times = world.episode.items, lead_times(world.episode)
    spread = np.maximum(items.lead_time_std, DEVIATION * items.lead_time)
    drawn = random_lead_times(replace(items, lead_time_std=spread), len(times), rng)
    return world if drawn is None else world.delivering(_in(window, times, drawn))


def _in(window: Window, times: Ints, others: Ints) -> Ints:
    """Return (T, N) lead times, others for orders placed in the window."""
    changed, when = times.copy(), window.holds(len(times))
    changed[when] = others[when]
    return changed


def _phantom(world: World, window: Window, rng: np.random.Generator) -> World:
    """Return the world in which records are wrong by a share, an empty shelf excepted."""
    recorded = np.ones(world.episode.demand.shape)
    signs = rng.permutation(np.resize([1.0, -1.0], len(world.episode.items)))
    recorded[window.holds(len(recorded))] += RECORDS * signs
    return replace(world, recorded=recorded)


def _dearer(name: str) -> Change:
    """Return the change of a cost that is known from its day on."""

    def change(world: World, window: Window, rng: np.random.Generator) -> World:  # noqa: ARG001
        items = world.episode.items
        dearer = {name: COST * getattr(items, name)}
        return replace(world, later=replace(items, **dearer), since=window.first)

    return change
