"""What the machine refuses, permission or space, is one line and exit code 1 from every door."""

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import pytest

import evaluate
import train
from replenish import run_folder
from replenish.cli import main
from replenish.data import rows
from tests.shop_fixture import ShopFolder, make_shop
from tests.tiny_run import call, write_tiny


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> ShopFolder:
    return make_shop(tmp_path_factory.mktemp("shop"))


def refusing(number: int, place: Path) -> Callable[..., NoReturn]:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError(number, os.strerror(number), str(place))

    return refuse


def recommend(shop: ShopFolder, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what ``replenish recommend`` says when it fails; nothing is written."""
    with pytest.raises(SystemExit) as left:
        main(shop.arguments())
    assert left.value.code == 1
    assert not (shop.folder / "orders.csv").exists()
    return one_line(capsys.readouterr().err)


def one_line(err: str) -> str:
    assert re.fullmatch(r"error: [^\n]+\n", err), err
    return err


def test_a_folder_that_cannot_be_written_to(
    shop: ShopFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "access", lambda _, mode: mode == os.R_OK)
    said = recommend(shop, capsys)
    assert "orders.csv: the folder" in said
    assert "cannot be written to; choose another name" in said


def test_a_table_that_cannot_be_read(
    shop: ShopFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rows, "_lines", refusing(errno.EACCES, shop.path("stock")))
    assert "stock.csv: Permission denied" in recommend(shop, capsys)


def test_a_config_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = write_tiny(tmp_path)
    monkeypatch.setattr(Path, "read_text", refusing(errno.EACCES, config))
    answer = call("train", [config, "--runs", tmp_path / "runs"])
    assert answer.code == 1
    assert "tiny.toml: Permission denied" in one_line(answer.err)


@pytest.mark.parametrize(("door", "step"), [("train", "new_run"), ("evaluate", "existing_run")])
def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, door: str, step: str) -> None:
    monkeypatch.setattr(run_folder, step, refusing(errno.ENOSPC, tmp_path / "run"))
    named = [tmp_path / "run"] if door == "evaluate" else [write_tiny(tmp_path)]
    answer = call(door, named if door == "evaluate" else [*named, "--runs", str(tmp_path)])
    assert answer.code == 1
    assert "run: No space left on device" in one_line(answer.err)


@pytest.mark.parametrize("door", [train, evaluate])
def test_the_help_explains_every_exit_code(door: ModuleType) -> None:
    said = door.EXAMPLES.partition("Exit code: ")[2]
    assert [code for code in ("0,", "1 when", "2 for", "130 when") if code not in said] == []
