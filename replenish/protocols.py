"""The contracts that plug-ins fulfil; whoever judges them knows nothing else about them."""

from typing import Protocol, Self, runtime_checkable

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.forecast import ForecastTable
from replenish.observation import Observation


@runtime_checkable
class Forecaster(Protocol):
    """Forecasts demand from any number of origins in one call."""

    def fit(self, past: Panel, horizon: int) -> Self:
        """Learn from the past, which is all that ``past`` holds, and return itself.

        Args:
            past: What was known up to the last period of fitting (see `Panel.until`).
            horizon: Number of periods ahead that will be asked for.
        """
        ...

    def roll(
        self,
        panel: Panel,
        origins: Ints,
        horizon: int,
        levels: Floats | None = None,
        *,
        in_sample: bool = False,
    ) -> ForecastTable:
        """Return forecasts from every origin; nothing after an origin, the plan excepted, counts.

        Args:
            panel: (N, T) sales, N items that need not be the ones of `fit`.
            origins: (O,) period numbers, rising.
            horizon: Number of periods ahead, at most the one of `fit`.
            levels: (Q,) probabilities of the quantiles, rising; `forecast.LEVELS` by default.
            in_sample: Whether origins before the end of fitting are allowed; they are refused
                otherwise, because an agent that learns on such forecasts trusts them too much.
        """
        ...


@runtime_checkable
class Policy(Protocol):
    """Decides how much to order; an agent and a formula are the same thing to a judge."""

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units; the rules turn it into an order."""
        ...
