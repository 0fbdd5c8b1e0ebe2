"""Real data: numbers of the READMEs where it is present, made-up fixtures of the same form."""

import os
from pathlib import Path

import numpy as np
import pytest

from replenish.data.config import DataConfig
from replenish.data.load import Loaded, load
from replenish.data.panel import Panel
from replenish.errors import InputError

FIXTURES = Path(__file__).parent / "fixtures"
ADAPTERS = {
    "m5_walmart_tiny": "D",
    "online_retail_uci": "D",
    "spare_parts_man": "W-MON",
    "freshretailnet_dev": "D",
}


def made_up(name: str, **changes: object) -> Loaded:
    settings = {"source": name, "folder": str(FIXTURES / name), "frequency": ADAPTERS[name]}
    return load(DataConfig.model_validate({**settings, **changes}), Path())


def real(name: str, **changes: object) -> Loaded:
    root = os.environ.get("REPLENISH_DATA", "")
    if not (Path(root) / name / "README.md").is_file() or not root:
        pytest.skip(f"needs the real data: set REPLENISH_DATA to the folder that holds {name}/")
    settings = {"source": name, "frequency": ADAPTERS[name]}
    return load(DataConfig.model_validate({**settings, **changes}), Path())


def found(loaded: Loaded) -> dict[str, int]:
    return {finding.kind: finding.rows for finding in loaded.report.findings}


def row_of(panel: Panel, item: str) -> int:
    return panel.item_ids.index(item)


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.iterdir() if path.is_dir()))
def test_every_adapter_gives_a_whole_panel(name: str) -> None:
    loaded = made_up(name)
    panel = loaded.panel
    assert tuple(loaded.items.index) == panel.item_ids
    assert (panel.sales[~np.isnan(panel.sales)] >= 0).all()
    assert not (panel.censored & np.isnan(panel.sales)).any()
    assert {"weekday", "month", "day_of_year"} <= set(panel.known)
    assert all(np.isfinite(values).all() for values in panel.known.values())


def test_every_adapter_has_a_fixture() -> None:
    folder = Path(__file__).parents[1] / "replenish" / "data" / "adapters"
    names = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}
    assert names == {path.name for path in FIXTURES.iterdir() if path.is_dir()} == set(ADAPTERS)


def test_m5_days_without_a_price_are_not_observed_and_events_are_known_ahead() -> None:
    panel = made_up("m5_walmart_tiny").panel
    late, gone = row_of(panel, "TX_1|HOBBIES_1_002"), row_of(panel, "TX_1|HOUSEHOLD_1_003")
    assert np.isnan(panel.sales[late]).sum() == 28
    assert np.isnan(panel.sales[late, :28]).all()
    assert np.isnan(panel.sales[gone, -14:]).all()
    assert not panel.censored.any()
    christmas = panel.period_of("2013-12-25")
    assert (panel.known["closed"].sum(axis=1) == 1).all()
    assert (panel.known["closed"][:, christmas] == 1).all()
    assert panel.known["holiday"][0].sum() == 3
    foods = row_of(panel, "CA_1|FOODS_1_001")
    assert panel.known["price"][foods, [0, 55, 56, 111]].tolist() == [2.5, 2.5, 2.0, 2.0]
    snap_day = panel.period_of("2013-12-04")  # snap days of TX come later in the month
    assert panel.known["snap"][[foods, late], snap_day].tolist() == [1.0, 1.0]
    assert panel.known["snap"][[foods, late], snap_day + 3].tolist() == [0.0, 1.0]
    assert panel.static["store"][late] == "TX_1"
    assert panel.static["department"][late] == "HOBBIES_1"


def test_online_retail_sells_what_was_neither_cancelled_nor_corrected() -> None:
    panel = made_up("online_retail_uci").panel
    assert panel.item_ids == ("23843", "71053", "85123A")
    lantern = panel.sales[row_of(panel, "85123A")]
    # 3 Jan 6 + 2 (a code in lower case), 5 Jan 10 - 4 returned, 7 Jan 1, 10 Jan 5
    assert lantern.tolist() == [8, 0, 6, 0, 1, 0, 0, 5, 0, 0, 0, 0, 0, 0]
    metal = panel.sales[row_of(panel, "71053")]
    # 3 Jan 4 once (the repeat is dropped), 6 Jan a return of 3 makes 0, 9 Jan 7, 16 Jan 2
    assert metal.tolist() == [4, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 2]
    birdie = panel.sales[row_of(panel, "23843")]
    assert np.isnan(birdie[0])
    assert birdie[1:].tolist() == [3] + [0] * 12  # 80,995 ordered and cancelled on one day
    assert panel.known["closed"][0].tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1, 0]
    prices = panel.known["price"][row_of(panel, "85123A")]
    assert prices[0] == pytest.approx((2.55 + 2.95) / 2)


@pytest.mark.parametrize(("negatives", "sale"), [("net", 6.0), ("zero", 10.0)])
def test_online_retail_returns_do_what_the_config_says(negatives: str, sale: float) -> None:
    panel = made_up("online_retail_uci", negatives=negatives).panel
    assert panel.sales[row_of(panel, "85123A"), 2] == sale


def test_online_retail_returns_may_leave_their_day_unobserved() -> None:
    panel = made_up("online_retail_uci", negatives="unobserved").panel
    assert np.isnan(panel.sales[row_of(panel, "85123A"), 2])
    assert panel.sales[row_of(panel, "85123A"), 0] == 8


def test_spare_parts_are_counted_in_products() -> None:
    loaded = made_up("spare_parts_man")
    panel, items = loaded.panel, loaded.items
    assert panel.item_ids == ("007", "12", "13")  # leading zeros survive
    assert [str(day.date()) for day in panel.dates[:3]] == [
        "2012-12-17",
        "2012-12-24",
        "2012-12-31",
    ]
    assert panel.sales[0].tolist() == [0, 1150, 0, 0, 4, 0]
    assert panel.sales[1].tolist() == [0, 5, 0, 23, 0, 0]  # 0.5 and 2.3 packs of 10
    part = items.to_dict("index")["12"]
    names = ("lead_time", "min_order", "pack_size", "fixed_order_cost", "unit_cost")
    assert [part[name] for name in names] == pytest.approx([16, 30, 10, 5, 0.5])
    assert items["holding_rate"].tolist() == pytest.approx([0.2, 0.2, 0.2])
    assert found(loaded) == {"part packs": 2, "never sold": 1}


def test_weekly_data_cannot_be_read_by_the_day() -> None:
    with pytest.raises(InputError, match=r"set data\.frequency to 'W-MON'"):
        made_up("spare_parts_man", frequency="D")


def test_fresh_food_days_are_censored_by_one_hour_out_of_stock() -> None:
    panel = made_up("freshretailnet_dev").panel
    first, second = row_of(panel, "3|4"), row_of(panel, "43|11")
    np.testing.assert_allclose(panel.sales[first], [0.6, 0.1, 0.8, 0.0])  # the night's 0.7 is out
    assert panel.censored[first].tolist() == [False, True, False, True]  # nights do not count
    assert panel.censored[second].tolist() == [False, False, False, True]
    assert panel.known["discount"][first].tolist() == [0.9, 1.0, 1.0, 1.0]  # 0.0 is not known
    assert panel.known["promotion"][second].tolist() == [0, 1, 0, 0]
    assert panel.past["temperature"].shape == panel.sales.shape


def test_m5_has_the_numbers_of_its_readme() -> None:
    loaded = real("m5_walmart_tiny")
    panel = loaded.panel
    assert panel.sales.shape == (280, 1913)
    assert found(loaded)["not on sale"] == np.isnan(panel.sales).sum() == 81_193
    assert (str(panel.dates[0].date()), str(panel.dates[-1].date())) == ("2011-01-29", "2016-04-24")
    assert loaded.report.counts["rows"] == 535_640
    christmas = panel.known["closed"][0] == 1
    assert christmas.sum() == 5
    assert all(1 <= np.nansum(panel.sales[:, day]) <= 8 for day in np.flatnonzero(christmas))


def test_online_retail_has_the_numbers_of_its_readme() -> None:
    loaded = real("online_retail_uci", frequency="W-MON")
    dirt = found(loaded)
    assert dirt["cancellations"] == 9_288
    assert dirt["corrections"] == 1_336
    assert dirt["repeated lines"] == 5_268
    assert dirt["no product"] == 2_995
    assert dirt["no price"] == 2_515 + 2
    panel = loaded.panel
    assert all(day.day_of_week == 0 for day in panel.dates)
    assert "23843" not in panel.item_ids  # 80,995 ordered and cancelled, and nothing else
    assert np.nanmax(panel.sales[row_of(panel, "23166")]) < 1_000  # 74,215 came and went


def test_spare_parts_have_the_numbers_of_their_readme() -> None:
    loaded = real("spare_parts_man")
    assert loaded.panel.sales.shape == (3451, 150)
    assert found(loaded)["part packs"] == 4_142
    assert found(loaded)["never sold"] == 1_510
    assert "part products" not in found(loaded)  # all whole once multiplied by the pack
    assert loaded.report.counts["share_zero"] == pytest.approx(0.928, abs=5e-4)
    assert loaded.items["lead_time"].value_counts().to_dict() == {16: 3063, 7: 388}
    np.testing.assert_allclose(loaded.items["holding_rate"], 0.2)
    assert (loaded.items["min_order"] == 0).sum() == 38


def test_fresh_food_has_the_numbers_of_its_readme() -> None:
    loaded = real("freshretailnet_dev")
    assert loaded.panel.sales.shape == (690, 90)
    assert loaded.report.counts["share_censored"] == pytest.approx(0.44, abs=5e-3)
