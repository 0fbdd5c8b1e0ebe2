"""The track record that a forecaster brings along: errors of those that were fitted before it.

What came true before the end of its fitting a forecaster has seen; errors made there flatter it
and are no record. A bundle holds the last fit alone, and brings the errors of the earlier ones.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.archive import packed, unpacked
from replenish.forecasting.calendar import period_number
from replenish.forecasting.matching import match_items, with_pooled


@dataclass(frozen=True, eq=False)
class Record:
    """One-period errors up to a date, made by forecasters that had not seen what came true.

    Attributes:
        item_ids: (M,) names.
        until: Start of the last period that has an error.
        errors: (M, K) in standard deviations, the latest last; NaN = not observed.
    """

    item_ids: tuple[str, ...]
    until: pd.Timestamp
    errors: Floats

    def of(self, panel: Panel, periods: Ints) -> Floats:
        """Return the (N, P) errors of a panel's items in these periods; NaN = none is known."""
        last = self.errors.shape[1] - 1
        columns = last - (period_number(panel, self.until) - np.asarray(periods))
        known = (columns >= 0) & (columns <= last)
        rows = match_items(panel.item_ids, self.item_ids)
        errors = with_pooled(self.errors, np.nan)[rows]
        return np.where(known, errors[:, np.clip(columns, 0, last)], np.nan)

    def save(self, path: Path) -> None:
        """Write errors and date; the names stand elsewhere."""
        until = np.array(self.until.isoformat())
        path.write_bytes(packed({"errors": self.errors.astype(np.float32), "until": until}))

    @classmethod
    def load(cls, path: Path, item_ids: tuple[str, ...]) -> Self:
        """Return what `save` wrote of these (M,) items.

        Raises:
            ValueError: It is of another number of items.
        """
        arrays = unpacked(path.read_bytes())
        errors = arrays["errors"].astype(float)
        if errors.shape[:1] != (len(item_ids),):
            raise ValueError(f"{path.name} holds {errors.shape[:1]} items, not {len(item_ids)}")
        return cls(item_ids, pd.Timestamp(str(arrays["until"])), errors)
