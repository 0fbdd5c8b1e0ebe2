"""Small plots drawn as SVG by hand: hundreds to a page, a few kilobytes and no time each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np

from replenish.arrays import Bools, Floats
from replenish.report.measures import minus
from replenish.report.svg import GRID, INK

WIDTH = 420.0  # units; on a phone they are a little less than pixels, so that letters stay readable
FONT = 11.0
_LETTER = 0.56 * FONT  # mean width of a letter


@dataclass(frozen=True)
class Stroke:
    """How a line looks; dashes tell lines apart where colours do not.

    Attributes:
        colour: As CSS has it.
        dash: Lengths of dashes and gaps; empty = solid.
        width: Units.
    """

    colour: str
    dash: str = ""
    width: float = 1.5

    def attributes(self) -> str:
        """Return it as attributes of an SVG element."""
        dash = f' stroke-dasharray="{self.dash}"' if self.dash else ""
        return f'fill="none" stroke="{self.colour}" stroke-width="{self.width:g}"{dash}'


@dataclass(frozen=True)
class Frame:
    """A rectangle of the drawing in which values have places.

    Attributes:
        left: Of the rectangle, units of the drawing; as ``top``, ``width``, ``height``.
        x: Values at the left and the right edge.
        y: Values at the bottom and the top edge.
    """

    left: float
    top: float
    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]

    def across(self, values: Floats) -> Floats:
        """Return where values of x stand."""
        low, high = self.x
        return self.left + (np.asarray(values) - low) * (self.width / max(high - low, 1e-12))

    def up(self, values: Floats) -> Floats:
        """Return where values of y stand."""
        low, high = self.y
        share = (np.asarray(values) - low) / max(high - low, 1e-12)
        return self.top + self.height * (1.0 - share)

    @property
    def bottom(self) -> float:
        """Where the lower edge stands."""
        return self.top + self.height


@dataclass
class Drawing:
    """An SVG that grows element by element; text is escaped.

    Attributes:
        height: Units.
    """

    height: float
    _parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, *, anchor: str = "start") -> None:
        """Write words."""
        told = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._parts.append(f'<text x="{x:.1f}" y="{y:.1f}"{told}>{escape(minus(words))}</text>')

    def line(self, points: Iterable[tuple[float, float]], stroke: Stroke) -> None:
        """Draw a line through points; where a point is not finite it is interrupted."""
        path, pen_down = [], False
        for x, y in points:
            if not (np.isfinite(x) and np.isfinite(y)):
                pen_down = False
                continue
            path.append(f"{'L' if pen_down else 'M'}{x:.1f} {y:.1f}")
            pen_down = True
        if path:
            self._parts.append(f'<path d="{"".join(path)}" {stroke.attributes()}/>')

    def area(self, frame: Frame, x: Floats, low: Floats, high: Floats, colour: str) -> None:
        """Fill between two lines."""
        across = np.concatenate((frame.across(x), frame.across(x)[::-1]))
        up = np.concatenate((frame.up(high), frame.up(low)[::-1]))
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across, up, strict=True))
        self._parts.append(f'<polygon points="{points}" fill="{colour}" fill-opacity="0.35"/>')

    def sticks(self, frame: Frame, x: Floats, heights: Floats, stroke: Stroke) -> None:
        """Draw an upright stroke for every height above 0."""
        foot = float(frame.up(np.zeros(1))[0])
        some = np.asarray(heights) > 0
        pairs = zip(frame.across(x)[some], frame.up(heights)[some], strict=True)
        path = "".join(f"M{a:.1f} {foot:.1f}V{b:.1f}" for a, b in pairs)
        if path:
            self._parts.append(f'<path d="{path}" {stroke.attributes()}/>')

    def ticks(self, x: Floats, y: float, size: float, some: Bools, stroke: Stroke) -> None:
        """Draw short upright strokes at some of the places x."""
        path = "".join(f"M{a:.1f} {y:.1f}v{size:.1f}" for a in np.asarray(x)[some])
        if path:
            self._parts.append(f'<path d="{path}" {stroke.attributes()}/>')

    def dot(self, x: float, y: float, colour: str) -> None:
        """Draw a dot."""
        self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>')

    def legend(self, y: float, entries: Sequence[tuple[str, Stroke]]) -> float:
        """Write what each line is, in as many lines as it takes; return where the last stands."""
        x = 0.0
        for words, stroke in entries:
            needed = 26 + len(words) * _LETTER
            if x > 0 and x + needed > WIDTH:
                x, y = 0.0, y + FONT + 4
            self.line([(x, y - 4), (x + 20, y - 4)], stroke)
            self.text(x + 24, y, words)
            x += needed + 10
        return y

    def axes(
        self, frame: Frame, x_ticks: Sequence[tuple[float, str]], *, label: str = "", most: int = 4
    ) -> None:
        """Draw the grid with at most so many round numbers and given words below."""
        right = frame.left + frame.width
        for value in round_numbers(*frame.y, most):
            y = float(frame.up(np.array([value]))[0])
            self.line([(frame.left, y), (right, y)], Stroke(GRID, width=1))
            self.text(frame.left - 4, y + 4, f"{value:,g}", anchor="end")
        for value, words in x_ticks:
            x = float(frame.across(np.array([value]))[0])
            self.line([(x, frame.bottom), (x, frame.bottom + 3)], Stroke(INK, width=1))
            half = len(words) * _LETTER / 2
            at, anchor = (x, "middle") if x + half <= WIDTH else (WIDTH, "end")
            if x - half < frame.left - 8:  # numbers of the other axis stand there
                at, anchor = frame.left - 2, "start"
            self.text(at, frame.bottom + 14, words, anchor=anchor)
        self.line([(frame.left, frame.bottom), (right, frame.bottom)], Stroke(INK, width=1))
        if label:
            self.text(frame.left, frame.top - 5, label)  # beside the numbers, whatever they are

    def svg(self, alt: str) -> str:
        """Return the drawing with its text alternative."""
        return (
            f'<svg class="plot" role="img" aria-label="{escape(alt)}" '
            f'viewBox="0 0 {WIDTH:g} {self.height:g}" xmlns="http://www.w3.org/2000/svg">'
            + "".join(self._parts)
            + "</svg>"
        )


def round_numbers(low: float, high: float, most: int = 4) -> list[float]:
    """Return round numbers between two values, at most so many beside the first."""
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(k * power for k in (1, 2, 2.5, 5, 10) if k * power >= rough * (1 - 1e-9))
    first = np.ceil(low / step - 1e-9) * step
    number = int(np.floor((high - first) / step + 1e-9)) + 1
    return [float(np.round(first + k * step, 10)) + 0.0 for k in range(number)]
