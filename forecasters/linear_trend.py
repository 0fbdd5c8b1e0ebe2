"""Linear trend: a straight line through the past, old sales counting less."""

from dataclasses import dataclass
from typing import ClassVar

from forecasters._time_trend import TimeTrend


@dataclass
class LinearTrend(TimeTrend):
    """Regression of sales freed of their season on time (Brown 1963).

    The options are those of `forecasters._time_trend.TimeTrend`.
    """

    logarithmic: ClassVar[bool] = False
