"""What an evaluation found, as one typed value: the tables, the paired differences, the traces."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from replenish.arrays import Floats
from replenish.judging.by_class import ItemClass
from replenish.judging.frontier import Frontier
from replenish.judging.sensitivity import OtherCost
from replenish.paired import LEAST_ITEMS, BlockCosts, PairedDifference
from replenish.percent import percent
from replenish.scorecard import Scorecard
from replenish.stress.result import Stress

if TYPE_CHECKING:  # which is made of what is judged
    from replenish.planner.value import PlannerView

Kind: TypeAlias = Literal["agent", "baseline", "what_if", "bound"]


@dataclass(frozen=True, eq=False)
class PolicyResult:
    """One policy on the test period.

    Attributes:
        name: As on the command line, e.g. ``agent``, ``order_up_to``.
        kind: The agent, a baseline, the agent with what nobody has, or a bound from below.
        scorecard: Its costs and service.
        settings: Tuned parameters in words, e.g. ``"score_shift -0.35"``.
        difference: The agent's cost minus this policy's, paired; None for the agent itself.
        starts: Mean cost per item and period from each start; empty for a bound, NaN where this
            one was not played.
        agent_usual: The agent's costs from the usual start, where this one counts from that start
            alone; None where both count from all.
        costs: Money of each item in the blocks of time that intervals draw; None for a bound.
    """

    name: str
    kind: Kind
    scorecard: Scorecard
    settings: str = ""
    difference: PairedDifference | None = None
    starts: Sequence[float] = ()
    agent_usual: BlockCosts | None = None
    costs: BlockCosts | None = None

    def beside(self, agent: "PolicyResult") -> Floats:
        """Return the (I,) costs of the agent from the starts that this policy counts from."""
        whole = agent.scorecard.per_item["cost"]
        return whole if self.agent_usual is None else self.agent_usual.per_item


@dataclass(frozen=True, eq=False)
class Trace:
    """One item over the test period, period by period, for plots; all (T,) units.

    Attributes:
        item_id: Name of the item.
        label: Why it is shown: ``best``, ``typical`` or ``worst`` for the agent.
        dates: (T,) ISO dates.
        demand: Asked for.
        forecast: Mean of the forecast made the period before.
        forecast_low: 5 % quantile of that forecast, or mean - 1.64 std where none is kept.
        forecast_high: 95 % quantile.
        stock: policy -> (T,) on hand at the end of the period.
        orders: policy -> (T,) ordered.
        unmet: policy -> (T,) not served.
    """

    item_id: str
    label: str
    dates: Sequence[str]
    demand: Floats
    forecast: Floats
    forecast_low: Floats
    forecast_high: Floats
    stock: Mapping[str, Floats]
    orders: Mapping[str, Floats]
    unmet: Mapping[str, Floats]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Everything that a report shows.

    Attributes:
        run: Name of the run.
        results: The agent first, then baselines, then the bound.
        traces: A few items.
        facts: label -> value in words: data, dates, items, costs, seeds, versions.
        notes: Sentences that a reader must know (e.g. what the demand of censored periods is).
        guards: Detection scores and costs under corrupted inputs; empty when not run.
        own_sales: Costs where forecasts see the simulated shop's own sales; empty when not run.
        classes: Results by class of item.
        frontier: Stock against service; None when not run.
        sensitivity: Other costs and lead times; empty when not run.
        stress: Shocks of demand, supply and records; None when not run.
        block: Periods of the blocks of time that intervals draw; 0 = not told.
        looks: How often the test period of this run has been looked at, this time included.
        planner: What the planner's page shows beside this; None = no such page is written.
    """

    run: str
    results: Sequence[PolicyResult]
    traces: Sequence[Trace]
    facts: Mapping[str, str]
    notes: Sequence[str] = ()
    guards: Mapping[str, Any] = field(default_factory=dict)
    own_sales: Mapping[str, Any] = field(default_factory=dict)
    classes: Sequence[ItemClass] = ()
    frontier: Frontier | None = None
    sensitivity: Sequence[OtherCost] = ()
    stress: Stress | None = None
    block: int = 0
    looks: int = 1
    planner: "PlannerView | None" = None

    @property
    def agent(self) -> PolicyResult:
        """The agent's result."""
        return next(result for result in self.results if result.kind == "agent")

    @property
    def best_baseline(self) -> PolicyResult:
        """The cheapest baseline on the test period, beside the agent from the same starts."""
        return best_baseline(self.results)

    @property
    def verdict(self) -> str:
        """One sentence: is the agent better than the best baseline, and is that certain."""
        best = self.best_baseline
        d = best.difference
        if d is None:
            raise ValueError("the best baseline has no paired difference")
        if d.percent_low is None or d.percent_high is None:
            return (
                f"Not better than {best.name} with certainty: {percent(d.percent)}; fewer than "
                f"{LEAST_ITEMS} items are too few for an interval."
            )
        interval = f"{percent(d.percent)} [{percent(d.percent_low)}, {percent(d.percent_high)}]"
        if d.verdict == "better":
            return f"The agent costs {interval} against {best.name}, the best baseline."
        if d.verdict == "worse":
            return f"Not better than {best.name}: the agent costs {interval} against it."
        return f"Not better than {best.name} with certainty: {interval}; the interval holds 0."

    def to_dict(self) -> dict[str, Any]:
        """Return what `report.html` shows but its plots, as JSON."""
        return {
            "run": self.run,
            "verdict": self.verdict,
            "facts": dict(self.facts),
            "notes": list(self.notes),
            "looks_at_test_period": self.looks,
            "periods_of_a_block": self.block,
            "guards": dict(self.guards),
            "own_sales": dict(self.own_sales),
            "classes": [found.to_dict() for found in self.classes],
            "frontier": self.frontier.to_dict() if self.frontier else None,
            "sensitivity": [case.to_dict() for case in self.sensitivity],
            "stress": self.stress.to_dict() if self.stress else None,
            "policies": [
                {
                    "name": result.name,
                    "kind": result.kind,
                    "settings": result.settings,
                    "scorecard": result.scorecard.to_dict(),
                    "cost_from_each_start": list(result.starts),
                    "usual_start_alone": result.agent_usual is not None,
                    "agent_minus_this": asdict(result.difference) if result.difference else None,
                }
                for result in self.results
            ],
        }


def best_baseline(results: Sequence[PolicyResult]) -> PolicyResult:
    """Return the baseline that the agent gains least on: the cheapest from the same starts."""
    baselines = [result for result in results if result.kind == "baseline"]
    return max(baselines, key=lambda r: r.difference.difference if r.difference else -np.inf)


def pick_items(agent: Floats, other: Floats) -> dict[str, int]:
    """Return the rows of the items where the agent gains most, gains the median, loses most.

    Args:
        agent: (I,) cost of each item under the agent.
        other: (I,) cost under the best baseline.
    """
    order = np.argsort(agent - other, kind="stable")
    return {"best": int(order[0]), "typical": int(order[len(order) // 2]), "worst": int(order[-1])}
