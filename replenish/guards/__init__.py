"""Guards: what is looked at before an order leaves the house, and who decides when it is odd."""

from replenish.guards.config import GuardConfig
from replenish.guards.decisions import check_decisions
from replenish.guards.finding import Finding, InputFacts
from replenish.guards.inputs import check_inputs
from replenish.guards.online import FeatureRange
from replenish.guards.policy import GuardedPolicy

__all__ = [
    "FeatureRange",
    "Finding",
    "GuardConfig",
    "GuardedPolicy",
    "InputFacts",
    "check_decisions",
    "check_inputs",
]
