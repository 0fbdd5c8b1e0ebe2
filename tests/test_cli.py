"""The command line: orders come out whole, and every mistake is one line and exit code 2."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from replenish import __version__
from replenish.cli import main
from replenish.guards.config import Guard, GuardConfig
from replenish.morning.order_table import COLUMNS
from tests.shop_fixture import N_ITEMS, ShopFolder, make_shop

ROOT = Path(__file__).parents[1]
WITHOUT = (
    *("torch", "stable_baselines3", "gymnasium", "statsmodels", "onnx", "matplotlib"),
    *("envs", "agents", "forecasters", "baselines"),
)
BLOCKED = f"""
import sys

class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {WITHOUT!r}:
            raise ImportError(name + " must not be imported")

sys.meta_path.insert(0, Wall())
from replenish.cli import main

main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> ShopFolder:
    return make_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def shop(whole: ShopFolder, tmp_path: Path) -> ShopFolder:
    return ShopFolder(Path(shutil.copytree(whole.folder, tmp_path / "shop")))


def run(arguments: list[str]) -> int:
    """Run the command line in this process and return its exit code."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    return int(left.value.code or 0)


def snapshot(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_orders_need_no_training_library_in_a_fresh_interpreter(
    shop: ShopFolder, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BLOCKED, *shop.arguments()],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    orders = pd.read_csv(shop.folder / "orders.csv")
    assert list(orders.columns) == list(COLUMNS)
    assert len(orders) == N_ITEMS
    assert orders["order"].sum() > 0
    assert f"units ordered            {orders['order'].sum():,}" in done.stdout


def test_the_module_runs_as_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "replenish", "--version"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"{__version__}\n")


def test_help_loads_nothing_heavy() -> None:
    heavy = {"numpy", "pandas", "onnxruntime", "scipy", "sklearn", "rich"}
    code = (
        "import sys\n"
        "try:\n    from replenish.cli import main\n    main(['recommend', '--help'])\n"
        f"except SystemExit:\n    print(sorted({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_same_files_give_the_same_orders(shop: ShopFolder) -> None:
    first, second = shop.folder / "orders.csv", shop.folder / "again.csv"
    assert run(shop.arguments()) == 0
    assert run(shop.arguments(out=str(second))) == 0
    assert first.read_bytes() == second.read_bytes()


def test_parquet_holds_the_same_orders(shop: ShopFolder) -> None:
    target = shop.folder / "orders.parquet"
    assert run(shop.arguments()) == 0
    assert run(shop.arguments(out=str(target))) == 0
    table, text = pd.read_parquet(target), pd.read_csv(shop.folder / "orders.csv")
    assert table["order"].to_list() == text["order"].to_list()


Harm = Callable[[ShopFolder], dict[str, str]]


def edit(name: str, old: str, new: str) -> Harm:
    """Return a harm that replaces the first appearance of a text in a table."""

    def harm(shop: ShopFolder) -> dict[str, str]:
        text = shop.path(name).read_text()
        assert old in text
        shop.path(name).write_text(text.replace(old, new, 1))
        return {}

    return harm


def cell(name: str, row: int, column: str, value: str) -> Harm:
    """Return a harm that writes a value into a row as the file counts them."""

    def harm(shop: ShopFolder) -> dict[str, str]:
        table = pd.read_csv(shop.path(name), dtype=str)
        table.loc[row - 2, column] = value
        table.to_csv(shop.path(name), index=False)
        return {}

    return harm


def twice(name: str) -> Harm:
    def harm(shop: ShopFolder) -> dict[str, str]:
        lines = shop.path(name).read_text().splitlines()
        shop.path(name).write_text("\n".join([*lines, lines[1]]) + "\n")
        return {}

    return harm


def empty(name: str) -> Harm:
    def harm(shop: ShopFolder) -> dict[str, str]:
        shop.path(name).write_text("")
        return {}

    return harm


def drop_row(name: str) -> Harm:
    def harm(shop: ShopFolder) -> dict[str, str]:
        shop.table(name).iloc[1:].to_csv(shop.path(name), index=False)
        return {}

    return harm


def option(**options: str) -> Harm:
    return lambda shop: options


def touch(name: str) -> Harm:
    def harm(shop: ShopFolder) -> dict[str, str]:
        path = shop.folder / "bundle" / name
        path.write_bytes(path.read_bytes() + b"\n")
        return {}

    return harm


BAD = {
    "wrong path": (option(sales="sale.csv"), ["sale.csv", "no such file"]),
    "wrong bundle": (option(bundle="nowhere"), ["nowhere", "manifest.json", "no such file"]),
    "unknown column": (edit("stock", "on_hand", "onhand"), ["stock.csv", "row 1", "'on_hand'"]),
    "no date": (cell("sales", 5, "date", "2022-02-31"), ["sales.csv", "row 5", "2022-02-31"]),
    "text": (cell("stock", 3, "on_hand", "many"), ["stock.csv", "row 3", "on_hand", "many"]),
    "negative": (
        cell("sales", 7, "sales", "-4"),
        ["sales.csv", "row 7", "-4", "data.negatives", "train again"],
    ),
    "no number": (cell("sales", 7, "sales", ""), ["sales.csv", "row 7", "data.empty_sales"]),
    "waiting": (cell("stock", 4, "backorders", "-1"), ["stock.csv", "row 4", "-1"]),
    "only in stock": (cell("stock", 2, "item_id", "X"), ["stock.csv", "row 2", "'X'", "sales"]),
    "only in sales": (drop_row("stock"), ["stock.csv", "no row", "--allow-missing"]),
    "only on order": (cell("open_orders", 2, "item_id", "X"), ["open_orders.csv", "row 2", "'X'"]),
    "duplicate sale": (twice("sales"), ["sales.csv", "second row", "data.duplicates"]),
    "duplicate stock": (twice("stock"), ["stock.csv", "row 14", "twice"]),
    "empty file": (empty("stock"), ["stock.csv", "empty"]),
    "day that is none": (option(as_of="2022-13-01"), ["--as-of", "2022-13-01", "2024-12-31"]),
    "too early": (option(as_of="2022-01-05"), ["sales.csv", "2 periods", "14 ahead"]),
    "too late": (option(as_of="2032-01-05"), ["sales.csv", "bring newer sales"]),
    "no such policy": (option(policy="eoq"), ["--policy", "'eoq'", "averaged_formula"]),
    "no such folder": (option(out="nowhere/orders.csv"), ["nowhere", "create it first"]),
    "kind of file": (option(out="orders.xlsx"), ["orders.xlsx", ".csv or .parquet"]),
    "changed network": (touch("policy.onnx"), ["policy.onnx", "changed"]),
    "changed manifest": (touch("../bundle/items.json"), ["items.json", "changed"]),
    "changed forecaster": (touch("forecaster/arrays.npz"), ["arrays.npz", "changed"]),
}


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_is_one_line_with_its_place_and_leaves_nothing(
    case: str, shop: ShopFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    harm, words = BAD[case]
    as_of = shop.as_of
    options = harm(shop)
    before = snapshot(shop.folder)
    code = run(shop.arguments(**{"as_of": as_of, **options}))
    captured = capsys.readouterr()
    assert code == 2, captured
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1
    for word in words:
        assert word in captured.err
    assert snapshot(shop.folder) == before


def test_an_impossible_parameter_names_the_item(
    shop: ShopFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    items = shop.table("items").assign(max_order="")
    items.loc[3, ["min_order", "pack_size"]] = [0.0, 12.0]
    items.loc[3, "max_order"] = "6"
    items.to_csv(shop.path("items"), index=False)
    assert run(shop.arguments(items=str(shop.path("items")))) == 2
    error = capsys.readouterr().err
    assert f"items.csv: pack_size of item {items['item_id'][3]!r} is 12.0, above" in error
    items.loc[3, "max_order"] = ""
    items.loc[3, "lead_time"] = 90
    items.to_csv(shop.path("items"), index=False)
    assert run(shop.arguments(items=str(shop.path("items")))) == 2
    assert "forecast reaches 14; train with forecast.horizon" in capsys.readouterr().err


def test_items_that_one_file_lacks_are_left_to_a_person(shop: ShopFolder) -> None:
    stock = shop.table("stock")
    lost = stock.loc[0, "item_id"]
    stock.loc[0, "item_id"] = "NEW-1"
    stock.to_csv(shop.path("stock"), index=False)
    assert run([*shop.arguments(), "--allow-missing"]) == 0
    orders = pd.read_csv(shop.folder / "orders.csv")
    order = dict(zip(orders["item_id"], orders["order"], strict=True))
    flags = dict(zip(orders["item_id"], orders["flags"], strict=True))
    assert set(order) == set(stock["item_id"]) | {lost}
    assert (order["NEW-1"], flags["NEW-1"]) == (0, "by_hand no_sales")
    assert (order[lost], flags[lost]) == (0, "by_hand no_stock")
    assert sum(order.values()) > 0


def test_a_shop_whose_files_share_no_item_is_left_to_a_person(shop: ShopFolder) -> None:
    stock = shop.table("stock")
    stock["item_id"] = "NEW-" + stock["item_id"]
    stock.to_csv(shop.path("stock"), index=False)
    assert run([*shop.arguments(), "--allow-missing"]) == 0
    orders = pd.read_csv(shop.folder / "orders.csv")
    assert tuple(orders.columns) == COLUMNS
    assert len(orders) == 2 * N_ITEMS
    assert orders["flags"].str.startswith("by_hand").all()


def test_an_item_that_training_never_saw_is_ordered_and_flagged(shop: ShopFolder) -> None:
    name = shop.table("stock")["item_id"][0]
    for table in ("sales", "stock", "open_orders", "plan"):
        path = shop.path(table)
        path.write_text(path.read_text().replace(name, "NEW-1"))
    stock = shop.table("stock").assign(on_hand=0)
    stock.to_csv(shop.path("stock"), index=False)
    assert run(shop.arguments()) == 0
    orders = pd.read_csv(shop.folder / "orders.csv", keep_default_na=False)
    new = orders["flags"].str.split().map(lambda flags: "new_item" in flags)
    assert orders["item_id"][new].to_list() == ["NEW-1"]
    assert (orders["order"][new] > 0).all()


def test_the_page_explains_every_column_and_flag() -> None:
    page = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
    guards = [name for name, spec in GuardConfig.model_fields.items() if spec.annotation is Guard]
    assert len(guards) > 10
    assert [name for name in (*COLUMNS, *guards) if f"`{name}`" not in page] == []


def test_items_wait_for_their_own_day_of_review(shop: ShopFolder) -> None:
    shop.table("items").assign(review_period=2).to_csv(shop.path("items"), index=False)
    day = pd.Timestamp(shop.as_of) - pd.Timedelta(days=3)
    options = {"items": str(shop.path("items")), "reviewed_from": str(day.date())}
    assert run(shop.arguments(**options)) == 0
    orders = pd.read_csv(shop.folder / "orders.csv")
    following = pd.Timestamp(shop.as_of) + pd.Timedelta(days=1)
    assert (orders["order"] == 0).all()
    assert (orders["reason"] == f"not reviewed today, next review on {following.date()}").all()
    stock = shop.table("stock").astype({"on_hand": str})
    stock.loc[0, "on_hand"] = "-5"
    stock.to_csv(shop.path("stock"), index=False)
    assert run([*shop.arguments(**options), "--overwrite"]) == 0
    noticed = pd.read_csv(shop.folder / "orders.csv").iloc[0]
    assert noticed["flags"] == "stock_record"  # noticed; but nobody decided today
    assert "; stock is recorded as -5 units on hand" in noticed["reason"]


def test_usage_mistakes_are_answered_with_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recommend", "--stok", "x"]) == 2
    assert "--stock" in capsys.readouterr().err


def test_a_bundle_can_be_looked_into(shop: ShopFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(shop.folder / "bundle")]) == 0
    text = capsys.readouterr().out
    assert "forecast horizon  14 periods" in text
    assert "ppo                       1.0000  <- this policy" in text


def test_the_sample_is_written_whole_and_never_over_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["sample", "--out", str(tmp_path / "new"), "--items", "3", "--days", "60"]
    assert run(arguments) == 0
    names = {path.name for path in (tmp_path / "new").iterdir()}
    tables = ("sales", "items", "plan", "stock", "open_orders", "past_orders")
    assert names == {f"{name}.csv" for name in tables}
    before = snapshot(tmp_path)
    assert run(arguments) == 2
    assert "it exists and is not overwritten" in capsys.readouterr().err
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("module", ["replenish", "replenish.cli"])
def test_the_command_line_is_there_as_a_module_too(module: str, tmp_path: Path) -> None:
    words = [sys.executable, "-m", module, "sample", "--out", str(tmp_path / "out")]
    words += ["--items", "2", "--days", "60"]
    subprocess.run(words, check=True, capture_output=True)
    assert len(list((tmp_path / "out").iterdir())) == 6
