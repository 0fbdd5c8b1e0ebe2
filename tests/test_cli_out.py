"""What the command line leaves and says: a file of orders, and lines that any console shows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shop_fixture import ShopFolder, make_shop
from tests.test_cli import run


@pytest.fixture
def shop(tmp_path: Path) -> ShopFolder:
    return make_shop(tmp_path)


def test_a_name_that_the_console_cannot_show_ends_nothing(shop: ShopFolder) -> None:
    for name in ("sales", "stock", "items", "open_orders", "plan"):
        text = shop.path(name).read_text(encoding="utf-8")
        shop.path(name).write_text(text.replace("DRI-0003", "苹果"), encoding="utf-8")
    command = [sys.executable, "-m", "replenish", *shop.arguments(items=str(shop.path("items")))]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert "苹果" in (shop.folder / "orders.csv").read_text(encoding="utf-8")


def test_an_existing_file_of_orders_is_kept_unless_told(
    shop: ShopFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    target = shop.folder / "orders.csv"
    target.write_text("mine")
    assert run(shop.arguments()) == 2
    assert "add --overwrite" in capsys.readouterr().err
    assert target.read_text() == "mine"
    assert run([*shop.arguments(out=str(shop.path("stock"))), "--overwrite"]) == 2
    assert "orders would replace a file that they are made of" in capsys.readouterr().err
    assert run([*shop.arguments(), "--overwrite"]) == 0
    assert target.read_text().startswith("item_id,order,")


def test_what_no_file_says_is_said(shop: ShopFolder, capsys: pytest.CaptureFixture[str]) -> None:
    plan, sales = shop.table("plan"), shop.table("sales")
    plan.drop(columns="promotion").to_csv(shop.path("plan"), index=False)
    sales.drop(columns="promotion", errors="ignore").to_csv(shop.path("sales"), index=False)
    assert run(shop.arguments(open_orders="")) == 0
    said = capsys.readouterr().out
    assert "note: no --open-orders: nothing counts as on its way" in said
    assert "note: neither sales nor plan has the column promotion, which training had" in said
