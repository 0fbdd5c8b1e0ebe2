"""The numbers that an agent's network reads: named, versioned, scaled by the item's demand.

The width does not depend on the longest lead time, so that one network serves every item.
Quantities are in units of the item's own expected demand per period, which makes a shop that
sells pallets and one that sells pieces look alike.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtri

from replenish.arrays import Floats
from replenish.items import Items
from replenish.observation import Observation
from replenish.reference import Levels, economic_order_quantity

FEATURES_VERSION = 1
SLOTS = 8  # numbers that stand for the pipeline, whatever the lead time
LIMIT = 20.0  # features are cut here; a network was never shown more

STOCK_FEATURES = ("on_hand", "backorders", *(f"pipeline_{slot + 1}" for slot in range(SLOTS)))
FORECAST_FEATURES = (
    "position_gap",  # (S - inventory position) / std of lead-time demand
    "level_cover",  # S in periods of demand, per period to cover
    "variability",  # std of lead-time demand / its mean
    "skewness",  # (q95 + q05 - 2 q50) / std
    "demand_now",  # forecast for this period / mean forecast
    "demand_on_arrival",  # forecast for the periods that today's order serves / mean forecast
    "recent_sales",  # mean of recent in-stock sales / mean forecast
    "recent_out_of_stock",  # share of recent periods without stock
    "quantity_cover",  # economic order quantity, log(1 + periods of demand)
    "pack_cover",  # log(1 + pack size in periods of demand)
    "min_order_cover",  # log(1 + minimum order in periods of demand)
    "periods_to_review",  # share of the review period
)
ITEM_FEATURES = ("critical_score", "lead_time", "lead_time_std", "review_period")
FEATURES = STOCK_FEATURES + FORECAST_FEATURES + ITEM_FEATURES


def demand_unit(observation: Observation) -> Floats:
    """Return the (N,) units per period that features are scaled by.

    The mean forecast over lead time and review, but not less than a quarter of its standard
    deviation per period, so that items that hardly ever sell do not blow up.
    """
    total, cover = observation.forecast.lead_time_demand, observation.items.protection_period
    return np.asarray(np.maximum(total.mean / cover, np.maximum(total.std / (4.0 * cover), 1e-3)))


@dataclass(eq=False)
class Encoder:
    """Turns observations of the same N rows into features; keeps what does not change.

    Attributes:
        items: The N rows; another set of rows needs another encoder.
    """

    items: Items
    _slots: Floats | None = field(init=False)
    _fixed: Floats = field(init=False)

    def __post_init__(self) -> None:
        items = self.items
        self._slots = _slot_weights(items)
        self._fixed = np.stack(
            (
                ndtri(np.clip(items.critical_ratio, 1e-3, 1 - 1e-3)),
                np.log1p(items.lead_time),
                items.lead_time_std / np.maximum(items.lead_time, 1),
                np.log(items.review_period),
            ),
            axis=1,
        ).astype(np.float32)  # (N, 4)
        self._arrival = np.minimum(items.lead_time, items.protection_period - 1)

    def encode(self, observation: Observation, levels: Levels) -> Floats:
        """Return the features, (N, F) float32 in the order of `FEATURES`.

        Args:
            observation: The rows this encoder was made for.
            levels: The reference policy's levels for the same observation.
        """
        unit = demand_unit(observation)
        features = np.empty((len(unit), len(FEATURES)), dtype=np.float32)
        stock, forecast = len(STOCK_FEATURES), len(STOCK_FEATURES) + len(FORECAST_FEATURES)
        features[:, 0] = observation.state.on_hand / unit
        features[:, 1] = observation.state.backorders / unit
        features[:, 2:stock] = self._pipeline(observation.state.on_order) / unit[:, None]
        for column, values in enumerate(self._forecast_features(observation, levels, unit), stock):
            features[:, column] = values
        features[:, forecast:] = self._fixed
        return np.asarray(np.clip(features, -LIMIT, LIMIT, out=features))

    def _pipeline(self, on_order: Floats) -> Floats:
        """Return the pipeline in `SLOTS` numbers, (N, SLOTS) units."""
        if self._slots is not None:
            return np.asarray(np.einsum("nl,nls->ns", on_order, self._slots))
        missing = SLOTS - on_order.shape[1]
        return np.pad(on_order, ((0, 0), (0, missing))) if missing else on_order

    def _forecast_features(
        self, observation: Observation, levels: Levels, unit: Floats
    ) -> tuple[Floats, ...]:
        """Return one (N,) array for each name in `FORECAST_FEATURES`."""
        items, total = self.items, observation.forecast.lead_time_demand
        mean, rows = observation.forecast.mean, np.arange(len(unit))
        spread = np.maximum(total.std, unit)
        low, middle, high = np.searchsorted(total.levels, (0.05, 0.5, 0.95))
        quantiles = total.quantiles
        skew = quantiles[:, high] + quantiles[:, low] - 2.0 * quantiles[:, middle]
        return (
            (levels.order_up_to_level - observation.inventory_position) / spread,
            levels.order_up_to_level / (unit * items.protection_period),
            total.std / (unit * items.protection_period),
            skew / spread,
            mean[:, 0] / unit,
            mean[rows, self._arrival] / unit,
            _recent_sales(observation, unit),
            1.0
            - observation.recent_in_stock @ np.full(observation.recent_in_stock.shape[1], 1 / 7),
            np.log1p(economic_order_quantity(items, unit) / unit),
            np.log1p(items.pack_size / unit),
            np.log1p(items.min_order / unit),
            observation.periods_to_review / items.review_period,
        )


def _recent_sales(observation: Observation, unit: Floats) -> Floats:
    """Return the mean of recent in-stock sales over the unit, (N,); 1 where none is known."""
    sales = observation.recent_sales
    counts = observation.recent_in_stock & ~np.isnan(sales)
    ones = np.ones(sales.shape[1])
    number = counts @ ones
    total = np.where(counts, sales, 0.0) @ ones
    return np.asarray(np.where(number > 0, total / np.maximum(number, 1) / unit, 1.0))


def _slot_weights(items: Items) -> Floats | None:
    """Return (N, L, SLOTS) shares of each column in each slot; None where columns are slots.

    Up to `SLOTS` columns stand for themselves; a longer pipeline is folded in even parts.
    """
    columns = items.longest_lead_time
    if columns <= SLOTS:
        return None
    late = np.where(items.lead_time_std > 0, np.ceil(3.0 * items.lead_time_std), 0.0)
    own = np.maximum(items.lead_time + late, SLOTS)  # (N,)
    slot = np.floor(np.arange(columns)[None, :] * SLOTS / own[:, None])  # (N, L)
    slot = np.minimum(slot, SLOTS - 1)
    return np.asarray(slot[:, :, None] == np.arange(SLOTS)).astype(float)
