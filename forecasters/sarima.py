"""Seasonal ARIMA: the season, too, may wander."""

from dataclasses import dataclass
from typing import Literal

from forecasters._arima import ArimaFamily
from forecasters._arima_order import Order
from forecasters._options import Difference, Lags, SeasonalLags
from replenish.data.panel import Panel
from replenish.forecasting.calendar import season_length

LONGEST = 24  # periods: a longer season has as many states; waves of the year tell it instead
SEASONS_NEEDED = 4
CANDIDATES = ((1, 1, 0, 0), (0, 1, 0, 0), (1, 1, 1, 0), (1, 1, 0, 1), (1, 1, 1, 1))  # p, q, P, Q


@dataclass
class Sarima(ArimaFamily):
    """Regression with ARIMA(p, d, q)(P, D, Q) errors; the calendar says how long a season is.

    With D = 1 the season comes from seasonal differences, else from regressors and what P and Q
    add to them. Seasons longer than 24 periods (weeks of a year) and histories shorter than four
    seasons get no seasonal part: waves of the year stand for the season.

    Attributes:
        order: ``"fixed"`` = the order below for all items; ``"auto"`` = (p, q)(P, Q) chosen item
            by item by AICc out of (1,1)(0,0), (0,1)(0,0), (1,1)(1,0), (1,1)(0,1) and (1,1)(1,1);
            d and D stay as below.
        autoregressive: p, 0 to 3.
        difference: d, 0 or 1.
        moving_average: q, 0 to 3.
        seasonal_autoregressive: P, 0 or 1.
        seasonal_difference: D, 0 or 1.
        seasonal_moving_average: Q, 0 or 1.
    """

    order: Literal["fixed", "auto"] = "fixed"
    autoregressive: Lags = 1
    difference: Difference = 1
    moving_average: Lags = 1
    seasonal_autoregressive: SeasonalLags = 1
    seasonal_difference: Difference = 0
    seasonal_moving_average: SeasonalLags = 1

    def _orders(self, past: Panel) -> tuple[Order, ...]:
        season = season_length(past.frequency)
        plain = (self.autoregressive, self.difference, self.moving_average)
        if not 1 < season <= LONGEST or past.n_periods < SEASONS_NEEDED * season:
            return (Order(*plain),)
        mine = (*plain[::2], self.seasonal_autoregressive, self.seasonal_moving_average)
        d, seasonal_d = self.difference, self.seasonal_difference
        candidates = CANDIDATES if self.order == "auto" else (mine,)
        return tuple(Order(p, d, q, sp, seasonal_d, sq, season) for p, q, sp, sq in candidates)
