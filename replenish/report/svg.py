"""Plots as inline SVG: one look, one colour per policy, the same bytes every time."""

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any

from replenish.judging.evaluation import Evaluation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, GRID = "#333333", "#dddddd"
AGENT, BOUND = "#0072B2", "#8c8c8c"
# Okabe and Ito (2008), told apart by people with any kind of colour blindness.
MARKS = "os^vPX<>*dph"  # beside colours, which come again where policies are many
PALETTE = ("#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5B3A8C", "#000000")
# Tol's "high contrast" set: told apart in black and white print too.
COST_PARTS = {"cost_holding": "#DDAA33", "cost_shortage": "#BB5566", "cost_ordering": "#004488"}

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "replenish",
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "sans-serif"],
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "date.converter": "concise",
    "hatch.linewidth": 0.6,
}


@dataclass(frozen=True)
class Plot:
    """A plot as it stands in the page.

    Attributes:
        name: Prefix of every id inside the SVG, unique in the page.
        title: Heading.
        caption: How to read it.
        svg: Markup of one ``<svg>`` element with a text alternative.
    """

    name: str
    title: str
    caption: str
    svg: str


def marks(evaluation: Evaluation) -> dict[str, str]:
    """Return the mark of each policy: a diamond for the agent; no two share colour and mark."""
    named = {"agent": "D"}
    others = [result.name for result in evaluation.results if result.kind != "agent"]
    rounds = {name: number // len(PALETTE) for number, name in enumerate(others)}
    return {r.name: named.get(r.kind, MARKS[rounds.get(r.name, 0)]) for r in evaluation.results}


def colours(evaluation: Evaluation) -> dict[str, str]:
    """Return the colour of each policy, the same in every plot and table."""
    fixed = {"agent": AGENT, "what_if": BOUND, "bound": BOUND}
    named, baselines = {}, 0
    for result in evaluation.results:
        if result.kind in fixed:
            named[result.name] = fixed[result.kind]
        else:
            named[result.name] = PALETTE[baselines % len(PALETTE)]
            baselines += 1
    return named


def draw(name: str, alt: str, paint: Callable[["Figure"], None], size: tuple[float, float]) -> str:
    """Return the SVG that a function paints.

    Args:
        name: Prefix of the ids, unique in the page.
        alt: What the plot shows, for people who do not see it.
        paint: Draws on the empty figure.
        size: Width and height in inches.

    matplotlib is imported here: it is slow, and not installed where orders are decided.
    """
    from matplotlib.figure import Figure

    with _style():
        figure = Figure(figsize=size, layout="constrained")
        paint(figure)
        text = StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata=_NO_METADATA)
    return _inline(text.getvalue(), name, alt)


_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


@contextmanager
def _style() -> Iterator[None]:
    """Set the look; letters that the measuring font lacks are the browser's business."""
    from matplotlib import rc_context

    with rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def _inline(text: str, name: str, alt: str) -> str:
    """Return the ``<svg>`` element alone, scalable, its ids prefixed, its style sheet dropped."""
    text = text[text.index("<svg") :].strip()
    text = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", text)
    box = re.search(r'viewBox="([^"]+)"', text)
    if box is None:
        raise ValueError("the SVG has no viewBox")
    head = (
        f'<svg class="plot" role="img" aria-label="{escape(alt)}" viewBox="{box[1]}" '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    return head + text[text.index(">") + 1 :]
