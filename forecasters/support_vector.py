"""Support vector regression over all items, on features of item, origin and period ahead."""

from dataclasses import dataclass

import numpy as np

from forecasters._feature_regression import FeatureRegression
from forecasters._feature_table import Table
from forecasters._lines import learnt_line
from forecasters._options import Count, Positive, Positives, Weight, Whole
from replenish.arrays import Floats
from replenish.forecasting.linear_map import LinearMap


@dataclass
class SupportVector(FeatureRegression):
    """A line through features and random waves of them that leaves small errors alone.

    Epsilon-insensitive support vector regression (Drucker et al. 1997) with squared loss, whose
    aim is the mean and not the median, and with random Fourier features for the Gaussian kernel
    (Rahimi & Recht 2007). The options beyond these are those of
    `forecasters._feature_regression.FeatureRegression`.

    Attributes:
        penalties: To choose from, on the later part of the past.
        epsilon: Error of the factor that costs nothing.
        waves: Number of random Fourier features.
        width: Of the kernel, in standard deviations of a feature times the root of their number.
    """

    rows: Count = 40_000
    penalties: Positives = (0.03, 0.3)
    epsilon: Weight = 0.05
    waves: Whole = 100
    width: Positive = 1.0

    def _estimator(self, table: Table) -> LinearMap:
        features = table.rows.shape[1]
        rng = np.random.default_rng(self.seed)
        directions = rng.normal(0.0, 1.0 / (self.width * features**0.5), (features, self.waves))
        phases = rng.uniform(0.0, 2.0 * np.pi, self.waves)
        return learnt_line(table, self.penalties, self._line, directions, phases)

    def _line(self, x: Floats, y: Floats, weight: Floats, penalty: float) -> tuple[float, Floats]:
        """Return constant and weights; see `forecasters._lines.Fit`."""
        from sklearn.svm import LinearSVR

        machine = LinearSVR(
            epsilon=self.epsilon,
            C=1.0 / (penalty * len(y)),
            loss="squared_epsilon_insensitive",
            dual=False,
            intercept_scaling=10.0,
            tol=1e-4,
            random_state=self.seed,
        )
        machine.fit(x, y - 1.0, sample_weight=weight)
        return 1.0 + float(machine.intercept_[0]), np.asarray(machine.coef_, dtype=float)
