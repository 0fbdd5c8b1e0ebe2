"""Fit the forecaster of a run: on the fit part, and again at the ends of later parts."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from replenish.chosen import make_plugin
from replenish.config import ForecastConfig
from replenish.data.panel import Panel
from replenish.errors import InputError
from replenish.forecasting.files import DESCRIPTION, save_forecaster
from replenish.forecasting.runtime import FittedForecaster
from replenish.parallel import side_by_side
from replenish.workbench import Problem

WORTHWHILE = 100_000  # sales from which another process is worth its start


def fit_forecasters(folder: Path, problem: Problem) -> Iterator[str]:
    """Fit for every part of time that needs a fit of its own, and save it.

    Yields a sentence on what is to be fitted, and one on each that was; what is there already is
    not made again.

    Args:
        folder: Of the run's forecasters.
        problem: What to fit on; ``train.processes`` of its config work side by side.
    """
    dates = {end: str(problem.panel.dates[end].date()) for end in problem.fit_ends}
    missing = [end for end, date in dates.items() if not (folder / date / DESCRIPTION).exists()]
    missing.sort(reverse=True)  # the longest history takes longest
    if missing:
        yield f"to be fitted on all up to {', '.join(dates[end] for end in missing)}"
    pasts = (problem.panel.until(end) for end in missing)
    processes = problem.config.train.processes if problem.panel.sales.size >= WORTHWHILE else 1
    work = partial(_save_fitted, folder, problem.config.forecast, problem.horizon)
    for number, date in enumerate(side_by_side(work, pasts, processes), start=1):
        yield f"fitted on all up to {date} ({number} of {len(missing)})"


def _save_fitted(folder: Path, chosen: ForecastConfig, horizon: int, past: Panel) -> str:
    """Fit on a past, save into the folder of its last date, and return that date.

    A helping process saves what it has fitted: networks that run do not go from one to another.
    """
    date = str(past.dates[-1].date())
    save_forecaster(fit_forecaster(past, chosen, horizon), folder / date)
    return date


def fit_forecaster(past: Panel, chosen: ForecastConfig, horizon: int) -> FittedForecaster:
    """Fit the config's forecaster on a past, all that it will ever see.

    Raises:
        InputError: The forecaster cannot learn with the options of the config.
    """
    forecaster = make_plugin("forecasters", chosen)
    try:
        fitted: FittedForecaster = forecaster.fit(past, horizon).fitted
    except (ValueError, IndexError) as trouble:
        if not chosen.options:
            raise
        raise InputError(f"{chosen.name} cannot learn with forecast.options {chosen.options}: "
                         f"{trouble}") from None  # fmt: skip
    return fitted
