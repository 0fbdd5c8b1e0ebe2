"""The page of a backtest in a real browser: nothing to complain of, every label readable."""

from pathlib import Path

import numpy as np
import pytest

from replenish.backtest.choice import choices
from replenish.backtest.contest import bands
from replenish.backtest.files import write_results
from replenish.backtest.result import Backtest
from tests import test_report_browser as browser
from tests.test_backtest import Steady, field_of, held, uneven

chromium = browser.chromium  # the fixture
PLOTS = 4 + 3  # comparisons with learning curves, and bands
CURVE = tuple((int(u), 3.0 * np.exp(-u / 300), 2.0 + u / 4000) for u in range(50, 1001, 50))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of nine forecasters, two of them networks, one broken."""
    made = {f"exponential_smoothing_{n}": Steady(factor=0.9 + n / 40) for n in range(6)}
    made |= {"lstm seed 0": Steady(curve=CURVE), "gru <b>": Steady(log=True, curve=CURVE)}
    outcome, found = held(uneven(), naive=Steady(factor=1.3), **made, bad=Steady(broken="roll"))
    shown = bands(field_of(uneven()), outcome.scores[1], Steady().fit(uneven().until(119), 7))
    found = Backtest(**{**vars(found), "bands": shown})
    return write_results(tmp_path_factory.mktemp("page"), found, choices(found))[-1]


def test_the_browser_has_nothing_to_complain_of(chromium: str, page: Path, tmp_path: Path) -> None:
    seen = browser.look(chromium, page, tmp_path / "profile")
    assert seen.console == []
    assert seen.document.count("<svg") == PLOTS
    assert "gru &lt;b&gt;" in seen.document


@pytest.mark.parametrize("width", [browser.DESKTOP, browser.PHONE])
def test_every_plot_is_there_and_every_label_readable(
    chromium: str, page: Path, tmp_path: Path, width: int
) -> None:
    sizes = browser.measure(chromium, page, tmp_path, width)
    assert sizes["width"] <= width  # the page does not scroll sideways
    assert len(sizes["plots"]) == PLOTS
    for plot in sizes["plots"]:
        left, top, right, bottom = plot["box"]
        assert min(right - left, bottom - top) > 100
        assert len(plot["texts"]) > 8
        for words, box in plot["texts"]:
            inside = box[0] >= left - 2 and box[1] >= top - 2 and box[2] <= right + 2
            assert inside, f"{words!r} is cut off"
            assert box[3] <= bottom + 2, f"{words!r} is cut off"
        assert browser.overlaps(plot["texts"]) == []
    if width == browser.DESKTOP:
        assert sizes["tables"] <= [browser.DESKTOP - 2 * 20]
