"""A bundle in words: what a person wants to know before trusting it."""

from collections.abc import Iterable

import numpy as np

from replenish.bundle import NETWORK, Bundle


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
        ("unmet demand", contents.unmet_demand),
        ("reference", _settings(contents.reference.to_dict().items())),
        ("move", _settings(contents.move.to_dict().items())),
        ("files", f"{len(manifest['sha256'])}, all as written"),
        ("network", str(manifest["sha256"][NETWORK])[:16]),
    ]
    lines = [f"{name:<18}{value}" for name, value in rows]
    lines += ["", f"scores: {manifest['scores_unit']}"]
    ranked = sorted(contents.scores.items(), key=lambda entry: (entry[1] is None, entry[1]))
    for name, cost in ranked:
        mark = "  <- this policy" if name == contents.agent else ""
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


def _settings(values: Iterable[tuple[str, float]]) -> str:
    """Return settings as ``name value, name value``."""
    return ", ".join(f"{name} {value:g}" for name, value in values)
