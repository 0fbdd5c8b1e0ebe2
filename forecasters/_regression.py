"""Effects of season and plan under ARIMA errors: generalised least squares, streamed.

Regressors and sales run through the same filter, which gives each its one-step errors; ordinary
least squares on those is generalised least squares on the sales (Harvey 1989, 3.4.2).
"""

import numpy as np

from forecasters._arima_errors import Primer, clock_of, moved_on
from replenish.arrays import Floats
from replenish.data.panel import Panel
from replenish.forecasting.arima import effect_by_period
from replenish.forecasting.regressors import Regressors
from replenish.forecasting.statespace import StateSpace, expected

BLOCK = 64  # periods whose products are summed in one go


def normal_equations(
    regressors: Regressors, past: Panel, sales: Floats, space: StateSpace
) -> Floats:
    """Return (N, K + 2, K + 2) products of filtered regressors, constant and, last, sales.

    Args:
        regressors: K columns, shared ones first.
        past: N items.
        sales: (N, T) in scales, NaN where not seen.
        space: N models.
    """
    shared = regressors.shared(past, past.n_periods)
    own = [values.T for values in regressors.own(past, past.n_periods)]
    k, n = shared.shape[1] + len(own), len(sales)
    seen, values = ~np.isnan(sales.T), np.nan_to_num(sales.T)  # (T, N)
    primer = Primer(space, clock_of(seen))
    columns = np.ones((k + 2, n))
    state = np.zeros((space.size, k + 2, n))
    total = np.zeros((n, k + 2, k + 2))
    errors = np.zeros((BLOCK, k + 2, n))
    for period in range(len(values)):
        columns[: shared.shape[1]] = shared[period][:, None]
        for number, known in enumerate(own, start=shared.shape[1]):
            columns[number] = known[period]
        columns[-1] = values[period]
        state, use = primer.primed(period, state, columns, seen[period])
        error = np.where(use, columns - expected(space, state), 0.0)
        errors[period % BLOCK] = error
        if period % BLOCK == BLOCK - 1 or period == len(values) - 1:
            filtered = errors[: period % BLOCK + 1].transpose(2, 1, 0)
            total += filtered @ filtered.swapaxes(1, 2)
        state = moved_on(space, state, error)
    return total


def solve_shrunk(products: Floats, number: Floats, weight: float) -> tuple[Floats, Floats]:
    """Return (N, K) effects of each item and (K,) those that all share.

    Ridge regression towards the shared effects, which count for ``weight`` periods.

    Args:
        products: (N, K + 1, K + 1), see `normal_equations`.
        number: (N,) periods observed.
        weight: Periods that the shared effects count for.
    """
    inner, outer = products[:, :-1, :-1], products[:, :-1, -1]
    size = np.einsum("nkk->k", inner) / max(float(number.sum()), 1.0)  # (K,) per period
    ridge = np.diag(np.maximum(size, 1e-9))
    share = 1.0 / np.maximum(products[:, -1, -1] / np.maximum(number, 1), 1e-9)  # per noise
    all_inner = (inner * share[:, None, None]).sum(axis=0) + 1e-6 * ridge
    shared = np.linalg.solve(all_inner, (outer * share[:, None]).sum(axis=0))
    pull = max(weight, 1e-9) * ridge
    right = outer + pull @ shared
    return np.linalg.solve(inner + pull, right[:, :, None])[:, :, 0], shared


def centred(
    regressors: Regressors, past: Panel, sales: Floats, effects: Floats, shared: Floats
) -> tuple[Floats, Floats]:
    """Return effects whose constants make the regression's errors zero on average.

    Differences tell nothing of a level; before its first sale an item is forecast by this one.

    Args:
        regressors: K columns.
        past: N items.
        sales: (N, T) in scales, NaN where not seen.
        effects: (N, K + 1), the constants last.
        shared: (K + 1,) those of an unknown item.
    """
    rest = sales - effect_by_period(regressors, effects, past, past.n_periods).T
    number = (~np.isnan(rest)).sum(axis=1)
    effects = effects.copy()
    effects[:, -1] += np.nansum(rest, axis=1) / np.maximum(number, 1)
    effects[number == 0] = shared
    if (number > 0).any():
        typical = float(np.median(effects[number > 0, -1]))
        effects[number == 0, -1] = typical
        shared = np.append(shared[:-1], typical)
    return effects, shared
