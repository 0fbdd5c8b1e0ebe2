"""Play every policy through every case, on forecasts of what each shop itself sold.

A shock of demand must reach the forecasts, and no further than a shop's own sales carry it: what
an empty shelf did not sell, nobody knows. So all cases, the one without stress among them, are
played on forecasts that learn online from the simulated, censored sales of whoever orders.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from replenish.arrays import Floats
from replenish.costs import Ledger, credited_cost
from replenish.errors import InputError
from replenish.paired import BlockCosts, paired_differences
from replenish.protocols import Policy
from replenish.scorecard import Calendar
from replenish.simulation import Episode
from replenish.stress.cases import Case, Window, cases
from replenish.stress.result import (
    AGENT,
    GUARDED,
    CaseResult,
    Outcome,
    Stress,
    recovery_time,
    recovery_window,
)
from replenish.stress.world import World

_LEAST_DAYS = 49  # a supplier's stop of three weeks, and the recovery from it, fit into these
USUAL = Case("as it is", "No stress.", 0, lambda world, _, __: world)


@dataclass(frozen=True, eq=False)
class _Play:
    """What is kept of one policy's play of one case.

    Attributes:
        costs: Money of each item in blocks of periods.
        course: (T,) money per item in each period.
        fill_rate: Share of demand served; None without demand.
    """

    costs: BlockCosts
    course: Floats
    fill_rate: float | None

    @classmethod
    def of(cls, ledger: Ledger, world: World, block: int) -> "_Play":
        """Return what a ledger (T, I) comes to; the unit cost is the same in all cases."""
        money, asked = credited_cost(ledger, world.episode.items), float(ledger.demand.sum())
        served = float(ledger.sales.sum()) / asked if asked > 0 else None
        return cls(BlockCosts.of(money, block), money.mean(axis=1), served)

    @property
    def cost(self) -> float:
        """Money per item and period."""
        return float(self.costs.per_item.mean())


def check_stress(periods: int, calendar: Calendar) -> None:
    """Raise unless a stress can begin and end in a test period of this length.

    Raises:
        InputError: It is too short.
    """
    least = _LEAST_DAYS // calendar.days_per_period
    if periods < least:
        raise InputError(
            f"--stress: the test part has {periods} periods, a stress and the recovery from it "
            f"need {least} or more; leave --stress out, or end split.validation_until earlier"
        )


def stress_trial(
    policies: Mapping[str, Policy],
    episode: Episode,
    calendar: Calendar,
    dates: Sequence[str],
    seed: Sequence[int],
) -> Stress:
    """Return what every case does to every policy.

    Args:
        policies: Name -> policy; one is named ``agent``, perhaps one ``agent_guarded``, which is
            no opponent.
        episode: The usual start, one row per item, with forecasts that learn online.
        calendar: Length of a period.
        dates: (T,) ISO dates.
        seed: Of what is drawn in a case.
    """
    chosen = [USUAL, *cases(episode.items)]
    found: list[CaseResult] = []
    base: dict[str, _Play] = {}
    total = len(chosen) * len(policies)
    with tqdm(total=total, desc="stress", disable=None, leave=False) as bar:
        for number, case in enumerate(chosen):
            when = case.window(episode.n_periods, calendar.days_per_period)
            world = case.change(World.of(episode), when, np.random.default_rng([*seed, number]))
            played = {}
            for name, policy in policies.items():
                played[name] = _Play.of(world.play(policy), world, calendar.block_periods)
                bar.update()
            base = base or played
            found.append(_result(case, when, (played, base), episode.n_periods, calendar))
    return Stress(found[0], found[1:], dates, recovery_window(calendar.days_per_period))


def _result(
    case: Case,
    when: Window,
    plays: tuple[Mapping[str, _Play], Mapping[str, _Play]],
    n_periods: int,
    calendar: Calendar,
) -> CaseResult:
    """Return one case of all policies, beside the same policies without stress."""
    played, base = plays
    window = recovery_window(calendar.days_per_period)
    outcomes = {
        name: Outcome(
            cost=play.cost,
            change=100.0 * (play.cost / max(base[name].cost, 1e-12) - 1.0),
            fill_rate=play.fill_rate,
            recovery=recovery_time(play.course, base[name].course, when.end, window),
            course=play.course,
        )
        for name, play in played.items()
    }
    opponents = [name for name in played if name not in (AGENT, GUARDED)]
    best = min(opponents, key=lambda name: played[name].cost)
    difference = paired_differences(played[AGENT].costs, {best: played[best].costs})[best]
    lasts = case is not USUAL and when.end >= n_periods
    return CaseResult(
        case.name, case.words, when.first, when.end, lasts, outcomes, best, difference
    )
