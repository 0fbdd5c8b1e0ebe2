"""Every kind of point model that a saved forecaster may hold, by its name in the file."""

from replenish.forecasting.arima import ArimaModel
from replenish.forecasting.damped_trend import DampedTrendModel
from replenish.forecasting.holt_winters import HoltWintersModel
from replenish.forecasting.intermittent import CrostonModel, TsbModel
from replenish.forecasting.moving_average import MovingAverageModel
from replenish.forecasting.network import NetworkModel
from replenish.forecasting.network_pair import NetworkPair
from replenish.forecasting.point import PointModel
from replenish.forecasting.regression_model import RegressionModel
from replenish.forecasting.seasonal_naive import SeasonalNaiveModel
from replenish.forecasting.smoothing import SmoothingModel
from replenish.forecasting.time_trend import TimeTrendModel

KINDS: dict[str, type[PointModel]] = {
    model.kind: model
    for model in (
        SeasonalNaiveModel,
        MovingAverageModel,
        SmoothingModel,
        DampedTrendModel,
        HoltWintersModel,
        TimeTrendModel,
        CrostonModel,
        TsbModel,
        ArimaModel,
        NetworkModel,
        NetworkPair,
        RegressionModel,
    )
}
