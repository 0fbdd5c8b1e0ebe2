"""The contracts that plug-ins fulfil; whoever judges them knows nothing else about them."""

from typing import Protocol, Self, runtime_checkable

from replenish.arrays import Floats
from replenish.data.panel import Panel
from replenish.forecasting.runtime import Rolling
from replenish.observation import Observation


@runtime_checkable
class Forecaster(Rolling, Protocol):
    """Forecasts demand from any number of origins in one call."""

    def fit(self, past: Panel, horizon: int) -> Self:
        """Learn from the past, which is all that ``past`` holds, and return itself.

        Args:
            past: What was known up to the last period of fitting (see `Panel.until`).
            horizon: Number of periods ahead that will be asked for.
        """
        ...


@runtime_checkable
class Policy(Protocol):
    """Decides how much to order; an agent and a formula are the same thing to a judge."""

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units; the rules turn it into an order."""
        ...
