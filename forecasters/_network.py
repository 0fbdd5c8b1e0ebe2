"""The torch side of the network forecaster: the module, its loss, its training."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from replenish.arrays import Floats
from replenish.forecasting.network import MOST, Inputs

WARM_UP = 28  # periods at a window's start that only set the state
RISE = 50  # updates over which the learning rate rises
ORIGINS = 16  # origins per window that count in one update


class Network(nn.Module):
    """An LSTM over the history and one head for all periods ahead (many-to-many).

    The state at an origin and the plan of a target period are projected apart and added, so
    that each is computed once and not for every pair. The last layer starts at zero.
    """

    def __init__(self, n_history: int, n_target: int, horizon: int, hidden: int) -> None:
        """Build it; F, G, H and the width of the state."""
        super().__init__()
        self.lstm = nn.LSTM(n_history, hidden)
        self.from_state = nn.Linear(hidden, hidden)
        self.from_target = nn.Linear(n_target, hidden, bias=False)
        self.steps = nn.Parameter(torch.zeros(horizon, hidden))
        self.out = nn.Linear(hidden, 2)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, history: Tensor, target: Tensor, origins: Tensor, ahead: Tensor) -> Tensor:
        """Return raw (O, H, N, 2) of history (T, N, F) and target (T + H, N, G)."""
        states, _ = self.lstm(history)
        state = self.from_state(states[origins])[:, None]  # (O, 1, N, D)
        plan = self.from_target(target)[ahead]  # (O, H, N, D)
        steps = self.steps[: ahead.shape[1], None]  # (H, 1, D)
        raw: Tensor = self.out(torch.relu(state + plan + steps))
        return raw


@dataclass(frozen=True)
class Learning:
    """How the network learns.

    Attributes:
        updates: Number of gradient steps.
        rate: Largest learning rate of Adam.
        batch: Windows per step.
        window: Periods per window.
        progress: Whether a bar is shown.
    """

    updates: int
    rate: float
    batch: int
    window: int
    progress: bool

    def share_of_rate(self, update: int) -> float:
        """Return the share of ``rate`` at an update: a short rise, then a half cosine to zero."""
        rise = min((update + 1) / RISE, 1.0)
        return rise * 0.5 * (1.0 + math.cos(math.pi * update / self.updates))


def negative_binomial_loss(sales: Tensor, mean: Tensor, dispersion: Tensor) -> Tensor:
    """Return minus the log likelihood without the part that no parameter changes.

    Cameron & Trivedi (2013), NB2: variance = mean + dispersion * mean ** 2.
    """
    size = 1.0 / dispersion
    whole = torch.lgamma(sales + size) - torch.lgamma(size)
    return -(
        whole + size * torch.log(size / (size + mean)) + sales * torch.log(mean / (size + mean))
    )


def train(
    network: Network, inputs: Inputs, sales: Floats, learning: Learning, rng: np.random.Generator
) -> None:
    """Fit the network on random windows of random items.

    Args:
        network: Changed in place.
        inputs: Of T periods and the horizon after them.
        sales: (N, T) units, NaN where not observed.
        learning: How.
        rng: Draws windows and origins.
    """
    horizon = network.steps.shape[0]
    n_items, n_periods = sales.shape
    window = min(learning.window, n_periods - horizon)
    if window < 2 or learning.updates < 1:
        return
    data = _Windows(inputs, sales, horizon)
    optimiser = torch.optim.Adam(network.parameters(), lr=learning.rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, learning.share_of_rate)
    bar = tqdm(range(learning.updates), desc="network", disable=not learning.progress)
    for update in bar:
        items = torch.from_numpy(rng.integers(0, n_items, learning.batch))
        starts = torch.from_numpy(rng.integers(0, n_periods - horizon - window + 1, learning.batch))
        first = min(WARM_UP, window // 2)
        many = min(ORIGINS, window - first)
        origins = torch.from_numpy(first + np.sort(rng.permutation(window - first)[:many]))
        loss = data.loss(network, items, starts, origins)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if learning.progress and update % 20 == 0:
            bar.set_postfix(loss=f"{float(loss.detach()):.4f}")


class _Windows:
    """Windows of the panel as tensors."""

    def __init__(self, inputs: Inputs, sales: Floats, horizon: int) -> None:
        self.history = torch.from_numpy(inputs.history)
        self.target = torch.from_numpy(inputs.target)
        self.level = torch.from_numpy(inputs.level.T.astype(np.float32))  # (T, N)
        self.index = torch.from_numpy(inputs.index.T.astype(np.float32))  # (T + H, N)
        self.sales = torch.from_numpy(sales.T.astype(np.float32))  # (T, N)
        self.steps = torch.arange(1, horizon + 1)

    def loss(self, network: Network, items: Tensor, starts: Tensor, origins: Tensor) -> Tensor:
        """Return the mean loss over the windows' observed target periods."""
        length = int(origins[-1]) + 1
        ahead = origins[:, None] + self.steps  # (O, H) within the window
        past = starts + torch.arange(length)[:, None]  # (L, B) periods
        future = starts + torch.arange(length + len(self.steps))[:, None]
        raw = network(self.history[past, items], self.target[future, items], origins, ahead)
        when = starts + ahead[..., None]  # (O, H, B)
        base = self.level[starts + origins[:, None], items][:, None] * self.index[when, items]
        mean = base.clamp(min=1e-3) * torch.exp(MOST * torch.tanh(raw[..., 0] / MOST))
        dispersion = nn.functional.softplus(raw[..., 1]) + 1e-3
        sales = self.sales[when, items]
        seen = ~torch.isnan(sales)
        if not bool(seen.any()):
            return torch.zeros((), requires_grad=True)
        loss: Tensor = negative_binomial_loss(sales[seen], mean[seen], dispersion[seen]).mean()
        return loss
