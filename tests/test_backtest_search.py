"""The search of options: it finds them, goes on, and answers what is wrong in a line."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import pytest
from pydantic import Field as Limit

from replenish.backtest.search import Question, search
from replenish.backtest.space import defaults, search_space
from replenish.data.panel import Panel
from replenish.errors import InputError
from replenish.plugins import load_plugin, plugin_names
from tests.forecast_panels import panel_of
from tests.test_backtest import Steady, uneven
from tests.test_backtest_door import judge


@dataclass
class Tuned(Steady):
    """`Steady` with an option that has one best value, 1."""

    search_space: ClassVar[dict[str, tuple[Any, ...]]] = {"factor": ("log", 0.2, 5.0)}
    factor: float = 3.0


def question(panel: Panel, seed: int = 0) -> Question:
    cover = np.full(panel.n_items, 4)
    return Question("tuned", Tuned, panel, 7, cover, "rmsse", seed)


def test_a_search_finds_the_best_option_begins_with_the_defaults_and_goes_on(
    tmp_path: Path,
) -> None:
    made: list[Tuned] = []

    def make(options: Any) -> Tuned:
        made.append(Tuned(**options))
        return made[-1]

    asked, journal = question(uneven(4)), tmp_path / "search"
    first = search(asked, make, 6, journal, False)
    assert first.trials == 6
    more = search(asked, make, 25, journal, False)
    assert more.trials == 25
    assert more.default_loss == first.default_loss > first.loss >= more.loss
    assert more.options["factor"] == pytest.approx(1.0, abs=0.1)
    assert abs(more.bias) < 0.1
    assert more.pruned > 0
    assert max(one.seen for one in made) < 160  # the last block is never fitted on
    calls = len(made)
    assert search(asked, make, 25, journal, False) == more
    assert len(made) == calls  # nothing was fitted again
    assert f"factor = {more.options['factor']}" in more.toml()


def test_the_same_seed_searches_the_same(tmp_path: Path) -> None:
    one, two = (
        search(question(uneven(4), 3), lambda o: Tuned(**o), 5, tmp_path / name, False)
        for name in ("a", "b")
    )
    assert one == two


def test_a_search_is_not_mixed_with_another_one(tmp_path: Path) -> None:
    search(question(uneven(4)), lambda o: Tuned(**o), 1, tmp_path / "search", False)
    with pytest.raises(InputError, match="holds a search on other data"):
        search(question(uneven(5)), lambda o: Tuned(**o), 2, tmp_path / "search", False)


@pytest.mark.parametrize("change", ["plan", "protection"])
def test_another_plan_or_other_lead_times_are_another_search(change: str, tmp_path: Path) -> None:
    asked = question(uneven(4))
    search(asked, lambda o: Tuned(**o), 1, tmp_path / "search", False)
    plan = {"promotion": np.ones_like(asked.past.sales)}
    other = {
        "plan": replace(asked, past=replace(asked.past, known=plan)),
        "protection": replace(asked, protection=asked.protection + 1),
    }[change]
    with pytest.raises(InputError, match="holds a search on other data"):
        search(other, lambda o: Tuned(**o), 2, tmp_path / "search", False)


def test_a_search_stopped_in_its_first_trial_begins_with_the_defaults_again(tmp_path: Path) -> None:
    def stop(options: Any) -> Tuned:
        raise KeyboardInterrupt

    asked, journal = question(uneven(4)), tmp_path / "search"
    with pytest.raises(KeyboardInterrupt):
        search(asked, stop, 3, journal, False)
    found = search(asked, lambda o: Tuned(**o), 3, journal, False)
    assert (found.trials, found.failed) == (3, 0)
    whole = search(asked, lambda o: Tuned(**o), 3, tmp_path / "whole", False)
    assert found.default_loss == whole.default_loss


def test_ranges_follow_from_what_a_field_allows() -> None:
    @dataclass
    class Plain:
        seed: int = 0
        width: Annotated[int, Limit(ge=4)] = 8
        rate: Annotated[float, Limit(gt=0, le=1)] = 0.5
        bold: bool = False
        form: Literal["round", "square"] = "round"
        windows: tuple[int, ...] = (1, 2)

    assert search_space(Plain) == {
        "width": ("int", 4, 40),
        "rate": ("log", 0.1, 1.0),
        "bold": ("choice", False, True),
        "form": ("choice", "round", "square"),
    }


@pytest.mark.parametrize("name", plugin_names("forecasters"))
def test_every_forecaster_can_be_searched_or_says_that_it_has_no_options(name: str) -> None:
    kind = load_plugin("forecasters", name)
    if name in {"combination", "naive", "per_class", "seasonal_naive"}:
        with pytest.raises(InputError, match="no options to search"):
            search_space(kind)
        return
    space = search_space(kind)
    assert space
    for option, default in defaults(kind, space).items():
        form, *span = space[option]
        assert default in span if form == "choice" else span[0] <= default <= span[1], option


def test_a_range_that_is_none_is_refused() -> None:
    @dataclass
    class Wrong(Steady):
        search_space: ClassVar[dict[str, tuple[Any, ...]]] = {"factr": ("log", 0.1, 1.0)}

    with pytest.raises(TypeError, match="expected a field of the class"):
        search_space(Wrong)


@dataclass
class Fragile(Tuned):
    """`Tuned` that breaks above a factor, as torch does."""

    most: ClassVar[float] = 1.5

    def fit(self, past: Panel, horizon: int) -> Self:
        if self.factor > self.most:
            raise RuntimeError("mat1 and mat2\nshapes cannot be multiplied")
        return super().fit(past, horizon)


def test_a_trial_that_fails_does_not_end_the_search(tmp_path: Path) -> None:
    found = search(question(uneven(4)), lambda o: Fragile(**o), 12, tmp_path / "search", False)
    assert found.trials == 12
    assert 0 < found.failed < 12
    assert found.options["factor"] <= 1.5
    assert np.isnan(found.default_loss)  # 3, which breaks


def test_a_search_of_which_every_trial_fails_says_why_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Fragile, "most", 0.0)
    with pytest.raises(InputError, match="RuntimeError: mat1 and mat2 shapes cannot") as caught:
        search(question(uneven(4)), lambda o: Fragile(**o), 2, tmp_path / "search", False)
    assert "no trial of tuned came to an end" in str(caught.value)


def test_a_search_where_nothing_was_sold_is_answered(tmp_path: Path) -> None:
    sales = np.round(uneven(4).sales)
    sales[:, 80:] = 0.0
    with pytest.raises(InputError, match="nothing was sold in the second half of the fit part"):
        search(question(panel_of(sales)), lambda o: Tuned(**o), 2, tmp_path / "search", False)


@pytest.mark.parametrize(
    "damage", [b"\x00\xff\n{}\n", b"[]\n", b"{}\n", b'{"op_code": 99}\n', b"{\n{\n"]
)
def test_a_damaged_journal_is_answered_in_a_line(damage: bytes, tmp_path: Path) -> None:
    search(question(uneven(4)), lambda o: Tuned(**o), 2, tmp_path / "search", False)
    whole = (tmp_path / "search").read_bytes()
    for text in (damage + whole, whole + damage + whole):
        (tmp_path / "search").write_bytes(text)
        with pytest.raises(InputError, match=r"search: is damaged .*; remove it") as caught:
            search(question(uneven(4)), lambda o: Tuned(**o), 3, tmp_path / "search", False)
        assert "\n" not in str(caught.value)


def test_a_search_without_options_leaves_nothing_behind(tmp_path: Path) -> None:
    answer = judge(tmp_path, "--search", "seasonal_naive")
    assert answer.code == 2
    assert "has no options to search" in answer.err
    assert not (tmp_path / "out").exists()


def test_a_damaged_journal_ends_the_command_with_a_line(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "search-moving_average.journal").write_bytes(b"{\n{\n")
    answer = judge(tmp_path, "--search", "moving_average", "--trials", "1")
    assert answer.code == 2
    assert "search-moving_average.journal: is damaged" in answer.err
    assert answer.err.count("\n") == 1
