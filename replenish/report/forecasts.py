"""The page of a backtest: one HTML file that needs nothing but a browser."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from replenish.backtest.choice import Choice, leader
from replenish.backtest.measures import MEASURES
from replenish.backtest.result import Backtest
from replenish.item_classes import SILENT
from replenish.report.forecasts_plots import band_plots, by_error, forecast_plots
from replenish.report.forecasts_table import best_of, choice_lines, ratio_text, text
from replenish.report.html import render
from replenish.report.page import Table, Verdict
from replenish.report.tables import looks_warning

SHOWN = (
    "rmsse", "mase", "wape", "bias", "pinball", "crps", "crps_own", "rmse", "mae", "r2", "mape",
    "cover", "cover_own",
)  # fmt: skip
CLASS_MEASURES = ("rmsse", "wape", "bias", "pinball", "cover_own")


@dataclass(frozen=True)
class Row:
    """A forecaster in the table: its ratio in words, its measures as text, True = the best."""

    label: str
    ratio: str
    cells: Sequence[tuple[str, bool]]
    seconds: str


def forecasts_html(found: Backtest, chosen: Sequence[Choice]) -> str:
    """Return the page; every text that comes from users' files is escaped.

    Args:
        found: The backtest.
        chosen: Who was chosen; empty on the test part.
    """
    return render(
        "forecasts.html.j2",
        found=found,
        verdict=verdict(found, chosen),
        rows=rows(found),
        columns={name: MEASURES[name] for name in shown(found)},
        meanings=MEASURES,
        plots=forecast_plots(found),
        bands=list(zip(found.bands, band_plots(found.bands), strict=True)),
        classes=class_tables(found),
        silent=found.demand_class.count(SILENT),
        coverage=coverage_table(found),
        levels=level_tables(found),
        choice=choice_lines(chosen) if chosen else [],
        warning=looks_warning(found.looks) if found.looks > 1 else "",
    )


def verdict(found: Backtest, chosen: Sequence[Choice]) -> Verdict:
    """Return the answer in big words: the forecaster chosen for all, else the best, and how good.

    Args:
        found: The backtest.
        chosen: Who was chosen; empty on the test part.
    """
    best = leader(found, chosen)
    ratio = best.ratios.get("rmsse")
    if ratio is None:
        words = "nothing to compare it with" if len(found.scores) == 1 else "nothing is better"
        return Verdict("uncertain", f"{best.label}: {words}", "No ratio could be formed.")
    detail = (
        f"RMSSE {best.total['rmsse']:.4f}, {ratio.ratio:.4f} of seasonal naive's, "
        f"{ratio.interval('95 % interval {:.4f} to {:.4f}')}; "
        f"bias {100 * best.total['bias']:+.1f} %."
    )
    if ratio.better:
        gain = f"{100 * (1 - ratio.ratio):.1f} % less error than seasonal naive"
        return Verdict("better", f"{best.label}: {gain}", detail)
    return Verdict("uncertain", f"{best.label}: not better than seasonal naive for certain", detail)


def shown(found: Backtest) -> list[str]:
    """Return the measures that any forecaster has."""
    return [n for n in SHOWN if any(np.isfinite(score.total[n]) for score in found.scores)]


def rows(found: Backtest) -> list[Row]:
    """Return the table of forecasters, the smallest RMSSE first."""
    ranked = by_error(found.scores)
    columns = []
    for name in shown(found):
        values = [score.total[name] for score in ranked]
        best = best_of(name, values)
        columns.append([(text(value), place in best) for place, value in enumerate(values)])
    return [
        Row(s.label, ratio_text(s, "rmsse"), [column[i] for column in columns], f"{s.seconds:.1f}")
        for i, s in enumerate(ranked)
    ]


def class_tables(found: Backtest) -> list[Table]:
    """Return one table per measure: forecasters down, classes of items across."""
    ranked = by_error(found.scores)
    classes = [name for name in found.scores[0].by_class if name != SILENT]
    sizes = {n: found.demand_class.count(n) + found.abc_class.count(n) for n in classes}
    header = ["forecaster", *(f"{name} ({sizes[name]})" for name in classes)]
    return [
        Table(
            measure,
            header,
            [(s.label, *(text(s.by_class[n][measure]) for n in classes)) for s in ranked],
        )
        for measure in CLASS_MEASURES
    ]


def coverage_table(found: Backtest) -> Table:
    """Return the coverage of the 95 % quantile by window and quartile of volume."""
    ranked = by_error(found.scores)
    places = [(w, g) for w, groups in ranked[0].coverage.items() for g in groups]
    header = [f"{w}: {g.replace('quartile ', 'q')}" for w, g in places]
    cells = [(s.label, *(f"{s.coverage[w][g]:.3f}" for w, g in places)) for s in ranked]
    return Table("Coverage of the 95 % quantile", ["forecaster", *header], cells)


def level_tables(found: Backtest) -> list[Table]:
    """Return pinball loss (in naive errors) and coverage per level."""
    ranked = by_error(found.scores)
    levels = [f"{row['level']:g}" for row in ranked[0].levels]
    named = {"pinball_scaled": "Pinball loss of sums per level, in naive errors"}
    last = list(ranked[0].levels[0])[-1]
    named[last] = "Coverage per level, " + ("own lead time" if last == "cover_own" else last)
    return [
        Table(
            title,
            ["forecaster", *levels],
            [(s.label, *(f"{row[key]:.4f}" for row in s.levels)) for s in ranked],
        )
        for key, title in named.items()
    ]
