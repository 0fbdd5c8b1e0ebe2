"""Moving average in which the latest period counts most."""

from dataclasses import dataclass
from typing import ClassVar

from forecasters._averaging import Averaging


@dataclass
class WeightedMovingAverage(Averaging):
    """Mean of the last periods with weights that fall linearly with age.

    The options are those of `forecasters._averaging.Averaging`.
    """

    weighted: ClassVar[bool] = True
