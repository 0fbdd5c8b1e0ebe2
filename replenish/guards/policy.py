"""A policy that is watched: guards look first, the fallback policy stands ready."""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from replenish.arrays import Bools, Floats
from replenish.forecasting.forecast import Forecast
from replenish.guards.config import GuardConfig
from replenish.guards.decisions import decision_flags
from replenish.guards.online import FeatureRange, jump_flags, observation_flags, range_flags
from replenish.guards.repair import forecast_where, repaired, stock_by_the_books
from replenish.observation import Observation
from replenish.protocols import Policy
from replenish.reference import Levels, Reference


@dataclass(frozen=True, eq=False)
class Decision:
    """What was decided and who decided it.

    Attributes:
        wish: (N,) units, finite.
        fallback: (N,) True where the fallback policy decided.
        flags: guard -> (N,) True where it fired.
    """

    wish: Floats
    fallback: Bools
    flags: dict[str, Bools]


@runtime_checkable
class ReadsFeatures(Protocol):
    """A policy whose network reads features, such as `replenish.learned.LearnedPolicy`."""

    reference: Reference

    def features(self, observation: Observation, levels: Levels) -> Floats:
        """Return what the network reads, (N, F)."""
        ...


@dataclass(eq=False)
class GuardedPolicy:
    """Decides as its policy does, and as its fallback does wherever a guard says so.

    Numbers that cannot be true are replaced before either sees them. It remembers the period
    before, so use one instance for one run of consecutive periods; period 0 starts afresh.

    Attributes:
        policy: Decides where nothing is strange.
        fallback: Decides the rest.
        config: Switches, thresholds, and which guards cause a fallback.
        feature_range: What training showed the policy's network, or None: not looked at.
    """

    policy: Policy
    fallback: Policy
    config: GuardConfig = field(default_factory=GuardConfig)
    feature_range: FeatureRange | None = None
    _before: Observation | None = field(default=None, init=False)
    _yesterday: Forecast | None = field(default=None, init=False)

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) finite units."""
        return self.decide(observation).wish

    def decide(self, observation: Observation) -> Decision:
        """Return the wish with the guards that fired; nothing is looked at where all are off."""
        if not self.config.enabled:
            wish = self.policy.order(observation)
            return Decision(_finite(wish), np.zeros(len(wish), dtype=bool), {})
        if observation.period == 0:
            self._before = self._yesterday = None
        flags = observation_flags(observation, self.config)
        flags["forecast_jump"] = self._jump(observation.forecast)
        safe = self._repaired(observation, flags)
        wish, reference_wish = self.policy.order(safe), _finite(self.fallback.order(safe))
        flags |= decision_flags(safe, wish, reference_wish, self.config)
        if self.feature_range is not None and isinstance(self.policy, ReadsFeatures):
            levels = self.policy.reference.levels(safe.items, safe.forecast)
            features = self.policy.features(safe, levels)
            flags |= range_flags(features, self.feature_range, self.config)
        fallback = self._causes_fallback(flags, len(wish))
        return Decision(_finite(np.where(fallback, reference_wish, wish)), fallback, flags)

    def _repaired(self, observation: Observation, flags: dict[str, Bools]) -> Observation:
        """Return what can be believed of today's records, and remember it for tomorrow."""
        unknown = flags.get("forecast_record", np.zeros(len(observation.items), dtype=bool))
        before, bad_forecast = self._before, unknown | flags["forecast_jump"]
        if before is None:
            safe = repaired(observation, bad_forecast, None)
        else:
            on_hand = stock_by_the_books(before, observation)
            safe = repaired(observation, bad_forecast, before.forecast, on_hand)
        self._before = safe
        self._yesterday = forecast_where(unknown, safe.forecast, observation.forecast)
        return safe

    def _jump(self, forecast: Forecast) -> Bools:
        """Return (N,) True where today's forecast is far from what it was."""
        if self._before is None or self._yesterday is None:
            return np.zeros(len(forecast.mean), dtype=bool)
        trusted = self._before.forecast.lead_time_demand
        return jump_flags(forecast, trusted, self._yesterday.lead_time_demand, self.config)

    def _causes_fallback(self, flags: dict[str, Bools], n_rows: int) -> Bools:
        """Return (N,) True where a guard fired that causes a fallback."""
        rows = np.zeros(n_rows, dtype=bool)
        for name, flag in flags.items():
            if self.config.guard(name).fallback:
                rows = rows | flag
        return rows


def _finite(wish: Floats) -> Floats:
    """Return the wish with no order in place of what is no number; the last resort."""
    return np.asarray(np.where(np.isfinite(wish), wish, 0.0))
