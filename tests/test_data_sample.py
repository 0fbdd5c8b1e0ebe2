"""The embedded sample: the same every time, complete, and the same through files."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from replenish.data.config import DataConfig
from replenish.data.load import Loaded, load
from replenish.data.read import read_open_orders, read_stock
from replenish.data.sample import SAMPLE_VERSION, SampleTables, sample_tables, write_sample
from replenish.data.sample_demand import easter_sunday
from replenish.data.sample_shop import run_shop
from replenish.errors import InputError


@pytest.fixture(scope="module")
def sample() -> SampleTables:
    return sample_tables()


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load(DataConfig(sample_items=12, sample_periods=120, sample_seed=7), Path())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample")
    write_sample(path, sample_tables(12, 120, 7))
    return path


FILES = DataConfig(source="files", sales="sales.csv", items="items.csv", plan="plan.csv")


def test_files_of_the_sample_give_the_panel_of_the_sample(loaded: Loaded, folder: Path) -> None:
    back = load(FILES, folder)
    assert back.panel.item_ids == loaded.panel.item_ids
    assert back.panel.plan_dates.equals(loaded.panel.plan_dates)
    np.testing.assert_array_equal(back.panel.sales, loaded.panel.sales)
    np.testing.assert_array_equal(back.panel.censored, loaded.panel.censored)
    calendar = ["weekday", "month", "day_of_year"]
    assert list(back.panel.known) == ["price", "promotion", "holiday", "closed", *calendar]
    for name, values in loaded.panel.known.items():
        np.testing.assert_array_equal(back.panel.known[name], values)
    pd.testing.assert_frame_equal(back.items, loaded.items, check_dtype=False)
    assert back.report.findings == loaded.report.findings


def test_same_arguments_give_the_same_tables_and_another_seed_others(sample: SampleTables) -> None:
    again, other = sample_tables(), sample_tables(seed=2)
    for name in ("sales", "items", "plan", "stock", "open_orders"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(sample, name))
    assert not other.sales["sales"].equals(sample.sales["sales"])


def test_version_one_of_the_sample_is_frozen(sample: SampleTables) -> None:
    digest = hashlib.sha256()
    for table in (sample.sales, sample.items, sample.plan, sample.stock, sample.open_orders):
        digest.update(table.to_csv(index=False, float_format="%.3f").encode())
    assert (SAMPLE_VERSION, digest.hexdigest()[:16]) == ("1", "bb18c850cccb70a3")


def test_the_sample_is_the_shop_it_claims_to_be(sample: SampleTables) -> None:
    sales = sample.sales.groupby("item_id")["sales"]
    zeros = sales.apply(lambda units: float((units == 0).mean()))
    assert 0.15 < (zeros > 0.5).mean() < 0.35  # about a quarter is intermittent
    assert 0.02 < 1 - sample.sales["in_stock"].mean() < 0.15
    assert sample.items["lead_time"].between(2, 10).all()
    assert (sample.items["price"] > sample.items["unit_cost"]).all()
    assert (sample.items["min_order"] % sample.items["pack_size"] == 0).all()
    last = sample.sales["date"].max()
    assert sample.plan["date"].max() == last + pd.Timedelta(days=60)
    assert sample.open_orders["due_date"].min() > last + pd.Timedelta(days=1)
    christmas = sample.sales["date"].dt.strftime("%m-%d") == "12-25"
    assert not christmas.any()
    saturday = sample.sales.groupby(sample.sales["date"].dt.day_of_week)["sales"].mean()
    assert saturday[5] > saturday[1]


def test_the_shop_sells_what_is_asked_unless_it_sold_out() -> None:
    rng = np.random.default_rng(3)
    demand = rng.poisson(4.0, (5, 200)).astype(float)
    lead, pack = np.array([0, 1, 2, 5, 9]), np.array([1.0, 6.0, 1.0, 12.0, 1.0])
    shop = run_shop(demand, lead, pack, np.zeros(5), np.full(5, 4.0), np.zeros(5, dtype=int))
    assert (shop.sales <= demand).all()
    np.testing.assert_array_equal(shop.sales[~shop.sold_out], demand[~shop.sold_out])
    assert 0 < shop.sold_out.mean() < 0.5
    assert (shop.pipeline % pack[:, None] == 0).all()
    for item, periods in enumerate(lead):  # nothing is on its way for longer than the lead time
        assert not shop.pipeline[item, max(int(periods) - 1, 0) :].any()


def test_a_shop_without_customers_never_orders() -> None:
    zero = np.zeros((1, 60))
    one = np.ones(1)
    shop = run_shop(zero, np.array([3]), one, one, one, np.zeros(1, dtype=int))
    assert shop.sales.sum() == 0
    assert shop.on_hand[0] == np.ceil(1 * (3 + 5)) + 1
    assert not shop.pipeline.any()


def test_written_stock_and_open_orders_read_back(folder: Path) -> None:
    tables = sample_tables(12, 120, 7)
    stock = read_stock(folder / "stock.csv").reset_index(drop=True)
    pd.testing.assert_frame_equal(stock, tables.stock, check_dtype=False)
    orders = read_open_orders(folder / "open_orders.csv").reset_index(drop=True)
    pd.testing.assert_frame_equal(orders, tables.open_orders, check_dtype=False)


def test_writing_the_sample_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "plan.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"plan\.csv: is there already"):
        write_sample(tmp_path, sample_tables(2, 60, 1))
    assert [path.name for path in tmp_path.iterdir()] == ["plan.csv"]
    assert (tmp_path / "plan.csv").read_text(encoding="utf-8") == "mine"


def test_easter_is_the_day_the_almanac_says() -> None:
    known = ["2000-04-23", "2022-04-17", "2023-04-09", "2024-03-31", "2025-04-20", "2038-04-25"]
    assert [str(easter_sunday(int(day[:4])).date()) for day in known] == known
