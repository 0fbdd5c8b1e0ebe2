"""A bundle decides as what was exported, and a bundle that was touched does not decide at all."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from replenish.bundle import AS_LEARNED, load_bundle, refuse_if_not_better, save_bundle
from replenish.bundle_text import blend_text
from replenish.errors import InputError
from replenish.files import new_file_atomic, new_folder_atomic
from replenish.forecasting.forecast import Forecast
from replenish.items import Items
from replenish.learned import LearnedPolicy
from replenish.observation import MEMORY, Observation
from replenish.onnx_network import OnnxNetwork
from replenish.own_formula import OwnFormula
from replenish.reference import Reference
from replenish.state import InventoryState
from tests.bundle_fixture import HORIZON, contents_of, own_formulas, write_bundle
from tests.forecast_panels import shop

N = 12


def some_items() -> Items:
    rng = np.random.default_rng(3)
    return Items.build(
        N, lead_time=rng.integers(0, 6, N), shortage_cost=rng.uniform(2, 20, N), pack_size=6.0
    )


def observe(items: Items, forecast: Forecast, seed: int = 0) -> Observation:
    rng, n = np.random.default_rng(seed), len(items)
    on_order = rng.poisson(1.0, (n, items.longest_lead_time)).astype(float)
    return Observation(
        period=0,
        items=items,
        state=InventoryState(rng.poisson(8.0, n).astype(float), on_order, np.zeros(n)),
        forecast=forecast,
        recent_sales=rng.poisson(3.0, (n, MEMORY)).astype(float),
        recent_in_stock=rng.random((n, MEMORY)) < 0.9,
        periods_to_review=np.zeros(n, dtype=np.int64),
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("run") / "bundle", shop(N, 200), some_items())


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "bundle"))


def test_what_is_loaded_decides_as_what_was_saved(whole: Path) -> None:
    panel, items = shop(N, 200), some_items()
    contents, bundle = contents_of(panel, items), load_bundle(whole)
    network = OnnxNetwork(contents.network)
    policy = LearnedPolicy(network, contents.reference, contents.move, contents.own)
    origin = np.array([panel.n_periods - 1])
    wishes = []
    for forecaster, who in (
        (contents.forecaster, policy),
        (bundle.contents.forecaster, bundle.policy),
    ):
        table = forecaster.roll(panel, origin, HORIZON)
        forecast = table.from_origin(int(origin[0]), items.protection_period)
        wishes.append(who.order(observe(items, forecast)))
    assert wishes[0].max() > 0
    np.testing.assert_array_equal(wishes[0], wishes[1])


def test_every_content_survives_the_folder(whole: Path) -> None:
    before, after = contents_of(shop(N, 200), some_items()), load_bundle(whole).contents
    assert after.item_ids == before.item_ids
    assert (after.reference, after.move) == (before.reference, before.move)
    assert after.own.parameters.keys() == before.own.parameters.keys()
    for name, values in before.own.parameters.items():
        np.testing.assert_array_equal(after.own.parameters[name], values)
    np.testing.assert_array_equal(after.own.share, before.own.share)
    assert after.own.common == before.own.common
    assert after.defaults == before.defaults
    assert after.scores == before.scores
    assert (after.item_rules, after.data, after.guards) == (
        before.item_rules,
        before.data,
        before.guards,
    )
    np.testing.assert_array_equal(after.items.lead_time, before.items.lead_time)
    np.testing.assert_array_equal(after.items.max_order, before.items.max_order)  # infinity too
    np.testing.assert_array_equal(after.feature_low, before.feature_low)
    np.testing.assert_array_equal(after.sales_facts["max"], before.sales_facts["max"])


def test_whether_demand_waits_survives_the_folder(tmp_path: Path) -> None:
    waiting = replace(some_items(), unmet_demand="backorder")
    save_bundle(tmp_path / "bundle", contents_of(shop(N, 200), waiting))
    assert load_bundle(tmp_path / "bundle").contents.items.unmet_demand == "backorder"


def test_the_same_contents_are_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    again = write_bundle(tmp_path / "again", shop(N, 200), some_items())
    for name in ("manifest.json", "policy.onnx", "items.json"):
        assert (again / name).read_bytes() == (whole / name).read_bytes()


def _append(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes() + b" ")


def _set(name: str, value: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "manifest.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))

    return change


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (_append("policy.onnx"), r"policy\.onnx: the file was changed"),
        (_append("items.json"), r"items\.json: the file was changed"),
        (_append("forecaster/arrays.npz"), r"arrays\.npz: the file was changed"),
        (lambda f: (f / "items.json").unlink(), r"items\.json: the file is missing"),
        (lambda f: (f / "extra.txt").write_text("x"), r"extra\.txt: the file is not part"),
        (lambda f: (f / "manifest.json").unlink(), r"manifest\.json: no such file"),
        (lambda f: (f / "manifest.json").write_text("{"), r"manifest\.json: not the manifest"),
        (lambda f: (f / "manifest.json").write_text("[" * 99_999), r"manifest\.json: not the man"),
        (_set("agent", float("nan")), r"manifest\.json: not the manifest"),
        (_set("schema_version", 1), r"schema_version 1, this program reads 8; install the version"),
        (_set("schema_version", 99), r"manifest\.json: schema_version 99, this program reads 8"),
        (_set("reference", {"score_shift": 9}), r"manifest\.json: the file was changed"),
    ],
)
def test_a_touched_bundle_is_refused_by_file(
    copy: Path, harm: Callable[[Path], object], message: str
) -> None:
    harm(copy)
    with pytest.raises(InputError, match=message) as raised:
        load_bundle(copy)
    assert "\n" not in str(raised.value)


def test_features_of_another_version_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replenish.bundle.FEATURES_VERSION", 0)
    folder = write_bundle(tmp_path / "old", shop(N, 200), some_items())
    monkeypatch.undo()
    with pytest.raises(InputError, match=r"manifest\.json: features version 0, this program"):
        load_bundle(folder)


@pytest.mark.parametrize(
    "changes", [{"guards": {"demand_spyke": {}}}, {"data": {"missing": "never"}}]
)
def test_settings_that_nobody_knows_any_more_are_one_line(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    folder = write_bundle(tmp_path / "old", shop(N, 200), some_items(), **changes)
    with pytest.raises(InputError, match=r"manifest\.json: replenish .* does not") as raised:
        load_bundle(folder)
    assert "\n" not in str(raised.value)


def test_a_bundle_is_never_overwritten(copy: Path) -> None:
    before = (copy / "manifest.json").read_bytes()
    with pytest.raises(InputError, match="it exists and is not overwritten"):
        save_bundle(copy, contents_of(shop(N, 200), some_items(), horizon=10))
    assert (copy / "manifest.json").read_bytes() == before


def test_formulas_of_other_items_or_without_the_cap_of_the_reference_are_not_exported() -> None:
    items, panel = some_items(), shop(N, 200)
    with pytest.raises(ValueError, match=r"own.share has shape \(3,\), expected \(12,\)"):
        contents_of(panel, items, own=own_formulas(3))
    own, reference = own_formulas(N), Reference(0.1, 1.2, 3.0)
    with pytest.raises(ValueError, match="the reference has a cap on orders, the own formula none"):
        contents_of(panel, items, own=own, reference=reference)
    capped = OwnFormula({**own.parameters, "cap": np.full(N, 2.0)}, own.share)
    assert contents_of(panel, items, own=capped, reference=reference).own.formula.capped


def test_a_bundle_says_whose_levels_decide_and_what_that_costs() -> None:
    items, panel = some_items(), shop(N, 200)
    scores = {"agent": 0.75, AS_LEARNED: 0.8, "reference": 1.0}
    text = blend_text(contents_of(panel, items, scores=scores, agent="agent"))
    assert text.startswith("25% the item's own formula's (median score_shift ")
    assert text.endswith("the rest the network's; on validation, where the formulas are tuned too,"
                         " 0.75, else 0.8")  # fmt: skip
    alone = contents_of(panel, items, scores=scores, own=own_formulas(N, share=0.0))
    assert blend_text(alone) == "the network's alone"


def test_an_export_that_fails_leaves_nothing(tmp_path: Path) -> None:
    contents = contents_of(shop(N, 200), some_items(), guards={"threshold": float("nan")})
    with pytest.raises(ValueError, match="JSON"):
        save_bundle(tmp_path / "bundle", contents)
    assert list(tmp_path.iterdir()) == []


def test_an_agent_no_better_than_its_fallback_is_not_exported() -> None:
    refuse_if_not_better({"ppo": 0.9, "reference": 1.0}, "ppo", "reference")
    for cost in (1.0, 1.1, float("nan")):
        scores = {"ppo": cost, "reference": 1.0}
        with pytest.raises(InputError, match=r"not better than reference with 1;.*--force"):
            refuse_if_not_better(scores, "ppo", "reference")
        refuse_if_not_better(scores, "ppo", "reference", force=True)


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("old")

    def fail() -> None:
        with new_file_atomic(path, overwrite=True) as temporary:
            temporary.write_text("half")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        fail()
    assert [entry.name for entry in tmp_path.iterdir()] == ["orders.csv"]
    assert path.read_text() == "old"
    with pytest.raises(InputError, match="the file exists"), new_file_atomic(path):
        pass


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def fail() -> None:
        with new_folder_atomic(tmp_path / "new") as folder:
            (folder / "half").write_text("half")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []
