"""How the networks learn: random windows of random items, many origins in each."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from forecasters._network import Heads, Network, negative_binomial_loss
from replenish.arrays import Floats
from replenish.forecasting.network_inputs import Inputs

WARM_UP = 28  # periods at a window's start that only set the state
RISE = 50  # updates over which the learning rate rises
ORIGINS = 16  # origins per window that count in one update
OBSERVED_SHARE = 0.8  # of k periods that must be observed for their sum to be learnt from
ENTRIES = 20  # of the learning curve
HELD_OUT = 128  # windows that the curve's loss on later periods is taken from
Curve = list[tuple[int, float, float]]  # (update, loss in training, loss on later periods)


@dataclass(frozen=True)
class Learning:
    """How the network learns.

    Attributes:
        updates: Number of gradient steps.
        rate: Largest learning rate of AdamW.
        decay: Weight decay of AdamW (Loshchilov & Hutter 2019).
        batch: Windows per step.
        window: Periods per window.
        sum_weight: Weight of the likelihood of sums beside that of single periods.
        progress: Whether a bar is shown.
    """

    updates: int
    rate: float
    decay: float
    batch: int
    window: int
    sum_weight: float
    progress: bool

    def share_of_rate(self, update: int) -> float:
        """Return the share of ``rate`` at an update: a short rise, then a half cosine to zero."""
        rise = min((update + 1) / RISE, 1.0)
        return rise * 0.5 * (1.0 + math.cos(math.pi * update / self.updates))


class Draw(NamedTuple):
    """Windows that one loss is taken from.

    Attributes:
        items: (B,) rows.
        starts: (B,) first period of each window.
        origins: (O,) periods after the start, rising.
    """

    items: Tensor
    starts: Tensor
    origins: Tensor


class Windows:
    """The panel as tensors, of which windows are cut."""

    def __init__(self, inputs: Inputs, sales: Floats, horizon: int) -> None:
        """Keep the inputs of T periods and the sales (N, T) that are learnt from."""
        self.history = torch.from_numpy(inputs.history)
        self.plan = torch.from_numpy(inputs.plan)
        self.static = torch.from_numpy(inputs.static)
        self.level = torch.from_numpy(inputs.level.astype(np.float32))  # (T, N)
        self.index = torch.from_numpy(inputs.index.astype(np.float32))  # (T + H, N)
        self.sureness = torch.from_numpy(inputs.sureness.astype(np.float32))  # (T, N)
        self.sales = torch.from_numpy(sales.T.astype(np.float32))  # (T, N)
        self.steps = torch.arange(1, horizon + 1)

    @property
    def widths(self) -> tuple[int, int, int, int]:
        """Numbers per period and item: history F, plan G, static S; and the horizon H."""
        history, plan, static = (x.shape[-1] for x in (self.history, self.plan, self.static))
        return history, plan, static, len(self.steps)

    def draw(self, batch: int, window: int, rng: np.random.Generator, first: int = 0) -> Draw:
        """Return random windows of random items whose targets lie after period ``first``.

        The window is shortened where the periods do not suffice.
        """
        n_periods, n_items = self.sales.shape
        window = min(window, n_periods - len(self.steps))
        earliest = min(max(first - WARM_UP, 0), n_periods - len(self.steps) - window)
        items = rng.integers(0, n_items, batch)
        starts = rng.integers(earliest, n_periods - len(self.steps) - window + 1, batch)
        warm_up = min(WARM_UP, window // 2)
        many = min(ORIGINS, window - warm_up)
        origins = warm_up + np.sort(rng.permutation(window - warm_up)[:many])
        return Draw(*(torch.from_numpy(numbers) for numbers in (items, starts, origins)))

    def loss(self, network: Network, draw: Draw, sum_weight: float) -> Tensor:
        """Return the loss of the network over the windows."""
        items, starts, origins = draw
        length = int(origins[-1]) + 1
        ahead = origins[:, None] + self.steps  # (O, H) within the window
        past = starts + torch.arange(length)[:, None]  # (L, B) periods
        future = starts + torch.arange(length + len(self.steps))[:, None]
        raw = network(
            self.history[past, items], self.plan[future, items], self.static[items], origins, ahead
        )
        when = starts + ahead[..., None]  # (O, H, B)
        now = starts + origins[:, None]  # (O, B)
        base = self.level[now, items][:, None] * self.index[when, items]
        heads = Heads.of(base, raw, self.sureness[now, items])
        return likelihood(heads, self.sales[when, items], sum_weight)


def train(
    network: Network,
    data: Windows,
    learning: Learning,
    rng: np.random.Generator,
    later: tuple[Windows, int] | None = None,
) -> Curve:
    """Fit the network on random windows of random items and return the learning curve.

    Args:
        network: Changed in place.
        data: What it learns from.
        learning: How.
        rng: Draws windows and origins.
        later: A panel that goes on after ``data``, and the first period that is not in it; the
            loss there is told, nothing is learnt from it.
    """
    n_periods = len(data.sales)
    if min(learning.window, n_periods - len(data.steps)) < 2 or learning.updates < 1:
        return []
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=learning.rate, weight_decay=learning.decay
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, learning.share_of_rate)
    every = max(learning.updates // ENTRIES, 1)
    curve, losses = Curve(), list[float]()
    for update in tqdm(range(learning.updates), desc="network", disable=not learning.progress):
        draw = data.draw(learning.batch, learning.window, rng)
        loss = data.loss(network, draw, learning.sum_weight)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if (update + 1) % every == 0:
            held_out = held_out_loss(network, later, learning)
            curve.append((update + 1, float(np.mean(losses)), held_out))
            losses = []
    return curve


def held_out_loss(network: Network, later: tuple[Windows, int] | None, learning: Learning) -> float:
    """Return the loss on later periods, the same windows each time; NaN where there are none."""
    if later is None:
        return math.nan
    windows, first = later
    draw = windows.draw(HELD_OUT, learning.window, np.random.default_rng(0), first)
    with torch.no_grad():
        return float(windows.loss(network, draw, learning.sum_weight))


def likelihood(heads: Heads, sales: Tensor, sum_weight: float) -> Tensor:
    """Return the mean loss of single periods and of sums over what was observed.

    Args:
        heads: What is expected, each (O, H, B).
        sales: (O, H, B) units, NaN where they say nothing: such a period counts neither in the
            sales nor in the mean of a sum.
        sum_weight: Weight of the sums.
    """
    seen = ~torch.isnan(sales)
    known = torch.where(seen, sales, 0.0)
    single = negative_binomial_loss(known, heads.mean, heads.dispersion)
    loss = mean_where(single, seen)
    if sum_weight == 0:
        return loss
    summed = negative_binomial_loss(
        torch.cumsum(known, dim=1),
        torch.cumsum(torch.where(seen, heads.mean, 0.0), dim=1).clamp(min=1e-3),
        heads.sum_dispersion,
    )
    steps = torch.arange(1, sales.shape[1] + 1)[:, None]
    enough = torch.cumsum(seen, dim=1) >= OBSERVED_SHARE * steps
    return loss + sum_weight * mean_where(summed, enough)


def mean_where(values: Tensor, use: Tensor) -> Tensor:
    """Return the mean of the values that are used, 0 where that is none."""
    return torch.where(use, values, 0.0).sum() / use.sum().clamp(min=1)
