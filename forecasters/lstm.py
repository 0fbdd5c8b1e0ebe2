"""One LSTM over all items that corrects exponential smoothing."""

from dataclasses import dataclass
from typing import ClassVar

from forecasters._network_base import NetworkForecaster


@dataclass
class Lstm(NetworkForecaster):
    """Long short-term memory: gates decide what is kept and for how long.

    Hochreiter & Schmidhuber (1997), one network over all series as in Salinas et al. (2020).

    The options are those of `forecasters._network_base.NetworkForecaster`.
    """

    body: ClassVar[str] = "lstm"
