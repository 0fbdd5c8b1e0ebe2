"""ARIMA with regressors: the season and the plan by regression, the rest by a Kalman filter."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.matching import match_items
from replenish.forecasting.point import Parts, PointForecast, expanding_mean, observed_sales
from replenish.forecasting.regressors import Regressors
from replenish.forecasting.statespace import arima, filter_rows, forecast, usual_sum_variance

WIDEST = 3.0  # times the usual error: before the first sale the filter knows nothing at all
ARRAYS = ("phi", "theta", "variance", "effects", "scale")


@dataclass(frozen=True, eq=False)
class ArimaModel:
    """Regression with ARIMA(1, d, 1) errors, one per item.

    ``sales = scale * (effects . regressors + noise)``, the noise an ARIMA process. Periods not
    observed or out of stock are skipped by the filter, which then knows less and says so.
    An unknown item has the pooled parameters and the mean of its own sales so far as scale.

    Attributes:
        item_ids: (M,) items of fitting.
        difference: d, 0 or 1.
        regressors: What is known ahead.
        phi: (M + 1,) autoregressive coefficients, the last pooled; so in all that follow.
        theta: (M + 1,) moving-average coefficients.
        variance: (M + 1,) of the one-step error, in squared scales.
        effects: (M + 1, K + 1) shared columns, own columns, constant; in scales.
        scale: (M + 1,) units.
    """

    kind: ClassVar[str] = "arima"
    item_ids: tuple[str, ...]
    difference: int
    regressors: Regressors
    phi: Floats
    theta: Floats
    variance: Floats
    effects: Floats
    scale: Floats

    def predict(self, panel: Panel, origins: Ints, horizon: int) -> PointForecast:
        """Return regression plus filtered noise from every origin; see `PointModel.predict`."""
        rows = match_items(panel.item_ids, self.item_ids)
        periods = int(origins[-1]) + horizon + 1
        sales = observed_sales(panel)[:, : int(origins[-1]) + 1]
        effect = effect_by_period(self.regressors, self.effects[rows], panel, periods)
        unit, scale = self.scale[rows][:, None], self._scales(sales, rows)
        noise = (sales - scale * effect[:, : sales.shape[1]]) / unit
        space = arima(self.phi[rows], self.theta[rows], self.variance[rows], self.difference)
        filtered = filter_rows(space, noise, origins)
        mean, _, sums = forecast(space, filtered, horizon)
        ahead = np.asarray(origins)[:, None] + np.arange(1, horizon + 1)  # (O, H)
        mean = mean * unit[:, :, None] + scale[:, origins][:, :, None] * effect[:, ahead]
        spread = np.sqrt(sums / usual_sum_variance(space, horizon)[:, None])
        spread = np.minimum(spread, WIDEST)
        return PointForecast(np.maximum(mean, 0.0), spread)

    def _scales(self, sales: Floats, rows: Ints) -> Floats:
        """Return (N, T) the fitted scale; of an unknown item the mean of its sales so far."""
        fitted = np.broadcast_to(self.scale[rows][:, None], sales.shape)
        unknown = (rows == len(self.item_ids))[:, None]
        so_far = expanding_mean(sales)
        return np.where(unknown & ~np.isnan(so_far), so_far, fitted)

    def parts(self) -> Parts:
        """Return the order, the regressors and the parameters."""
        arrays = {name: getattr(self, name) for name in ARRAYS}
        settings = {"difference": self.difference, "regressors": self.regressors.description()}
        return Parts(settings, {"item_ids": np.array(self.item_ids), **arrays}, {})

    @classmethod
    def assemble(cls, parts: Parts) -> Self:
        """Return the model that `parts` came from."""
        return cls(
            tuple(str(name) for name in parts.arrays["item_ids"]),
            int(parts.settings["difference"]),
            Regressors.described(parts.settings["regressors"]),
            *(parts.arrays[name] for name in ARRAYS),
        )


def effect_by_period(regressors: Regressors, effects: Floats, panel: Panel, periods: int) -> Floats:
    """Return (N, periods) the regression part, in scales."""
    shared = regressors.n_shared
    total = effects[:, :shared] @ regressors.shared(panel, periods).T + effects[:, -1:]
    for column, values in enumerate(regressors.own(panel, periods)):
        total = total + effects[:, shared + column, None] * values
    return np.asarray(total)
