"""Scenarios are files: ``envs/scenarios/NAME.toml`` holds a textbook problem and its instances.

A file says which environment it fills (``environment``), where it comes from (``source``), the
problem as the textbook states it (``[problem]``) and the values that its instances take
(``[grid]``: every combination is one instance). All parameters are keywords of
``gymnasium.make``; the solvers of `replenish.exact` read the same ones.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import util
from itertools import product
from pathlib import Path
from typing import Any

from replenish.demand_families import DemandFamily
from replenish.errors import InputError, unknown
from replenish.items import DEFAULTS, Items

_DEMAND = ("demand", "demand_mean", "demand_std")
_KNOWN = (*_DEMAND, "unmet_demand", "periods", *DEFAULTS)
_PARTS = {"environment": str, "source": str, "problem": dict, "grid": dict}
_KINDS = {str: "text", dict: "table"}


@dataclass(frozen=True)
class Instance:
    """One problem of a scenario.

    Attributes:
        name: What sets it apart from the others, e.g. ``demand=poisson shortage_cost=4``.
        parameters: Keywords of ``gymnasium.make``, all that the file says.
    """

    name: str
    parameters: Mapping[str, Any]

    @property
    def family(self) -> DemandFamily:
        """The distribution of a period's demand."""
        name, mean, std = (self.parameters.get(key, 0.0) for key in _DEMAND)
        return DemandFamily(name, mean, std)

    @cached_property
    def items(self) -> Items:
        """The item, one row: lead time and costs."""
        parameters = {k: v for k, v in self.parameters.items() if k in DEFAULTS}
        return Items.build(1, self.parameters.get("unmet_demand", "lost"), **parameters)


@dataclass(frozen=True)
class Scenario:
    """A textbook problem and the instances it is studied on.

    Attributes:
        name: The file's.
        environment: Id for ``gymnasium.make``.
        source: Who published it.
        problem: Keywords of ``gymnasium.make`` that hold unless told otherwise.
        grid: Keyword -> the values that instances take.
    """

    name: str
    environment: str
    source: str
    problem: Mapping[str, Any]
    grid: Mapping[str, tuple[Any, ...]]

    @cached_property
    def instances(self) -> tuple[Instance, ...]:
        """One instance for every combination of the grid's values, the last keyword fastest."""
        combinations = [
            dict(zip(self.grid, values, strict=True)) for values in product(*self.grid.values())
        ]
        return tuple(
            Instance(" ".join(f"{k}={_short(v)}" for k, v in own.items()), {**self.problem, **own})
            for own in combinations
        )


def scenario_files() -> dict[str, Path]:
    """Return name -> file of the scenarios in the workbench's ``envs/scenarios``, in order."""
    package = util.find_spec("envs")
    if package is None or not package.submodule_search_locations:
        raise InputError("the folder envs/ is not on the path; run from the checkout")
    places = package.submodule_search_locations
    files = [file for place in places for file in Path(place, "scenarios").glob("*.toml")]
    return {file.stem: file for file in sorted(files)}


def load_scenario(name: str) -> Scenario:
    """Return a scenario by the name of its file.

    Raises:
        InputError: There is no such file; the nearest name is suggested.
    """
    files = scenario_files()
    if name not in files:
        raise unknown("scenario", name, files)
    return read_scenario(files[name])


def read_scenario(path: Path) -> Scenario:
    """Return the scenario of a file.

    Raises:
        InputError: The file is no TOML, lacks a part, or names a parameter that does not exist.
    """
    table = _parts(path)
    for part in ("problem", "grid"):
        for keyword in table[part]:
            if keyword not in _KNOWN:
                raise unknown(f"parameter in [{part}] of {path}", keyword, _KNOWN)
    for keyword in ("demand", "demand_mean"):
        if keyword not in table["problem"]:
            raise InputError(f"{path}: problem.{keyword} is missing, expected the textbook's")
    grid = {keyword: _values(path, keyword, values) for keyword, values in table["grid"].items()}
    return Scenario(path.stem, table["environment"], table["source"], table["problem"], grid)


def _parts(path: Path) -> dict[str, Any]:
    """Return what a file holds, once it has all its parts and no other."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # TOML and UTF-8 say ValueError
        raise InputError(f"{path}: {error}") from None
    for part in table:
        if part not in _PARTS:
            raise unknown(f"part of {path}", part, _PARTS)
    for part, kind in _PARTS.items():
        if not isinstance(table.get(part), kind):
            raise InputError(f"{path}: {part} is {table.get(part)!r}, expected a {_KINDS[kind]}")
    return table


def _values(path: Path, keyword: str, values: Any) -> tuple[Any, ...]:
    """Return the values that a parameter takes, or say that there is none."""
    if not isinstance(values, list) or not values:
        raise InputError(f"{path}: grid.{keyword} is {values!r}, expected a list such as [1, 2]")
    return tuple(values)


def _short(value: Any) -> str:
    """Return a value as it stands in a name: 4.0 as 4."""
    return f"{value:g}" if isinstance(value, float) else str(value)
