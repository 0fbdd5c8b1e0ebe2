"""ARIMA with regressors for the season and the plan, fitted for all items at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from forecasters._arima import ArimaFamily
from forecasters._arima_order import Order
from forecasters._options import Difference, Lags
from replenish.data.panel import Panel

CANDIDATES = ((1, 1), (0, 1), (2, 1), (1, 2))  # (p, q); q = 0 would follow the last value


@dataclass
class Arima(ArimaFamily):
    """Regression with ARIMA(p, d, q) errors (Box & Jenkins 1970).

    Attributes:
        order: ``"fixed"`` = the order below for all items; ``"auto"`` = p and q chosen item by
            item by AICc out of (1,1), (0,1), (2,1) and (1,2). d stays as below: a
            constant mean fits the past well, and then misses where the level has gone since.
        autoregressive: p, 0 to 3.
        difference: d, 0 or 1; 1 lets the level wander.
        moving_average: q, 0 to 3.
    """

    search_space: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "autoregressive": ("int", 0, 3),
        "difference": ("choice", 0, 1),
        "moving_average": ("int", 0, 3),
        "shrinkage": ("log", 3.0, 300.0),
        "effect_periods": ("log", 10.0, 1000.0),
    }
    order: Literal["fixed", "auto"] = "fixed"
    autoregressive: Lags = 1
    difference: Difference = 1
    moving_average: Lags = 1

    def _orders(self, past: Panel) -> tuple[Order, ...]:  # noqa: ARG002
        if self.order == "auto":
            return tuple(Order(p, self.difference, q) for p, q in CANDIDATES)
        return (Order(self.autoregressive, self.difference, self.moving_average),)
