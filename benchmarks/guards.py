"""What the guards find on injected anomalies, what they save under corruption, how fast they are.

    python benchmarks/guards.py                    the sample generator, seeds 4 to 6
    python benchmarks/guards.py --m5               the M5 subset as well, up to 2015-10-23
    python benchmarks/guards.py --sweep NAME A B   one guard's threshold, on the tuning seeds

Thresholds were chosen on the sample's seeds 11 to 13; seeds 4 to 6 are for the report alone.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from forecasters.exponential_smoothing import ExponentialSmoothing
from replenish.arrays import Floats
from replenish.data.config import DataConfig
from replenish.data.demand import realised_demand
from replenish.data.load import load
from replenish.data.panel import Panel
from replenish.demand_families import DemandFamily
from replenish.episodes import PanelEpisodes
from replenish.features import FEATURES
from replenish.forecasting.forecast import ForecastTable
from replenish.forecasting.path import ForecastLookup, SteadyForecast
from replenish.guards import GuardConfig, GuardedPolicy
from replenish.guards.corruption import CORRUPTIONS, corruption_trial
from replenish.guards.inject import LENGTHS
from replenish.guards.left_out import impossible_sales
from replenish.guards.trial import DetectionScores, detection_trial
from replenish.item_table import parameters_of
from replenish.items import Items
from replenish.learned import LearnedPolicy
from replenish.protocols import Policy
from replenish.reference import Reference
from replenish.simulation import Episode, Shop, empty_start

REPORT_SEEDS, TUNING_SEEDS = (4, 5, 6), (11, 12, 13)
JUDGED = 0.6  # share of the sample's history that the forecaster is fitted on
M5_FIT, M5_LAST = "2014-04-30", "2015-10-23"  # nothing later is looked at here


@dataclass(frozen=True, eq=False)
class Case:
    """A history, its items, and forecasts of the periods after fitting."""

    panel: Panel
    items: Items
    forecaster: ExponentialSmoothing
    first: int

    def roll(self, panel: Panel) -> ForecastTable:
        """Return forecasts from every judged origin."""
        origins = np.arange(self.first, panel.n_periods)
        return self.forecaster.roll(panel, origins, self.horizon)

    @property
    def horizon(self) -> int:
        """Periods that the longest lead time and review need."""
        return int(self.items.protection_period.max())

    def episode(self) -> Episode:
        """Return the judged periods to play, one row per item."""
        lookup = ForecastLookup.of(self.roll(self.panel), self.items.protection_period)
        demand, last = realised_demand(self.panel), self.panel.n_periods - 1
        source = PanelEpisodes(self.items, demand, self.panel.sales, lookup, self.first + 1, last)
        return source.whole(np.random.default_rng(0))


def sample(seed: int) -> Case:
    """Return the embedded sample drawn with this seed."""
    loaded = load(DataConfig(source="sample", sample_seed=seed), Path())
    items = Items.build(loaded.panel.n_items, **parameters_of(loaded.items, 1))
    return fitted(loaded.panel, items, int(JUDGED * loaded.panel.n_periods))


def m5() -> Case:
    """Return the M5 subset with the same costs and lead times for all items."""
    panel = load(DataConfig(source="m5_walmart_tiny"), Path()).panel
    panel = panel.until(panel.period_of(M5_LAST))
    items = Items.build(panel.n_items, lead_time=7, shortage_cost=9.0)
    return fitted(panel, items, panel.period_of(M5_FIT))


def fitted(panel: Panel, items: Items, until: int) -> Case:
    """Return the case with a forecaster that saw nothing after the period."""
    horizon = int(items.protection_period.max())
    return Case(panel, items, ExponentialSmoothing().fit(panel.until(until), horizon), until + 1)


def moving_network(items: Items) -> LearnedPolicy:
    """Return a policy that a random network moves about the reference; nobody trained it."""
    width = 2 if items.fixed_order_cost.any() else 1
    weights = np.random.default_rng(1).normal(0.0, 0.05, (len(FEATURES), width))

    def network(features: Floats) -> Floats:
        return np.tanh(features @ weights)

    return LearnedPolicy(network, Reference())


def detection(cases: Sequence[Case], config: GuardConfig) -> None:
    """Print what is found, the cases together."""
    scores = [
        detection_trial(case.panel, case.roll, config, np.random.default_rng(5)) for case in cases
    ]
    print("| anomaly | events | precision | recall | F1 |\n|---|---|---|---|---|")
    for kind in (*LENGTHS, "all mixed"):
        print(f"| {kind} | {line(scores, kind)} |")
    clean = np.mean([score.clean_share for score in scores])
    print(f"\nuntouched item-days that go to the fallback: {clean:.2%}")
    odd = sum(impossible_sales(case.panel, case.roll(case.panel), config).sum() for case in cases)
    days = sum(case.panel.n_items * (case.panel.n_periods - case.first - 1) for case in cases)
    print(f"untouched sales that forecasts would leave out: {odd} of {days} item-days")


def line(scores: Sequence[DetectionScores], kind: str) -> str:
    """Return the counts of all seeds together, as cells of a table."""
    some = [score.overall if kind == "all mixed" else score.kinds[kind] for score in scores]
    events, found = sum(s.events for s in some), sum(s.found for s in some)
    alarms, true_alarms = sum(s.alarms for s in some), sum(s.true_alarms for s in some)
    precision, recall = true_alarms / max(alarms, 1), found / max(events, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-12)
    return f"{events} | {precision:.2f} | {recall:.2f} | {f1:.2f}"


def corruption(cases: Sequence[Case], config: GuardConfig) -> None:
    """Print what corrupted records cost, the mean of the cases."""
    print("| policy | clean | clean, guarded | corrupted | corrupted, guarded | false fallbacks |")
    print("|---|---|---|---|---|---|")
    found = []
    for name in ("order-up-to", "random network"):
        results = []
        for case in cases:
            policy: Policy = Reference() if name == "order-up-to" else moving_network(case.items)
            results.append(
                corruption_trial(
                    policy, Reference(), case.episode(), config, np.random.default_rng(2)
                )
            )
        found = [result.found for result in results]
        cells = ("clean", "clean_guarded", "corrupted", "guarded")
        money = [np.mean([getattr(r, cell) for r in results]) for cell in cells]
        share = np.mean([r.false_fallback for r in results])
        print(f"| {name} | {' | '.join(f'{m:.3f}' for m in money)} | {share:.2%} |")
    shares = {kind: np.mean([one.get(kind, np.nan) for one in found]) for kind in CORRUPTIONS}
    print("\nfound: " + ", ".join(f"{kind} {share:.0%}" for kind, share in shares.items()))


def speed(rows: int, periods: int = 60) -> None:
    """Print how many decisions a CPU-second holds, with and without guards."""
    family, items = DemandFamily("poisson", 5.0), Items.build(rows, lead_time=4, shortage_cost=9.0)
    episode = Episode(
        items=items,
        demand=family.draw((periods, rows), np.random.default_rng(0)),
        forecasts=SteadyForecast(family.forecast(items.protection_period)),
        start=empty_start(items),
    )
    deciders: dict[str, Policy] = {
        "alone": Reference(),
        "guarded": GuardedPolicy(Reference(), Reference()),
    }
    for name, policy in deciders.items():
        shop, spent = Shop(episode), 0.0
        while not shop.over:
            seen = shop.observe()
            begin = time.process_time()
            wish = policy.order(seen)
            spent += time.process_time() - begin
            shop.step(wish)
        print(f"{rows} rows, {name}: {rows * periods / spent:,.0f} decisions per CPU-second")


def sweep(name: str, low: float, high: float) -> None:
    """Print detection at five thresholds of one guard."""
    cases = [sample(seed) for seed in TUNING_SEEDS]
    for threshold in np.linspace(low, high, 5):
        print(f"\n{name}.threshold = {threshold:g}")
        detection(cases, GuardConfig.model_validate({name: {"threshold": float(threshold)}}))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--m5", action="store_true", help="also the M5 subset (REPLENISH_DATA)")
    parser.add_argument("--sweep", nargs=3, metavar=("GUARD", "LOW", "HIGH"))
    options = parser.parse_args()
    if options.sweep:
        sweep(options.sweep[0], float(options.sweep[1]), float(options.sweep[2]))
        return
    config = GuardConfig()
    named = {f"sample, seeds {REPORT_SEEDS}": [sample(seed) for seed in REPORT_SEEDS]}
    if options.m5:
        named[f"M5 subset, {M5_FIT} to {M5_LAST}"] = [m5()]
    for name, cases in named.items():
        print(f"\n## {name}\n")
        detection(cases, config)
        print("\nCost per item and day, money; 2 % of the records corrupted\n")
        corruption(cases, config)
    print()
    for rows in (128, 4096):
        speed(rows)


if __name__ == "__main__":
    main()
