"""Options with which a test does not wait for a forecaster; the laws hold for any options."""

from typing import Any

NETWORKS = ("gru", "lstm", "rnn", "tcn")
_MEMBERS = ("exponential_smoothing", "linear_regression", "gradient_boosting")
_TREES = {"trees": 8, "rows": 6000}
_PORTFOLIO = {"members": _MEMBERS, "options": {"gradient_boosting": _TREES}}
QUICK: dict[str, dict[str, Any]] = {
    **{name: {"updates": 5} for name in NETWORKS},
    "gradient_boosting": _TREES,
    "linear_regression": {"rows": 6000},
    "support_vector": {"rows": 3000, "waves": 10},
    "combination": _PORTFOLIO,
    "per_class": _PORTFOLIO,
}
