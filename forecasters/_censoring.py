"""How demand is distributed around smoothing, learnt from sales that stockouts cut short."""

from dataclasses import replace

import numpy as np
from scipy.special import gammaln

from forecasters._choice import mean_level
from forecasters._season import fit_season_index
from replenish.arrays import Floats
from replenish.data.panel import Panel
from replenish.forecasting.censoring import Uncensoring, log_evidence, promoted
from replenish.forecasting.matching import with_pooled
from replenish.forecasting.point import Seen, observed_sales
from replenish.forecasting.smoothing import SmoothingModel

ALPHA = 0.05
SHRINKAGE = 200.0  # units that the shared season and the shared lift count for
ROUNDS = 4  # more change nothing that counts
SEARCHES = (0, 2)  # rounds in which dispersions are searched for
DISPERSIONS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
TYPICAL = 0.4  # dispersion of a history that never ran out, which is not searched for
POOL_PERIODS = 30.0  # periods that the likelihood of all items counts for against the item's own
SMALLEST_LIFT, LARGEST_LIFT = 0.5, 10.0


def learn_uncensoring(past: Panel) -> Uncensoring:
    """Return what replaces censored sales, learnt from the past alone.

    In turn (Dempster, Laird & Rubin 1977): demand is completed with what is known so far, then
    level, season and the lift of promotions are learnt from it; and each item's dispersion is
    the one of `DISPERSIONS` whose likelihood is the largest, a censored period counting by the
    probability of having at least that much demand, all items' likelihood leaning in.
    """
    nothing = np.ones(past.n_items + 1)
    certain = replace(past, sales=np.where(past.censored, np.nan, past.sales))
    found = Uncensoring(_smoothing(certain), TYPICAL * nothing, nothing)
    if not past.censored.any():
        return found
    for number in range(ROUNDS):
        if number in SEARCHES:
            found = replace(found, dispersion=_likeliest(past, found))
        found = _learnt(past, found)
    return found


def _smoothing(freed: Panel) -> SmoothingModel:
    level = mean_level(observed_sales(freed))
    index = fit_season_index(freed, SHRINKAGE)
    return SmoothingModel(freed.item_ids, np.full(len(level), ALPHA), index, level)


def _learnt(past: Panel, before: Uncensoring) -> Uncensoring:
    """Return level, season and lift of demand as it was completed before."""
    completed, shown = past.sales.astype(float), promoted(past, past.n_periods)
    expected = np.empty(completed.shape)  # without promotions
    factor = np.where(shown, before.lift[:-1, None], 1.0)
    for period, state, likely in before.walk(past, past.n_periods):
        expected[:, period] = state.mean / factor[:, period]
        flagged = past.censored[:, period]
        completed[flagged, period] = likely[flagged]
    lift = _lift(np.where(shown, completed, np.nan), expected)
    freed = completed / np.where(shown, lift[:-1, None], 1.0)
    return replace(before, smoothing=_smoothing(replace(past, sales=freed)), lift=lift)


def _lift(sales: Floats, expected: Floats) -> Floats:
    """Return (N + 1,) lifts from sales (N, T) of promoted periods, NaN elsewhere."""
    seen = ~np.isnan(sales)
    sold, due = np.where(seen, sales, 0.0).sum(axis=1), np.where(seen, expected, 0.0).sum(axis=1)
    shared = (sold.sum() + SHRINKAGE) / (due.sum() + SHRINKAGE)
    own = (sold + SHRINKAGE * shared) / (due + SHRINKAGE)
    return np.clip(with_pooled(own, shared), SMALLEST_LIFT, LARGEST_LIFT)


def _likeliest(past: Panel, before: Uncensoring) -> Floats:
    """Return (N + 1,) the likeliest dispersions, last that of all items together."""
    number = np.maximum((~np.isnan(observed_sales(past))).sum(axis=1), 1)
    values = np.array(DISPERSIONS)
    each = past.take(np.tile(np.arange(past.n_items), len(values)))  # (V * N) rows, walked at once
    tried = np.repeat(values, past.n_items)
    state = replace(before.start(each, past.n_periods + 1), dispersion=tried)
    score = np.zeros(len(tried))
    for period, expected, _ in before.walk(each, past.n_periods, state):
        score += log_likelihood(Seen.of(each, period), expected.mean, tried)
    by_item = score.reshape(len(values), past.n_items).T
    pooled = (by_item / number[:, None]).mean(axis=0)
    best = np.argmax(by_item + POOL_PERIODS * pooled, axis=1)
    return with_pooled(values[best], values[int(np.argmax(pooled))])


def log_likelihood(seen: Seen, mean: Floats, dispersion: Floats) -> Floats:
    """Return (N,) log likelihood of a period under a negative binomial; 0 where nothing is known.

    Args:
        seen: Sales, a lower bound where censored.
        mean: (N,) expected demand.
        dispersion: (N,) variance = mean + dispersion * mean ** 2.
    """
    size, sales = 1.0 / dispersion, np.maximum(seen.sales, 0.0)
    constant = gammaln(sales + size) - gammaln(size) - gammaln(sales + 1.0) + size * np.log(size)
    exact = ~seen.censored & ~np.isnan(sales)
    return log_evidence(mean, dispersion, seen) + np.where(exact, constant, 0.0)
