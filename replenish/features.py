"""The numbers that an agent's network reads: named, versioned, scaled by the item's demand.

The width does not depend on the longest lead time, so that one network serves every item.
Quantities are in units of the item's own expected demand per period, which makes a shop that
sells pallets and one that sells pieces look alike.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from replenish.arrays import Floats
from replenish.forecasting.forecast import CONTEXT, DemandSum, Forecast
from replenish.items import Items
from replenish.observation import MEMORY, Observation
from replenish.order_cycles import economic_order_quantity
from replenish.reference import Levels
from replenish.state import InventoryState

FEATURES_VERSION = 2
SLOTS = 8  # numbers that stand for the pipeline, whatever the lead time
LIMIT = 20.0  # features are cut here; a network was never shown more

PIPELINE_FEATURES = tuple(f"pipeline_{slot + 1}" for slot in range(SLOTS))
STOCK_FEATURES = ("on_hand", "backorders", *PIPELINE_FEATURES)
FORECAST_FEATURES = (
    "position_gap",  # (S - inventory position) / std of lead-time demand
    "level_cover",  # S in periods of demand, per period to cover
    "variability",  # std of lead-time demand / its mean
    "skewness",  # (q95 + q05 - 2 q50) / std
    "demand_now",  # forecast for this period / mean forecast
    "demand_on_arrival",  # forecast for the period in which today's order arrives / mean forecast
    "recent_sales",  # mean of recent in-stock sales / mean forecast
    "recent_out_of_stock",  # share of recent periods without stock
    "quantity_cover",  # economic order quantity, log(1 + periods of demand)
    "pack_cover",  # log(1 + pack size in periods of demand)
    "min_order_cover",  # log(1 + minimum order in periods of demand)
    "periods_to_review",  # share of the review period
)
CONTEXT_FEATURES = tuple(f"context_{name}" for name in CONTEXT)
ITEM_FEATURES = ("critical_score", "lead_time", "lead_time_std", "review_period")
FEATURES = STOCK_FEATURES + FORECAST_FEATURES + CONTEXT_FEATURES + ITEM_FEATURES
COLUMN = {name: column for column, name in enumerate(FEATURES)}

_SIZES = {"pack_size": "pack_cover", "min_order": "min_order_cover"}
_HIGHEST_SCORE = 3.0902323  # normal score of 0.999


def feature_unit(name: str) -> str:
    """Return in what a feature is measured."""
    if name in ITEM_FEATURES:
        return "normal score" if name == "critical_score" else "log or share of periods"
    return "periods of expected demand" if name in STOCK_FEATURES else "number without unit"


def demand_unit(observation: Observation) -> Floats:
    """Return the (N,) units per period that features are scaled by.

    The mean forecast over lead time and review, but not less than a quarter of its standard
    deviation per period, so that items that hardly ever sell do not blow up.
    """
    per_cover = 1.0 / observation.items.protection_period
    return _demand_unit(observation.forecast.lead_time_demand, per_cover)


class _Scale(NamedTuple):
    """Factors (N,) that make units comparable: 1 / demand unit, 1 / std of lead-time demand."""

    per_unit: Floats
    per_spread: Floats


@dataclass(eq=False)
class Encoder:
    """Turns observations of the same N rows into features; keeps what does not change.

    What follows from the items is encoded once; what follows from the forecast and the levels,
    once for each pair of them (a pair that stays is recognised by identity).

    Attributes:
        items: The N rows; another set of rows needs another encoder.
    """

    items: Items
    _template: Floats = field(init=False)  # (N, F) what is encoded so far
    _seen: tuple[Forecast, Levels] | None = field(init=False, default=None)
    _scale: _Scale = field(init=False)
    _slots: Floats | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        items = self.items
        self._template = np.zeros((len(items), len(FEATURES)), dtype=np.float32)
        fixed = (
            np.clip(items.critical_score, -_HIGHEST_SCORE, _HIGHEST_SCORE),
            np.log1p(items.lead_time),
            items.lead_time_std / np.maximum(items.lead_time, 1),
            np.log(items.review_period),
        )
        self._template[:, -len(ITEM_FEATURES) :] = _cut(np.stack(fixed, axis=1))
        self._arrival = np.minimum(items.lead_time, items.protection_period - 1)
        self._per_cover = 1.0 / items.protection_period
        self._waits = bool((items.review_period > 1).any())
        self._fixed_cost = bool(items.fixed_order_cost.any())
        self._sizes = [name for name in _SIZES if getattr(items, name).any()]

    def encode(self, observation: Observation, levels: Levels) -> Floats:
        """Return the features, (N, F) float32 in the order of `FEATURES`.

        Args:
            observation: The rows this encoder was made for.
            levels: The reference policy's levels for the same observation.
        """
        forecast = observation.forecast
        if self._seen is None or self._seen[0] is not forecast or self._seen[1] is not levels:
            self._encode_forecast(forecast, levels)
            self._seen = (forecast, levels)
        features = self._template.copy()
        stock = self._stock(observation.state, levels)
        features[:, : len(stock)] = _cut(stock).T
        recent, in_stock = _recent(observation, self._scale.per_unit)
        features[:, COLUMN["recent_sales"]] = np.minimum(recent, LIMIT)
        features[:, COLUMN["recent_out_of_stock"]] = 1.0 - in_stock
        if self._waits:
            share = observation.periods_to_review / self.items.review_period
            features[:, COLUMN["periods_to_review"]] = share
        return features

    def _encode_forecast(self, forecast: Forecast, levels: Levels) -> None:
        """Note the scale; write what follows from the forecast and the levels."""
        items, total = self.items, forecast.lead_time_demand
        unit = _demand_unit(total, self._per_cover)
        self._scale = _Scale(1.0 / unit, 1.0 / np.maximum(total.std, unit))
        per_unit, per_spread = self._scale
        per_cover = per_unit * self._per_cover
        low, middle, high = np.searchsorted(total.levels, (0.05, 0.5, 0.95))
        quantiles = total.quantiles
        skew = quantiles[:, high] + quantiles[:, low] - 2.0 * quantiles[:, middle]
        outlook = np.empty((5, len(unit)), dtype=np.float32)
        outlook[0] = levels.order_up_to_level * per_cover
        outlook[1] = total.std * per_cover
        outlook[2] = skew * per_spread
        outlook[3] = forecast.mean_at(0) * per_unit
        outlook[4] = forecast.mean_at(self._arrival) * per_unit
        first = COLUMN["level_cover"]
        self._template[:, first : first + len(outlook)] = _cut(outlook).T
        if forecast.context is not None:
            first = COLUMN[CONTEXT_FEATURES[0]]
            self._template[:, first : first + len(CONTEXT)] = forecast.context
        if self._fixed_cost:
            quantity = economic_order_quantity(items, unit)
            self._template[:, COLUMN["quantity_cover"]] = np.log1p(quantity * per_unit)
        for name in self._sizes:
            cover = np.log1p(getattr(items, name) * per_unit)
            self._template[:, COLUMN[_SIZES[name]]] = np.minimum(cover, LIMIT)

    def _stock(self, state: InventoryState, levels: Levels) -> Floats:
        """Return the first features up to ``position_gap``, one row of N for each."""
        per_unit, per_spread = self._scale
        gap = COLUMN["position_gap"]
        stock = np.empty((gap + 1, len(per_unit)), dtype=np.float32)
        pipeline = self._pipeline(state.on_order)
        units = (state.on_hand, state.backorders, *pipeline)
        for column, values in enumerate(units):
            stock[column] = values * per_unit
        stock[len(units) : gap] = 0.0
        stock[gap] = (levels.order_up_to_level - state.inventory_position) * per_spread
        return stock

    def _pipeline(self, on_order: Floats) -> Floats:
        """Return the pipeline in at most `SLOTS` rows of N, units.

        Up to `SLOTS` columns stand for themselves; a longer pipeline is folded in even parts.
        """
        columns = on_order.shape[1]
        if columns <= SLOTS:
            return on_order.T
        if self._slots is None or self._slots.shape[1] != columns:
            self._slots = _slot_weights(self.items, columns)
        return np.asarray(np.einsum("nl,nls->sn", on_order, self._slots))


def _cut(features: Floats) -> Floats:
    """Cut a block of features at `LIMIT`, in place."""
    return np.clip(features, -LIMIT, LIMIT, out=features)


def _demand_unit(total: DemandSum, per_cover: Floats) -> Floats:
    """Return the (N,) units per period of `demand_unit`; ``per_cover`` is 1 / (L + R)."""
    least = np.maximum(total.std * (0.25 * per_cover), 1e-3)
    return np.asarray(np.maximum(total.mean * per_cover, least))


def _recent(observation: Observation, per_unit: Floats) -> tuple[Floats, Floats]:
    """Return the mean of recent in-stock sales over the unit, and the share in stock, (N,) each.

    Where no sale is known the mean is 1, as forecast.
    """
    sales, counts = observation.recent_sales, observation.recent_in_stock
    number = counts.sum(axis=1, dtype=np.uint8)
    in_stock = number / np.float32(MEMORY)
    total = np.einsum("nk,nk->n", sales, counts)
    if np.isnan(total).any():  # only while sales before the episode are looked back on
        counts = counts & ~np.isnan(sales)
        number = counts.sum(axis=1, dtype=np.uint8)
        total = np.where(counts, sales, 0.0).sum(axis=1)
    mean = total * per_unit
    mean /= np.maximum(number, 1)
    mean[number == 0] = 1.0
    return mean, in_stock


def _slot_weights(items: Items, columns: int) -> Floats:
    """Return (N, L, SLOTS): 1 where a column of a longer pipeline is counted in a slot.

    A row whose own lead time is short keeps one column to a slot.
    """
    own = np.maximum(items.latest, SLOTS)  # (N,)
    slot = np.floor(np.arange(columns)[None, :] * SLOTS / own[:, None])  # (N, L)
    slot = np.minimum(slot, SLOTS - 1)
    return np.asarray(slot[:, :, None] == np.arange(SLOTS)).astype(float)
