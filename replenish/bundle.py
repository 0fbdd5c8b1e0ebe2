"""A bundle: one folder that decides without the workbench, without torch, and on its own.

``manifest.json`` says what is in it (in words and units) and holds the SHA-256 of every other
file; ``policy.onnx`` is the network; ``forecaster/`` what forecasts run on; ``record.npz`` how
wrong forecasts were before it was fitted; ``items.json`` what the items are, their
parameters, each item's own formula and the size of their sales. Nothing in it is unpickled.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from zipfile import BadZipFile

import numpy as np

from replenish import __version__
from replenish.arrays import Floats, expect_shape
from replenish.data.config import DataConfig
from replenish.errors import InputError
from replenish.features import FEATURES, FEATURES_VERSION, feature_unit
from replenish.files import new_folder_atomic
from replenish.forecasting.files import load_forecaster, save_forecaster
from replenish.forecasting.record import Record
from replenish.forecasting.runtime import FittedForecaster
from replenish.guards.config import GuardConfig
from replenish.items import DEFAULTS, Items, UnmetDemand
from replenish.json_numbers import (
    columns_from_json,
    columns_to_json,
    named_from_json,
    named_to_json,
    to_json,
)
from replenish.learned import LearnedPolicy, Move
from replenish.onnx_network import OnnxNetwork
from replenish.own_formula import OwnFormula
from replenish.reference import Reference
from replenish.sealed_folder import AGAIN, MANIFEST, as_json, check_files, read_manifest, seal

SCHEMA_VERSION = 8
AS_LEARNED = "agent_as_learned"  # in scores: the network without the items' own formulas
NETWORK, FORECASTER, ITEMS, RECORD = "policy.onnx", "forecaster", "items.json", "record.npz"
_RULES = (
    "a wish of 0 or less is no order while the inventory position is at min_stock or above",
    "the inventory position is raised to min_stock and kept at or below max_stock",
    "an order is 0 or at least min_order, in whole packs rounded up, at most max_order",
    "a row that a guard stops gets the fallback's order",
)


@dataclass(frozen=True, eq=False)
class BundleContents:
    """Everything that a decision needs.

    Attributes:
        network: The bytes of an ONNX file, (N, F) features -> (N, A) actions in [-1, 1].
        forecaster: The fitted forecaster.
        record: Errors made before the end of its fitting, of the same (M,) items.
        reference: The fallback, whose levels the network moves.
        move: How far the network moves them.
        own: (M,) formulas of the items, whose levels the network's are averaged with.
        horizon: Periods ahead that the forecaster is asked for.
        frequency: Length of a period, as pandas names it.
        item_ids: (M,) names of the items that the agent was trained on.
        items: Their parameters, so that ordering works without an items table.
        defaults: Parameters of an item that nobody described.
        item_rules: Rates and overrides by which an items table is read (the ``[items]`` table).
        feature_low: (F,) least value of each feature seen in training.
        feature_high: (F,) greatest value of each feature seen in training.
        sales_facts: name -> (M,) size of sales in training: ``mean``, ``std``, ``max``; units.
        texts: name -> (M,) what the items are (category, store ...), which forecasters may read.
        told: name -> (M,) what the items table said in training, NaN = nothing, before rates and
            prices were made costs of, so that a morning's table may change a part of it.
        stock_outs: Whether the sales table said when an item was out of stock.
        planned: Columns of sales and plan that training had, of `replenish.morning.as_of.PLANNED`.
        scores: Policy name -> mean cost per item and period on the validation part, money.
        agent: Name of the network's policy in ``scores``.
        data: How sales tables are read (the ``[data]`` table, without paths).
        guards: Thresholds of the guards, by name; empty: the defaults.
    """

    network: bytes
    forecaster: FittedForecaster
    record: Record
    reference: Reference
    move: Move
    own: OwnFormula
    horizon: int
    frequency: str
    item_ids: tuple[str, ...]
    items: Items
    defaults: Mapping[str, float]
    feature_low: Floats
    feature_high: Floats
    sales_facts: Mapping[str, Floats]
    scores: Mapping[str, float]
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    told: Mapping[str, Floats] = field(default_factory=dict)
    stock_outs: bool = False
    planned: tuple[str, ...] = ()
    agent: str = "agent"
    data: Mapping[str, Any] = field(default_factory=dict)
    guards: Mapping[str, Any] = field(default_factory=dict)
    item_rules: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        expect_shape("feature_low", self.feature_low, (len(FEATURES),))
        expect_shape("feature_high", self.feature_high, (len(FEATURES),))
        if len(self.items) != len(self.item_ids):
            raise ValueError(f"{len(self.item_ids)} item_ids, {len(self.items)} items")
        expect_shape("own.share", self.own.share, (len(self.item_ids),))
        if self.reference.capped and not self.own.formula.capped:
            raise ValueError("the reference has a cap on orders, the own formula none")
        for kind in ("sales_facts", "texts", "told"):
            for name, values in getattr(self, kind).items():
                expect_shape(f"{kind}[{name!r}]", np.asarray(values), (len(self.item_ids),))


@dataclass(frozen=True, eq=False)
class Bundle:
    """A bundle as it was read: contents, manifest, and the policy ready to run."""

    contents: BundleContents
    manifest: Mapping[str, Any]
    policy: LearnedPolicy


def refuse_if_not_better(
    scores: Mapping[str, float], agent: str, fallback: str, *, force: bool = False
) -> None:
    """Stop an export of an agent that does not beat its own fallback on validation.

    Args:
        scores: Policy name -> cost on the validation part.
        agent: Name of the agent in ``scores``.
        fallback: Name of the policy that items fall back to.
        force: Export it all the same.

    Raises:
        InputError: It costs as much or more (or NaN), and ``force`` is not set.
    """
    if force or scores[agent] < scores[fallback]:
        return
    raise InputError(
        f"not exported: {agent} costs {scores[agent]:.4g} per item and period on validation, "
        f"not better than {fallback} with {scores[fallback]:.4g}; "
        f"train longer, or export it all the same with --force and order by the formula alone: "
        f"replenish recommend --policy {fallback}"
    )


def save_bundle(folder: Path, contents: BundleContents) -> None:
    """Write the bundle under a temporary name and move it into place when it is whole.

    Raises:
        InputError: Something stands at ``folder`` already.
    """
    with new_folder_atomic(folder) as new:
        (new / NETWORK).write_bytes(contents.network)
        save_forecaster(contents.forecaster, new / FORECASTER)
        contents.record.save(new / RECORD)
        (new / ITEMS).write_text(as_json(_items_to_dict(contents)), encoding="utf-8")
        seal(new, _manifest(contents))


def load_bundle(folder: Path) -> Bundle:
    """Return the bundle after checking that every file is the one that was written.

    Raises:
        InputError: A file is missing, changed or added, or of another schema or features version.
    """
    manifest = read_manifest(folder, SCHEMA_VERSION)
    check_files(folder, manifest["sha256"])
    try:
        contents = _contents(folder, manifest)
        # a newer program may no longer know a setting
        DataConfig(**{**contents.data, "frequency": contents.frequency})
        GuardConfig(**contents.guards)
    except (KeyError, TypeError, ValueError, EOFError, BadZipFile) as problem:
        if isinstance(problem, InputError):
            raise
        reason = f"{type(problem).__name__}: {str(problem).splitlines()[0]}"
        raise InputError(
            f"{folder / MANIFEST}: replenish {__version__} does not understand what "
            f"{manifest.get('replenish_version')} wrote ({reason}); {AGAIN}"
        ) from None
    network = OnnxNetwork(contents.network, name=str(folder / NETWORK))
    if network.n_features != len(FEATURES):
        raise InputError(
            f"{folder / NETWORK}: reads {network.n_features} features, expected {len(FEATURES)}; "
            f"{AGAIN}"
        )
    policy = LearnedPolicy(network, contents.reference, contents.move, contents.own)
    return Bundle(contents, manifest, policy)


def _manifest(contents: BundleContents) -> dict[str, Any]:
    """Return what is said about the bundle, hashes aside."""
    low, high = contents.feature_low.tolist(), contents.feature_high.tolist()
    return {
        "schema_version": SCHEMA_VERSION,
        "replenish_version": __version__,
        "features_version": FEATURES_VERSION,
        "inputs": [
            {"name": name, "unit": feature_unit(name), "low": low[i], "high": high[i]}
            for i, name in enumerate(FEATURES)
        ],
        "output": "move of the reference levels, shares of the reach in [-1, 1]",
        "levels": "(1 - share) x the moved levels + share x those of the item's own formula; "
        "for an item that items.json does not know, of its common formula",
        "reference": contents.reference.to_dict(),
        "move": contents.move.to_dict(),
        "rules": list(_RULES),
        "unmet_demand": contents.items.unmet_demand,
        "horizon": contents.horizon,
        "frequency": contents.frequency,
        "stock_outs": contents.stock_outs,
        "planned": list(contents.planned),
        "agent": contents.agent,
        "scores": named_to_json(contents.scores),
        "scores_unit": "money per item and period on the validation part",
        "data": dict(contents.data),
        "item_rules": dict(contents.item_rules),
        "guards": dict(contents.guards),
    }


def _contents(folder: Path, manifest: Mapping[str, Any]) -> BundleContents:
    """Return the contents of a folder whose files are known to be whole."""
    table = json.loads((folder / ITEMS).read_text(encoding="utf-8"))
    inputs = manifest["inputs"]
    names = [entry["name"] for entry in inputs]
    if manifest["features_version"] != FEATURES_VERSION or names != list(FEATURES):
        raise InputError(
            f"{folder / MANIFEST}: features version {manifest['features_version']}, this program "
            f"reads version {FEATURES_VERSION}; install replenish "
            f"{manifest['replenish_version']} or {AGAIN}"
        )
    return BundleContents(
        network=(folder / NETWORK).read_bytes(),
        forecaster=load_forecaster(folder / FORECASTER),
        record=Record.load(folder / RECORD, tuple(table["item_ids"])),
        reference=Reference.from_dict(manifest["reference"]),
        move=Move.from_dict(manifest["move"]),
        own=_own(table),
        horizon=int(manifest["horizon"]),
        frequency=str(manifest["frequency"]),
        item_ids=tuple(table["item_ids"]),
        items=Items.build(
            len(table["item_ids"]),
            cast(UnmetDemand, manifest["unmet_demand"]),
            **columns_from_json(table["parameters"]),
        ),
        defaults=_finite_or_inf(table["defaults"]),
        feature_low=np.array([entry["low"] for entry in inputs], dtype=float),
        feature_high=np.array([entry["high"] for entry in inputs], dtype=float),
        sales_facts=columns_from_json(table["sales_facts"]),
        scores=manifest["scores"],
        texts=table["texts"],
        told=columns_from_json(table["told"], null=np.nan),
        stock_outs=bool(manifest["stock_outs"]),
        planned=tuple(map(str, manifest["planned"])),
        agent=manifest["agent"],
        data=manifest["data"],
        item_rules=manifest["item_rules"],
        guards=manifest["guards"],
    )


def _items_to_dict(contents: BundleContents) -> dict[str, Any]:
    """Return items and their sales as JSON; no limit is written as null, as is what is not told."""
    items, own = contents.items, contents.own
    return {
        "item_ids": list(contents.item_ids),
        "texts": {name: list(texts) for name, texts in contents.texts.items()},
        "told": columns_to_json(contents.told),
        "parameters": {name: to_json(getattr(items, name)) for name in DEFAULTS},
        "own_formula": columns_to_json({**own.parameters, "share": own.share}),
        "common_formula": named_to_json(own.common),
        "defaults": named_to_json(contents.defaults),
        "sales_facts": columns_to_json(contents.sales_facts),
    }


def _own(table: Mapping[str, Any]) -> OwnFormula:
    """Return the items' own formulas and that of all others, ``share`` in both."""
    parameters = columns_from_json(table["own_formula"])
    share = parameters.pop("share")
    return OwnFormula(parameters, share, named_from_json(table["common_formula"]))


def _finite_or_inf(values: Mapping[str, float | None]) -> dict[str, float]:
    """Return numbers by name, null as infinity, and refuse a name that is no parameter."""
    strange = set(values) - set(DEFAULTS)
    if strange:
        raise ValueError(f"unknown item parameters {sorted(strange)}")
    return named_from_json(values)
