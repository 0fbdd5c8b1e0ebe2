"""What goes wrong, in a line: a user's mistake, exit code 2; what the machine refuses, 1."""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """Something that a user brought is wrong: file, row, column, value and the way out.

    The command line prints the message alone, without a traceback, and exits with code 2. It is one
    line, whatever names a broken file brought into it.
    """

    def __init__(self, message: str) -> None:
        """Set the message; line ends in it become visible characters."""
        super().__init__(message.replace("\r", "\\r").replace("\n", "\\n"))


def refused(problem: OSError) -> str:
    """Return in one line what the machine refused (no space, no permission), with the file."""
    place = f"{problem.filename}: " if problem.filename else ""
    return f"{place}{problem.strerror or problem}".replace("\r", "\\r").replace("\n", "\\n")


def unknown(kind: str, name: str, known: Iterable[str]) -> InputError:
    """Return the error for a name that does not exist, with the nearest one that does.

    Args:
        kind: What the name stands for, e.g. ``"forecaster"``.
        name: What the user wrote.
        known: The names that exist.
    """
    choices = sorted(known)
    nearest = get_close_matches(name, choices, n=1, cutoff=0.5)
    hint = f"did you mean {nearest[0]!r}? " if nearest else ""
    return InputError(f"unknown {kind} {name!r}; {hint}known: {', '.join(choices)}")
