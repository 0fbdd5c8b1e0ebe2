"""ARMA around a regression on the season and the plan."""

from dataclasses import dataclass

from forecasters._arima import ArimaFamily
from forecasters._arima_order import Order
from forecasters._options import Lags
from replenish.data.panel import Panel


@dataclass
class Arma(ArimaFamily):
    """Regression with ARMA(p, q) errors: sales come back to the item's own mean.

    Attributes:
        autoregressive: p, 0 to 3.
        moving_average: q, 0 to 3.
    """

    autoregressive: Lags = 1
    moving_average: Lags = 1

    def _orders(self, past: Panel) -> tuple[Order, ...]:  # noqa: ARG002
        return (Order(self.autoregressive, 0, self.moving_average),)
