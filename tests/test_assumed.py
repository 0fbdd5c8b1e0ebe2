"""Lead times and costs that nobody gave are said, since every order follows from them."""

from pathlib import Path

import pandas as pd
import pytest

from replenish.config import Config
from replenish.data.config import DataConfig
from replenish.data.sample import sample_tables, write_sample
from replenish.items_config import ItemsConfig
from replenish.workbench import set_up


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    write_sample(folder, sample_tables(4, 300))
    return folder


def assumed(folder: Path, items: str, **defaults: float) -> list[str]:
    data = DataConfig(source="files", sales="sales.csv", plan="plan.csv", items=items)
    return set_up(Config(data=data, items=ItemsConfig(defaults=defaults)), folder).assumed


def test_what_the_items_table_says_is_not_assumed(shop: Path) -> None:
    assert assumed(shop, "items.csv") == []


def test_without_an_items_table_lead_time_and_costs_are_assumed(shop: Path) -> None:
    names = ("lead_time", "holding_cost", "shortage_cost")
    said = assumed(shop, "")
    assert [sentence.split()[0] for sentence in said] == list(names)
    assert all("4 of 4 items: 1 counts" in sentence for sentence in said)
    assert assumed(shop, "", lead_time=3, holding_cost=0.1, shortage_cost=2.0) == []


def test_a_gap_in_a_column_is_counted(shop: Path) -> None:
    table = pd.read_csv(shop / "items.csv")
    table.loc[1, "shortage_cost"] = None
    table.to_csv(shop / "gap.csv", index=False)
    (said,) = assumed(shop, "gap.csv")
    assert said.startswith("shortage_cost is not given for 1 of 4 items")
