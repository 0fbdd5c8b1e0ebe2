"""What guards look at, and what they say."""

from collections.abc import Sequence
from dataclasses import dataclass

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.forecast import Forecast
from replenish.forecasting.history import History
from replenish.state import InventoryState


@dataclass(frozen=True)
class Finding:
    """One thing that one guard found at one item.

    Attributes:
        row: Row number of the item.
        guard: Name of the guard, as in the config.
        reason: One sentence in a planner's words, with the numbers.
        fallback: Whether the fallback policy must decide this item.
    """

    row: int
    guard: str
    reason: str
    fallback: bool


@dataclass(frozen=True, eq=False)
class InputFacts:
    """Everything a decision for N items rests on.

    Attributes:
        panel: Sales of the N items; it may end before ``origin``, then the data is late.
        origin: Last period that should be known, numbered from the panel's first.
        state: Stock of the N items.
        forecast: What is expected from ``origin`` on, or None.
        history: Forecasts from recent consecutive origins, so that recent sales can be judged
            against the band that was forecast for them; or None.
        features: (N, F) what the network reads, or None.
        feature_low: (F,) lowest value of each feature in training, or None.
        feature_high: (F,) highest value of each feature in training, or None.
        feature_names: F names.
        duplicates: (N,) recent rows of each item that the loader found twice, or None.
    """

    panel: Panel
    origin: int
    state: InventoryState
    forecast: Forecast | None = None
    history: History | None = None
    features: Floats | None = None
    feature_low: Floats | None = None
    feature_high: Floats | None = None
    feature_names: Sequence[str] = ()
    duplicates: Ints | None = None

    @property
    def known(self) -> Panel:
        """The panel without anything after the origin."""
        return self.panel.until(min(self.origin, self.panel.n_periods - 1))
