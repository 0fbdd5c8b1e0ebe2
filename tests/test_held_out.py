"""Items held out teach nothing, are ordered for all the same, and are judged apart."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from replenish import run_folder
from replenish.bundle import load_bundle
from replenish.data.sample import sample_tables, write_sample
from replenish.errors import InputError
from replenish.judging.by_class import LEARNED_FROM, NEVER_SEEN, SEEN
from replenish.plugins import load_plugin
from replenish.reference import Reference
from replenish.split_config import SplitConfig
from replenish.splits import held_out
from replenish.tuning import search
from replenish.tuning.opponents import Opponents
from replenish.tuning.search import Effort, Tuned, tune
from tests.textbook import fresh_demand, not_searched, textbook_source
from tests.tiny_run import TINY, call, results, sets, write_tiny

ITEMS, OUT = 30, 9  # 30 % of 30
FILES = '[data]\nsource = "files"\nsales = "sales.csv"\nitems = "items.csv"\nplan = "plan.csv"\n'


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of a shop and a config that holds items out."""
    folder = tmp_path_factory.mktemp("held_out")
    write_sample(folder, sample_tables(ITEMS, 400))
    write_tiny(folder, FILES + "\n[forecast]\n" + TINY.partition("[forecast]\n")[2])
    return folder


def trained(shop: Path, name: str, *words: str) -> Path:
    told = sets("split.held_out_items=0.3", "baselines.names=['order_up_to']", *words)
    answer = call("train", [shop / "tiny.toml", "--runs", shop, "--name", name, "--force", *told])
    assert answer.code == 0, answer.err
    assert f"held out: {OUT} items, which nothing learns from" in answer.out
    return shop / name


@pytest.fixture(scope="module")
def run(shop: Path) -> Path:
    return trained(shop, "run")


@pytest.fixture(scope="module")
def judged(run: Path) -> str:
    answer = call("evaluate", [run, "--without-guards"])
    assert answer.code == 0, answer.err
    return answer.out


def strangers(run: Path) -> list[str]:
    """Return the items of the shop that the run's bundle does not know."""
    every = pd.read_csv(run.parent / "items.csv", dtype={"item_id": str})["item_id"]
    return sorted(set(every) - set(load_bundle(run / run_folder.BUNDLE).contents.item_ids))


@pytest.mark.slow
def test_whatever_an_item_held_out_sells_nothing_learns_otherwise(shop: Path, run: Path) -> None:
    sales = pd.read_csv(shop / "sales.csv", dtype={"item_id": str})
    theirs = sales["item_id"].isin(strangers(run))
    sales.loc[theirs, "sales"] = 3 * sales.loc[theirs, "sales"] + 7
    sales.to_csv(shop / "other.csv", index=False)
    other = trained(shop, "other", "data.sales=other.csv")
    ours, same = (load_bundle(r / run_folder.BUNDLE).contents for r in (run, other))
    assert ours.network == same.network
    assert ours.scores == same.scores
    tuned = [(r / run_folder.TUNED).read_text("utf-8") for r in (run, other)]
    assert tuned[0] == tuned[1]
    forecasters = [sorted((r / run_folder.FORECASTERS).rglob("*.np?")) for r in (run, other)]
    assert len(forecasters[0]) > 0
    for one, two in zip(*forecasters, strict=True):
        assert one.read_bytes() == two.read_bytes()


def test_items_held_out_are_judged_apart_and_with_the_others(run: Path, judged: str) -> None:
    said = results(run)
    apart = {c["class"]: c for c in said["classes"] if c["kind"] == SEEN}
    assert apart[NEVER_SEEN]["items"] == OUT == len(strangers(run))
    assert apart[LEARNED_FROM]["items"] == ITEMS - OUT
    best = apart[NEVER_SEEN]["best_baseline"]
    gap = apart[NEVER_SEEN]["policies"][best]["agent_minus_this"]
    sentence = (
        f"Items never seen in training ({OUT} of them): the agent costs {gap['percent']:+.1f} % "
        f"[{gap['percent_low']:+.1f} %, {gap['percent_high']:+.1f} %] against {best}"
    )
    assert sentence in judged
    assert any(note.startswith(sentence) for note in said["notes"])
    assert "never seen" in (run / "report" / "report.html").read_text("utf-8")
    costs = {c["class"]: c["policies"]["agent"]["cost"] for c in apart.values()}
    whole = said["policies"][0]["scorecard"]["total"]["cost"]
    mixed = (OUT * costs[NEVER_SEEN] + (ITEMS - OUT) * costs[LEARNED_FROM]) / ITEMS
    assert mixed == pytest.approx(whole)


def test_tuning_keeps_the_setting_of_all_beside_each_items_own() -> None:
    train, validation = (fresh_demand(textbook_source(), seed, 3) for seed in (1, 2))
    kind, effort = load_plugin("baselines", "order_up_to"), Effort(8, 2)
    pooled = tune(kind, train, validation, effort, per_item=False)
    each = search._tuned(kind, search._search(kind, [train, validation], effort), 1.0)
    assert dict(each.common) == pooled.parameters


def test_an_item_that_was_not_tuned_gets_the_setting_of_all(tmp_path: Path) -> None:
    shifts, rows = np.array([0.1, 0.2, 0.3]), np.array([2, -1, 0, -1])
    kind = load_plugin("baselines", "order_up_to")
    each = Tuned(kind(score_shift=shifts), {"score_shift": shifts}, 0.5, {"score_shift": -0.7})
    one = Tuned(load_plugin("baselines", "eoq")(), {})
    mixed = Opponents({"order_up_to": each, "eoq": one}, Reference(), not_searched())
    mixed.save(tmp_path / "tuned.json")
    given = Opponents.load(tmp_path / "tuned.json", 3).for_rows(rows).baselines
    expected = [0.3, -0.7, 0.1, -0.7]
    np.testing.assert_array_equal(given["order_up_to"].parameters["score_shift"], expected)
    np.testing.assert_array_equal(given["order_up_to"].policy.score_shift, expected)  # type: ignore[attr-defined]
    assert given["eoq"].parameters == {}


def names(number: int) -> list[str]:
    return [f"item {k}" for k in range(number)]


def test_the_draw_is_the_seeds_own_and_of_the_share_that_is_asked_for() -> None:
    config = SplitConfig(held_out_items=0.2)
    drawn = held_out(names(50), config)
    assert drawn.sum() == 10
    np.testing.assert_array_equal(drawn, held_out(names(50), config))
    other = held_out(names(50), SplitConfig(held_out_items=0.2, held_out_seed=1))
    assert (drawn != other).any()
    assert not held_out(names(50), SplitConfig()).any()


def test_items_may_be_held_out_by_name() -> None:
    config = SplitConfig(held_out_names=["item 2", "item 0"])
    assert held_out(names(4), config).tolist() == [True, False, True, False]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (SplitConfig(held_out_names=["itm 2"]), "'itm 2' is none of the 3 items .*'item 2'"),
        (SplitConfig(held_out_names=names(3)), "all 3 items are held out and none is left"),
        (SplitConfig(held_out_items=0.9), "all 3 items are held out"),
    ],
)
def test_who_cannot_be_held_out_is_said_in_a_line(config: SplitConfig, words: str) -> None:
    with pytest.raises(InputError, match=words):
        held_out(names(3), config)


def test_share_and_names_exclude_each_other(tmp_path: Path) -> None:
    both = sets("split.held_out_items=0.2", 'split.held_out_names=["A"]')
    answer = call("train", [write_tiny(tmp_path), "--runs", tmp_path, *both])
    assert answer.code == 2
    assert "held_out_items is 0.2 and held_out_names lists 1 items; give one" in answer.err
