"""What every test may rely on: one thread, no screen, real data where it lies."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

# One thread each: small arrays gain nothing from more, and workers of pytest-xdist share the cores.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("MPLBACKEND", "Agg")

# What a shell starts in the background ignores Ctrl-C, and so would what tests start and stop.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline, because a busy machine is not a failure; in CI the same examples every time.
settings.register_profile("replenish", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("replenish")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run the slow tests too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the slow tests out unless `--all` or a marker expression (`-m slow`) asks for them."""
    if config.getoption("--all") or config.getoption("markexpr"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    items[:] = [item for item in items if not item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=slow)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder of the real data; tests that need it skip without it."""
    folder = os.environ.get("REPLENISH_DATA")
    if not folder:
        pytest.skip("REPLENISH_DATA is not set: the real data is not here")
    path = Path(folder)
    if not path.is_dir():
        pytest.fail(f"REPLENISH_DATA={folder} is no folder")
    return path


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small run, trained to its end; tests that change it copy it first."""
    from tests.tiny_run import train_tiny

    return train_tiny(tmp_path_factory.mktemp("runs"))
