"""The `Panel`: sales of N items over T periods as arrays, with what is known beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from replenish.arrays import Bools, Floats, Ints, expect_shape


def wholly_closed(share: Floats) -> Bools:
    """Return True where the shop is closed for a whole period; ``share`` is that of its days.

    A week with some open days is not: what it sells is what such weeks sell.
    """
    return np.asarray(share >= 1)


@dataclass(frozen=True, eq=False)
class Panel:
    """Sales history on a regular calendar; three different things are kept apart.

    NaN = not observed, 0 = nothing was sold, ``censored`` = out of stock for part of the
    period at least, so that the sale is a lower bound of demand.

    Attributes:
        item_ids: (N,) names; several key columns are joined as ``"store|product"``.
        dates: (T,) first day of each period, regular.
        sales: (N, T) units.
        censored: (N, T) True where the item was out of stock.
        known: name -> (N, T + P) numbers known ahead (calendar, price, promotion); the P
            periods beyond the history are the plan, dated by ``plan_dates``.
        plan_dates: (P,) dates that follow ``dates`` without a gap; empty without a plan.
        past: name -> (N, T) numbers known only up to now.
        static: name -> (N,) text per item (store, category, ...).
        frequency: ``"D"`` or ``"W-MON"`` and the like, as pandas names it.
    """

    item_ids: tuple[str, ...]
    dates: pd.DatetimeIndex
    sales: Floats
    censored: Bools
    known: Mapping[str, Floats] = field(default_factory=dict)
    plan_dates: pd.DatetimeIndex = field(default_factory=lambda: pd.DatetimeIndex([]))
    past: Mapping[str, Floats] = field(default_factory=dict)
    static: Mapping[str, Sequence[str]] = field(default_factory=dict)
    frequency: str = "D"

    def __post_init__(self) -> None:
        n, t, p = len(self.item_ids), len(self.dates), len(self.plan_dates)
        expect_shape("sales", self.sales, (n, t))
        expect_shape("censored", self.censored, (n, t))
        for name, values in self.known.items():
            expect_shape(f"known[{name!r}]", values, (n, t + p))
        for name, values in self.past.items():
            expect_shape(f"past[{name!r}]", values, (n, t))
        for name, texts in self.static.items():
            if len(texts) != n:
                raise ValueError(f"static[{name!r}] has {len(texts)} entries, expected {n}")

    @property
    def n_items(self) -> int:
        """Number of items N."""
        return len(self.item_ids)

    @property
    def n_periods(self) -> int:
        """Number of periods T in the history, the plan not counted."""
        return len(self.dates)

    def until(self, origin: int) -> "Panel":
        """Return what is known after period ``origin`` (0-based, inclusive), the plan kept.

        The future is absent, not masked: sales, censored and past have ``origin + 1`` columns;
        the periods cut off become plan periods, with their ``known`` numbers only.
        """
        if not 0 <= origin < self.n_periods:
            raise ValueError(f"origin is {origin}, expected 0..{self.n_periods - 1}")
        end = origin + 1
        return replace(
            self,
            dates=self.dates[:end],
            plan_dates=pd.DatetimeIndex(self.dates[end:].append(self.plan_dates)),
            sales=self.sales[:, :end],
            censored=self.censored[:, :end],
            past={name: values[:, :end] for name, values in self.past.items()},
        )

    def take(self, items: Ints) -> "Panel":
        """Return the panel of the items with these row numbers, in this order."""
        return replace(
            self,
            item_ids=tuple(self.item_ids[i] for i in items),
            sales=self.sales[items],
            censored=self.censored[items],
            known={name: values[items] for name, values in self.known.items()},
            past={name: values[items] for name, values in self.past.items()},
            static={name: [texts[i] for i in items] for name, texts in self.static.items()},
        )

    def period_of(self, date: str | pd.Timestamp) -> int:
        """Return the 0-based number of the period that holds the date.

        Raises:
            ValueError: The date lies before the first period or after the last.
        """
        day = pd.Timestamp(date)
        following = self.dates.append(self.plan_dates)
        number = int(following.searchsorted(day, side="right")) - 1
        width = following[1] - following[0] if len(following) > 1 else pd.Timedelta(days=1)
        if number < 0 or number >= self.n_periods or day >= self.dates[number] + width:
            raise ValueError(
                f"date {day.date()} is outside the history "
                f"{self.dates[0].date()} .. {self.dates[-1].date()}"
            )
        return number

    @property
    def observed(self) -> Bools:
        """(N, T) True where a sale was recorded and is not a lower bound only."""
        return ~np.isnan(self.sales) & ~self.censored
