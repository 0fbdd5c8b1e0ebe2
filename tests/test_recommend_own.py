"""Every item orders by what is its own, whatever else a morning's files hold or leave out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from replenish.bundle import Bundle
from replenish.data.panel import Panel
from replenish.forecasting.calibrated import CalibratedForecaster
from replenish.morning.shop_files import Day, ShopFiles, recommend
from tests.shop_fixture import ShopFolder, make_shop, unguarded_bundle

LEVELS = ["reorder_point", "order_up_to_level"]
NAMES = ("sales", "stock", "items", "open_orders", "plan")
NEW = "ZZZ-0001"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> ShopFolder:
    return make_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def bundle(shop: ShopFolder) -> Bundle:
    return unguarded_bundle(shop)


def orders(bundle: Bundle, shop: ShopFolder, files: dict[str, Path]) -> pd.DataFrame:
    """Return the orders of the shop's files, some of them replaced, by item."""
    day = Day(pd.Timestamp(shop.as_of))
    paths = ShopFiles(**{name: files.get(name, shop.path(name)) for name in NAMES})
    return recommend(bundle, paths, day).orders.set_index("item_id")


def written(shop: ShopFolder, folder: Path, ids: dict[str, str]) -> dict[str, Path]:
    """Write the tables with some items alone, in reverse, under other names."""
    files = {}
    for name in NAMES:
        table = shop.table(name)
        table["item_id"] = table["item_id"].map({"*": "*", **ids})
        files[name] = folder / f"{name}.csv"
        table.dropna(subset="item_id").iloc[::-1].to_csv(files[name], index=False)
    return files


def shared_by(bundle: Bundle, share: float) -> tuple[float, Bundle]:
    """Return the share of the common setting, and the bundle with another one."""
    own = bundle.policy.own
    assert own is not None
    other = replace(own, common={**own.common, "share": share})
    return own.common["share"], replace(bundle, policy=replace(bundle.policy, own=other))


def test_some_items_in_any_order_order_as_among_all(
    bundle: Bundle, shop: ShopFolder, tmp_path: Path
) -> None:
    whole = orders(bundle, shop, {})
    some = {name: name for name in whole.index[2:9]}
    found = orders(bundle, shop, written(shop, tmp_path, some))
    assert sorted(found.index) == sorted(some)
    pd.testing.assert_frame_equal(found[LEVELS], whole.loc[found.index, LEVELS])
    assert found["order"].sum() > 0


def test_a_new_item_orders_by_network_and_common_setting_and_the_others_as_before(
    bundle: Bundle, shop: ShopFolder, tmp_path: Path
) -> None:
    whole = orders(bundle, shop, {})
    renamed = whole.index[4]
    ids = {name: name for name in whole.index} | {renamed: NEW}
    files = written(shop, tmp_path, ids)
    found = orders(bundle, shop, files)
    alone = orders(replace(bundle, policy=replace(bundle.policy, own=None)), shop, files)
    others = [name for name in whole.index if name != renamed]
    share, formula = shared_by(bundle, 1.0)
    common = orders(formula, shop, files).loc[NEW, LEVELS].astype(float)
    network = alone.loc[NEW, LEVELS].astype(float)
    assert (common != network).all()
    expected = (1.0 - share) * network + share * common
    np.testing.assert_allclose(
        found.loc[NEW, LEVELS].astype(float), expected, atol=2e-3
    )  # rounded there
    assert found.loc[NEW, "flags"] == "new_item"
    pd.testing.assert_frame_equal(found.loc[others, LEVELS], whole.loc[others, LEVELS])
    assert (found.loc[others, LEVELS] != alone.loc[others, LEVELS]).all(axis=None)


def test_what_items_are_is_known_to_the_forecaster_without_an_items_table(
    bundle: Bundle, shop: ShopFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panels, roll = list[Panel](), CalibratedForecaster.roll

    def watched(self: CalibratedForecaster, panel: Panel, *rest: Any, **named: Any) -> Any:
        panels.append(panel)
        return roll(self, panel, *rest, **named)

    monkeypatch.setattr(CalibratedForecaster, "roll", watched)
    day, items = Day(pd.Timestamp(shop.as_of)), shop.table("items")
    names = [name for name in ("category", "supplier") if name in items]
    some, moved = tmp_path / "items.csv", items.iloc[1]["item_id"]
    items.iloc[:1][["item_id", "lead_time"]].assign(category="").to_csv(some, index=False)
    other = tmp_path / "other.csv"
    other.write_text(f"item_id,category\n{moved},elsewhere\n", encoding="utf-8")
    for told in (shop.path("items"), None, some, other):
        files = {name: shop.path(name) for name in NAMES} | {"items": told}
        recommend(bundle, ShopFiles(**files), day)  # type: ignore[arg-type]
        panel = panels[-1]
        for name in names:
            expected = items.set_index("item_id")[name].loc[list(panel.item_ids)].astype(str)
            if told == other and name == "category":
                expected[moved] = "elsewhere"  # what the morning says goes first
            assert list(panel.static[name]) == expected.to_list(), (told, name)
    assert "category" in names
