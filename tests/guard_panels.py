"""Poisson shops whose forecasts are exactly right, for the tests of guards."""

from dataclasses import replace

import numpy as np

from replenish.arrays import Floats
from replenish.data.panel import Panel
from replenish.forecasting.forecast import LEVELS, ForecastTable
from replenish.forecasting.history import History
from replenish.guards import InputFacts
from replenish.state import InventoryState
from tests.forecast_panels import panel_of

MEANS = np.geomspace(2.0, 40.0, 24)  # units per day
DAYS, FIRST, HORIZON = 400, 200, 7


def poisson_panel(seed: int = 0) -> Panel:
    sales = np.random.default_rng(seed).poisson(MEANS[:, None], (len(MEANS), DAYS))
    return panel_of(sales.astype(float))


def exact_forecasts(panel: Panel, first: int = FIRST) -> ForecastTable:
    """Return the true mean and spread from every origin; the sums' quantiles are normal ones."""
    origins = np.arange(first, panel.n_periods)
    means = dict(zip(poisson_panel().item_ids, MEANS, strict=True))
    own = np.array([means[name] for name in panel.item_ids])
    mean = np.broadcast_to(own[:, None, None], (len(own), len(origins), HORIZON))
    ahead = np.arange(1, HORIZON + 1)
    sum_std = np.sqrt(mean * ahead)
    scores = np.linspace(-2.3, 2.3, len(LEVELS))
    quantiles = np.maximum((mean * ahead)[..., None] + sum_std[..., None] * scores, 0.0)
    return ForecastTable(
        origins, mean, np.sqrt(mean), sum_std, quantiles, np.array(LEVELS), 0 * origins + first - 1
    )


def facts_of(panel: Panel, **changes: object) -> InputFacts:
    """Return the facts of a morning on which nothing is wrong."""
    n = panel.n_items
    facts = InputFacts(
        panel=panel,
        origin=panel.n_periods - 1,
        state=InventoryState(np.full(n, 20.0), np.zeros((n, 3)), np.zeros(n)),
        history=History.of(exact_forecasts(panel)),
    )
    return replace(facts, **changes)  # type: ignore[arg-type]  # names are the test's own


def with_sales(panel: Panel, row: int, last: Floats | list[float]) -> Panel:
    """Return the panel with other sales in the last periods of one item."""
    sales = panel.sales.copy()
    sales[row, panel.n_periods - len(last) :] = last
    return replace(panel, sales=sales)
