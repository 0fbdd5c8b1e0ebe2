import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replenish.demand_families import DemandFamily
from replenish.errors import InputError
from replenish.exact.demand import DiscreteDemand

FAMILIES = [
    DemandFamily("poisson", 5.0),
    DemandFamily("geometric", 5.0),
    DemandFamily("negative_binomial", 5.0, 4.0),
]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@pytest.mark.parametrize("periods", [1, 2, 5])
def test_sums_agree_with_the_known_distribution_of_the_family(
    family: DemandFamily, periods: int
) -> None:
    total = DiscreteDemand.of_family(family).sum_over(periods)
    known = family.sum_over(periods)
    units = np.arange(len(total.pmf))
    np.testing.assert_allclose(total.pmf, known.pmf(units), atol=1e-12)
    np.testing.assert_allclose(total.cdf(units), known.cdf(units), atol=1e-11)
    assert total.mean == pytest.approx(known.mean(), rel=1e-10)
    assert total.std == pytest.approx(known.std(), rel=1e-9)
    for share in (0.05, 0.5, 0.8, 0.975):
        assert total.quantile(share) == known.ppf(share)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40))
def test_past_demands_keep_their_mean_and_spread(observed: list[int]) -> None:
    demand = DiscreteDemand.empirical(observed)
    assert demand.mean == pytest.approx(np.mean(observed))
    assert demand.std == pytest.approx(np.std(observed), abs=1e-9)
    assert demand.most == max(observed)
    assert demand.cdf(-1) == 0.0
    assert demand.sum_over(3).mean == pytest.approx(3 * np.mean(observed))


def test_no_period_has_no_demand() -> None:
    assert DiscreteDemand.empirical([3, 4]).sum_over(0).pmf.tolist() == [1.0]


@pytest.mark.parametrize(
    ("pmf", "message"),
    [
        ([0.5, 0.4], r"demand\.pmf sums to 0\.9, expected 1"),
        ([1.2, -0.2], r"demand\.pmf\[1\] is -0\.2"),
        ([0.5, np.nan], r"demand\.pmf\[1\] is nan"),
        ([], r"demand\.pmf has shape \(0,\)"),
    ],
)
def test_what_is_no_distribution_is_refused_by_name(pmf: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        DiscreteDemand(np.array(pmf))


@pytest.mark.parametrize(
    ("observations", "message"),
    [
        ([], r"observations has shape"),
        ([1, -2], r"observations\[1\] is -2\.0"),
        ([1.5], r"observations\[0\] is 1\.5"),
    ],
)
def test_past_demands_that_cannot_be_are_refused_by_name(
    observations: list[float], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        DiscreteDemand.empirical(observations)


def test_periods_that_cannot_be_summed_are_refused() -> None:
    with pytest.raises(InputError, match=r"periods is 1\.5"):
        DiscreteDemand.empirical([1]).sum_over(1.5)  # type: ignore[arg-type]
