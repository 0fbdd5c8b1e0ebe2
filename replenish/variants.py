"""Items as they might be: lead times and costs beyond those met, to learn from.

A network that has played every item with several lead times and costs learns how levels depend on
them, not what suits the few that the shop has; and a new item is less of a stranger (domain
randomisation; Tobin et al. 2017, "Domain randomization for transferring deep neural networks").
"""

from dataclasses import dataclass, replace

import numpy as np

from replenish.arrays import Floats
from replenish.data.panel import Panel
from replenish.episodes import PanelEpisodes
from replenish.forecasting.context import context_covering
from replenish.forecasting.forecast import ForecastTable
from replenish.forecasting.path import ForecastLookup
from replenish.items import Items


@dataclass(frozen=True)
class Variety:
    """How items are varied.

    Attributes:
        versions: Of each item, the first as it is; 1 = nothing is varied.
        factor: Lead time, shortage cost and fixed order cost of the others are drawn between
            this times less and this times more than the item's own, evenly in their logarithm.
    """

    versions: int
    factor: float


def varied_items(
    items: Items, variety: Variety, horizon: int, rng: np.random.Generator, *, times: bool = True
) -> Items:
    """Return the items, one version after the other, (versions x I) rows.

    Args:
        items: I rows.
        variety: How many versions, how far apart.
        horizon: Periods that forecasts reach; lead time + review period stays within.
        rng: Draws the versions.
        times: Whether lead times are varied, too.
    """
    number, extra = len(items), (variety.versions - 1) * len(items)
    varied = items.take(np.tile(np.arange(number), variety.versions))

    def factors() -> Floats:
        reach = np.log(variety.factor)
        return np.concatenate((np.ones(number), np.exp(rng.uniform(-reach, reach, extra))))

    lead_time = varied.lead_time
    if times:
        longest = np.maximum(horizon - varied.review_period, lead_time)
        drawn = np.round(lead_time * factors()).astype(np.int64)
        lead_time = np.minimum(np.where(lead_time > 0, np.maximum(drawn, 1), 0), longest)
    return replace(
        varied,
        lead_time=lead_time,
        shortage_cost=varied.shortage_cost * factors(),
        fixed_order_cost=varied.fixed_order_cost * factors(),
    )


def varied_episodes(
    source: PanelEpisodes,
    table: ForecastTable,
    panel: Panel,
    variety: Variety,
    rng: np.random.Generator,
) -> PanelEpisodes:
    """Return a source that draws its rows from all versions of the items alike.

    Args:
        source: Of the I items as they are.
        table: The forecasts that it was made of, with their context.
        panel: Of the same items; of it the plan is read.
        variety: How many versions, how far apart.
        rng: Draws the versions; where receipts say how long orders take, lead times stay.
    """
    if variety.versions == 1:
        return source
    rows = np.tile(np.arange(len(source.items)), variety.versions)
    times = source.receipts is None
    items = varied_items(source.items, variety, table.mean.shape[2], rng, times=times)
    context = context_covering(panel, table, items.protection_period)
    return replace(
        source,
        items=items,
        demand=source.demand[rows],
        sales=source.sales[rows],
        forecasts=ForecastLookup.of(table, items.protection_period, rows, context),
        receipts=None if source.receipts is None else source.receipts[rows],
        joins=None if source.joins is None else source.joins[rows],
        in_stock=None if source.in_stock is None else source.in_stock[rows],
    )
