"""What every forecaster here does alike: fit, test on the rest of the past, fit again."""

from abc import ABC, abstractmethod
from typing import Self

import numpy as np

from forecasters._censoring import learn_uncensoring
from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.errors import InputError
from replenish.forecasting.calibrated import CalibratedForecaster
from replenish.forecasting.forecast import ForecastTable
from replenish.forecasting.point import PointModel, check_sales, open_days_only
from replenish.forecasting.residuals import ErrorModel, calibrate, poisson_like
from replenish.forecasting.runtime import FittedForecaster

FIRST_SHARE = 0.75  # of the past is for the fit whose errors on the rest are kept
MOST_ORIGINS = 150  # more origins of calibration cost time and change little: they overlap


class Calibrating(ABC):
    """A forecaster whose distribution comes from its own errors out of sample.

    A subclass says how it learns (`_train`) and may say how it goes on learning (`_retrain`).
    """

    _fitted: CalibratedForecaster | None = None

    @abstractmethod
    def _train(self, past: Panel, horizon: int) -> PointModel:
        """Return the point model learnt from the past alone."""

    def _retrain(self, early: PointModel, past: Panel, horizon: int) -> PointModel:  # noqa: ARG002
        """Return the model learnt from the whole past; ``early`` saw the first part of it."""
        return self._train(past, horizon)

    def _tempered(self, early: PointModel, past: Panel, origins: Ints, horizon: int) -> PointModel:  # noqa: ARG002
        """Return the early model after a look at what came true after it; as it is by default."""
        return early

    def _untested(self, model: PointModel) -> PointModel:
        """Return what is believed of a model that no later period could test; all by default."""
        return model

    def fit(self, past: Panel, horizon: int) -> Self:
        """Learn from the past; see `replenish.protocols.Forecaster.fit`.

        Raises:
            InputError: The horizon is below 1 or longer than the history, or a sale is negative.
        """
        if not 1 <= horizon < past.n_periods:
            raise InputError(
                f"horizon is {horizon} periods, the history has {past.n_periods}; "
                "expected at least 1 and less than the history: shorten the horizon or bring more"
            )
        check_sales(past)
        origins = calibration_origins(past.n_periods, horizon)
        if len(origins):
            point, errors = self._tested(past, origins, horizon)
        else:
            point, errors = None, poisson_like(past.n_items, horizon)
        uncensoring = learn_uncensoring(past)
        likely = uncensoring.panel(past)
        if point is None:
            point = self._untested(self._train(likely, horizon))
        else:
            point = self._retrain(point, likely, horizon)
        self._fitted = CalibratedForecaster(
            point, errors, uncensoring, past.item_ids, past.frequency, past.dates[-1]
        )
        return self

    def _tested(self, past: Panel, origins: Ints, horizon: int) -> tuple[PointModel, ErrorModel]:
        """Return a model learnt from what lies before the first origin, and its errors after it."""
        first = past.until(int(origins[0]))
        uncensoring = learn_uncensoring(first)
        likely = uncensoring.panel(past)
        point = self._train(uncensoring.panel(first), horizon)
        point = self._tempered(point, likely, origins, horizon)
        forecasts = open_days_only(point.predict(likely, origins, horizon), past, origins)
        return point, calibrate(forecasts, uncensoring.drawn(past), origins)

    @property
    def fitted(self) -> FittedForecaster:
        """What runs in production; raises ``ValueError`` before `fit`."""
        if self._fitted is None:
            raise ValueError("the forecaster is not fitted; call fit first")
        return self._fitted

    def roll(
        self,
        panel: Panel,
        origins: Ints,
        horizon: int,
        levels: Floats | None = None,
        *,
        in_sample: bool = False,
    ) -> ForecastTable:
        """Return forecasts from every origin; see `replenish.forecasting.runtime.Rolling.roll`."""
        return self.fitted.roll(panel, origins, horizon, levels, in_sample=in_sample)


def calibration_origins(n_periods: int, horizon: int) -> Ints:
    """Return the origins of calibration: all after the first share that leave a whole horizon.

    A past of three horizons or less is not tested on; then the result is empty.
    """
    last = n_periods - 1 - horizon
    if last < 2 * horizon:
        return np.empty(0, dtype=int)
    first = min(int(FIRST_SHARE * n_periods), last)
    number = min(last - first + 1, MOST_ORIGINS)
    return np.linspace(first, last, number).round().astype(int)  # an even stride would always
    # meet a rare day, such as a holiday, at the same numbers of periods ahead
