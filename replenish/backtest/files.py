"""The folder of a backtest: results for people and for programs, each file whole or not at all."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from replenish import run_folder
from replenish.backtest.choice import Choice
from replenish.backtest.measures import MEASURES
from replenish.backtest.result import Backtest
from replenish.errors import InputError
from replenish.files import write_text_atomic
from replenish.report.forecasts import forecasts_html
from replenish.report.tables import cell, csv_text, plain

RESULTS, BY_ITEM, BY_CLASS = "results.json", "by_item.csv", "by_class.csv"
CHOICE, PAGE = "choice.json", "report.html"


def check_folder(folder: Path, *, overwrite: bool) -> None:
    """Raise unless results can be written there; asked before the work, nothing is written.

    Raises:
        InputError: It is no folder, cannot be written to, holds other files, or holds results
            that are not to be replaced.
    """
    above = next(place for place in (folder, *folder.parents) if place.exists())
    if not above.is_dir():
        raise InputError(f"{above}: is a file, expected a folder; choose another with --out")
    if not os.access(above, os.W_OK):
        raise InputError(f"{above}: the folder cannot be written to; choose another with --out")
    if not folder.exists():
        return
    held = {entry.name for entry in folder.iterdir()}
    if RESULTS in held and not overwrite:
        raise InputError(
            f"{folder}: holds the results of a backtest; replace them with --overwrite or choose "
            "another with --out"
        )
    strange = sorted(name for name in held if not _ours(name))
    if strange and RESULTS not in held:
        raise InputError(
            f"{folder}: holds {strange[0]!r}, which no backtest wrote; choose another with --out"
        )


def _ours(name: str) -> bool:
    """Return whether a backtest or a search may have left this file."""
    known = {RESULTS, BY_ITEM, BY_CLASS, CHOICE, PAGE, run_folder.LOOKS}
    return name in known or name.startswith("search-")


def make_folder(folder: Path) -> None:
    """Make the folder, or say in one line why it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise InputError(
            f"{folder}: the folder cannot be made ({problem.strerror}); choose another with --out"
        ) from None


def write_results(folder: Path, found: Backtest, chosen: Sequence[Choice]) -> list[Path]:
    """Write all files of a backtest and return their paths, the page for people last.

    Args:
        folder: Made if it does not exist.
        found: What was found.
        chosen: Who was chosen; empty on the test part, and then no file of choices is written.
    """
    files = {
        RESULTS: json.dumps(plain(found.to_dict()), indent=1, allow_nan=False) + "\n",
        BY_ITEM: by_item(found),
        BY_CLASS: by_class(found),
    }
    if chosen:
        content = {choice.group: choice.to_dict() for choice in chosen}
        files[CHOICE] = json.dumps(plain(content), indent=1, allow_nan=False) + "\n"
    files[PAGE] = forecasts_html(found, chosen)
    make_folder(folder)
    for name, text in files.items():
        write_text_atomic(folder / name, text, overwrite=True)
    if not chosen:
        (folder / CHOICE).unlink(missing_ok=True)  # of results that stood here before
    return [folder / name for name in files]


def by_item(found: Backtest) -> str:
    """Return one row per forecaster and item with every measure; empty where not defined."""
    rows = (
        [score.label, item, found.demand_class[i], found.abc_class[i]]
        + [cell(float(score.per_item[name][i])) for name in MEASURES]
        for score in found.scores
        for i, item in enumerate(found.item_ids)
    )
    return csv_text(["forecaster", "item_id", "demand_class", "abc_class", *MEASURES], rows)


def by_class(found: Backtest) -> str:
    """Return one row per forecaster and class with every measure; ``all`` is the first class."""
    sizes = {name: found.demand_class.count(name) for name in found.demand_class}
    sizes |= {name: found.abc_class.count(name) for name in found.abc_class}
    sizes["all"] = len(found.item_ids)
    rows = (
        [score.label, name, str(sizes[name]), *(cell(values[m]) for m in MEASURES)]
        for score in found.scores
        for name, values in {"all": score.total, **score.by_class}.items()
    )
    return csv_text(["forecaster", "class", "items", *MEASURES], rows)
