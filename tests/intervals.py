"""The ends of an interval that must exist."""

from replenish.paired import PairedDifference


def ends(found: PairedDifference, kind: str = "") -> tuple[float, float]:
    """Return both ends of ``""`` (money), ``percent_``, ``items_percent_``, ``time_percent_``."""
    low, high = getattr(found, f"{kind}low"), getattr(found, f"{kind}high")
    assert low is not None
    assert high is not None
    return float(low), float(high)
