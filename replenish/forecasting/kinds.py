"""Every kind of point model that a saved forecaster may hold, by its name in the file."""

from replenish.forecasting.arima import ArimaModel
from replenish.forecasting.moving_average import MovingAverageModel
from replenish.forecasting.network import NetworkModel
from replenish.forecasting.point import PointModel
from replenish.forecasting.seasonal_naive import SeasonalNaiveModel
from replenish.forecasting.smoothing import SmoothingModel

KINDS: dict[str, type[PointModel]] = {
    model.kind: model
    for model in (
        SeasonalNaiveModel,
        MovingAverageModel,
        SmoothingModel,
        ArimaModel,
        NetworkModel,
    )
}
