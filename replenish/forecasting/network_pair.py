"""Two states of one network: the mean of the one that learnt longer, the spread of the other."""

from dataclasses import dataclass
from typing import ClassVar, Self

from replenish.arrays import Ints
from replenish.data.panel import Panel
from replenish.forecasting.network import NetworkModel, NetworkState
from replenish.forecasting.point import Parts, PointForecast, Seen, under

PREFIXES = ("late.", "early.")


@dataclass(frozen=True, eq=False)
class NetworkPair:
    """A network's mean with the spread it had when its errors were taken.

    A network that has learnt from a period thinks itself surer of such periods than it is, and
    the bands are made of the errors of the network that had not: only that one's spread tells
    how wide they are.

    Attributes:
        late: Learnt from the whole past; gives the mean.
        early: Learnt from the first part of it; gives the spread.
    """

    kind: ClassVar[str] = "network_pair"
    late: NetworkModel
    early: NetworkModel

    def start(self, panel: Panel, periods: int) -> tuple[NetworkState, NetworkState]:
        """Return both states before the first period; see `PointModel.start`."""
        return self.late.start(panel, periods), self.early.start(panel, periods)

    def step(
        self, state: tuple[NetworkState, NetworkState], seen: Seen
    ) -> tuple[NetworkState, NetworkState]:
        """Return both states after one more period; see `PointModel.step`."""
        return self.late.step(state[0], seen), self.early.step(state[1], seen)

    def forecast(self, state: tuple[NetworkState, NetworkState], horizon: int) -> PointForecast:
        """Return what is expected from here; see `PointModel.forecast`."""
        late = self.late.forecast(state[0], horizon)
        return PointForecast(late.mean, self.early.forecast(state[1], horizon).spread)

    def predict(self, panel: Panel, origins: Ints, horizon: int) -> PointForecast:
        """Return the forecast from every origin; see `PointModel.predict`."""
        late = self.late.predict(panel, origins, horizon)
        return PointForecast(late.mean, self.early.predict(panel, origins, horizon).spread)

    def parts(self) -> Parts:
        """Return the parts of both, each under its prefix."""
        both = [model.parts() for model in (self.late, self.early)]
        named = list(zip(PREFIXES, both, strict=True))
        return Parts(
            {prefix: dict(told.settings) for prefix, told in named},
            {prefix + n: values for prefix, told in named for n, values in told.arrays.items()},
            {prefix + n: content for prefix, told in named for n, content in told.files.items()},
        )

    @classmethod
    def assemble(cls, parts: Parts) -> Self:
        """Return the pair that `parts` came from."""
        late, early = (
            NetworkModel.assemble(
                Parts(
                    parts.settings[prefix],
                    under(parts.arrays, prefix),
                    under(parts.files, prefix),
                )
            )
            for prefix in PREFIXES
        )
        return cls(late, early)
