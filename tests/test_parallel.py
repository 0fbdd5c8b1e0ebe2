"""Work done side by side is the same work, and no helper outlives the process that it helps."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from joblib import cpu_count

from replenish.errors import InputError
from replenish.parallel import side_by_side
from replenish.tuning.opponents_tuning import OpponentsTuning
from replenish.tuning.search import Effort
from tests.textbook import fresh_demand, textbook_source

HELPED = """
import sys, time
from functools import partial
from pathlib import Path
from replenish.parallel import side_by_side
from tests.test_parallel import long_work
list(side_by_side(partial(long_work, folder=Path(sys.argv[1])), [1, 2], processes=2))
"""


several_cores = pytest.mark.skipif(cpu_count() < 2, reason="there is one core to use")


def squared(number: int) -> tuple[int, int, int]:
    return number, number**2, os.getpid()


def refuse(number: int) -> int:
    raise ValueError(f"no {number} here")


def vanish(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def long_work(number: int, folder: Path) -> int:
    (folder / f"{number}.pid").write_text(str(os.getpid()), "utf-8")
    time.sleep(60)
    return number


@several_cores
def test_every_piece_is_done_once_and_by_another_process() -> None:
    done = list(side_by_side(squared, range(6), processes=2))
    assert sorted((number, square) for number, square, _ in done) == [(n, n * n) for n in range(6)]
    assert os.getpid() not in {pid for *_, pid in done}


def test_one_process_or_one_piece_needs_no_other() -> None:
    alone = [*side_by_side(squared, range(3), processes=1), *side_by_side(squared, [3], 2)]
    assert alone == [(number, number**2, os.getpid()) for number in range(4)]


def test_who_may_use_one_core_is_not_given_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way out that is told when a helper was killed, whatever the config asks for."""
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    assert {pid for *_, pid in side_by_side(squared, range(3), processes=4)} == {os.getpid()}


def test_what_goes_wrong_in_a_helper_is_told() -> None:
    with pytest.raises(ValueError, match=r"no \d here"):
        list(side_by_side(refuse, range(4), processes=2))


@pytest.mark.slow
@several_cores
@pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGKILL")
def test_a_helper_that_is_killed_is_told_with_a_way_out() -> None:
    with pytest.raises(InputError, match="want of memory; set the variable LOKY_MAX_CPU_COUNT=1"):
        list(side_by_side(vanish, range(2), processes=2))


@pytest.mark.slow
@several_cores
def test_opponents_tuned_side_by_side_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replenish.tuning.opponents_tuning.WORTHWHILE", 0)
    train, later = (fresh_demand(textbook_source(), seed, 4) for seed in (1, 2))
    names, effort = ["eoq", "order_up_to", "swarm_search"], Effort(4, 1)
    one, two = (
        OpponentsTuning(names, train, later, effort, processes=processes).opponents
        for processes in (1, 2)
    )
    assert one.reference == two.reference
    assert list(one.baselines) == list(two.baselines)
    for ours, theirs in zip(one.baselines.values(), two.baselines.values(), strict=True):
        assert ours.individuality == theirs.individuality
        for name, value in ours.parameters.items():
            np.testing.assert_array_equal(value, theirs.parameters[name])


@pytest.mark.slow
@several_cores
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_helpers_end_with_the_one_they_help(number: int, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-c", HELPED, str(tmp_path)]
    with subprocess.Popen(command, cwd=root, stderr=subprocess.DEVNULL) as boss:
        until(lambda: len(list(tmp_path.glob("*.pid"))) == 2)
        time.sleep(0.5)  # the second number is written whole
        helpers = [int(path.read_text("utf-8")) for path in tmp_path.glob("*.pid")]
        boss.send_signal(number)
        boss.wait(timeout=30)
    until(lambda: not any(alive(helper) for helper in helpers))


def until(done: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something is so; fail if it never is."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.1)


def alive(process: int) -> bool:
    """Return whether a process runs; one that ended and waits for its parent does not."""
    try:
        status = Path(f"/proc/{process}/stat").read_text("utf-8")
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
