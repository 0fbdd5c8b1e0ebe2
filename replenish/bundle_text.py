"""A bundle in words: what a person wants to know before trusting it."""

from collections.abc import Iterable

import numpy as np

from replenish.bundle import AS_LEARNED, NETWORK, Bundle, BundleContents
from replenish.morning.ordered_by import FORMULAS


def bundle_text(bundle: Bundle) -> str:
    """Return the manifest as a table for a terminal."""
    manifest, contents = bundle.manifest, bundle.contents
    rows = [
        ("written by", f"replenish {manifest['replenish_version']}"),
        ("schema version", str(manifest["schema_version"])),
        ("features", f"version {manifest['features_version']}, {len(manifest['inputs'])} numbers"),
        ("items", f"{len(contents.item_ids):,}"),
        ("period", contents.frequency),
        ("forecast horizon", f"{contents.horizon} periods"),
        ("sales in training", _sales(bundle)),
        ("unmet demand", contents.items.unmet_demand),
        ("reference", _settings(contents.reference.to_dict().items())),
        ("move", _settings(contents.move.to_dict().items())),
        ("levels", blend_text(contents)),
        ("files", f"{len(manifest['sha256'])}, all as written"),
        ("network", str(manifest["sha256"][NETWORK])[:16]),
    ]
    lines = [f"{name:<18}{value}" for name, value in rows]
    lines += ["", f"scores: {manifest['scores_unit']}"]
    ranked = sorted(contents.scores.items(), key=lambda entry: (entry[1] is None, entry[1]))
    for name, cost in ranked:
        mark = "  <- this policy" if name == contents.agent else ""
        mark = f"  <- recommend --policy {name}" if name in FORMULAS else mark
        lines.append(f"  {name:<20}{'unknown' if cost is None else format(cost, '12.4f')}{mark}")
    lines += ["", f"{'input':<22}{'from':>9}{'to':>9}  unit (range seen in training)"]
    lines += [
        f"{entry['name']:<22}{entry['low']:>9.3g}{entry['high']:>9.3g}  {entry['unit']}"
        for entry in manifest["inputs"]
    ]
    return "\n".join([*lines, "", "rules:", *(f"  - {rule}" for rule in manifest["rules"])])


def _sales(bundle: Bundle) -> str:
    """Return how large sales were in training, in units per period."""
    facts = bundle.contents.sales_facts
    return f"median item {np.median(facts['mean']):.3g} a period, largest {facts['max'].max():.6g}"


def blend_text(contents: BundleContents) -> str:
    """Return whose levels decide, and the cost on validation with and without the formulas."""
    own, scores = contents.own, contents.scores
    if not own.share.any():
        return "the network's alone"
    medians = ((name, float(np.median(values))) for name, values in own.parameters.items())
    text = f"{np.median(own.share):.0%} the item's own formula's (median {_settings(medians)}), "
    text += "the rest the network's"
    both, alone = scores.get(contents.agent), scores.get(AS_LEARNED)
    if both is None or alone is None:
        return text
    return f"{text}; on validation, where the formulas are tuned too, {both:.4g}, else {alone:.4g}"


def _settings(values: Iterable[tuple[str, float]]) -> str:
    """Return settings as ``name value, name value``."""
    return ", ".join(f"{name} {value:g}" for name, value in values)
