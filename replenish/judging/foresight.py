"""A bound from below: what an order clerk who knew all demand in advance would have paid.

Starting stock and orders under way serve the demand that comes first; what is left is served by
new orders, each unit from the arrival that costs least, or not at all. Order rules (packs,
minimum, maximum, stock limits) are dropped, which can only lower the bound. With a fixed order
cost the arrivals are chosen by dynamic programming (Wagner and Whitin 1958) on the same costs.

Beside it, `PerfectForecast` lets a policy that orders by forecasts be played on right ones: what
better forecasting could still be worth to it.
"""

from dataclasses import dataclass, replace

import numpy as np

from replenish.arrays import Bools, Floats, Ints
from replenish.forecasting.context import without_errors
from replenish.forecasting.forecast import DemandSum, Forecast
from replenish.forecasting.path import ForecastPath
from replenish.forecasting.point import Seen
from replenish.simulation import Episode
from replenish.state import meet, receive

_ASKED = 12  # prices tried for units under way that new orders may overtake


@dataclass(frozen=True, eq=False)
class _Remainder:
    """What is left when nothing is ordered.

    Attributes:
        unmet: (T, N) units that neither starting stock nor orders under way serve.
        paid: (N,) money for holding, and for the waiting of demand that they serve late.
        free: (N,) units under way that serve any of ``unmet`` for nothing.
    """

    unmet: Floats
    paid: Floats
    free: Floats


def perfect_foresight_cost(episode: Episode) -> Floats:
    """Return the (N,) money that a policy pays at least over the whole episode.

    Purchases are charged as in the scorecard: for units that leave the shop, not for stock built.

    Args:
        episode: Demand and start; random lead times are taken as their shortest. Where demand
            waits and new orders may overtake those under way at the start, the latter serve
            whichever demand is dearest, at once and for nothing.
    """
    items, rest = episode.items, _without_orders(episode)
    served = [_row_cost(episode, row, rest) for row in range(len(items))]
    purchases = items.unit_cost * episode.demand.sum(axis=0)
    return np.asarray(rest.paid + np.array(served) + purchases)


def _without_orders(episode: Episode) -> _Remainder:
    """Let the starting stock and what is under way serve what they can.

    Where demand is lost, that is whatever they are there for; where it waits, the units asked
    for first, since nothing is gained by serving out of turn. Units that new orders may overtake
    are kept apart there: whom they serve depends on those orders.
    """
    items, state, free = episode.items, episode.start, np.zeros(len(episode.items))
    asked, left = episode.demand.copy(), np.zeros_like(episode.demand)
    if episode.items.unmet_demand == "backorder":
        overtaken = _overtaken(episode)
        free = np.where(overtaken, state.in_transit, 0.0)
        state = replace(state, on_order=np.where(overtaken[:, None], 0.0, state.on_order))
        asked[0] += state.backorders  # they wait from the first period on
        total = np.cumsum(asked, axis=0)
        covered = np.minimum(total, state.on_hand + state.in_transit)
        covered = np.diff(covered, axis=0, prepend=0.0)
        asked, left = covered, asked - covered
        state = replace(state, backorders=np.zeros(len(items)))
    paid, unmet = np.zeros(len(items)), []
    for demand in asked:
        state, _, short = meet(state, demand, episode.items.unmet_demand)
        unmet.append(short)
        paid += items.holding_cost * state.on_hand + items.shortage_cost * state.backorders
        state, _ = receive(state)
    left = left if episode.items.unmet_demand == "backorder" else np.stack(unmet)
    return _Remainder(left, paid, free)


def _shortest(episode: Episode) -> Ints:
    """Return the (N,) shortest lead time of an order, periods."""
    drawn = episode.lead_times
    return episode.items.lead_time if drawn is None else np.asarray(drawn.min(axis=0))


def _overtaken(episode: Episode) -> Bools:
    """Return (N,) True where a new order may arrive before the last one under way."""
    on_order = episode.start.on_order
    last = np.where(on_order > 0, np.arange(1, on_order.shape[1] + 1), 0).max(axis=1, initial=0)
    return np.asarray(last > _shortest(episode))


def _row_cost(episode: Episode, row: int, rest: _Remainder) -> float:
    """Return what serving one row's remaining demand costs with the best arrivals, money.

    Any price that a unit under way might ask for serving demand, less what all of them would
    take at it, gives a bound (Lagrangian relaxation); the highest of a few is returned.
    """
    each, never = _prices(episode, row)
    unmet, free = rest.unmet[:, row], float(rest.free[row])
    fixed = float(episode.items.fixed_order_cost[row])
    if free == 0:
        return _served(each, never, unmet, fixed)
    asked = never.max() * np.geomspace(1e-4, 1.0, _ASKED)
    at = [_served(np.minimum(each, p), np.minimum(never, p), unmet, fixed) for p in asked]
    return max(0.0, float((np.array(at) - asked * free).max()))


def _prices(episode: Episode, row: int) -> tuple[Floats, Floats]:
    """Return the money per unit asked for in each period: (T, A) by arrival; (T,) never served."""
    items, n_periods = episode.items, episode.n_periods
    phase = 0 if episode.review_phase is None else int(episode.review_phase[row])
    moments, drawn = np.arange(phase, n_periods, int(items.review_period[row])), episode.lead_times
    takes = int(items.lead_time[row]) if drawn is None else drawn[moments, row]
    arrivals = np.unique(moments + takes)
    arrivals = arrivals[arrivals < n_periods]
    wait = np.arange(n_periods)[:, None] - arrivals[None, :]  # (T, A)
    shortage, never = _shortage(episode, row, n_periods)
    late = -shortage * wait if episode.items.unmet_demand == "backorder" else shortage
    each = np.where(wait >= 0, items.holding_cost[row] * wait, late)
    return np.minimum(each, never[:, None]), never  # not serving is always open


def _served(each: Floats, never: Floats, unmet: Floats, fixed: float) -> float:
    """Return what serving (T,) units costs, money; the other arguments as in `_lot_sizes`."""
    if fixed == 0:
        best = np.concatenate((each, never[:, None]), axis=1).min(axis=1)
        return float(best @ unmet)
    return _lot_sizes(each * unmet[:, None], never * unmet, fixed)


def _shortage(episode: Episode, row: int, n_periods: int) -> tuple[float, Floats]:
    """Return the money per unit (and period) short, and (T,) per unit that is never served.

    A lost unit is not bought either, so its unit cost, counted with the purchases, is returned.
    """
    items = episode.items
    if episode.items.unmet_demand == "lost":
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


SPREAD = 0.1  # of its own that a perfect forecast still claims


@dataclass(frozen=True, eq=False)
class PerfectForecast:
    """Forecasts that are right: the mean is the demand that comes.

    They say of themselves that they are: deviation and quantiles keep a tenth of their distance
    from the mean, and the record of past errors shows none. A little is kept because features are
    counted in it. Beyond the episode's last period the forecast is what it was.

    Attributes:
        path: Forecasts of N rows as they were made.
        demand: (T, N) units that will be asked for.
        cover: (N,) lead time + review period.
    """

    path: ForecastPath
    demand: Floats
    cover: Ints

    @classmethod
    def of(cls, episode: Episode) -> Episode:
        """Return the episode with perfect forecasts."""
        path = cls(episode.forecasts, episode.demand, episode.items.protection_period)
        return replace(episode, forecasts=path)

    def at(self, period: int) -> Forecast:
        """Return the demand from this period on as a forecast."""
        told = self.path.at(period)
        mean, total, rows = told.mean.copy(), told.lead_time_demand, np.arange(len(self.cover))
        coming = self.demand[period : period + mean.shape[1]].T  # (N, H) or fewer
        mean[:, : coming.shape[1]] = coming
        expected = np.cumsum(mean, axis=1)[rows, self.cover - 1]
        apart = SPREAD * (total.quantiles - total.mean[:, None])
        quantiles = np.maximum(expected[:, None] + apart, 0.0)
        right = DemandSum(expected, SPREAD * total.std, quantiles, total.levels)
        context = None if told.context is None else without_errors(told.context)
        return Forecast(mean, SPREAD * told.std, right, context)

    def reaches(self, period: int) -> bool:
        """Return whether there was a forecast of this period."""
        return self.path.reaches(period)

    def after(self, seen: Seen) -> "PerfectForecast":
        """Return the path after a period that showed this."""
        return replace(self, path=self.path.after(seen))

    def take(self, rows: Ints) -> "PerfectForecast":
        """Return the path of these rows."""
        return PerfectForecast(self.path.take(rows), self.demand[:, rows], self.cover[rows])
