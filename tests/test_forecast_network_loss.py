"""What the networks learn from: the likelihood of periods and of sums, gaps left out."""

import numpy as np
import pytest
import torch
from scipy.stats import nbinom
from torch import Tensor

from forecasters._network import Heads, negative_binomial_loss
from forecasters._network_training import likelihood
from replenish.forecasting.network import corrected


def heads(steps: int = 5) -> tuple[Heads, Tensor]:
    """Return what a network expects of two items from three origins, and its raw numbers."""
    torch.manual_seed(0)
    raw = torch.randn(3, steps, 2, 3, dtype=torch.float64).requires_grad_()
    return Heads.of(torch.full((3, steps, 2), 4.0, dtype=torch.float64), raw, torch.ones(3, 2)), raw


def demand(steps: int = 5) -> Tensor:
    return torch.from_numpy(np.random.default_rng(1).poisson(4.0, (3, steps, 2)).astype(float))


def test_the_loss_is_the_negative_binomial_likelihood_up_to_a_constant() -> None:
    sales, means = np.array([0.0, 3.0, 11.0]), np.array([2.0, 5.0, 7.0])
    for dispersion in (0.05, 0.8):
        size = 1.0 / dispersion
        expected = -nbinom.logpmf(sales, size, size / (size + means))
        told = negative_binomial_loss(
            torch.from_numpy(sales),
            torch.from_numpy(means),
            torch.full((3,), dispersion, dtype=torch.float64),
        ).numpy()
        constant = [0.0, np.log(6.0), np.log(39916800.0)]  # log(sales!)
        np.testing.assert_allclose(told, expected - np.array(constant), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("sum_weight", [0.0, 0.5])
def test_periods_not_observed_change_neither_loss_nor_gradient(sum_weight: float) -> None:
    """Whatever is expected of a period that nobody saw is neither rewarded nor punished."""
    sales = demand()
    sales[:, 3] = torch.nan
    expected, raw = heads()
    likelihood(expected, sales, sum_weight).backward()  # type: ignore[no-untyped-call]
    assert raw.grad is not None
    assert torch.isfinite(raw.grad).all()
    assert (raw.grad[:, 3, :, :2] == 0).all()
    assert (raw.grad[:, 2, :, :2] != 0).all()
    other = Heads(
        expected.mean.detach().clone(),
        expected.dispersion.detach(),
        expected.sum_dispersion.detach(),
    )
    before = float(likelihood(other, sales, sum_weight))
    other.mean[:, 3] *= 100.0
    assert float(likelihood(other, sales, sum_weight)) == before


def test_a_window_without_any_sale_teaches_nothing_and_breaks_nothing() -> None:
    expected, raw = heads()
    loss = likelihood(expected, torch.full((3, 5, 2), torch.nan, dtype=torch.float64), 0.5)
    loss.backward()  # type: ignore[no-untyped-call]
    assert float(loss.detach()) == 0.0
    assert raw.grad is not None
    assert (raw.grad == 0).all()


def test_the_loss_of_single_periods_is_blind_for_the_width_of_sums() -> None:
    expected, raw = heads()
    likelihood(expected, demand(), 0.0).backward()  # type: ignore[no-untyped-call]
    assert raw.grad is not None
    assert (raw.grad[..., 2] == 0).all()
    assert (raw.grad[..., 1] != 0).any()


def test_the_width_of_sums_that_is_learnt_is_that_of_the_sums() -> None:
    """Periods that move together have sums far wider than if each went its own way."""
    rng = np.random.default_rng(0)
    level = rng.gamma(4.0, 0.25, (4000, 1, 1))  # variance 1/4 around 1
    sales = torch.from_numpy(rng.poisson(6.0 * np.broadcast_to(level, (4000, 7, 1))).astype(float))
    raw = torch.zeros(1, 7, 1, 3, dtype=torch.float64).requires_grad_()
    base = torch.full((4000, 7, 1), 6.0, dtype=torch.float64)
    optimiser = torch.optim.Adam([raw], lr=0.05)
    for _ in range(300):
        optimiser.zero_grad()
        likelihood(
            Heads.of(base, raw.expand(4000, 7, 1, 3), torch.ones(4000, 1)), sales, 0.5
        ).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    point = corrected(
        np.full((1, 1, 7), 6.0), raw.detach().numpy().transpose(2, 0, 1, 3), np.ones((1, 1))
    )
    assert point.spread is not None
    k = np.arange(1, 8)
    true = np.sqrt(6.0 * k + 0.25 * (6.0 * k) ** 2)
    np.testing.assert_allclose(point.spread[0, 0] * np.sqrt(6.0 * k), true, rtol=0.05)
