"""From a config to a problem: the panel, its items, time split in four, forecasts, episodes."""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pandas as pd

from replenish.arrays import Bools, Floats, Ints
from replenish.assortment import joining_periods, left_before
from replenish.class_targets import with_class_targets
from replenish.config import Config
from replenish.data.calendar import days_per_period
from replenish.data.demand import realised_demand
from replenish.data.lead_times import lead_time_pmf
from replenish.data.load import Loaded, load
from replenish.data.panel import Panel
from replenish.episodes import PanelEpisodes
from replenish.errors import InputError
from replenish.forecasting.context import RUN_UP, with_context
from replenish.forecasting.forecast import ForecastTable
from replenish.forecasting.history import AT_ONCE
from replenish.forecasting.online import Launch, OnlinePath
from replenish.forecasting.path import ForecastLookup
from replenish.forecasting.record import Record
from replenish.forecasting.runtime import FittedForecaster, Rolling
from replenish.item_table import DECISIVE, items_for, not_given, parameters_of
from replenish.items import DEFAULTS, Items, UnmetDemand
from replenish.items_config import ItemsConfig
from replenish.lead_times import lead_time_shares
from replenish.scorecard import Calendar
from replenish.splits import Part, Split, choices_end, fit_end, held_out, split_time

_LEAD_TIMES = {"lead_time", "lead_time_std"}


@dataclass(frozen=True, eq=False)
class Problem:
    """What every part of a run works on.

    Attributes:
        config: As resolved.
        loaded: Panel, items table, data report.
        items: Parameters of the panel's items.
        split: The four parts of time.
        demand: (I, T) units that simulations replay.
        horizon: Periods ahead that forecasts reach.
        held_out: (I,) True for the items that nothing learns from or is tuned on.
    """

    config: Config
    loaded: Loaded
    items: Items
    split: Split
    demand: Floats
    horizon: int
    held_out: Bools

    @cached_property
    def taught(self) -> "Problem":
        """The same without the items held out: all that forecasters, agent and opponents see."""
        return self.take(np.flatnonzero(~self.held_out))

    def take(self, rows: Ints) -> "Problem":
        """Return the problem of some of the items, by their numbers."""
        loaded = replace(
            self.loaded, panel=self.panel.take(rows), items=self.loaded.items.iloc[rows]
        )
        return replace(
            self,
            loaded=loaded,
            items=self.items.take(rows),
            demand=self.demand[rows],
            held_out=self.held_out[rows],
        )

    @property
    def panel(self) -> Panel:
        """The sales history."""
        return self.loaded.panel

    @property
    def calendar(self) -> Calendar:
        """Length of a period, and of the blocks that intervals draw."""
        days = days_per_period(self.panel.frequency)
        return Calendar(days_per_period=days, block=self.config.evaluation.block)

    @property
    def data_hash(self) -> str:
        """SHA-256 of dates, sales, covariates, plan, demand, items and receipts, in hexadecimal."""
        panel = self.panel
        dates = [str(day.date()) for day in panel.dates.append(panel.plan_dates)]
        texts = [panel.item_ids, dates, *(panel.static[name] for name in sorted(panel.static))]
        named = [*sorted(panel.known), *sorted(panel.past), *sorted(panel.static)]
        digest = hashlib.sha256(json.dumps([named, *map(list, texts)]).encode())
        beside = [side[name] for side in (panel.known, panel.past) for name in sorted(side)]
        parameters = [getattr(self.items, name) for name in DEFAULTS]
        receipts = [] if self.receipts is None else [self.receipts]
        arrays = (panel.sales, panel.censored, *beside, self.demand, *parameters, *receipts)
        for array in arrays:
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    @cached_property
    def receipts(self) -> Floats | None:
        """(I, L + 1) shares of the lead times that orders take, or None without receipts.

        Items without a receipt keep what their parameters say; where the config overrides lead
        times the receipts do not count.
        """
        table, ids = self.loaded.receipts, self.panel.item_ids
        if table is None or _LEAD_TIMES & set(self.config.items.override):
            return None
        mine = table[table["item_id"].isin(ids)]
        if mine.empty:
            return None
        observed = lead_time_pmf(mine, days_per_period(self.panel.frequency))
        return lead_time_shares(self.items, observed, ids)

    @cached_property
    def joins(self) -> Ints | None:
        """(I,) periods from which items are ordered; None where all are there from the start."""
        joins = joining_periods(self.panel, days_per_period(self.panel.frequency))
        if joins is None or (joins <= self.split.train.first).all():
            return None
        return joins

    def joining(self, part: Part) -> int:
        """Return how many items join after a part has begun."""
        return 0 if self.joins is None else int((self.joins > part.first).sum())

    def left(self, part: Part) -> int:
        """Return how many items have left before a part begins."""
        return int(left_before(self.panel, part.first).sum())

    def joins_in(self, part: Part) -> Ints | None:
        """Return the (I,) periods from which items are ordered in a part; never, if they left."""
        gone = left_before(self.panel, part.first)
        if not gone.any():
            return self.joins
        joins = np.zeros(self.panel.n_items, dtype=np.int64) if self.joins is None else self.joins
        return np.where(gone, self.panel.n_periods + part.periods, joins)

    @property
    def assumed(self) -> list[str]:
        """Lead times and costs that nobody gave, a sentence each: what counts instead."""
        rules, days = self.config.items, days_per_period(self.panel.frequency)
        given, standard = parameters_of(self.loaded.items, days, rules.rules), rules.standard(days)
        number, said = self.panel.n_items, list[str]()
        for name in DECISIVE:
            if (count := int(not_given(given, name, number).sum())) and name not in standard:
                said.append(f"{name} is not given for {count} of {number} items: "
                            f"{DEFAULTS[name]:g} counts; say it in the items table or in "
                            "[items.defaults].")  # fmt: skip
        return said

    @property
    def fit_ends(self) -> tuple[int, ...]:
        """Last periods of the expanding blocks that forecasters are fitted on."""
        split, chosen = self.split, self.config.forecast
        first, train, validation = (p.last for p in (split.fit, split.train, split.validation))
        if not chosen.refit:
            return (first,)
        every = chosen.refit_every or train
        within = range(first + every, train - every // 2, every)  # none just before the end
        return (first, *within, train, validation)

    def forecasts(self, fitted: Rolling, part: Part) -> ForecastTable:
        """Return forecasts for every period of a part, each from the period before it.

        The track record in their context begins where fitting ended: errors made in sample
        would make the forecaster look better than it is.
        """
        first = part.first - 1
        origins = np.arange(max(first - RUN_UP, self.split.fit.last, 1), part.last)
        table = fitted.roll(self.panel, origins, self.horizon)
        return with_context(self.panel, table, self.items.protection_period).since(first)

    def lookup(self, fitted: Rolling, part: Part) -> ForecastLookup:
        """Return what episodes of a part look up of the same forecasts, a third of their size.

        Whole tables are held of some items at a time: ten thousand take gigabytes.
        """
        parts = list[ForecastLookup]()
        for first in range(0, self.panel.n_items, AT_ONCE):
            some = self.take(np.arange(first, min(first + AT_ONCE, self.panel.n_items)))
            table = some.forecasts(fitted, part)
            parts.append(ForecastLookup.of(table, some.items.protection_period))
        return ForecastLookup.joined(parts)

    def own_sales_path(
        self, forecaster: FittedForecaster, part: Part, record: Record | None = None
    ) -> OnlinePath:
        """Return forecasts of a part that learn from what the simulated shop itself sells.

        Of items that join later they learn from the record until the first order can serve.

        Args:
            forecaster: Fitted before the part.
            part: Played from its first period on, one row per item.
            record: Errors made before the end of fitting; None = none are known.
        """
        past, launch = self.panel.until(part.first - 1), None
        if self.joins is not None and self.joining(part):
            served = self.joins + self.items.lead_time
            launch = Launch(self.panel, np.where(self.joins > part.first, served, 0))
        cover = self.items.protection_period
        return OnlinePath.begin(forecaster, past, cover, part.periods, launch, record)

    def episodes(self, told: ForecastTable | ForecastLookup, part: Part) -> PanelEpisodes:
        """Return the episodes of a part of time, which look up these forecasts of it."""
        if isinstance(told, ForecastTable):
            told = ForecastLookup.of(told, self.items.protection_period)
        return PanelEpisodes(
            items=self.items,
            demand=self.demand,
            sales=self.panel.sales,
            forecasts=told,
            first=part.first,
            last=part.last,
            periods=min(self.config.env.periods, part.periods),
            receipts=self.receipts,
            joins=self.joins_in(part),
            in_stock=~self.panel.censored,
        )


def set_up(config: Config, base: Path, *, progress: bool = False) -> Problem:
    """Return the problem that a config describes.

    Args:
        config: The run's.
        base: Folder that paths in the config are relative to.
        progress: Whether to show a bar while reading.

    Raises:
        InputError: Data or config are wrong; one line says where.
    """
    known = partial(choices_end, config=config.split)
    loaded = _with_targets(load(config.data, base, progress, choices_end=known), config)
    items = make_items(loaded.panel, loaded.items, config.items, config.env.unmet_demand)
    cover = int(items.protection_period.max())
    horizon = config.forecast.horizon or cover
    if horizon < cover:
        raise InputError(
            f"forecast.horizon is {horizon}, lead time + review period reach {cover} periods; "
            f"set it to {cover} or more, or to 0"
        )
    split = split_time(loaded.panel, config.split, cover)
    if horizon >= split.fit.periods:
        raise InputError(
            f"forecast.horizon is {horizon}, longer than the {split.fit.periods} periods of the "
            "fit part; shorten it, bring a longer history, or move split.fit_until"
        )
    demand, out = realised_demand(loaded.panel), held_out(loaded.panel.item_ids, config.split)
    return Problem(config, loaded, items, split, demand, horizon, out)


def _with_targets(loaded: Loaded, config: Config) -> Loaded:
    """Return the data with service levels and review periods by class in the items table."""
    panel, rules = loaded.panel, config.items
    plain, last = make_items(panel, loaded.items, rules), fit_end(panel, config.split)
    return replace(loaded, items=with_class_targets(loaded.items, panel, plain, rules, last))


def make_items(
    panel: Panel, table: pd.DataFrame, config: ItemsConfig, unmet_demand: UnmetDemand = "lost"
) -> Items:
    """Return the items' parameters from the table, the config's rates, and its defaults.

    Raises:
        InputError: A value is out of range.
    """
    days = days_per_period(panel.frequency)
    nobody = (), Items.build(0, unmet_demand)
    given = parameters_of(table, days, config.rules)
    return items_for(panel.item_ids, nobody, config.standard(days), given, "items")
