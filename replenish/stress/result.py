"""What a stress did to every policy: cost, service, and how long it took to recover."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from replenish.arrays import Floats
from replenish.paired import PairedDifference

AGENT, GUARDED = "agent", "agent_guarded"
MARGIN = 0.10  # share above its usual cost within which a policy has recovered
_RECOVERY_DAYS = 14  # that this is looked at over


def recovery_window(days_per_period: int) -> int:
    """Return the number of periods that cost is averaged over when recovery is looked for."""
    return max(_RECOVERY_DAYS // days_per_period, 1)


def recovery_time(stressed: Floats, usual: Floats, end: int, window: int) -> int | None:
    """Return the periods after a stress until a policy costs for good what it does without it.

    The least k from which on no mean of ``window`` periods, the first of them being those from
    ``end + k`` on, is more than `MARGIN` above that of the same periods without stress; below it
    is recovered too. What comes back for a moment, between the shortage that a shock leaves and
    the stock that it leaves, has not recovered. A policy that does not care recovers at 0. None
    where that is not within the period.

    Args:
        stressed: (T,) money per item in each period.
        usual: (T,) the same of the same policy without stress.
        end: First period after the stress.
        window: Periods that are averaged.
    """
    if len(stressed) - end < window:
        return None
    ones = np.ones(window)
    dearer, base = (np.convolve(x[end:], ones, "valid") for x in (stressed - usual, usual))
    away = np.flatnonzero(dearer > MARGIN * np.abs(base) + 1e-12)
    found = int(away[-1]) + 1 if len(away) else 0
    return found if found < len(dearer) else None


@dataclass(frozen=True, eq=False)
class Outcome:
    """One policy in one case.

    Attributes:
        cost: Money per item and period, over the whole test period.
        change: Against the same policy without stress, per cent.
        fill_rate: Share of demand served from stock; None without demand.
        recovery: Periods after the stress until its cost is back; None where that is not within
            the period, or the stress does not end in it.
        course: (T,) money per item in each period.
    """

    cost: float
    change: float
    fill_rate: float | None
    recovery: int | None
    course: Floats


@dataclass(frozen=True, eq=False)
class CaseResult:
    """What a case did to all policies.

    Attributes:
        name: Of the case.
        words: What happens, and what policies are told.
        first: First period of the stress.
        end: First period after it.
        lasts: Whether it lasts to the end of the test period, so that nobody can recover.
        outcomes: Policy -> what became of it.
        best: The opponent that is cheapest in this case.
        difference: The agent's cost minus its, paired.
    """

    name: str
    words: str
    first: int
    end: int
    lasts: bool
    outcomes: Mapping[str, Outcome]
    best: str
    difference: PairedDifference

    def to_dict(self) -> dict[str, object]:
        """Return the case as JSON."""
        outcomes = {
            name: {
                "cost": found.cost,
                "change_percent": found.change,
                "fill_rate": found.fill_rate,
                "recovery_periods": found.recovery,
            }
            for name, found in self.outcomes.items()
        }
        return {
            "case": self.name,
            "what": self.words,
            "first_period": self.first,
            "first_period_after": self.end,
            "lasts_to_the_end": self.lasts,
            "policies": outcomes,
            "best_opponent": self.best,
            "agent_minus_best": asdict(self.difference),
        }


@dataclass(frozen=True, eq=False)
class Stress:
    """All cases.

    Attributes:
        usual: The same play without stress.
        cases: One per stress.
        dates: (T,) ISO dates of the periods.
        window: Periods that cost is averaged over when recovery is looked for.
    """

    usual: CaseResult
    cases: Sequence[CaseResult]
    dates: Sequence[str]
    window: int

    @property
    def worst(self) -> CaseResult:
        """The case in which the agent stands worst beside the best opponent of the case."""
        return max(self.cases, key=lambda case: case.difference.percent)

    def to_dict(self) -> dict[str, object]:
        """Return the cases as JSON, the one without stress first."""
        return {
            "recovered_within_percent": 100.0 * MARGIN,
            "averaged_over_periods": self.window,
            "worst_case": self.worst.name,
            "cases": [case.to_dict() for case in (self.usual, *self.cases)],
        }
