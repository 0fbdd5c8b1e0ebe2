"""A fitted forecaster as a folder: ``forecaster.json``, ``arrays.npz``, perhaps a network."""

import json
from pathlib import Path

from replenish.errors import InputError
from replenish.forecasting.archive import write_whole
from replenish.forecasting.blocks import Blocks
from replenish.forecasting.calibrated import CalibratedForecaster
from replenish.forecasting.runtime import FittedForecaster

DESCRIPTION = "forecaster.json"


def save_forecaster(fitted: FittedForecaster, folder: Path) -> None:
    """Write the forecaster into the folder, which is made if need be; the JSON comes last.

    Raises:
        InputError: The folder holds a forecaster already.
    """
    folder = Path(folder)
    if (folder / DESCRIPTION).exists():
        raise InputError(f"{folder / DESCRIPTION} exists; choose another folder or delete it")
    folder.mkdir(parents=True, exist_ok=True)
    description = fitted.save(folder)
    text = json.dumps(description, indent=2, sort_keys=True, allow_nan=False)
    write_whole(folder / DESCRIPTION, (text + "\n").encode())


def load_forecaster(folder: Path) -> FittedForecaster:
    """Return the forecaster that `save_forecaster` wrote; torch and statsmodels are not needed.

    Raises:
        InputError: A file is missing, was changed, or holds what no forecaster wrote.
    """
    path = Path(folder) / DESCRIPTION
    if not path.is_file():
        raise InputError(f"{path}: the file is missing; expected a folder with a saved forecaster")
    try:
        description = json.loads(path.read_text())
        return CalibratedForecaster.load(Path(folder), description)
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: not a saved forecaster ({type(error).__name__}: {error}); export it again"
        ) from error


def load_blocks(folder: Path) -> Blocks:
    """Return the forecasters in the folders of a folder, by their names' order.

    Raises:
        InputError: There is none, or one is not as written.
    """
    places = sorted(place for place in Path(folder).glob("*") if place.is_dir())
    if not places:
        raise InputError(f"{folder}: holds no forecaster; train again")
    return Blocks(tuple(load_forecaster(place) for place in places))
