"""Demand families draw what they say, and know the distribution of their sums exactly."""

import numpy as np
import pytest

from replenish.demand_families import DemandFamily
from replenish.errors import InputError

FAMILIES = [
    DemandFamily("poisson", 5.0),
    DemandFamily("geometric", 5.0),
    DemandFamily("negative_binomial", 5.0, 4.0),
]
STDS = [5.0**0.5, 30.0**0.5, 4.0]


@pytest.mark.parametrize(("family", "std"), list(zip(FAMILIES, STDS, strict=True)))
def test_a_period_has_this_mean_and_standard_deviation(family: DemandFamily, std: float) -> None:
    assert family.sum_over(1).mean() == pytest.approx(5.0)
    assert family.sum_over(1).std() == pytest.approx(std)
    drawn = family.draw((200_000,), np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(5.0, abs=4 * std / 200_000**0.5)
    assert drawn.std() == pytest.approx(std, rel=0.02)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_sum_is_the_convolution_of_its_periods(family: DemandFamily) -> None:
    units = np.arange(400)
    one = family.sum_over(1).pmf(units)
    three = np.convolve(np.convolve(one, one), one)[:400]
    np.testing.assert_allclose(family.sum_over(3).pmf(units), three, atol=1e-9)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_forecast_is_the_true_distribution_of_each_row(family: DemandFamily) -> None:
    forecast = family.forecast(np.array([1, 5]), np.array([0.1, 0.5, 0.9]))
    assert forecast.mean.shape == (2, 5)
    total = forecast.lead_time_demand
    np.testing.assert_allclose(total.mean, [5.0, 25.0])
    for row, periods in enumerate((1, 5)):
        exact = family.sum_over(periods)
        np.testing.assert_array_equal(total.quantiles[row], exact.ppf([0.1, 0.5, 0.9]))
        assert total.std[row] == pytest.approx(exact.std())


def test_the_same_seed_draws_the_same_demand() -> None:
    one, two, other = (FAMILIES[0].draw((50, 3), np.random.default_rng(s)) for s in (7, 7, 8))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_a_misspelt_family_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'poisson'"):
        DemandFamily("poison", 5.0)


@pytest.mark.parametrize(
    ("name", "mean", "std", "words"),
    [
        ("poisson", 0.0, 0.0, "demand_mean is 0.0"),
        ("geometric", -1.0, 0.0, "demand_mean is -1.0"),
        ("negative_binomial", 9.0, 3.0, "use 'poisson' for equality"),
    ],
)
def test_a_parameter_that_is_no_demand_is_named(
    name: str, mean: float, std: float, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        DemandFamily(name, mean, std)
