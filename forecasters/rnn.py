"""One plain recurrent network over all items that corrects exponential smoothing."""

from dataclasses import dataclass
from typing import ClassVar

from forecasters._network_base import NetworkForecaster
from forecasters._options import Positive


@dataclass
class Rnn(NetworkForecaster):
    """A plain recurrent network: its state is a tanh of the last state and the input.

    Elman (1990). The simplest of the four; it needs a smaller learning rate, as nothing gates
    what flows back through time.

    The options are those of `forecasters._network_base.NetworkForecaster`.
    """

    body: ClassVar[str] = "rnn"

    rate: Positive = 5e-3
