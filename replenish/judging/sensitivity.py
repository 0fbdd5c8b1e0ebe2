"""What if the costs or the lead time were others: every policy as it is, told the truth.

Nothing is tuned or trained again. The formulas use the item's parameters in their ratios, so
that all policies know the case they are in; what was tuned and learnt stays as it was.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from replenish.arrays import Floats
from replenish.data.panel import Panel
from replenish.episodes import PanelEpisodes
from replenish.forecasting.context import context_covering
from replenish.forecasting.forecast import ForecastTable
from replenish.forecasting.path import ForecastLookup
from replenish.items import Items
from replenish.judging.counted import play_all
from replenish.paired import PairedDifference, paired_differences
from replenish.protocols import Policy
from replenish.scorecard import Calendar

FACTORS = (0.5, 2.0)
_COSTS = {
    "holding cost": "holding_cost",
    "shortage cost": "shortage_cost",
    "fixed order cost": "fixed_order_cost",
}
_SEASON = 7  # periods after which a forecast that must reach further repeats itself


@dataclass(frozen=True)
class OtherCost:
    """One changed parameter.

    Attributes:
        parameter: Its name in words, or ``as it is``.
        factor: Times what the items say.
        cost: The agent's, money per item and period.
        best: The baseline that is cheapest in this case.
        best_cost: Its cost.
        difference: The agent's cost minus its cost, paired.
    """

    parameter: str
    factor: float
    cost: float
    best: str
    best_cost: float
    difference: PairedDifference

    def to_dict(self) -> dict[str, Any]:
        """Return the case as JSON."""
        return asdict(self)


def sensitivity(
    policies: Mapping[str, Policy],
    source: PanelEpisodes,
    table: ForecastTable,
    panel: Panel,
    calendar: Calendar,
    seed: int | Sequence[int],
) -> list[OtherCost]:
    """Return the agent against the best baseline with each parameter halved and doubled.

    Args:
        policies: Name -> policy; one is named ``agent``.
        source: Episodes of the test period; the usual start is played.
        table: The forecasts in them.
        panel: Of the same items; of it the plan is read.
        calendar: Length of a period.
        seed: Of lead times and review days, the same in every case; the judge's, so that the
            case as it is costs what the judge says.
    """
    found = []
    for parameter, factor, items in cases(source.items, own_lead_time=source.receipts is None):
        forecasts = source.forecasts
        if parameter == "lead time":
            cover = items.protection_period
            context = context_covering(panel, table, cover)
            longer = reaching(table, int(cover.max()))
            forecasts = ForecastLookup.of(longer, cover, context=context)
        changed = replace(source, items=items, forecasts=forecasts)
        played = play_all(policies, changed.whole(np.random.default_rng(seed)), calendar)
        costs = {name: counted.costs for name, counted in played.items()}
        ours = costs.pop("agent")
        best = min(costs, key=lambda name: float(costs[name].per_item.mean()))
        difference = paired_differences(ours, {best: costs[best]})[best]
        our_cost, best_cost = float(ours.per_item.mean()), float(costs[best].per_item.mean())
        found.append(OtherCost(parameter, factor, our_cost, best, best_cost, difference))
    return found


def cases(items: Items, *, own_lead_time: bool = True) -> Iterator[tuple[str, float, Items]]:
    """Yield parameter, factor and changed items; what is 0 for all items is not changed.

    Args:
        items: As they are.
        own_lead_time: Whether orders take as long as the items say, and not as past receipts.
    """
    yield "as it is", 1.0, items
    for words, name in _COSTS.items():
        values: Floats = getattr(items, name)
        for factor in FACTORS if values.any() else ():
            changed: dict[str, Any] = {name: factor * values}
            yield words, factor, replace(items, **changed)
    for factor in FACTORS if own_lead_time and items.lead_time.any() else ():
        least = np.minimum(items.lead_time, 1)  # what takes time takes one period at least
        lead_time = np.maximum(np.floor(factor * items.lead_time + 0.5), least).astype(np.int64)
        spread = factor * items.lead_time_std
        if (lead_time == items.lead_time).all() and not spread.any():
            continue  # half of one period is one period
        yield "lead time", factor, replace(items, lead_time=lead_time, lead_time_std=spread)


def reaching(table: ForecastTable, horizon: int) -> ForecastTable:
    """Return forecasts that reach this far; where they end, they go on as their last week did.

    The deviation of sums grows with the root of the number of periods from there on, and their
    quantiles lie as many deviations from the mean as those of the longest sum that is known.

    Args:
        table: Forecasts of any horizon.
        horizon: Periods that must be covered.
    """
    known = table.horizon
    if horizon <= known:
        return table
    beyond = np.arange(known, horizon)
    ago = min(_SEASON, known)
    again = known - ago + (beyond - known) % ago
    mean = np.concatenate((table.mean, table.mean[:, :, again]), axis=2)
    growth = np.sqrt((beyond + 1) / known)
    distance = table.sum_quantiles[:, :, -1:] - table.sum_mean[:, :, -1:, None]  # (N, O, 1, Q)
    centre = np.cumsum(mean, axis=2)[:, :, known:, None]
    later = np.maximum(centre + distance * growth[:, None], 0.0)
    return replace(
        table,
        mean=mean,
        std=np.concatenate((table.std, table.std[:, :, again]), axis=2),
        sum_std=np.concatenate((table.sum_std, table.sum_std[:, :, -1:] * growth), axis=2),
        sum_quantiles=np.concatenate((table.sum_quantiles, later), axis=2),
    )
