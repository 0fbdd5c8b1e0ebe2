"""Looked at in a real browser: nothing to complain of, every plot there and readable."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from replenish.report import write_report
from tests.report_evaluation import evaluation, guarded, what_if

DESKTOP, PHONE = 1280, 390  # pixels wide
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--enable-logging=stderr",
    "--v=0",
    "--virtual-time-budget=2000",
)
# Added to a copy of the page, whose policy allows no script, to read sizes off the layout.
_RULER = """<script>
const box = e => {
  const r = e.getBoundingClientRect();
  return [r.left, r.top, r.right, r.bottom];
};
const plots = [...document.querySelectorAll("svg.plot")].map(svg => ({
  box: box(svg),
  texts: [...svg.querySelectorAll("text")].map(t => [t.textContent.trim(), box(t)]),
}));
const width = document.documentElement.scrollWidth;
const tables = [...document.querySelectorAll("table.policies")].map(t => t.scrollWidth);
parent.postMessage(JSON.stringify({plots, width, tables, window: innerWidth}), "*");
</script></body>"""
# A window is never narrower than 500 pixels; a frame in it is.
_FRAME = """<!DOCTYPE html><title>frame</title><pre id="ruler"></pre><script>
onmessage = message => { document.getElementById("ruler").textContent = message.data; };
</script><iframe src="measured.html" width="WIDTH" height="2000" style="border:0"></iframe>"""


@dataclass(frozen=True)
class Seen:
    """The document after loading, and what the browser's console said."""

    document: str
    console: list[str]


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("chromium is missing: apt-get install chromium")
    if found is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    return found


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a report with everything, a warning, and short and long names of baselines."""
    judged = what_if(guarded(evaluation(agent_shift=-0.3)))
    *policies, last = judged.results
    long = [replace(p, name=f"economic_order_quantity_and_{p.name}") for p in policies[1:]]
    judged = replace(judged, results=[*policies, *long, last], looks=2)
    return write_report(judged, tmp_path_factory.mktemp("report"))


def look(chromium: str, page: Path, profile: Path) -> Seen:
    """Load a page in a fresh profile."""
    command = [
        chromium,
        *_FLAGS,
        f"--user-data-dir={profile}",
        f"--window-size={DESKTOP + 100},2400",
    ]
    done = subprocess.run(
        [*command, "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return Seen(done.stdout, console)


def measure(chromium: str, report: Path, folder: Path, width: int) -> dict[str, Any]:
    """Return sizes as the browser lays the page out, in pixels."""
    page = report.read_text(encoding="utf-8")
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    page = page.replace("</body>", _RULER)
    (folder / "measured.html").write_text(page, encoding="utf-8")
    frame = folder / "frame.html"
    frame.write_text(_FRAME.replace("WIDTH", str(width)), encoding="utf-8")
    seen = look(chromium, frame, folder / "profile")
    read = re.search(r'<pre id="ruler">(.*?)</pre>', seen.document, re.DOTALL)
    assert read is not None
    sizes: dict[str, Any] = json.loads(unescape(read[1]))
    return sizes


def test_the_console_is_heard(chromium: str, tmp_path: Path) -> None:
    page = tmp_path / "noisy.html"
    page.write_text("<!DOCTYPE html><title>x</title><script>console.error('heard')</script>")
    assert "heard" in "".join(look(chromium, page, tmp_path / "profile").console)


def test_the_browser_has_nothing_to_complain_of(
    chromium: str, report: Path, tmp_path: Path
) -> None:
    seen = look(chromium, report, tmp_path / "profile")
    assert seen.console == []
    assert seen.document.count("<svg") == 4 + 3 + 1
    assert "</html>" in seen.document


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_every_plot_is_there_and_every_label_readable(
    chromium: str, report: Path, tmp_path: Path, width: int
) -> None:
    sizes = measure(chromium, report, tmp_path, width)
    assert sizes["window"] == width
    assert sizes["width"] <= width  # the page does not scroll sideways
    assert len(sizes["plots"]) == 4 + 3 + 1
    for plot in sizes["plots"]:
        left, top, right, bottom = plot["box"]
        assert min(right - left, bottom - top) > 150
        assert len(plot["texts"]) > 8
        for words, box in plot["texts"]:
            inside = (box[0] >= left - 2, box[1] >= top - 2, box[2] <= right + 2)
            assert all(inside), f"{words!r} is cut off"
            assert box[3] <= bottom + 2, f"{words!r} is cut off"
        assert overlaps(plot["texts"]) == []
    if width == DESKTOP:
        assert sizes["tables"] <= [DESKTOP - 2 * 20]  # the table of policies needs no scrolling


def overlaps(texts: list[tuple[str, list[float]]]) -> list[tuple[str, str]]:
    """Return the pairs of labels that share more than a fifth of the smaller one's box."""
    pairs = []
    for number, (first, a) in enumerate(texts):
        for second, b in texts[number + 1 :]:
            shared = max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(
                min(a[3], b[3]) - max(a[1], b[1]), 0
            )
            smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
            if shared > 0.2 * smaller:
                pairs.append((first, second))
    return pairs
