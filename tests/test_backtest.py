"""Rolling origins, the contest, and the choice with its gate."""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Self

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replenish.arrays import Floats, Ints
from replenish.backtest.choice import Choice, choices, gate_for, leader
from replenish.backtest.contest import Field, Outcome, bands, chunks, contest, run
from replenish.backtest.measures import group_measures
from replenish.backtest.result import REFERENCE, Backtest, Contestant
from replenish.backtest.rolling import folds, part_origins
from replenish.data.panel import Panel
from replenish.errors import InputError
from replenish.forecasting.forecast import ForecastTable
from replenish.report.forecasts import forecasts_html
from replenish.report.forecasts_plots import band_plot
from replenish.report.forecasts_table import text_table
from replenish.splits import Part
from tests.forecast_panels import panel_of
from tests.test_backtest_measures import table_of


@dataclass
class Steady:
    """Forecasts one number per item: the mean, or what a log transform makes of it."""

    log: bool = False
    factor: float = 1.0
    broken: str = ""
    curve: tuple[tuple[int, float, float], ...] = ()
    level: Floats = field(default_factory=lambda: np.empty(0), init=False)
    seen: int = field(default=0, init=False)

    def fit(self, past: Panel, horizon: int) -> Self:
        if self.broken == "fit":
            raise InputError("too few\nperiods")
        mean = np.asarray(past.sales.mean(axis=1))
        if self.log:
            mean = np.exp(np.log1p(past.sales).mean(axis=1)) - 1.0
        self.level = self.factor * mean
        self.seen = past.n_periods
        return self

    def roll(
        self,
        panel: Panel,
        origins: Ints,
        horizon: int,
        levels: Floats | None = None,
        *,
        in_sample: bool = False,
    ) -> ForecastTable:
        shape = (panel.n_items, len(origins), horizon)
        mean = np.broadcast_to(self.level[: panel.n_items, None, None], shape).copy()
        if self.broken == "roll":
            mean[1, 2, 0] = np.nan
        return table_of(panel, mean, origins, 5.0)


def uneven(items: int = 30, seed: int = 0) -> Panel:
    """Return skewed demand: a log transform forecasts its median, which lies below its mean."""
    rng = np.random.default_rng(seed)
    return panel_of(np.round(rng.lognormal(3.0, 0.7, (items, 160))))


def field_of(panel: Panel) -> Field:
    return Field(panel, 119, np.arange(120, 153), 7, np.full(panel.n_items, 4))


def held(panel: Panel, **made: Steady) -> tuple[Outcome, Backtest]:
    """Return outcome and backtest of these forecasters, the first being the reference."""
    who = [Contestant(label, REFERENCE if not n else label) for n, label in enumerate(made)]
    judged = field_of(panel)
    outcome = contest(judged, who, lambda one: made[one.label])
    demand, abc = judged.classes()
    found = Backtest("planted", "validation", 7, panel.item_ids, demand, abc, outcome.scores,
                     outcome.failures, {"items": str(panel.n_items)})  # fmt: skip
    return outcome, found


def test_a_log_transform_without_correction_is_gated_out_although_its_error_is_smaller() -> None:
    _, found = held(uneven(), naive=Steady(factor=1.04), plain=Steady(), log=Steady(log=True))
    loss = {score.label: score.total for score in found.scores}
    assert loss["log"]["wape"] < loss["plain"]["wape"]
    assert loss["log"]["bias"] < -0.15
    for chosen in choices(found, "wape"):
        assert chosen.contestant.label == "plain"
        assert set(chosen.gated) == {"log"}
    assert "left out: log, bias -2" in text_table(found, choices(found, "wape"))
    assert "<h1>plain: " in forecasts_html(found, choices(found, "wape"))


def test_a_band_shows_what_came_true_closed_days_as_zeros_and_says_where_nothing_was_judged() -> (
    None
):
    whole = uneven()
    shut = np.zeros(whole.sales.shape)
    shut[:, 1::3] = 1.0
    panel = replace(whole, known={"closed": shut})
    score = held(panel, naive=Steady())[0].scores[0]
    shown = bands(field_of(panel), score, Steady().fit(panel.until(119), 7))[0]
    row = panel.item_ids.index(shown.item_id)
    open_sales = np.where(shut[row] > 0, 0.0, panel.sales[row])
    assert shown.actual.tolist() == [open_sales[t + 1 : t + 5].sum() for t in range(120, 153)]
    assert " % of what came true lies in the band." in band_plot(shown, "band").caption
    unknown = band_plot(replace(shown, actual=np.full(len(shown.actual), np.nan)), "band")
    assert unknown.caption.endswith("every window holds a period that was not judged.")


def test_where_demand_itself_moved_the_gate_moves_with_it() -> None:
    usual = gate_for([-0.01, 0.02, -0.2])
    assert usual.most == 0.05
    assert not usual.passes(-0.2)
    moved = gate_for([-0.056, -0.062, -0.04])
    assert [moved.passes(b) for b in (-0.0759, -0.056, 0.05, -0.0761)] == [True] * 3 + [False]
    assert gate_for([-0.3, 0.3]).most == pytest.approx(0.32)


@settings(deadline=None)
@given(st.lists(st.floats(-0.9, 0.9), min_size=1, max_size=9), st.floats(-0.9, 0.9))
def test_no_gate_opens_to_the_opposite_of_what_all_are_off_by(
    biases: list[float], bias: float
) -> None:
    gate = gate_for(biases)
    assert any(gate.passes(one) for one in biases)
    nobody = all(abs(b) > 0.05 and abs(b - np.median(biases)) > 0.02 for b in biases)
    shared = float(np.median(biases))
    allowed = min(-0.05, shared - 0.02) <= bias <= max(0.05, shared + 0.02)
    assert gate.passes(bias) == allowed or nobody
    assert not gate.passes(bias) or gate.passes(0.5 * bias)  # the less biased is never left out
    assert not gate_for([0.2, 0.2, 0.2, -0.21]).passes(-0.21)


def test_a_name_is_chosen_on_the_mean_of_its_seeds_not_on_the_luckiest() -> None:
    panel = uneven()
    lucky = {0: 1.0, 1: 1.6, 2: 1.3}
    seeds = [Contestant(f"net seed {s}", "net", {"seed": s, "width": 4}) for s in lucky]
    plain = [Contestant(name, name) for name in (REFERENCE, "good", "fair", "even")]
    factors = {REFERENCE: 1.03, "good": 1.01, "fair": 1.02, "even": 1.04}
    made = {one.label: Steady(factor=factors[one.label]) for one in plain}
    made |= {one.label: Steady(factor=lucky[one.options["seed"]]) for one in seeds}
    judged = field_of(panel)
    outcome = contest(judged, [*plain, *seeds], lambda one: made[one.label])
    found = Backtest("planted", "validation", 7, panel.item_ids, *judged.classes(),
                     outcome.scores, {}, {})  # fmt: skip
    loss = {score.label: score.total["wape"] for score in found.scores}
    chosen = choices(found, "wape")[0]
    assert chosen.contestant.name != "net"
    assert set(chosen.gated) == {"net"}  # one vote, with the mean bias of its seeds
    assert chosen.gated["net"] == pytest.approx(
        np.mean([s.total["bias"] for s in found.scores if s.contestant.name == "net"])
    )
    alone = Backtest(**{**vars(found), "scores": [s for s in found.scores if "net" in s.label]})
    best = choices(alone, "wape")[0]
    assert best.loss == pytest.approx(np.mean([loss[f"net seed {s}"] for s in lucky]))
    assert best.contestant.to_dict() == {"name": "net", "options": {"width": 4}}
    assert leader(alone, [best]).label == best.runs[0] == "net seed 2"
    assert leader(Backtest(**{**vars(alone), "part": "test"}), []).label == "net seed 2"
    said = text_table(alone, [best])
    assert "means of 3 seeds" in said
    assert "seed =" not in said


def test_a_choice_is_not_made_on_the_test_part() -> None:
    _, found = held(uneven(5), naive=Steady(), plain=Steady())
    later = Backtest(**{**vars(found), "part": "test"})
    with pytest.raises(InputError, match="made on the validation part"):
        choices(later)
    with pytest.raises(InputError, match="did you mean 'rmsse'"):
        choices(found, "rmse_")


def test_a_forecaster_that_fails_does_not_lose_the_others() -> None:
    outcome, found = held(
        uneven(6), naive=Steady(), early=Steady(broken="fit"), late=Steady(broken="roll"),
        plain=Steady(factor=1.1),
    )  # fmt: skip
    assert [score.label for score in outcome.scores] == ["naive", "plain"]
    assert outcome.failures["early"] == r"too few\nperiods"
    assert "item 1 from origin 122, 1 periods ahead, is no number" in outcome.failures["late"]
    assert outcome.scores[1].ratios["rmsse"].ratio > 1
    page = forecasts_html(found, choices(found))
    assert "no interval: fewer than 8 items" in page  # of six items none would hold
    assert "early failed." in page
    assert "learning" not in page


def test_the_reference_has_no_ratio_to_itself_and_a_copy_of_it_has_one() -> None:
    outcome, _ = held(uneven(9), naive=Steady(), same=Steady())
    assert not outcome.scores[0].ratios
    for ratio in outcome.scores[1].ratios.values():
        assert (ratio.ratio, ratio.low, ratio.high) == pytest.approx((1.0, 1.0, 1.0))


def test_learning_curves_are_drawn_where_there_are_any() -> None:
    curve = ((10, 2.0, 2.1), (20, 1.5, 1.7), (30, 1.2, 1.8), (40, 1.1, np.nan))
    _, found = held(uneven(6), naive=Steady(), net=Steady(curve=curve))
    page = forecasts_html(found, choices(found))
    assert 'id="plot-learning"' in page
    assert "net ends at 1.800" in page


def test_an_item_without_a_sale_to_learn_from_is_told_of_where_it_is_in_no_class() -> None:
    panel = uneven(9)
    sales = panel.sales.copy()
    sales[4, :-20] = 0.0  # it begins to sell after the fit part
    for shop, told in ((panel, False), (replace(panel, sales=sales), True)):
        _, found = held(shop, naive=Steady(), plain=Steady(factor=1.1))
        page = forecasts_html(found, choices(found))
        assert ("1 without a sale in the fit part is in no class of demand" in page) == told


def test_origins_in_several_calls_give_what_one_call_gives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judged = field_of(uneven(6))
    assert len(chunks(judged)) == 1
    _, whole, _ = run(judged, Steady())
    monkeypatch.setattr("replenish.backtest.contest.CELLS", 5 * 6 * 7 * 11)
    assert len(chunks(judged)) == 7
    np.testing.assert_array_equal(np.concatenate(chunks(judged)), judged.origins)
    _, parts, _ = run(judged, Steady())
    everybody = np.ones(6, dtype=bool)
    assert group_measures(parts, everybody) == pytest.approx(group_measures(whole, everybody))


def test_every_origin_leaves_a_whole_horizon_in_its_part() -> None:
    np.testing.assert_array_equal(part_origins(Part(10, 19), 8), [9, 10, 11])
    with pytest.raises(InputError, match="horizon is 11 periods, the validation part has 10"):
        part_origins(Part(10, 19), 11)


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_folds_expand_and_are_judged_after_they_were_fitted(number: int) -> None:
    made = folds(200, number, 14)
    assert len(made) == number
    assert made[-1].judged[1] == 199
    for before, after in pairwise(made):
        assert before.judged[1] == after.fit_end
    assert all(fold.judged[0] == fold.fit_end + 1 for fold in made)


def test_periods_that_are_too_few_for_the_folds_are_refused() -> None:
    with pytest.raises(InputError, match="too few for 3 folds with a horizon of 40"):
        folds(200, 3, 40)
    with pytest.raises(InputError, match="folds is 0"):
        folds(200, 0, 4)


def test_the_choice_of_a_single_forecaster_is_itself() -> None:
    _, found = held(uneven(4), naive=Steady())
    chosen: list[Choice] = choices(found)
    assert {choice.contestant.label for choice in chosen} == {"naive"}
    assert "nothing to compare it with" in forecasts_html(found, chosen)
