"""Proof by experiment that forecasts do not see the future."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.forecast import ForecastTable

FIELDS = ("mean", "std", "quantiles", "sum_std", "sum_quantiles")


def assert_no_leakage(
    forecasts: Callable[[Panel, Ints], ForecastTable],
    panel: Panel,
    cut: int,
    *,
    horizon: int = 7,
    tolerance: float = 0.0,
) -> None:
    """Raise ``AssertionError`` if anything after period ``cut`` changes a forecast made before.

    All but the plan is changed (see `changed_futures`), and ``forecasts`` is called anew each
    time with the whole of what there is then: whatever it does with it, scaling, splitting,
    choosing settings, fitting, stands inside the experiment.

    Args:
        forecasts: Panel and origins (O,) -> table; the same each time (fixed seed).
        panel: (N, T) sales with at least a horizon of periods after the cut.
        cut: Last period that stays as it is.
        horizon: Periods ahead; origins are spread over three times as many before the cut.
        tolerance: Allowed relative to the largest forecast; 0 = bit for bit, networks 1e-6.
    """
    if not 0 <= cut < panel.n_periods - 1:
        raise ValueError(f"expected 0 <= cut {cut} < {panel.n_periods - 1}")
    origins = np.unique(np.linspace(max(cut - 3 * horizon, 0), cut, 6).astype(int))
    expected = forecasts(panel, origins)
    for change, changed in changed_futures(panel, cut):
        table = forecasts(changed, origins)
        for field in FIELDS:
            both = getattr(expected, field), getattr(table, field)
            _compare(both, panel, origins, (change, field, tolerance))


def _compare(
    both: tuple[Floats, Floats], panel: Panel, origins: Ints, what: tuple[str, str, float]
) -> None:
    (expected, got), (change, field, tolerance) = both, what
    limit = tolerance * max(float(np.abs(expected).max()), 1.0)
    away = ~(np.abs(expected - got) <= limit)
    if away.any():
        place = np.argwhere(away)[0]
        item, origin = panel.item_ids[place[0]], int(origins[place[1]])
        raise AssertionError(
            f"a leak: the future {change} changes {field} of item {item!r} at origin {origin} "
            f"({panel.dates[origin].date()}), {place[2] + 1} periods ahead, from "
            f"{expected[tuple(place)]} to {got[tuple(place)]}"
        )


def changed_futures(panel: Panel, cut: int) -> Iterator[tuple[str, Panel]]:
    """Yield (what was done, panel) with all but the plan changed after period ``cut``."""
    yield "reversed", _rewritten(panel, cut, lambda values: values[:, ::-1])
    yield "scaled", _rewritten(panel, cut, lambda values: values * 7 + 3)
    yield "swapped between items", _rewritten(panel, cut, lambda values: np.roll(values, 1, axis=0))
    yield "not observed", _rewritten(panel, cut, lambda values: values * np.nan)
    censored = panel.censored.copy()
    censored[:, cut + 1 :] = ~censored[:, cut + 1 :]
    yield "marked as out of stock", replace(panel, censored=censored)
    yield "cut off", panel.until(cut)


def _rewritten(panel: Panel, cut: int, change: Callable[[Floats], Floats]) -> Panel:
    def rewrite(values: Floats) -> Floats:
        after = change(values[:, cut + 1 :].astype(float))
        return np.concatenate([values[:, : cut + 1], after], axis=1)

    past = {name: rewrite(values) for name, values in panel.past.items()}
    return replace(panel, sales=rewrite(panel.sales), past=past)
