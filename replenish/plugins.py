"""Plug-ins are files: the name on the command line is the file's name, no list is kept."""

from importlib import import_module, util
from inspect import getmembers, isclass
from pathlib import Path
from typing import Any

from replenish.errors import unknown

KINDS = {
    "agents": "agent",
    "baselines": "baseline",
    "forecasters": "forecaster",
    "envs": "environment",
}


def plugin_names(folder: str) -> list[str]:
    """Return the names of the plug-ins in one of the workbench's folders, in order.

    Args:
        folder: ``agents``, ``baselines``, ``forecasters`` or ``envs``.
    """
    package = util.find_spec(folder)
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError(f"the folder {folder}/ is not on the path; run from the checkout")
    files = [
        file for place in package.submodule_search_locations for file in Path(place).glob("*.py")
    ]
    return sorted(file.stem for file in files if not file.stem.startswith("_"))


def load_plugin(folder: str, name: str) -> Any:
    """Return the one public class that the plug-in's file defines.

    Raises:
        InputError: There is no such file; the nearest name is suggested.
    """
    names = plugin_names(folder)
    if name not in names:
        raise unknown(KINDS.get(folder, folder), name, names)
    module = import_module(f"{folder}.{name}")
    classes = [
        member
        for label, member in getmembers(module, isclass)
        if member.__module__ == module.__name__ and not label.startswith("_")
    ]
    if len(classes) != 1:
        raise TypeError(f"{folder}/{name}.py defines {len(classes)} public classes, expected one")
    return classes[0]
