"""What every classical policy must keep, whatever file is added to the folder."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats

from replenish.arrays import Floats
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes
from replenish.forecasting.forecast import DemandSum, Forecast
from replenish.items import Items, UnmetDemand
from replenish.observation import MEMORY, Observation
from replenish.plugins import load_plugin, plugin_names
from replenish.protocols import Policy
from replenish.reference import Reference
from replenish.simulation import Episode, play
from replenish.state import InventoryState
from replenish.tuning.search import Effort, tune

BASELINES = plugin_names("baselines")
KINDS = [load_plugin("baselines", name) for name in BASELINES]
every_baseline = pytest.mark.parametrize("kind", KINDS)
every_tuned = pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.search])


def episode(
    rows: int = 4, seed: int = 0, unmet_demand: UnmetDemand = "lost", **parameters: Any
) -> Episode:
    given = {"lead_time": 3, "shortage_cost": 9.0, "fixed_order_cost": 20.0} | parameters
    items = Items.build(1, unmet_demand, **given)
    source = DrawnEpisodes(DemandFamily("negative_binomial", 6.0, 5.0), items, 300)
    return source.draw(rows, np.random.default_rng(seed))


def moment(position: Floats, scale: float = 1.0) -> Observation:
    """Return a moment with these (N,) inventory positions and demand at a scale."""
    n = len(position)
    items = Items.build(n, lead_time=2, shortage_cost=9.0, fixed_order_cost=20.0)
    base = DemandFamily("poisson", 6.0).forecast(items.protection_period)
    total = base.lead_time_demand
    forecast = Forecast(
        base.mean * scale,
        base.std * scale,
        DemandSum(total.mean * scale, total.std * scale, total.quantiles * scale, total.levels),
    )
    state = InventoryState(np.maximum(position, 0.0), np.zeros((n, 2)), np.maximum(-position, 0.0))
    sales, stock = np.full((n, MEMORY), np.nan), np.ones((n, MEMORY), dtype=bool)
    return Observation(0, items, state, forecast, sales, stock, np.zeros(n, dtype=np.int64))


def test_the_folder_holds_the_classical_policies() -> None:
    assert {"eoq", "reorder_point", "order_up_to", "newsvendor", "constant_order"} <= set(BASELINES)


@every_baseline
def test_what_tuning_moves_are_the_policys_own_fields(kind: Any) -> None:
    assert set(kind.search) == {spec.name for spec in fields(kind) if spec.init}
    for name, place in kind.search.items():
        default = getattr(kind(), name)
        assert place.low < place.high
        assert place.low <= default <= place.high, f"{name} starts outside of its range"
    assert isinstance(kind(), Policy)


@every_baseline
def test_a_wish_is_finite_and_not_below_zero_wherever_tuning_looks(kind: Any) -> None:
    rng = np.random.default_rng(1)
    position = rng.uniform(-40.0, 120.0, 200)
    for scale in (0.0, 1e-6, 1.0, 1e4):
        for share in (0.0, 0.5, 1.0) if kind.search else (0.0,):
            values = {name: float(r.at(np.array(share))) for name, r in kind.search.items()}
            wish = kind(**values).order(moment(position, scale))
            assert wish.shape == (200,)
            assert np.isfinite(wish).all()
            assert (wish >= 0).all()


@every_baseline
@pytest.mark.parametrize("free", ["holding_cost", "shortage_cost"])
def test_a_cost_of_nothing_still_gives_a_finite_wish(kind: Any, free: str) -> None:
    observation = moment(np.linspace(-20.0, 60.0, 9))
    nothing: dict[str, Any] = {free: np.zeros(9), "fixed_order_cost": np.zeros(9)}
    items = replace(observation.items, **nothing)
    wish = kind().order(replace(observation, items=items))
    assert np.isfinite(wish).all()
    assert (wish >= 0).all()


@every_baseline
def test_one_number_per_row_orders_as_the_same_number_for_all(kind: Any) -> None:
    observation = moment(np.linspace(-20.0, 60.0, 30))
    each = {name: np.full(30, getattr(kind(), name)) for name in kind.search}
    np.testing.assert_array_equal(kind(**each).order(observation), kind().order(observation))


@every_tuned
@pytest.mark.parametrize("unmet_demand", ["lost", "backorder"])
def test_tuned_it_neither_lets_stock_run_away_nor_dry_up(
    kind: Any, unmet_demand: UnmetDemand
) -> None:
    train, later = (episode(8, seed, unmet_demand) for seed in (1, 2))
    tuned = tune(kind, train, later, Effort(candidates=16, rounds=3), per_item=False)
    ledger = play(tuned.policy, episode(unmet_demand=unmet_demand))
    assert ledger.on_hand[150:].max() < 40 * 6.0
    assert ledger.sales[150:].sum() > 0.7 * ledger.demand[150:].sum()


@every_baseline
def test_more_stock_never_means_a_larger_position_to_order_up_to(kind: Any) -> None:
    position = np.linspace(-20.0, 200.0, 400)
    wish = kind().order(moment(position))
    assert wish[-1] == 0.0
    assert (np.diff(wish) <= 6.0 * 3 + 1e-9).all()  # a multiple may end, an order may not grow


@every_tuned
def test_tuning_never_makes_it_dearer_than_it_was(kind: Any) -> None:
    train, later = episode(12, 1), episode(12, 2)
    tuned = tune(kind, train, later, Effort(candidates=16, rounds=3), per_item=False)
    plain = play(kind(), train).cost.mean() + play(kind(), later).cost.mean()
    best = play(tuned.policy, train).cost.mean() + play(tuned.policy, later).cost.mean()
    assert best <= 1.01 * plain


@pytest.mark.parametrize("unmet_demand", ["lost", "backorder"])
def test_order_up_to_is_the_reference_where_ordering_is_free(unmet_demand: UnmetDemand) -> None:
    free = episode(unmet_demand=unmet_demand, fixed_order_cost=0.0)
    order_up_to = load_plugin("baselines", "order_up_to")()
    np.testing.assert_allclose(play(order_up_to, free).order, play(Reference(), free).order)


def test_reorder_point_is_the_reference_where_ordering_costs_money() -> None:
    played = episode()
    reorder_point = load_plugin("baselines", "reorder_point")()
    np.testing.assert_allclose(play(reorder_point, played).order, play(Reference(), played).order)


def test_eoq_orders_whole_multiples_that_lift_the_position_above_the_reorder_point() -> None:
    position = np.linspace(-60.0, 60.0, 200)
    observation = moment(position)
    wish = load_plugin("baselines", "eoq")().order(observation)
    quantity = np.sqrt(2 * 20.0 * 6.0)
    multiples = wish / quantity
    np.testing.assert_allclose(multiples, np.round(multiples), atol=1e-9)
    total = observation.forecast.lead_time_demand
    mean, std = float(total.mean[0]), float(total.std[0])

    def service(level: float) -> float:
        met = stats.norm(mean, std).cdf(np.linspace(level, level + 6.0, 4001))  # of a period
        return float(met.mean() - 9.0 / (9.0 + quantity / 6.0))  # p / (p + h Q / d)

    reorder_point = optimize.brentq(service, mean - 3.0 * std, mean + 3.0 * std)
    ordered = wish > 0
    assert (position + wish > reorder_point)[ordered].all()
    assert (position + wish - quantity <= reorder_point)[ordered].all()
    assert (position > reorder_point)[~ordered].all()


def test_cycle_service_is_the_textbooks_safety_stock_on_single_periods() -> None:
    """z sigma sqrt(L + R) by hand: Poisson demand of 6 over 2 + 1 periods, p / (p + h) = 0.9."""
    kind = load_plugin("baselines", "cycle_service")
    wish = kind().order(moment(np.zeros(1)))
    assert wish[0] == pytest.approx(18.0 + stats.norm.ppf(0.9) * np.sqrt(6.0) * np.sqrt(3.0))
    at_target = kind(stockout_risk=0.02, by_cost=0.0).order(moment(np.zeros(1)))
    assert at_target[0] == pytest.approx(18.0 + stats.norm.ppf(0.98) * np.sqrt(18.0))


def test_every_baseline_is_explained_with_its_source() -> None:
    page = (Path(__file__).parents[1] / "docs" / "baselines.md").read_text(encoding="utf-8")
    for name in BASELINES:
        assert f"| `{name}` |" in page
