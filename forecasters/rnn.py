"""One plain recurrent network over all items that corrects exponential smoothing."""

from dataclasses import dataclass
from typing import ClassVar

from forecasters._network_base import NetworkForecaster


@dataclass
class Rnn(NetworkForecaster):
    """A plain recurrent network: its state is a tanh of the last state and the input.

    Elman (1990). The simplest of the four: nothing gates what is kept and what is forgotten.
    The options are those of `forecasters._network_base.NetworkForecaster`.
    """

    body: ClassVar[str] = "rnn"
