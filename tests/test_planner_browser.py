"""The planner's page in a real browser, on a desk and on a phone: whole, readable, unfolding."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from replenish.report.planner import planner_html
from tests.planner_case import planner_case, with_first_page
from tests.test_report_browser import DESKTOP, PHONE, look, measure, overlaps

LEAST_LETTER = 9.0  # pixels from the top to the foot of a line of text in a plot


@pytest.fixture(scope="module")
def browser() -> str:
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    return found


@pytest.fixture(scope="module")
def page(trained_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a page with a name that is long without a place to break, all items open."""
    case = planner_case(trained_run, shop=True)
    told = {"name": "x" * 200, "category": "y" * 200}
    shown = with_first_page(case.view(), item_id="z" * 200, told=told)
    found = planner_html(replace(case.evaluation, looks=2), shown)
    path = tmp_path_factory.mktemp("planner") / "planner.html"
    path.write_text(found.replace('<details class="item">', '<details class="item" open>'), "utf-8")
    return path


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_nothing_overflows_or_overlaps(
    browser: str, page: Path, tmp_path: Path, width: int
) -> None:
    sizes = measure(browser, page, tmp_path, width)
    assert sizes["width"] <= sizes["window"]
    assert len(sizes["plots"]) > 12
    for plot in sizes["plots"]:
        left, top, right, bottom = plot["box"]
        assert overlaps(plot["texts"]) == []
        for words, (a, b, c, d) in plot["texts"]:
            assert (a >= left - 1, b >= top - 1, c <= right + 1, d <= bottom + 1) == (True,) * 4, (
                words
            )
            assert d - b >= LEAST_LETTER, words


def test_the_browser_has_nothing_to_complain_of(browser: str, page: Path, tmp_path: Path) -> None:
    assert look(browser, page, tmp_path / "profile").console == []


def test_a_link_to_a_folded_item_opens_it(browser: str, page: Path, tmp_path: Path) -> None:
    text = page.read_text("utf-8").replace('class="item" open', 'class="item"')
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    script = """<script>addEventListener("load", () => { location.hash = "item-3"; setTimeout(() =>
    document.body.dataset.open = [...document.querySelectorAll("details")].map(d => +d.open)
    .join(""), 200); });</script></body>"""
    linked = tmp_path / "linked.html"
    linked.write_text(text.replace("</body>", script), "utf-8")
    seen = look(browser, linked, tmp_path / "profile").document
    opened = re.search(r'data-open="(\d+)"', seen)
    assert opened is not None
    assert opened[1].startswith("0010")
    assert opened[1].count("1") == 1
