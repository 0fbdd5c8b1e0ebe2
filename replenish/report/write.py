"""The folder of a report: JSON and CSV for programs, one HTML file for people."""

import os
from pathlib import Path

from replenish.errors import InputError
from replenish.files import check_new_file, write_text_atomic
from replenish.judging.evaluation import Evaluation
from replenish.report.details import classes_csv
from replenish.report.html import report_html
from replenish.report.planner import planner_html
from replenish.report.tables import blocks_csv, items_csv, results_csv, results_json

FILES = ("results.json", "results.csv", "items.csv", "classes.csv", "blocks.csv", "report.html")
PLANNER = "planner.html"


def check_report(folder: Path) -> None:
    """Raise unless a report can be written there; asked before the work, nothing is written.

    Raises:
        InputError: The folder or one of the files in it cannot be written.
    """
    above = next(place for place in (folder, *folder.parents) if place.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise InputError(f"{above}: no folder that can be written to; move it away")
    for name in (*FILES, PLANNER) if folder.exists() else ():
        check_new_file(folder / name, overwrite=True, way_out="move it away")


def write_report(evaluation: Evaluation, folder: Path) -> Path:
    """Write results.json, four CSV files, planner.html and report.html; return the last's path.

    A report that stands there is replaced, file by file, each whole; all are made before the
    first is written. matplotlib is needed for the plots (extra ``train``).

    Args:
        evaluation: What was found.
        folder: Made if it does not exist.

    Raises:
        InputError: The folder cannot be written to.
    """
    made = (results_json, results_csv, items_csv, classes_csv, blocks_csv, report_html)
    texts = {name: make(evaluation) for name, make in zip(FILES, made, strict=True)}
    if evaluation.planner is not None:
        texts[PLANNER] = planner_html(evaluation, evaluation.planner)
    _make_folder(folder)
    for name, text in texts.items():
        write_text_atomic(folder / name, text, overwrite=True)
    return folder / FILES[-1]


def _make_folder(folder: Path) -> None:
    """Make the folder, or say in one line why it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise InputError(
            f"{folder}: the folder cannot be made ({problem.strerror}); choose another"
        ) from None
