"""The planner's plots: what is saved, one item over time, orders against stock and forecast."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from replenish.arrays import Floats
from replenish.planner.value import Comparison, Course, Curves
from replenish.report.pen import FONT, WIDTH, Drawing, Frame, Stroke, round_numbers
from replenish.report.planner_words import Money, units
from replenish.report.svg import GRID, INK
from replenish.report.traces import BAND

_LEFT, _RIGHT = 44.0, 8.0
_MONTH = 58.0  # units that the name of a month takes, with a gap
_PITCH = 56  # from one panel of orders to the next
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"  # in any locale
_DASHES = ("", "5 3", "1.5 2.5", "8 2 2 2")


@dataclass(frozen=True)
class Look:
    """How a policy is called and drawn.

    Attributes:
        label: For people.
        stroke: The same in every plot.
    """

    label: str
    stroke: Stroke


def looks(labels: Mapping[str, str], colours: Mapping[str, str]) -> dict[str, Look]:
    """Return the look of each policy of the page.

    Args:
        labels: Policy -> its name for people, in the order of the page.
        colours: Policy -> colour.
    """
    return {
        name: Look(label, Stroke(colours[name], _DASHES[number % len(_DASHES)]))
        for number, (name, label) in enumerate(labels.items())
    }


def saving_plot(compared: Sequence[Comparison], seen: Mapping[str, Look], money: Money) -> str:
    """Return a dot with its interval for every comparison, right of 0 = saved."""
    ends = [0.0]
    for found in compared:
        saving = found.saving
        ends += [v for v in (saving.money, saving.low, saving.high) if v is not None]
    reach = max(max(ends) - min(ends), 1e-9)
    row = 40.0
    drawing = Drawing(row * len(compared) + 38)
    edges = (min(ends) - 0.06 * reach, max(ends) + 0.06 * reach)
    frame = Frame(8, 4, WIDTH - 16, row * len(compared), edges, (0, 1))
    words = []
    for value in round_numbers(*edges):
        x = float(frame.across(np.array([value]))[0])
        line = Stroke(INK if value == 0 else GRID, width=1)
        drawing.line([(x, frame.top), (x, frame.bottom)], line)
        drawing.text(x, frame.bottom + 14, money.figure(value), anchor="middle")
    for number, found in enumerate(compared):
        saving, look = found.saving, seen[found.rival]
        y = frame.top + row * number + 28
        drawing.text(frame.left, y - 14, f"against {look.label}: {money.figure(saving.money)}")
        if saving.low is not None and saving.high is not None:
            low, high = frame.across(np.array([saving.low, saving.high]))
            drawing.line([(low, y), (high, y)], Stroke(look.stroke.colour, width=3))
        drawing.dot(float(frame.across(np.array([saving.money]))[0]), y, look.stroke.colour)
        words.append(f"against {look.label} {money.saving_with_interval(saving)}")
    drawing.text(WIDTH / 2, frame.bottom + 29, f"saved, {money.unit} a year", anchor="middle")
    return drawing.svg("Saved per year with 95 % interval: " + "; ".join(words))


def course_plot(course: Course, seen: Mapping[str, Look], words: str) -> str:
    """Return demand with its forecast, stock, and orders over the test period.

    Args:
        course: Of one item.
        seen: How its policies look, in their order.
        words: Text alternative.
    """
    names = [name for name in seen if name in course.stock]
    drawing = Drawing(296 + _PITCH * len(names))
    x, ends = np.arange(len(course.demand), dtype=float), (-0.5, len(course.demand) - 0.5)
    months = _months(course.dates)
    asked = [("demand", Stroke(INK, width=1)), ("forecast and its 5 to 95 % band", Stroke(BAND))]
    drawing.legend(FONT, asked)
    frame = _panel(34, 84, ends, _top(course.demand, course.high))
    drawing.area(frame, x, course.low, course.high, BAND)
    drawing.axes(frame, [], label="demand, units")
    drawing.line(zip(frame.across(x), frame.up(course.forecast), strict=True), Stroke(BAND))
    thin = Stroke(INK, width=0.9)
    drawing.line(zip(frame.across(x), frame.up(course.demand), strict=True), thin)
    drawing.ticks(frame.across(x), frame.bottom - 4, 4, course.censored, Stroke("#b04a00"))
    drawing.legend(142, [(seen[name].label, seen[name].stroke) for name in names])
    stock = _panel(166, 84, ends, _top(*(course.stock[name] for name in names)))
    drawing.axes(stock, [], label="stock, units; below: demand not met")
    for row, name in enumerate(names):
        across, up = _stairs(stock.across(x), stock.up(course.stock[name]))
        drawing.line(zip(across, up, strict=True), seen[name].stroke)
        mark = Stroke(seen[name].stroke.colour, width=1.6)
        drawing.ticks(stock.across(x), stock.bottom + 2 + 6 * row, 5, course.unmet[name] > 0, mark)
    top = _top(*(course.orders[name] for name in names))
    for row, name in enumerate(names):
        last = row == len(names) - 1
        orders = _panel(288 + _PITCH * row, 30, ends, top)
        label = f"orders, {seen[name].label}: {int((course.orders[name] > 0).sum())}"
        drawing.axes(orders, months if last else [], label=label, most=2)
        drawing.sticks(orders, x, course.orders[name], Stroke(seen[name].stroke.colour))
    return drawing.svg(words)


def stock_curve(curves: Curves, seen: Mapping[str, Look], words: str) -> str:
    """Return everybody's order against the inventory position."""
    at = curves.at_position
    return _curve(
        (curves.position, curves.by_position),
        seen,
        (f"if stock and orders under way were other than {units(at)}, units", at),
        words,
    )


def forecast_curve(curves: Curves, seen: Mapping[str, Look], words: str) -> str:
    """Return everybody's order against the forecast, 1 = as it was."""
    label = "if the forecast were so many times what it was"
    return _curve((curves.factor, curves.by_factor), seen, (label, 1.0), words)


def _curve(
    values: tuple[Floats, Mapping[str, Floats]],
    seen: Mapping[str, Look],
    across: tuple[str, float],
    words: str,
) -> str:
    """Return lines of orders, with an upright line where the day was."""
    (x, orders), (label, at) = values, across
    names = [name for name in seen if name in orders]
    drawing = Drawing(216)
    y = drawing.legend(FONT, [(seen[name].label, seen[name].stroke) for name in names])
    ends = (min(float(x[0]), at), max(float(x[-1]), at))
    frame = _panel(y + 20, 162 - y, ends, _top(*(orders[name] for name in names)))
    drawing.axes(frame, [(v, f"{v:,g}") for v in round_numbers(*ends, 5)], label="order, units")
    here = float(frame.across(np.array([at]))[0])
    drawing.line([(here, frame.top), (here, frame.bottom)], Stroke(INK, "3 3", 1))
    for name in names:
        points = zip(frame.across(x), frame.up(orders[name]), strict=True)
        drawing.line(points, seen[name].stroke)
    drawing.text(frame.left + frame.width / 2, 210, label, anchor="middle")
    return drawing.svg(words)


def _panel(top: float, height: float, ends: tuple[float, float], highest: float) -> Frame:
    return Frame(_LEFT, top, WIDTH - _LEFT - _RIGHT, height, ends, (0.0, highest))


def _top(*values: Floats) -> float:
    """Return a little more than the greatest of all values."""
    return 1.05 * max([float(np.max(v)) for v in values] + [1.0])


def _stairs(across: Floats, up: Floats) -> tuple[Floats, Floats]:
    """Return the corners of steps in the middle between two places."""
    half = (across[1] - across[0]) / 2 if len(across) > 1 else 4.0
    corners = np.stack((across - half, across + half), axis=1).ravel()
    return corners, np.repeat(up, 2)


def _months(dates: Sequence[str]) -> list[tuple[float, str]]:
    """Return place and name of the first days of months, as many as have room side by side."""
    days = [date.fromisoformat(day) for day in dates]
    each = (WIDTH - _LEFT - _RIGHT) / len(days)  # units of the drawing
    edges = _MONTH / 2, WIDTH - _LEFT - _MONTH / 2  # names beyond are moved inwards
    found: list[tuple[float, str]] = []
    middle = -_MONTH
    for k, day in enumerate(days):
        here = float(np.clip(k * each, *edges))
        if (k == 0 or day.month != days[k - 1].month) and here - middle >= _MONTH:
            found.append((float(k), f"{_MONTHS[3 * day.month - 3 :][:3]} {day.year}"))
            middle = here
    return found
