"""The probability of running out undoes the quantile that a level was made from."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from replenish.forecasting.forecast import LEVELS, DemandSum
from replenish.morning.order_table import exceedance

sums = hnp.arrays(float, (3, len(LEVELS)), elements=st.floats(0.01, 50)).map(
    lambda steps: DemandSum(
        steps.sum(axis=1), np.ones(3), np.cumsum(steps, axis=1), np.array(LEVELS)
    )
)


@given(sums, st.floats(0.005, 0.995))
def test_exceedance_undoes_the_quantile(total: DemandSum, level: float) -> None:
    units = total.quantile(level)
    kept = units > 0  # quantiles below zero are cut, nothing undoes that
    np.testing.assert_allclose(exceedance(total, units)[kept], 1.0 - level, atol=1e-6)


def test_exceedance_of_flat_quantiles_is_a_probability() -> None:
    quantiles = np.zeros((3, len(LEVELS)))
    quantiles[1], quantiles[2, -2:] = 5.0, 2.0
    total = DemandSum(np.ones(3), np.ones(3), quantiles, np.array(LEVELS))
    np.testing.assert_allclose(exceedance(total, np.array([0.0, 4.0, 0.0])), [0.005, 1.0, 0.025])
    np.testing.assert_allclose(exceedance(total, np.array([-1.0, 5.0, 2.0])), [1, 0.005, 0.005])
