"""Slow tests run when asked for, and only then."""

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

def test_fast(): ...

@pytest.mark.slow
def test_slow(): ...

def test_real_data(data_folder): ...
"""


@pytest.mark.parametrize(
    ("arguments", "outcome"),
    [
        ([], "1 passed, 1 skipped, 1 deselected"),
        (["--all"], "2 passed, 1 skipped"),
        (["-m", "slow"], "1 passed, 2 deselected"),
    ],
    ids=["everyday", "all", "only slow"],
)
def test_slow_tests_wait_to_be_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], outcome: str
) -> None:
    (tmp_path / "conftest.py").write_text(
        (Path(__file__).parent / "conftest.py").read_text("utf-8"), "utf-8"
    )
    (tmp_path / "test_sample.py").write_text(TESTS, "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    slow: slow\n", "utf-8")
    monkeypatch.delenv("REPLENISH_DATA", raising=False)
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert outcome in done.stdout, done.stdout + done.stderr
    if "skipped" in outcome:
        assert "REPLENISH_DATA is not set" in done.stdout
