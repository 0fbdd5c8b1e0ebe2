"""Each row of a pool's episode is the problem that its item and its family say."""

import numpy as np
import pytest

from replenish.demand_families import DemandFamily
from replenish.instance_pool import InstancePool
from replenish.items import Items

FAMILIES = [DemandFamily("poisson", 2.0), DemandFamily("geometric", 20.0)]
ITEMS = Items.build(2, lead_time=[1, 4], shortage_cost=[4, 39])


def test_a_row_has_the_demand_and_the_forecast_of_its_instance() -> None:
    episode = InstancePool.of(ITEMS, FAMILIES, periods=2000).draw(40, np.random.default_rng(0))
    forecast = episode.forecasts.at(0)
    low = episode.items.lead_time == 1
    assert 5 < low.sum() < 35
    for rows, family, cover in ((low, FAMILIES[0], 2), (~low, FAMILIES[1], 5)):
        exact = family.sum_over(cover)
        total = forecast.lead_time_demand
        np.testing.assert_allclose(total.mean[rows], exact.mean())
        np.testing.assert_allclose(total.std[rows], exact.std())
        np.testing.assert_array_equal(total.quantiles[rows][0], exact.ppf(total.levels))
        error = family.sum_over(1).std() / np.sqrt(2000 * rows.sum())
        assert abs(episode.demand[:, rows].mean() - family.mean) < 4 * error
        assert forecast.mean_at(0)[rows] == pytest.approx(family.mean)


def test_an_item_without_a_family_is_refused() -> None:
    with pytest.raises(ValueError, match="1 families for 2 items"):
        InstancePool.of(ITEMS, FAMILIES[:1])
