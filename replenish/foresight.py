"""A bound from below: what an order clerk who knew all demand in advance would have paid.

Starting stock and orders under way serve the demand that comes first; what is left is served by
new orders, each unit from the arrival that costs least, or not at all. Order rules (packs,
minimum, maximum, stock limits) are dropped, which can only lower the bound. With a fixed order
cost the arrivals are chosen by dynamic programming (Wagner and Whitin 1958) on the same costs.
"""

from dataclasses import dataclass, replace

import numpy as np

from replenish.arrays import Floats
from replenish.simulation import Episode
from replenish.state import meet, receive


@dataclass(frozen=True, eq=False)
class _Remainder:
    """What is left when nothing is ordered.

    Attributes:
        unmet: (T, N) units that neither starting stock nor orders under way serve.
        paid: (N,) money for holding, and for the waiting of demand that they serve late.
    """

    unmet: Floats
    paid: Floats


def perfect_foresight_cost(episode: Episode) -> Floats:
    """Return the (N,) money that a policy pays at least over the whole episode.

    Purchases are charged as in the scorecard: for units that leave the shop, not for stock built.

    Args:
        episode: Demand and start; random lead times are taken as their shortest. Where demand
            waits, orders under way at the start are taken to arrive before new ones.
    """
    items, rest = episode.items, _without_orders(episode)
    served = [_row_cost(episode, row, rest.unmet[:, row]) for row in range(len(items))]
    purchases = items.unit_cost * episode.demand.sum(axis=0)
    return np.asarray(rest.paid + np.array(served) + purchases)


def _without_orders(episode: Episode) -> _Remainder:
    """Let the starting stock and what is under way serve what they can.

    Where demand is lost, that is whatever they are there for; where it waits, the units asked
    for first, since nothing is gained by serving out of turn.
    """
    items, state = episode.items, episode.start
    asked, left = episode.demand.copy(), np.zeros_like(episode.demand)
    if episode.unmet_demand == "backorder":
        asked[0] += state.backorders  # they wait from the first period on
        total = np.cumsum(asked, axis=0)
        covered = np.minimum(total, state.on_hand + state.in_transit)
        covered = np.diff(covered, axis=0, prepend=0.0)
        asked, left = covered, asked - covered
        state = replace(state, backorders=np.zeros(len(items)))
    paid, unmet = np.zeros(len(items)), []
    for demand in asked:
        state, _, short = meet(state, demand, episode.unmet_demand)
        unmet.append(short)
        paid += items.holding_cost * state.on_hand + items.shortage_cost * state.backorders
        state, _ = receive(state)
    return _Remainder(left if episode.unmet_demand == "backorder" else np.stack(unmet), paid)


def _row_cost(episode: Episode, row: int, unmet: Floats) -> float:
    """Return what serving one row's remaining demand (T,) costs with the best arrivals."""
    items, n_periods = episode.items, len(unmet)
    lead = items.lead_time if episode.lead_times is None else episode.lead_times.min(axis=0)
    phase = 0 if episode.review_phase is None else int(episode.review_phase[row])
    arrivals = np.arange(phase, n_periods, int(items.review_period[row])) + int(lead[row])
    wait = np.arange(n_periods)[:, None] - arrivals[arrivals < n_periods][None, :]  # (T, A)
    shortage, never = _shortage(episode, row, n_periods)
    late = -shortage * wait if episode.unmet_demand == "backorder" else shortage
    each = np.where(wait >= 0, items.holding_cost[row] * wait, late)
    each = np.minimum(each, never[:, None])  # not serving is always open
    if items.fixed_order_cost[row] == 0:
        best = np.concatenate((each, never[:, None]), axis=1).min(axis=1)
        return float(best @ unmet)
    return _lot_sizes(each * unmet[:, None], never * unmet, float(items.fixed_order_cost[row]))


def _shortage(episode: Episode, row: int, n_periods: int) -> tuple[float, Floats]:
    """Return the money per unit (and period) short, and (T,) per unit that is never served.

    A lost unit is not bought either, so its unit cost, counted with the purchases, is returned.
    """
    items = episode.items
    if episode.unmet_demand == "lost":
        shortage = float(items.shortage_cost[row] - items.unit_cost[row])
        return shortage, np.full(n_periods, shortage)
    shortage = float(items.shortage_cost[row])
    return shortage, shortage * np.arange(n_periods, 0, -1)


def _lot_sizes(each: Floats, never: Floats, fixed: float) -> float:
    """Return the least cost with a fixed cost per arrival used, by dynamic programming.

    Args:
        each: (T, A) money to serve period t's demand from arrival a; it rises with distance, so
            that an optimal plan serves an interval of periods from each arrival.
        never: (T,) money not to serve period t's demand.
        fixed: Money per arrival used.
    """
    sums = np.vstack((np.zeros(each.shape[1]), np.cumsum(each, axis=0)))  # (T + 1, A)
    given_up = np.concatenate(([0.0], np.cumsum(never)))  # (T + 1,)
    value = given_up  # value[t]: least cost of the periods before t with the arrivals so far
    for a in range(each.shape[1]):
        served = fixed + sums[:, a] + np.minimum.accumulate(value - sums[:, a])
        value = np.minimum(value, served)
        value = given_up + np.minimum.accumulate(value - given_up)
    return float(value[-1])
