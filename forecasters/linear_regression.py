"""Ridge regression over all items, on features of item, origin and period ahead."""

from dataclasses import dataclass

import numpy as np

from forecasters._feature_regression import FeatureRegression
from forecasters._feature_table import Table
from forecasters._lines import learnt_line, ridge
from forecasters._options import Positives
from replenish.forecasting.linear_map import LinearMap


@dataclass
class LinearRegression(FeatureRegression):
    """A straight line through standardised features, drawn towards no correction of smoothing.

    Hoerl & Kennard (1970, Technometrics 12). The options beyond these are those of
    `forecasters._feature_regression.FeatureRegression`.

    Attributes:
        penalties: To choose from, on the later part of the past; in mean squared features.
    """

    penalties: Positives = (0.003, 0.03, 0.3, 3.0)

    def _estimator(self, table: Table) -> LinearMap:
        width = table.rows.shape[1]
        return learnt_line(table, self.penalties, ridge, np.zeros((width, 0)), np.zeros(0))
