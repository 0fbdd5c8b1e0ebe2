"""Exponential trend: a straight line through the logs of past sales, without their bias."""

from dataclasses import dataclass
from typing import ClassVar

from forecasters._time_trend import TimeTrend


@dataclass
class ExponentialTrend(TimeTrend):
    """Regression of the log of 1 + sales on time, smeared back to units (Duan 1983).

    The options are those of `forecasters._time_trend.TimeTrend`.
    """

    logarithmic: ClassVar[bool] = True
