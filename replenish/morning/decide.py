"""Today's orders: from what is known this morning to one decision per item, guarded.

The way of the data: sales up to the period before ordering -> forecast -> observation -> policy
-> guards (the fallback decides where one says so) -> rules -> orders.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from replenish.arrays import Bools, Floats, Ints
from replenish.bundle import Bundle
from replenish.data.panel import Panel
from replenish.errors import InputError
from replenish.features import FEATURES
from replenish.forecasting.context import RUN_UP, with_context
from replenish.forecasting.forecast import Forecast, ForecastTable
from replenish.forecasting.history import History
from replenish.guards import Finding, GuardConfig, InputFacts, check_decisions, check_inputs
from replenish.guards.left_out import (
    Credible,
    Foretell,
    credible,
    left_out_findings,
    without,
)
from replenish.guards.repair import repaired
from replenish.guards.series import recent
from replenish.items import Items
from replenish.lead_times import covering_late_orders
from replenish.morning.as_of import Morning
from replenish.morning.order_table import Decided
from replenish.morning.ordered_by import AGENT, guards_for, levels_by
from replenish.morning.shop_stock import ShopStock
from replenish.observation import MEMORY, Observation
from replenish.reference import Levels, wish_up_to
from replenish.rules import feasible

DOUBTED = ("demand_spike", "forecast_jump")  # the last sales are not believed by a forecast
HISTORY = RUN_UP + 1  # recent origins whose forecasts sales are compared with


@dataclass(frozen=True, eq=False)
class Shelf:
    """The N items to decide on: their parameters, their stock, and when they are reviewed.

    Attributes:
        items: Parameters.
        stock: Stock after today's receipt.
        periods_to_review: (N,) 0 = an order can be placed today.
        rows: (N,) number of the item among the bundle's, -1 = the agent was not trained on it.
    """

    items: Items
    stock: ShopStock
    periods_to_review: Ints
    rows: Ints


def decide(bundle: Bundle, morning: Morning, shelf: Shelf, by: str = AGENT) -> Decided:
    """Return the orders of all items of the morning's panel.

    Args:
        bundle: Policy, forecaster, fallback, thresholds.
        morning: What is known of sales and plan, N items.
        shelf: The same N items.
        by: Whose levels order (see `replenish.morning.ordered_by`).

    Raises:
        InputError: An item must be covered for longer than the forecaster looks ahead.
    """
    contents, item_ids = bundle.contents, morning.panel.item_ids
    _check_horizon(item_ids, shelf.items, contents.horizon)
    config, foretell = guards_for(by, bundle), partial(_history, bundle, morning, shelf)
    known = credible(morning.panel, foretell, config)
    seen = observe(replace(morning, panel=known.panel), shelf, known.history.latest)
    findings = _explained(check_inputs(_facts(bundle, morning, seen, known.history), config))
    safe = _believed(known, seen, foretell, findings, config)
    reference = contents.reference.levels(safe.items, safe.forecast)
    levels = levels_by(by, bundle, shelf.rows, safe)
    wish, reference_wish = wish_of(levels, safe), wish_of(reference, safe)
    findings += check_decisions(safe, wish, np.nan_to_num(reference_wish), config)
    fallback = rows_of([entry for entry in findings if entry.fallback], len(item_ids))
    fallback |= ~np.isfinite(wish)  # also where the guards are switched off
    old = left_out_findings(morning.panel, known, ~recent(morning.panel, config.recent_periods))
    chosen = _choose(fallback, reference, levels)
    wish = np.nan_to_num(np.where(fallback, reference_wish, wish))
    wish = np.where(seen.may_order, wish, 0.0)
    fallback &= seen.may_order  # nobody decides what is not reviewed today
    order = feasible(wish, shelf.items, safe.inventory_position)
    return Decided(
        item_ids=item_ids,
        observation=safe,
        levels=chosen,
        wish=wish,
        order=np.where(seen.may_order, order, 0.0),
        fallback=fallback,
        causes=_causes(findings, fallback, config.recent_periods),
        flags=_flags([*findings, *old], fallback, shelf),
        left_out={entry.row: entry.reason for entry in old},
    )


def observe(morning: Morning, shelf: Shelf, table: ForecastTable) -> Observation:
    """Return what the policy may see this morning."""
    panel = morning.panel
    lacking = max(MEMORY - panel.n_periods, 0)
    unknown = ((0, 0), (lacking, 0))
    return Observation(
        period=0,
        items=shelf.items,
        state=shelf.stock.state,
        forecast=_forecast(table, morning.origin, shelf.items),
        recent_sales=np.pad(panel.sales[:, -MEMORY:], unknown, constant_values=np.nan),
        recent_in_stock=np.pad(~panel.censored[:, -MEMORY:], unknown, constant_values=True),
        periods_to_review=shelf.periods_to_review,
    )


def _forecast(table: ForecastTable, origin: int, items: Items) -> Forecast:
    """Return what is expected of the periods that today's orders must cover."""
    forecast = table.from_origin(origin, items.protection_period)
    return covering_late_orders(forecast, items)


def wish_of(levels: Levels, observation: Observation) -> Floats:
    """Return the (N,) units wished for, NaN where a level is no number.

    Comparing with NaN is False, so without this a broken network would silently wish for 0.
    """
    wish = wish_up_to(levels, observation.inventory_position)
    known = np.isfinite(levels.reorder_point) & np.isfinite(levels.order_up_to_level)
    return np.where(known, wish, np.nan)


def rows_of(findings: Sequence[Finding], n_rows: int, guards: Sequence[str] = ()) -> Bools:
    """Return (N,) True where there is a finding, of one of these guards if any are named."""
    rows = np.zeros(n_rows, dtype=bool)
    rows[[entry.row for entry in findings if not guards or entry.guard in guards]] = True
    return rows


def _explained(findings: list[Finding]) -> list[Finding]:
    """Return findings but for unusual inputs of items of which a record is wrong: that is why."""
    wrong = {entry.row for entry in findings if entry.guard in ("stock_record", "forecast_record")}
    return [one for one in findings if one.guard != "out_of_range" or one.row not in wrong]


def _facts(bundle: Bundle, morning: Morning, seen: Observation, history: History) -> InputFacts:
    """Return what the guards look at."""
    contents = bundle.contents
    levels = contents.reference.levels(seen.items, seen.forecast)
    return InputFacts(
        panel=morning.panel,
        origin=morning.origin,
        state=seen.state,
        forecast=seen.forecast,
        history=history,
        features=bundle.policy.features(seen, levels),
        feature_low=contents.feature_low,
        feature_high=contents.feature_high,
        feature_names=FEATURES,
        duplicates=morning.duplicates,
    )


def _history(bundle: Bundle, morning: Morning, shelf: Shelf, panel: Panel, rows: Ints) -> History:
    """Return forecasts of (K,) rows from recent origins, by what the panel says of sales."""
    contents, cover = bundle.contents, shelf.items.protection_period
    origins = np.arange(max(morning.origin - HISTORY + 1, 0), morning.origin + 1)

    def roll(some: Ints) -> ForecastTable:
        mine = panel.take(some)
        table = contents.forecaster.roll(mine, origins, contents.horizon, in_sample=True)
        return with_context(mine, table, cover[some], contents.record)

    return History.rolled(roll, rows)


def _believed(
    known: Credible,
    seen: Observation,
    foretell: Foretell,
    findings: Sequence[Finding],
    config: GuardConfig,
) -> Observation:
    """Return the observation without numbers that cannot be, or that nobody believes.

    Doubted items are forecast once more with their last sales taken as not observed; else the
    fallback would order by the very sale that made a guard call it.
    """
    n, history, forecast = len(seen.items), known.history, seen.forecast
    serious = [entry for entry in findings if entry.fallback]
    doubted = rows_of(serious, n, DOUBTED)
    if doubted.any():
        panel = without(known.panel, recent(known.panel, config.recent_periods))
        rows = np.flatnonzero(doubted)
        latest = history.with_rows(rows, foretell(panel, rows)).latest
        origin = int(latest.origins[-1])
        forecast = _forecast(latest, origin, seen.items)
    impossible = rows_of(findings, n, ("forecast_record",))
    return repaired(replace(seen, forecast=forecast), impossible, None)


def _choose(fallback: Bools, reference: Levels, levels: Levels) -> Levels:
    """Return the levels of whoever decided each item."""
    most = levels.most
    if most is not None and reference.most is not None:
        most = np.where(fallback, reference.most, most)
    return Levels(
        np.where(fallback, reference.reorder_point, levels.reorder_point),
        np.where(fallback, reference.order_up_to_level, levels.order_up_to_level),
        most,
    )


def _causes(findings: Sequence[Finding], fallback: Bools, recent: int) -> list[str]:
    """Return why the fallback decided, the first reason of each row."""
    causes = ["the policy gave no number" if row else "" for row in fallback]
    for entry in reversed(findings):
        if entry.fallback:
            causes[entry.row] = entry.reason
    for row in np.flatnonzero(rows_of(findings, len(fallback), DOUBTED) & fallback):
        causes[row] += f", so sales of the last {recent} periods are left out of its forecast"
    return causes


def _flags(findings: Sequence[Finding], fallback: Bools, shelf: Shelf) -> list[str]:
    """Return the names of all that was noticed, per row, each once, ``fallback`` first."""
    names: list[dict[str, None]] = [{"fallback": None} if row else {} for row in fallback]
    for entry in findings:
        names[entry.row][entry.guard] = None
    for name, rows in (
        ("overdue", shelf.stock.overdue),
        ("due_late", shelf.stock.far),
        ("new_item", shelf.rows < 0),
    ):
        for row in np.flatnonzero(rows):
            names[row][name] = None
    return [" ".join(entry) for entry in names]


def _check_horizon(item_ids: Sequence[str], items: Items, horizon: int) -> None:
    """Raise for the first item that must be covered for longer than the forecast reaches."""
    too_long = items.protection_period > horizon
    if too_long.any():
        row = int(np.argmax(too_long))
        raise InputError(
            f"item {item_ids[row]!r}: lead_time {items.lead_time[row]} + review_period "
            f"{items.review_period[row]} = {items.protection_period[row]} periods, the bundle's "
            f"forecast reaches {horizon}; train with forecast.horizon of that length or correct it"
        )
