"""The search of options: it finds them, goes on, and answers what is wrong in a line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import pytest
from pydantic import Field as Limit

from replenish.backtest.search import Question, search
from replenish.backtest.space import search_space
from replenish.data.panel import Panel
from replenish.errors import InputError
from tests.test_backtest import Steady, uneven


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


def test_ranges_follow_from_what_a_field_allows() -> None:
    @dataclass
    class Plain:
        seed: int = 0
        width: Annotated[int, Limit(ge=4)] = 8
        rate: Annotated[float, Limit(gt=0, le=1)] = 0.5
        bold: bool = False
        form: Literal["round", "square"] = "round"
        windows: tuple[int, ...] = (1, 2)

    globals()["Plain"] = Plain
    assert search_space(Plain) == {
        "width": ("int", 4, 40),
        "rate": ("log", 0.1, 1.0),
        "bold": ("choice", False, True),
        "form": ("choice", "round", "square"),
    }


def test_a_range_that_is_none_is_refused() -> None:
    @dataclass
    class Wrong(Steady):
        search_space: ClassVar[dict[str, tuple[Any, ...]]] = {"factr": ("log", 0.1, 1.0)}

    with pytest.raises(TypeError, match="expected a field of the class"):
        search_space(Wrong)
