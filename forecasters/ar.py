"""Autoregression around a regression on the season and the plan."""

from dataclasses import dataclass

from forecasters._arima import ArimaFamily
from forecasters._arima_order import Order
from forecasters._options import MostLags
from replenish.data.panel import Panel


@dataclass
class Ar(ArimaFamily):
    """Regression with AR(p) errors, p chosen item by item by AICc (Yule 1927; Akaike 1974).

    Attributes:
        most_lags: The largest p that is looked at.
    """

    most_lags: MostLags = 5

    def _orders(self, past: Panel) -> tuple[Order, ...]:  # noqa: ARG002
        return tuple(Order(p, 0, 0) for p in (1, 0, *range(2, self.most_lags + 1)))
