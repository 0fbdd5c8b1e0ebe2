"""Independent pieces of work on several processor cores."""

import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterable
from functools import cache
from typing import TypeVar

from replenish.errors import InputError

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def side_by_side(
    work: Callable[[Piece], Result], pieces: Iterable[Piece], processes: int
) -> Generator[Result]:
    """Yield what the work makes of each piece, as soon as it is there, in any order.

    Several processes go on while nobody asks for what they made; closing the generator ends them.

    Args:
        work: A function of a module, or bound to arguments by `functools.partial`.
        pieces: Each is worked on by one process; long ones are best put first.
        processes: That work at a time, never more than there are cores to use; 0: one per core. 1:
            this one alone.

    Raises:
        InputError: A helping process was ended from outside.
    """
    from joblib import Parallel, cpu_count, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    several, cores = list(pieces), cpu_count()
    number = min(processes or cores, cores, len(several))
    if number <= 1:
        yield from map(work, several)
        return
    helpers = Parallel(n_jobs=number, return_as="generator_unordered")
    try:
        yield from helpers(delayed(_helped)(work, piece, os.getpid()) for piece in several)
    except TerminatedWorkerError:
        raise InputError(
            f"one of {number} helping processes was ended from outside, perhaps for want of "
            "memory; set the variable LOKY_MAX_CPU_COUNT=1 to do without them, and go on"
        ) from None


def _helped(work: Callable[[Piece], Result], piece: Piece, boss: int) -> Result:
    """Do a piece in a helping process; Ctrl-C is left to the one that is helped."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with(boss)
    return work(piece)


@cache
def _end_with(boss: int) -> None:
    """Let this process end when the one it helps was killed."""

    def watch() -> None:
        while os.getppid() == boss:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
