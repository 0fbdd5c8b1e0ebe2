"""What an order costs, counted in the period in which it arrives.

An order changes no stock before it arrives: the first period that it can help is the one in which
it arrives, L periods later, and what that one costs is as good as settled once the order is placed,
for later orders arrive later. Exact methods charge an order so (Zipkin 2008, "Old and new methods
for lost-sales inventory systems", Operations Research 56, 1256-1263). A learner that is told this
cost at once need not find out which of many orders brought it about, and need not hear of L periods
of demand about which the order could do nothing. Demand is fixed before an episode begins
(`replenish.simulation`), so that it can be told.
"""

from dataclasses import replace

import numpy as np

from replenish.arrays import Floats
from replenish.costs import Flows, Ledger, count, credited_cost
from replenish.simulation import Shop
from replenish.state import meet, receive


def cost_on_arrival(shop: Shop, ledger: Ledger, *, credited: bool) -> Floats:
    """Return what the orders of a period cost, (N,) money.

    Ordering as it was paid, and holding and shortage of the period in which each row's order
    arrives (had there been none: would have arrived). Summed over an episode this is the cost of
    all periods but the first L, in which no order can arrive.

    Args:
        shop: Just after the period; lead times are fixed, and L more periods follow.
        ledger: Of the period.
        credited: Whether stock built up is credited, as in judging (see `credited_cost`).
    """
    episode, items = shop.episode, shop.episode.items
    none, state = np.zeros(len(items)), shop.state

    def without_order(period: Ledger) -> Floats:
        bare = replace(period, order=none, cost_ordering=none)
        return credited_cost(bare, items) if credited else bare.cost

    cost = without_order(ledger)
    for wait in range(1, items.longest_lead_time + 1):
        demand = episode.demand[shop.period + wait - 1]
        end, sales, unmet = meet(state, demand, items.unmet_demand)
        flows = Flows(demand, none, none, sales, unmet)
        later = without_order(count(items, flows, end))
        cost = np.where(items.lead_time == wait, later, cost)
        state, _ = receive(end)
    stocked = items.unit_cost * ledger.order if credited and items.charged else none
    return np.asarray(cost + ledger.cost_ordering - stocked)
