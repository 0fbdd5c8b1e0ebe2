"""Past receipts: simulated orders take as long as the supplier really took, late ones included."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from replenish.chosen import make_plugin
from replenish.config import Config, load_config
from replenish.data.sample import sample_tables, write_sample
from replenish.features import COLUMN, SLOTS, Encoder
from replenish.forecasting.runtime import FittedForecaster
from replenish.judging.foresight import perfect_foresight_cost
from replenish.reference import Reference
from replenish.simulation import Shop
from replenish.workbench import Problem, set_up
from tests.tiny_run import TINY, call, write_tiny

CONFIG = """
[data]
source = "files"
sales = "sales.csv"
items = "items.csv"
plan = "plan.csv"
receipts = "receipts.csv"

[forecast]
name = "moving_average"
"""
TOOK = {2: 0.5, 5: 0.25, 15: 0.25}  # days -> share of the receipts of the first two items


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("shop")
    write_sample(place, sample_tables(6, 400, seed=5))
    known = sorted(pd.read_csv(place / "items.csv", dtype={"item_id": str})["item_id"])
    rows = [(item, day) for item in known[:2] for day in (2, 2, 5, 15)]
    rows.append(("sold elsewhere", 90))  # widens no pipeline
    ordered = pd.Timestamp("2022-02-01")
    table = pd.DataFrame(
        [(item, ordered, ordered + pd.Timedelta(days=days)) for item, days in rows],
        columns=["item_id", "ordered_on", "received_on"],
    )
    table.to_csv(place / "receipts.csv", index=False)
    (place / "shop.toml").write_text(CONFIG, encoding="utf-8")
    return place


def config_of(folder: Path, *changes: str) -> Config:
    return load_config(folder / "shop.toml", changes)


@pytest.fixture(scope="module")
def problem(folder: Path) -> Problem:
    return set_up(config_of(folder), folder)


@pytest.fixture(scope="module")
def fitted(problem: Problem) -> FittedForecaster:
    forecaster = make_plugin("forecasters", problem.config.forecast)
    past = problem.panel.until(problem.split.fit.last)
    fitted: FittedForecaster = forecaster.fit(past, problem.horizon).fitted
    return fitted


@pytest.mark.parametrize("name", ["train", "validation", "test"])
def test_simulated_orders_take_as_long_as_receipts_say(
    problem: Problem, fitted: FittedForecaster, name: str
) -> None:
    part = getattr(problem.split, name)
    source = problem.episodes(problem.forecasts(fitted, part), part)
    whole = source.whole(np.random.default_rng(1))
    assert whole.lead_times is not None
    assert set(np.unique(whole.lead_times[:, :2])) == set(TOOK)
    own = problem.items.lead_time[2:]
    assert (whole.lead_times[:, 2:] == own).all()  # without receipts an item's own is certain
    drawn = source.cut(
        np.repeat([0, 1], 200),
        np.full(400, part.first),
        part.periods,
        np.random.default_rng(2),
        np.ones(400),
    ).lead_times
    assert drawn is not None
    for days, share in TOOK.items():
        assert (drawn == days).mean() == pytest.approx(share, abs=0.02)


def test_every_unit_of_a_late_order_is_received_and_seen_on_its_way(
    problem: Problem, fitted: FittedForecaster
) -> None:
    part = problem.split.train
    source = problem.episodes(problem.forecasts(fitted, part), part)
    episode = source.draw(64, np.random.default_rng(3))
    assert episode.start.on_order.shape[1] >= max(TOOK) > SLOTS
    shop, reference = Shop(episode), Reference()
    encoder = Encoder(episode.items)
    while not shop.over:
        seen = shop.observe()
        levels = reference.levels(seen.items, seen.forecast)
        features = encoder.encode(seen, levels)
        first = COLUMN["pipeline_1"]
        on_way = features[:, first : first + SLOTS].sum(axis=1)
        unit = on_way / np.where(seen.state.in_transit > 0, seen.state.in_transit, 1.0)
        scale = features[:, COLUMN["on_hand"]] / np.where(
            seen.state.on_hand > 0, seen.state.on_hand, 1.0
        )
        both = (unit > 0) & (scale > 0) & (features < 20.0).all(axis=1)
        np.testing.assert_allclose(unit[both], scale[both], rtol=1e-4)
        before = seen.inventory_position
        ledger = shop.step(reference.order(seen))
        if not shop.over:
            after = shop.observe().inventory_position
            np.testing.assert_allclose(after, before + ledger.order - ledger.sales)
    assert np.isfinite(perfect_foresight_cost(episode)).all()


def test_lead_times_that_the_config_overrides_are_not_taken_from_receipts(folder: Path) -> None:
    assert set_up(config_of(folder, "items.override.lead_time=3"), folder).receipts is None


def test_without_receipts_a_spread_of_the_config_is_drawn(
    folder: Path, fitted: FittedForecaster
) -> None:
    changes = ("data.receipts=''", "items.defaults.lead_time_std=1.5")
    spread = set_up(config_of(folder, *changes), folder)
    assert spread.receipts is None
    part = spread.split.test
    whole = spread.episodes(spread.forecasts(fitted, part), part).whole(np.random.default_rng(1))
    assert whole.lead_times is not None
    assert (whole.lead_times.std(axis=0) > 0.5).all()


def test_what_is_received_when_policies_are_judged_teaches_nothing(
    folder: Path, problem: Problem, tmp_path: Path
) -> None:
    start = problem.panel.dates[problem.split.validation.last + 1]
    for path in folder.glob("*.*"):
        shutil.copy(path, tmp_path)
    late = f"{problem.panel.item_ids[0]},{start.date()},{(start + pd.Timedelta(days=30)).date()}\n"
    with (tmp_path / "receipts.csv").open("a", encoding="utf-8") as file:
        file.write(late)
    other = set_up(config_of(tmp_path), tmp_path)
    np.testing.assert_array_equal(other.items.lead_time, problem.items.lead_time)
    np.testing.assert_array_equal(other.receipts, problem.receipts)
    assert other.horizon == problem.horizon
    found = [e for e in other.loaded.report.findings if e.kind == "later receipts"]
    assert [entry.rows for entry in found] == [1]


def test_other_receipts_are_other_data(problem: Problem) -> None:
    receipts = problem.loaded.receipts
    assert receipts is not None
    fewer = replace(problem, loaded=replace(problem.loaded, receipts=receipts.iloc[1:]))
    assert fewer.data_hash != problem.data_hash


@pytest.mark.slow
def test_a_run_on_receipts_says_so_and_is_judged_on_the_same_ones(
    folder: Path, tmp_path: Path
) -> None:
    place = tmp_path / "shop"
    shutil.copytree(folder, place)
    text = CONFIG + TINY[TINY.index("[env]") :]
    told = ["--runs", str(tmp_path), "--name", "late", "--force"]
    answer = call("train", [write_tiny(place, text), *told])
    assert answer.code == 0, answer.err
    run = tmp_path / "late"
    assert call("evaluate", [run, "--without-guards"]).code == 0
    results = json.loads((run / "report" / "results.json").read_text("utf-8"))
    assert any("past receipts" in note for note in results["notes"])
    receipts = (place / "receipts.csv").read_text("utf-8").splitlines()
    (place / "receipts.csv").write_text("\n".join(receipts[:-2]), "utf-8")
    answer = call("evaluate", [run, "--without-guards"])
    assert answer.code == 2
    assert "the data are not the ones this run was trained on" in answer.err


def test_the_forecast_covers_the_mean_lead_time(problem: Problem) -> None:
    cover = problem.items.lead_time + problem.items.review_period
    np.testing.assert_array_equal(problem.items.protection_period, cover)
    assert problem.horizon == cover.max()
    assert problem.horizon < max(TOOK)
