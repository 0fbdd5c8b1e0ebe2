"""What a long run tells while it goes on: a bar where somebody watches, else a line per result."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from tqdm import tqdm

from replenish.errors import InputError

T = TypeVar("T")


def watched(
    jobs: Sequence[T], what: str, label: Callable[[T], str], progress: bool = True
) -> Iterator[T]:
    """Yield jobs one by one and tell on stderr how far they are.

    A terminal shows a bar; a log gets the name and the seconds of each job when it is done, so
    that a run of hours is seen to go on.

    Args:
        jobs: To be done by whoever iterates.
        what: They are, for the bar.
        label: Job -> its name.
        progress: Whether to tell anything.
    """
    bar = tqdm(jobs, desc=what, unit="", disable=None if progress else True, leave=False)
    for job in bar:
        bar.set_postfix_str(label(job))
        start = time.monotonic()
        yield job
        if progress and bar.disable:  # stderr is no terminal
            sys.stderr.write(f"{label(job)}: {time.monotonic() - start:.1f} s\n")
            sys.stderr.flush()


def why(trouble: Exception) -> str:
    """Return what went wrong in one line; what is no user's mistake is named by its kind."""
    said = " ".join(str(trouble).split())
    return said if isinstance(trouble, InputError) else f"{type(trouble).__name__}: {said}"
