"""How the forecast has fared lately, and what is planned: what a formula does not ask for.

Every number is known at its origin: errors end there, and only the plan looks ahead.
"""

from dataclasses import replace

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.forecast import CONTEXT, ForecastTable
from replenish.forecasting.record import Record
from replenish.forecasting.runtime import Rolling

RUN_UP = 112  # periods of forecasts before the first origin of interest that errors are taken from
_BIAS_PERIODS, _SPREAD_PERIODS = 28, RUN_UP
_PRIOR = 7.0  # periods of exact forecasts that a track record begins with


def with_context(
    panel: Panel, table: ForecastTable, protection_period: Ints, record: Record | None = None
) -> ForecastTable:
    """Return the table with `forecast_context`; arguments as there."""
    return replace(table, context=forecast_context(panel, table, protection_period, record))


def forecast_context(
    panel: Panel, table: ForecastTable, protection_period: Ints, record: Record | None = None
) -> Floats:
    """Return (N, O, C) numbers in the order of `CONTEXT`, one row per item and origin.

    ``bias`` is the mean of the last 28 one-period errors in standard deviations, ``spread`` the
    log of their root mean square over 112 periods, both drawn towards "as forecast" where little
    is known; ``promotion`` is the planned share of the periods that an order must cover.

    Args:
        panel: (N, T) sales; only observed periods count.
        table: Forecasts from consecutive origins; the first of them have a short record.
        protection_period: (N,) lead time + review period.
        record: Errors made before the end of fitting; None = none are known.
    """
    bias, spread = track_record(standard_errors(panel, table, record))
    return np.stack((bias, spread, planned_promotion(panel, table, protection_period)), axis=2)


def without_errors(context: Floats) -> Floats:
    """Return (N, C) numbers of a forecast that was never wrong; the plan stays as it is."""
    plan = np.array([name == "promotion" for name in CONTEXT])
    return np.where(plan, context, 0.0)


def context_covering(panel: Panel, table: ForecastTable, protection_period: Ints) -> Floats | None:
    """Return the table's context for items that must cover other numbers of periods.

    Args:
        panel: I items; of it the plan is read.
        table: Their forecasts; None is returned where they have no context.
        protection_period: (V x I,) lead time + review period, one version of all items after
            the other.

    Returns:
        (V x I, O, C) the plan as far as each version has to cover, errors as they were.
    """
    if table.context is None:
        return None
    versions = protection_period.reshape(-1, len(table.context))
    context = np.tile(table.context, (len(versions), 1, 1))
    planned = [planned_promotion(panel, table, each) for each in versions]
    context[:, :, CONTEXT.index("promotion")] = np.concatenate(planned)
    return context


def track_record(errors: Floats) -> tuple[Floats, Floats]:
    """Return ``bias`` and ``spread`` (N, O) of one-period errors (N, O) up to each column."""
    seen = ~np.isnan(errors)
    known = np.where(seen, errors, 0.0)
    bias = _trailing(known, _BIAS_PERIODS) / (_trailing(seen, _BIAS_PERIODS) + _PRIOR)
    squares = _trailing(known**2, _SPREAD_PERIODS) + _PRIOR
    spread = 0.5 * np.log(squares / (_trailing(seen, _SPREAD_PERIODS) + _PRIOR))
    return bias, spread


def standard_errors(panel: Panel, table: ForecastTable, record: Record | None = None) -> Floats:
    """Return (N, O) errors of one-period forecasts over their deviations; NaN = not observed.

    Those of periods that the forecaster had seen when it was fitted are the record's, or none.
    """
    errors = np.full(table.mean.shape[:2], np.nan)
    when = table.origins[1:]  # forecast from the origin before
    sales = np.where(panel.observed[:, when], panel.sales[:, when], np.nan)
    made = standardised(sales, table.mean[:, :-1, 0], table.std[:, :-1, 0])
    told = np.full_like(made, np.nan) if record is None else record.of(panel, when)
    errors[:, 1:] = np.where(when > table.fitted_until[:-1], made, told)
    return errors


def record_until(fitted: Rolling, panel: Panel, first: int, last: int) -> Record:
    """Return the errors of what was forecast from period ``first`` on, up to period ``last``.

    Args:
        fitted: Each forecast by one that was fitted before.
        panel: History up to ``last`` at least.
        first: First origin that there is a forecast from.
        last: Last period that counts.
    """
    origins = np.arange(max(last - RUN_UP, first), last + 1)
    errors = standard_errors(panel, fitted.roll(panel, origins, 1))
    return Record(panel.item_ids, panel.dates[last], errors[:, 1:])


def standardised(sales: Floats, mean: Floats, std: Floats) -> Floats:
    """Return errors over their deviations, within six of them; NaN where sales are NaN."""
    return np.asarray(np.clip((sales - mean) / np.maximum(std, 1e-3), -6.0, 6.0))


def _trailing(values: Floats, periods: int) -> Floats:
    """Return (N, O) sums over the last periods up to each column."""
    total = np.cumsum(values, axis=1, dtype=float)
    earlier = np.zeros_like(total)
    earlier[:, periods:] = total[:, :-periods]
    return np.asarray(total - earlier)


def planned_promotion(panel: Panel, table: ForecastTable, protection_period: Ints) -> Floats:
    """Return the (N, O) planned share of promoted periods among those to cover."""
    if "promotion" not in panel.known:
        return np.zeros(table.mean.shape[:2])
    told = panel.known["promotion"]
    begin = np.minimum(table.origins[None, :] + 1, told.shape[1])
    end = np.minimum(begin + protection_period[:, None], told.shape[1])
    first = int(begin.min())  # an online forecast looks at few of many periods
    plan = np.nan_to_num(told[:, first : int(end.max())])
    total = np.concatenate((np.zeros((len(plan), 1)), np.cumsum(plan, axis=1)), axis=1)
    rows = np.arange(len(plan))[:, None]
    share = total[rows, end - first] - total[rows, begin - first]
    return np.asarray(share / protection_period[:, None])
