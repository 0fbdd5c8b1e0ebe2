"""Every kind of point model that a saved forecaster may hold, those made of others included."""

from replenish.forecasting.kinds import KINDS
from replenish.forecasting.point import PointModel
from replenish.forecasting.portfolio import PortfolioModel

ALL_KINDS: dict[str, type[PointModel]] = {**KINDS, PortfolioModel.kind: PortfolioModel}
