"""The torch side of the network forecasters: four bodies over the history, one head."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from replenish.forecasting.network import MOST

DILATIONS = (1, 2, 4, 7, 14, 28)  # periods between the two taps of each layer: 57 are overlooked


@dataclass(frozen=True)
class Widths:
    """Numbers per period and item that a network reads and gives.

    Attributes:
        history: F, of what was seen.
        plan: G, of what is known ahead.
        static: S, of the item itself.
        horizon: H, periods ahead.
        hidden: D, of the state.
    """

    history: int
    plan: int
    static: int
    horizon: int
    hidden: int


class TwoTaps(nn.Module):
    """One causal dilated convolution: ``x[t] + relu(W0 x[t - d] + W1 x[t] + b)``."""

    def __init__(self, hidden: int, dilation: int) -> None:
        """Build it; D and d."""
        super().__init__()
        self.dilation = dilation
        self.now = nn.Linear(hidden, hidden)
        self.past = nn.Linear(hidden, hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (T, N, D) of (T, N, D); before the start stand zeros."""
        earlier = nn.functional.pad(x, (0, 0, 0, 0, self.dilation, 0))[: len(x)]
        return x + torch.relu(self.now(x) + self.past(earlier))


class Convolutions(nn.Module):
    """Causal dilated convolutions of two taps with residuals, one upon the other.

    van den Oord et al. (2016); Bai, Kolter & Koltun (2018).
    """

    def __init__(self, n_history: int, hidden: int) -> None:
        """Build it; F and D."""
        super().__init__()
        self.enter = nn.Linear(n_history, hidden)
        self.layers = nn.ModuleList(TwoTaps(hidden, dilation) for dilation in DILATIONS)

    def forward(self, history: Tensor) -> tuple[Tensor, None]:
        """Return states (T, N, D) of history (T, N, F); nothing else is carried."""
        x = self.enter(history)
        for layer in self.layers:
            x = layer(x)
        return x, None


BODIES = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN, "tcn": Convolutions}


class Network(nn.Module):
    """A body over the history and one head for all periods ahead (many-to-many).

    The state at an origin, the item's static columns and the plan of a target period are
    projected apart and added, so that each is computed once and not for every pair. The last
    layer starts at zero: an untrained network corrects nothing.
    """

    def __init__(self, body: str, widths: Widths) -> None:
        """Build it; the body is one of `BODIES`."""
        super().__init__()
        self.kind, self.widths = body, widths
        self.body = BODIES[body](widths.history, widths.hidden)
        self.from_state = nn.Linear(widths.hidden, widths.hidden)
        self.from_plan = nn.Linear(widths.plan, widths.hidden, bias=False)
        self.from_static = nn.Parameter(torch.zeros(widths.static, widths.hidden))
        self.steps = nn.Parameter(torch.zeros(widths.horizon, widths.hidden))
        self.out = nn.Linear(widths.hidden, 3)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(
        self, history: Tensor, plan: Tensor, static: Tensor, origins: Tensor, ahead: Tensor
    ) -> Tensor:
        """Return raw (O, H, N, 3) of history (T, N, F), plan (P, N, G) and static (N, S).

        Args:
            history: What was seen.
            plan: What is known ahead.
            static: Of the items.
            origins: (O,) rows of the history.
            ahead: (O, H) rows of the plan.
        """
        states, _ = self.body(history)
        state = (self.from_state(states[origins]) + static @ self.from_static)[:, None]
        planned = self.from_plan(plan)[ahead]  # (O, H, N, D)
        raw: Tensor = self.out(torch.relu(state + planned + self.steps[: ahead.shape[1], None]))
        return raw


@dataclass(frozen=True)
class Heads:
    """What the raw numbers mean, each (O, H, N).

    Attributes:
        mean: Units.
        dispersion: NB2 of each period.
        sum_dispersion: NB2 of demand summed up to each period.
    """

    mean: Tensor
    dispersion: Tensor
    sum_dispersion: Tensor

    @classmethod
    def of(cls, base: Tensor, raw: Tensor, share: Tensor) -> "Heads":
        """Return them for a smoothed forecast (O, H, N) and raw numbers (O, H, N, 3).

        Of the log factor on the mean the ``share`` (O, N) counts.
        """
        factor = torch.exp(share[:, None] * MOST * torch.tanh(raw[..., 0] / MOST))
        mean = base.clamp(min=1e-3) * factor
        wide = nn.functional.softplus(raw[..., 1:]) + 1e-3
        return cls(mean, wide[..., 0], wide[..., 1])


def negative_binomial_loss(sales: Tensor, mean: Tensor, dispersion: Tensor) -> Tensor:
    """Return minus the log likelihood without the part that no parameter changes.

    Cameron & Trivedi (2013), NB2: variance = mean + dispersion * mean ** 2.
    """
    size = 1.0 / dispersion
    whole = torch.lgamma(sales + size) - torch.lgamma(size)
    return -(
        whole + size * torch.log(size / (size + mean)) + sales * torch.log(mean / (size + mean))
    )
