"""Every forecast comes from the latest forecaster that had not seen what it forecasts."""

from functools import cache

import numpy as np
import pytest

from forecasters.moving_average import MovingAverage
from replenish.errors import InputError
from replenish.forecasting.blocks import Blocks
from tests.forecast_panels import shop

ENDS = (199, 299, 359)


@cache
def blocks() -> Blocks:
    return Blocks(tuple(MovingAverage().fit(shop().until(end), 7).fitted for end in ENDS))


def test_an_origin_is_forecast_by_the_last_forecaster_fitted_no_later_than_it() -> None:
    several = blocks()
    table = several.roll(shop(), np.array([199, 298, 299, 330, 359, 400]), 7)
    np.testing.assert_array_equal(table.fitted_until, [199, 199, 299, 299, 359, 359])
    for place, whose in ((1, 0), (3, 1), (5, 2)):
        alone = several.fitted[whose].roll(shop(), table.origins[[place]], 7)
        np.testing.assert_array_equal(table.mean[:, place], alone.mean[:, 0])
        np.testing.assert_array_equal(table.sum_quantiles[:, place], alone.sum_quantiles[:, 0])
        np.testing.assert_array_equal(table.quantiles[:, place], alone.quantiles[:, 0])


def test_an_origin_before_the_first_block_s_end_is_refused() -> None:
    with pytest.raises(InputError, match="lies before 2021-07-22"):
        blocks().roll(shop(), np.array([150, 320]), 7)


def test_what_happens_after_a_block_changes_no_forecast_before_it() -> None:
    whole, origins = shop(), np.arange(299, 355)
    fewer = Blocks(blocks().fitted[:2])
    np.testing.assert_array_equal(
        blocks().roll(whole, origins, 7).mean, fewer.roll(whole.until(354), origins, 7).mean
    )
