"""Several point models as one: each item's forecast is a weighted mean of theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.errors import unknown
from replenish.forecasting.kinds import KINDS
from replenish.forecasting.matching import match_items
from replenish.forecasting.point import Parts, PointForecast, PointModel, Seen, under


@dataclass(frozen=True, eq=False)
class PortfolioState:
    """Where the members stand.

    Attributes:
        members: State of each member.
        weights: (N, K) of each row.
    """

    members: tuple[Any, ...]
    weights: Floats


@dataclass(frozen=True, eq=False)
class PortfolioModel:
    """A weighted mean of the forecasts of K point models.

    A member that says nothing about how wide its errors are counts as "as usual".

    Attributes:
        members: The point models; none is a portfolio itself.
        item_ids: (M,) items of fitting.
        weights: (M + 1, K) not negative, each row adds up to 1; the last for unknown items.
    """

    kind: ClassVar[str] = "portfolio"
    members: tuple[PointModel, ...]
    item_ids: tuple[str, ...]
    weights: Floats

    def start(self, panel: Panel, periods: int) -> PortfolioState:
        """Return the members' states; see `PointModel.start`."""
        states = tuple(member.start(panel, periods) for member in self.members)
        return PortfolioState(states, self._weights(panel))

    def step(self, state: PortfolioState, seen: Seen) -> PortfolioState:
        """Return the members' states after one more period; see `PointModel.step`."""
        pairs = zip(self.members, state.members, strict=True)
        return PortfolioState(tuple(m.step(told, seen) for m, told in pairs), state.weights)

    def forecast(self, state: PortfolioState, horizon: int) -> PointForecast:
        """Return the weighted mean; see `PointModel.forecast`."""
        pairs = zip(self.members, state.members, strict=True)
        return blended([m.forecast(told, horizon) for m, told in pairs], state.weights)

    def predict(self, panel: Panel, origins: Ints, horizon: int) -> PointForecast:
        """Return the weighted mean from every origin; see `PointModel.predict`."""
        forecasts = [member.predict(panel, origins, horizon) for member in self.members]
        return blended(forecasts, self._weights(panel))

    def _weights(self, panel: Panel) -> Floats:
        return np.asarray(self.weights[match_items(panel.item_ids, self.item_ids)])

    def parts(self) -> Parts:
        """Return the members' parts, each under its number."""
        told = [member.parts() for member in self.members]
        arrays = {f"{k}.{n}": v for k, part in enumerate(told) for n, v in part.arrays.items()}
        files = {f"{k}.{n}": v for k, part in enumerate(told) for n, v in part.files.items()}
        settings = {
            "members": [
                {"kind": member.kind, "settings": dict(part.settings)}
                for member, part in zip(self.members, told, strict=True)
            ]
        }
        own = {"item_ids": np.array(self.item_ids), "weights": self.weights}
        return Parts(settings, {**arrays, **own}, files)

    @classmethod
    def assemble(cls, parts: Parts) -> Self:
        """Return the model that `parts` came from.

        Raises:
            InputError: A member is of an unknown kind.
        """
        members = []
        for number, told in enumerate(parts.settings["members"]):
            if told["kind"] not in KINDS:
                raise unknown("kind of forecaster", str(told["kind"]), KINDS)
            arrays, files = (under(part, f"{number}.") for part in (parts.arrays, parts.files))
            members.append(KINDS[told["kind"]].assemble(Parts(told["settings"], arrays, files)))
        names = tuple(str(name) for name in parts.arrays["item_ids"])
        return cls(tuple(members), names, parts.arrays["weights"])


def blended(forecasts: Sequence[PointForecast], weights: Floats) -> PointForecast:
    """Return the mean of K forecasts (N, O, H) with the weights (N, K).

    The spread is the geometric mean: it is a factor, and 1 where a member says nothing.
    """
    shares = [weights[:, k, None, None] for k in range(len(forecasts))]
    mean = sum(share * told.mean for share, told in zip(shares, forecasts, strict=True))
    level = None
    if any(told.level is not None for told in forecasts):
        volumes = zip(shares, (told.volume for told in forecasts), strict=True)
        level = np.asarray(sum(share * volume for share, volume in volumes))
    if all(told.spread is None for told in forecasts):
        return PointForecast(np.asarray(mean), level=level)
    wide = sum(
        share * np.log(told.spread)
        for share, told in zip(shares, forecasts, strict=True)
        if told.spread is not None
    )
    return PointForecast(np.asarray(mean), np.exp(wide), level)
