"""Moving average with a season that all items share and each may bend."""

from dataclasses import dataclass
from typing import ClassVar

from forecasters._averaging import Averaging


@dataclass
class MovingAverage(Averaging):
    """Mean of the last periods (Hyndman & Athanasopoulos 2021, 3.3).

    The options are those of `forecasters._averaging.Averaging`.
    """

    weighted: ClassVar[bool] = False
