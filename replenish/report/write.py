"""The folder of a report: JSON and CSV for programs, one HTML file for people."""

from pathlib import Path

from replenish.errors import InputError
from replenish.evaluation import Evaluation
from replenish.files import write_text_atomic
from replenish.report.details import classes_csv
from replenish.report.html import report_html
from replenish.report.tables import items_csv, results_csv, results_json


def write_report(evaluation: Evaluation, folder: Path) -> Path:
    """Write results.json, three CSV files and report.html; return the path of the last.

    A report that stands there is replaced, file by file, each whole; all are made before the
    first is written. matplotlib is needed for the plots (extra ``train``).

    Args:
        evaluation: What was found.
        folder: Made if it does not exist.

    Raises:
        InputError: The folder cannot be written to.
    """
    files = {
        "results.json": results_json(evaluation),
        "results.csv": results_csv(evaluation),
        "items.csv": items_csv(evaluation),
        "classes.csv": classes_csv(evaluation),
        "report.html": report_html(evaluation),
    }
    _make_folder(folder)
    for name, text in files.items():
        write_text_atomic(folder / name, text, overwrite=True)
    return folder / "report.html"


def _make_folder(folder: Path) -> None:
    """Make the folder, or say in one line why it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise InputError(
            f"{folder}: the folder cannot be made ({problem.strerror}); choose another"
        ) from None
