"""One gated recurrent network over all items that corrects exponential smoothing."""

from dataclasses import dataclass
from typing import ClassVar

from forecasters._network_base import NetworkForecaster


@dataclass
class Gru(NetworkForecaster):
    """Gated recurrent units: an LSTM with one state, two gates and a quarter fewer weights.

    Cho et al. (2014), in the form of Chung et al. (2014) where the reset gate acts after the
    product.

    The options are those of `forecasters._network_base.NetworkForecaster`.
    """

    body: ClassVar[str] = "gru"
