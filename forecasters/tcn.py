"""One temporal convolution over all items that corrects exponential smoothing."""

from dataclasses import dataclass
from typing import ClassVar

from forecasters._network_base import NetworkForecaster


@dataclass
class Tcn(NetworkForecaster):
    """Causal dilated convolutions with residuals: it sees the last eight weeks and nothing before.

    van den Oord et al. (2016); Bai, Kolter & Koltun (2018).

    The options are those of `forecasters._network_base.NetworkForecaster`.
    """

    body: ClassVar[str] = "tcn"
