"""Versions of items differ in lead times and costs alone, and forecasts cover what each must."""

from dataclasses import fields, replace

import numpy as np
import pytest

from replenish.data.panel import Panel
from replenish.episodes import PanelEpisodes
from replenish.forecasting.context import forecast_context
from replenish.forecasting.forecast import CONTEXT, ForecastTable
from replenish.forecasting.path import ForecastLookup
from replenish.items import Items
from replenish.run_folder import CHECKPOINTS, TUNED
from replenish.variants import Variety, varied_episodes, varied_items
from tests.forecast_panels import shop
from tests.tiny_run import call, train_tiny

N, HORIZON, FIRST, LAST = 5, 9, 30, 70


def some_items() -> Items:
    return Items.build(
        N, lead_time=[0, 1, 2, 4, 8], shortage_cost=9.0, fixed_order_cost=[0, 0, 2, 2, 2]
    )


def world() -> tuple[PanelEpisodes, ForecastTable, Panel]:
    panel = shop(N, 90)
    panel = replace(
        panel, known={"promotion": (np.arange(90)[None] % (7 + np.arange(N)[:, None]) == 0) * 1.0}
    )
    origins, rng = np.arange(FIRST - 1, LAST), np.random.default_rng(0)
    mean = rng.uniform(1.0, 5.0, (N, len(origins), HORIZON))
    sums = mean.cumsum(axis=2)
    levels = np.array([0.05, 0.5, 0.95])
    quantiles = sums[..., None] * np.array([0.5, 1.0, 1.7])
    spread = 0.3 * sums
    table = ForecastTable(origins, mean, 0.3 * mean, spread, quantiles, levels, 0 * origins)
    items = some_items()
    table = replace(table, context=forecast_context(panel, table, items.protection_period))
    lookup = ForecastLookup.of(table, items.protection_period)
    demand = np.nan_to_num(panel.sales)
    return PanelEpisodes(items, demand, panel.sales, lookup, FIRST, LAST, 20), table, panel


def drawn(versions: int = 40, factor: float = 2.0, *, times: bool = True) -> Items:
    rng = np.random.default_rng(3)
    return varied_items(some_items(), Variety(versions, factor), HORIZON, rng, times=times)


def test_the_first_version_of_every_item_is_the_item_and_the_others_keep_what_is_not_varied() -> (
    None
):
    items, varied = some_items(), drawn()
    assert len(varied) == 40 * N
    for spec in fields(items):
        own = getattr(items, spec.name)
        np.testing.assert_array_equal(getattr(varied, spec.name)[:N], own)
        if spec.name not in ("lead_time", "shortage_cost", "fixed_order_cost"):
            np.testing.assert_array_equal(getattr(varied, spec.name), np.tile(own, 40))


def test_versions_lie_evenly_within_the_factor_and_the_horizon() -> None:
    items, varied = some_items(), drawn()
    ratio = varied.shortage_cost.reshape(40, N)[1:] / 9.0
    assert ratio.min() >= 0.5
    assert ratio.max() <= 2.0
    assert abs(np.log(ratio).mean()) < 0.1
    assert len(np.unique(ratio)) == ratio.size
    assert (varied.fixed_order_cost.reshape(40, N)[:, :2] == 0).all()  # nothing times a factor
    times = varied.lead_time.reshape(40, N)
    assert (times[:, 0] == 0).all()
    assert (times[:, 1:] >= 1).all()
    assert set(times[1:, 3]) == set(range(2, 9))  # 4 x [1/2, 2]
    assert times[:, 4].max() == 8  # 16 would not fit into the horizon
    assert varied.protection_period.max() <= HORIZON
    stay = drawn(times=False)
    np.testing.assert_array_equal(stay.lead_time, np.tile(items.lead_time, 40))


def test_each_version_sees_the_forecast_and_the_plan_of_the_periods_that_it_must_cover() -> None:
    source, table, panel = world()
    wide = varied_episodes(source, table, panel, Variety(6, 3.0), np.random.default_rng(1))
    rows, starts = np.arange(6 * N), np.full(6 * N, FIRST + 4)
    episode = wide.cut(rows, starts, 10, np.random.default_rng(0), np.ones(6 * N))
    cover, item, o = episode.items.protection_period, rows % N, 4
    assert (cover.reshape(6, N)[1:] != cover[:N]).any()
    forecast = episode.forecasts.at(0)
    expected = table.mean.cumsum(axis=2)[item, o, cover - 1]
    np.testing.assert_allclose(forecast.lead_time_demand.mean, expected)
    np.testing.assert_allclose(forecast.lead_time_demand.quantiles[:, 2], 1.7 * expected)
    assert forecast.context is not None
    plan = panel.known["promotion"]
    ahead = [plan[i, FIRST + 4 : FIRST + 4 + c].mean() for i, c in zip(item, cover, strict=True)]
    np.testing.assert_allclose(forecast.context[:, CONTEXT.index("promotion")], ahead)
    bias = CONTEXT.index("bias")
    assert table.context is not None
    np.testing.assert_array_equal(forecast.context[:, bias], table.context[item, o, bias])
    np.testing.assert_array_equal(episode.demand[0], source.demand[item, FIRST + 4])


def test_one_version_is_the_source_itself() -> None:
    source, table, panel = world()
    rng = np.random.default_rng(1)
    assert varied_episodes(source, table, panel, Variety(1, 3.0), rng) is source


def test_where_receipts_say_how_long_orders_take_lead_times_stay() -> None:
    source, table, panel = world()
    known = replace(source, receipts=np.eye(N, 10))
    wide = varied_episodes(known, table, panel, Variety(3, 3.0), np.random.default_rng(1))
    np.testing.assert_array_equal(wide.items.lead_time, np.tile(source.items.lead_time, 3))
    np.testing.assert_array_equal(wide.receipts, np.tile(known.receipts, (3, 1)))  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_run_learns_from_versions_and_is_judged_on_items_as_they_are(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    run = train_tiny(tmp_path_factory.mktemp("varied"), "env.versions=3", "env.variety=1.5")
    assert call("evaluate", [run, "--without-guards"]).code == 0
    plain = train_tiny(tmp_path_factory.mktemp("plain"))
    one, other = (dict(np.load(r / CHECKPOINTS / "last.npz")) for r in (run, plain))
    assert any((other[name] != weights).any() for name, weights in one.items() if "policy" in name)
    tuned = [(r / TUNED).read_bytes() for r in (run, plain)]
    assert tuned[0] == tuned[1]  # opponents are tuned on the items as they are
