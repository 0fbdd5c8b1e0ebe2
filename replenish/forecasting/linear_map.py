"""Linear regressions at run time, on the features themselves and on random waves of them."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from replenish.arrays import Floats
from replenish.forecasting.point import Parts

FARTHEST = 4.0  # standard deviations from the mean of training: beyond it a line is not believed


@dataclass(frozen=True, eq=False)
class LinearMap:
    """``constant + standardised features . weights + waves(standardised features) . wave_weights``.

    The waves are random Fourier features of a Gaussian kernel, ``cos(x . directions + phases)``
    (Rahimi & Recht 2007, "Random features for large-scale kernel machines"); there may be none.

    Attributes:
        mean: (F,) of each feature in training.
        size: (F,) its standard deviation.
        constant: What is predicted at the mean.
        weights: (F,).
        directions: (F, D).
        phases: (D,).
        wave_weights: (D,).
    """

    kind: ClassVar[str] = "linear"
    mean: Floats
    size: Floats
    constant: float
    weights: Floats
    directions: Floats
    phases: Floats
    wave_weights: Floats

    def factor(self, rows: Floats) -> Floats:
        """Return the (R,) prediction for rows (R, F) of features."""
        told = standardised(rows, self.mean, self.size)
        found = self.constant + np.einsum("rf,f->r", told, self.weights)
        if len(self.phases):
            found = found + waves(told, self.directions, self.phases) @ self.wave_weights
        return np.asarray(found)

    def parts(self) -> Parts:
        """Return the arrays."""
        names = ("mean", "size", "weights", "directions", "phases", "wave_weights")
        return Parts({"constant": self.constant}, {name: getattr(self, name) for name in names}, {})

    @classmethod
    def assemble(cls, parts: Parts) -> Self:
        """Return the map that `parts` came from."""
        return cls(**parts.arrays, constant=float(parts.settings["constant"]))


def standardised(rows: Floats, mean: Floats, size: Floats) -> Floats:
    """Return (R, F) features in standard deviations from their mean, cut at `FARTHEST`."""
    return np.clip((rows - mean) / size, -FARTHEST, FARTHEST)


def waves(told: Floats, directions: Floats, phases: Floats) -> Floats:
    """Return (R, D) random Fourier features of standardised features (R, F)."""
    return np.asarray(np.cos(told @ directions + phases))
