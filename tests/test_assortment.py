"""Nobody orders by forecast what has not been sold yet, in training, tuning and judging alike."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from replenish.assortment import joining_periods, left_before
from replenish.costs import credited_cost
from replenish.data.sample import sample_tables, write_sample
from replenish.episodes import PanelEpisodes
from replenish.observation import Observation
from replenish.simulation import Shop, play
from replenish.tuning.search import take_rows
from tests.forecast_panels import panel_of
from tests.test_episodes import FIRST, N, T, source, where
from tests.tiny_run import TINY, call, results, sets, write_tiny

FILES = '[data]\nsource = "files"\nsales = "sales.csv"\nitems = "items.csv"\nplan = "plan.csv"\n'

JOINS = np.array([0, 20, FIRST, 38])  # before, within, at the first period, and too late to draw


class Greedy:
    """Wishes for a hundred units, always."""

    def order(self, observation: Observation) -> np.ndarray:
        return np.full(len(observation.items), 100.0)


def launched() -> PanelEpisodes:
    """Return the panel of `test_episodes` whose items join one after the other."""
    return replace(source(), joins=JOINS)


def test_an_item_joins_four_weeks_after_its_first_record() -> None:
    sales = np.ones((4, 100))
    sales[1, :7] = np.nan
    sales[2, 50:60] = np.nan  # a gap is no launch
    sales[3] = np.nan  # never sold
    joins = joining_periods(panel_of(sales), 1)
    assert joins is not None
    assert joins.tolist() == [0, 35, 0, 128]
    weekly = joining_periods(panel_of(sales), 7)
    assert weekly is not None
    assert weekly.tolist() == [0, 11, 0, 104]


def test_an_item_has_left_where_records_end_before() -> None:
    sales = np.ones((4, 50))
    sales[1, 30:] = np.nan  # left
    sales[2, 30:45] = np.nan  # a gap is no end
    sales[3] = np.nan  # never there
    assert left_before(panel_of(sales), 30).tolist() == [False, True, False, False]
    assert not left_before(panel_of(sales), 29).any()


def test_a_panel_of_old_items_has_none_that_joins() -> None:
    sales = np.ones((2, 50))
    sales[1, 1:40] = np.nan
    assert joining_periods(panel_of(sales), 1) is None


def test_before_it_joins_an_item_has_no_stock_takes_no_order_and_costs_nothing() -> None:
    episode = launched().whole(np.random.default_rng(0))
    assert episode.joins is not None
    kept_full = replace(episode, items=replace(episode.items, min_stock=np.full(N, 300.0)))
    late = np.arange(T - FIRST)[:, None] < episode.joins
    assert (play(Greedy(), kept_full).on_hand[late] == 0).all()
    ledger = play(Greedy(), episode)
    early = np.arange(T - FIRST)[:, None] < episode.joins
    assert early.any()
    assert (ledger.order[early] == 0).all()
    assert (ledger.order[~early] == 100).all()
    assert (ledger.on_hand[early] == 0).all()
    assert (credited_cost(ledger, episode.items)[early] == 0).all()


def test_demand_counts_from_the_day_on_that_the_first_order_can_serve() -> None:
    episode, usual = (s.whole(np.random.default_rng(0)) for s in (launched(), source()))
    assert episode.joins is not None
    first = episode.joins + np.where(episode.joins > 0, episode.items.lead_time, 0)
    counted = np.arange(T - FIRST)[:, None] >= first
    np.testing.assert_array_equal(episode.demand, np.where(counted, usual.demand, 0.0))


def test_items_that_are_there_begin_as_usual() -> None:
    episode, usual = (s.whole(np.random.default_rng(0)) for s in (launched(), source()))
    there = JOINS <= FIRST
    np.testing.assert_array_equal(episode.start.on_hand[there], usual.start.on_hand[there])
    np.testing.assert_array_equal(episode.start.on_order[there], usual.start.on_order[there])
    assert (episode.start.on_hand[~there] == 0).all()
    assert (episode.start.on_order[~there] == 0).all()


def test_training_draws_no_item_before_it_joined() -> None:
    episode = launched().draw(500, np.random.default_rng(0))
    items, starts = (np.array(numbers) for numbers in where(episode))
    assert set(items) == {0, 1, 2}
    assert episode.joins is None
    assert (starts >= JOINS[items]).all()
    assert starts[items == 1].max() == T - 7


def test_where_nothing_is_old_enough_training_still_has_rows() -> None:
    young = replace(source(), joins=np.full(N, T + 5))
    episode = young.draw(50, np.random.default_rng(0))
    assert (play(Greedy(), episode).order == 0).all()


@pytest.mark.parametrize("rows", [[3, 1], [1, 1, 0]])
def test_rows_that_are_taken_keep_when_they_join(rows: list[int]) -> None:
    episode = launched().whole(np.random.default_rng(0))
    assert episode.joins is not None
    taken = take_rows(episode, np.array(rows))
    assert taken.joins is not None
    np.testing.assert_array_equal(taken.joins, episode.joins[rows])
    assert Shop(taken).observe().state.on_hand.shape == (len(rows),)


@pytest.mark.slow
def test_training_and_report_say_which_items_are_new(tmp_path: Path) -> None:
    write_sample(tmp_path, sample_tables(12, 400))
    write_tiny(tmp_path, FILES + "\n[forecast]\n" + TINY.partition("[forecast]\n")[2])
    sales = pd.read_csv(tmp_path / "sales.csv", dtype={"item_id": str}, parse_dates=["date"])
    days = sales["date"].drop_duplicates().sort_values()
    first = sales.groupby("item_id")["date"].min()
    old = first[first == days.iloc[0]].index
    for item, day in zip(old, (200, 350), strict=False):  # launched in training, in the test
        sales = sales[(sales["item_id"] != item) | (sales["date"] >= days.iloc[day])]
    sales = sales[(sales["item_id"] != old[2]) | (sales["date"] < days.iloc[260])]  # and left
    sales.to_csv(tmp_path / "sales.csv", index=False)
    told = ["--runs", str(tmp_path), "--name", "run", "--force"]
    told += sets("baselines.names=['order_up_to']")
    answer = call("train", [tmp_path / "tiny.toml", *told])
    assert answer.code == 0, answer.err
    assert "new: 3 items join after training begins" in answer.out  # one is new in the sample
    assert "left: 1 items have no record in the test period" in answer.out
    answer = call("evaluate", [tmp_path / "run", "--without-guards"])
    assert answer.code == 0, answer.err
    found = results(tmp_path / "run")
    said = [note for note in found["notes"] if "launched" in note]
    assert len(said) == 1
    assert "just before it: 1." in said[0]
    assert any("test period on: 1. They count as taken off sale" in n for n in found["notes"])
    items = pd.read_csv(tmp_path / "run" / "report" / "items.csv", dtype={"item_id": str})
    left = items[items["item_id"] == old[2]]
    assert len(left)
    assert (left["cost"] == 0).all()
