"""Which options of a forecaster a search may change, and within which bounds."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, Literal, get_args, get_origin

from replenish.errors import InputError

NEVER = {"seed", "progress", "updates"}  # chance, looks and what one is ready to spend
SMALLEST_SHARE = 0.01  # of options between 0 and 1
_FACTOR = 5.0  # how far from its default a number is tried when nothing else is said

Kind = Literal["log", "float", "int", "choice"]
Range = tuple[Any, ...]  # ("log" | "float" | "int", low, high) or ("choice", first, second, ...)


def search_space(kind: type) -> dict[str, Range]:
    """Return option -> range of a forecaster's class.

    What the class declares as ``search_space`` counts; without it every number and switch among
    its fields is tried from a fifth to five times its default, within what the field allows.

    Args:
        kind: A dataclass.

    Raises:
        InputError: There is nothing to search.
        TypeError: The class declares something that is no range, or names no field.
    """
    declared: Mapping[str, Range] | None = getattr(kind, "search_space", None)
    specs: dict[str, Field[Any]] = {s.name: s for s in fields(kind) if s.init}
    if declared is not None:
        for name, span in declared.items():
            _check(kind, name, span, specs)
        found = dict(declared)
    else:
        made = {name: _derived(spec) for name, spec in specs.items()}
        found = {name: span for name, span in made.items() if span is not None}
    if not found:
        raise InputError(f"{kind.__name__} has no options to search; choose another forecaster")
    return found


def defaults(kind: type, space: Mapping[str, Range]) -> dict[str, Any]:
    """Return the default of every option of the space that has one."""
    return {s.name: s.default for s in fields(kind) if s.name in space and s.default is not MISSING}


def _check(kind: type, name: str, span: Range, specs: Mapping[str, Any]) -> None:
    """Raise unless a declared range is one."""
    numbers = span[0] in {"log", "float", "int"} and len(span) == 3 and span[1] < span[2]
    if name not in specs or not (numbers or (span[0] == "choice" and len(span) > 2)):
        raise TypeError(
            f"{kind.__name__}.search_space[{name!r}] is {span!r}, expected a field of the class "
            "and ('log', low, high), ('float', low, high), ('int', low, high) or ('choice', ...)"
        )


def _derived(spec: Field[Any]) -> Range | None:
    """Return a range around the default of a field, None where none can be made."""
    default, hint = spec.default, spec.type
    if spec.name in NEVER:
        return None
    if isinstance(default, bool):
        return ("choice", False, True)
    if get_origin(hint) is Literal:
        return ("choice", *get_args(hint))
    if not isinstance(default, int | float) or default <= 0:
        return None
    low, high = _limits(hint)
    if isinstance(default, int):
        low = max(low, 1)
        return ("int", int(max(default // _FACTOR, low)), int(min(default * _FACTOR, high)))
    low = max(low, SMALLEST_SHARE if high <= 1 else 0.0)
    return ("log", max(default / _FACTOR, low), min(default * _FACTOR, high))


def _limits(hint: Any) -> tuple[float, float]:
    """Return the smallest and the largest number that an annotated type allows."""
    low, high = float("-inf"), float("inf")
    for told in get_args(hint)[1:]:
        for limit in getattr(told, "metadata", []):
            low = max(low, getattr(limit, "ge", getattr(limit, "gt", low)))
            high = min(high, getattr(limit, "le", getattr(limit, "lt", high)))
    return low, high
