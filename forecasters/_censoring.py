"""How demand is distributed around smoothing, learnt from sales that stockouts cut short."""

from dataclasses import replace

import numpy as np
from scipy.special import gammaln

from forecasters._choice import mean_level
from forecasters._season import fit_season_index
from replenish.arrays import Floats
from replenish.data.panel import Panel
from replenish.forecasting.censoring import Uncensoring, at_least
from replenish.forecasting.matching import with_pooled
from replenish.forecasting.point import Seen, observed_sales
from replenish.forecasting.smoothing import SmoothingModel

ALPHA = 0.05
SHRINKAGE = 200.0  # units that the shared season counts for
ROUNDS = 3
DISPERSIONS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
TYPICAL = 0.4  # dispersion of a history that never ran out, which is not searched for
POOL_PERIODS = 30.0  # periods that the likelihood of all items counts for against the item's own


def learn_uncensoring(past: Panel) -> Uncensoring:
    """Return what replaces censored sales, learnt from the past alone.

    In turn (Dempster, Laird & Rubin 1977): demand is completed with what is known so far, then
    level and season are learnt from it; and each item's dispersion is the one of `DISPERSIONS`
    whose likelihood is the largest, a censored period counting by the probability of having
    at least that much demand, all items' likelihood leaning in.
    """
    dispersion = np.full(past.n_items + 1, TYPICAL)
    certain = replace(past, sales=np.where(past.censored, np.nan, past.sales))
    found = Uncensoring(_smoothing(certain), dispersion)
    if not past.censored.any():
        return found
    for _ in range(ROUNDS):
        found = replace(found, dispersion=_likeliest(past, found.smoothing))
        found = replace(found, smoothing=_smoothing(found.panel(past)))
    return found


def _smoothing(completed: Panel) -> SmoothingModel:
    level = mean_level(observed_sales(completed))
    index = fit_season_index(completed, SHRINKAGE)
    return SmoothingModel(completed.item_ids, np.full(len(level), ALPHA), index, level)


def _likeliest(past: Panel, smoothing: SmoothingModel) -> Floats:
    """Return (N + 1,) the likeliest dispersions, last that of all items together."""
    score = np.zeros((past.n_items, len(DISPERSIONS)))
    number = np.maximum((~np.isnan(observed_sales(past))).sum(axis=1), 1)
    for column, value in enumerate(DISPERSIONS):
        walker = Uncensoring(smoothing, np.full(past.n_items + 1, value))
        for period, mean, _ in walker.walk(past, past.n_periods):
            score[:, column] += log_likelihood(Seen.of(past, period), mean, value)
    pooled = (score / number[:, None]).mean(axis=0)
    best = np.argmax(score + POOL_PERIODS * pooled, axis=1)
    values = np.array(DISPERSIONS)
    return with_pooled(values[best], values[int(np.argmax(pooled))])


def log_likelihood(seen: Seen, mean: Floats, dispersion: float) -> Floats:
    """Return (N,) log likelihood of a period under a negative binomial; 0 where nothing is known.

    Args:
        seen: Sales, a lower bound where censored.
        mean: (N,) expected demand.
        dispersion: variance = mean + dispersion * mean ** 2.
    """
    size, known = 1.0 / dispersion, ~np.isnan(seen.sales)
    sales = np.where(known, np.maximum(seen.sales, 0.0), 0.0)
    odds = mean / (size + mean)
    exact = gammaln(sales + size) - gammaln(size) - gammaln(sales + 1.0)
    exact = exact + size * np.log1p(-odds) + sales * np.log(odds)
    above = np.log(np.maximum(at_least(sales, np.full(len(mean), size), odds), 1e-12))
    return np.where(known, np.where(seen.censored, above, exact), 0.0)
