"""Plots of a backtest: ratios to the reference, calibration, coverage, learning, bands."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from replenish.backtest.result import REFERENCE, Backtest, Band, Score
from replenish.report.plots import policies_down, wrapped
from replenish.report.svg import AGENT, BOUND, INK, PALETTE, Plot, draw
from replenish.report.traces import BAND, legend_above

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 5.4  # inches, as in the report of a run
DRAWN = 6  # forecasters that share a plot of lines: the best ones and the reference
AIMED = (0.93, 0.97)  # coverage of the 95 % quantile that is good enough to order on


def forecast_plots(found: Backtest) -> list[Plot]:
    """Return the plots that compare forecasters, learning curves where there are any."""
    drawn = leading(found.scores)
    compared = any("rmsse" in score.ratios for score in found.scores)  # some sales changed
    plots = [ratio_plot(found)] if compared else []
    plots += [calibration_plot(drawn), coverage_plot(drawn)]
    learnt = [score for score in found.scores if len(score.curve) > 1]
    return [*plots, learning_plot(learnt)] if learnt else plots


def leading(scores: Sequence[Score]) -> list[Score]:
    """Return the forecasters with the smallest RMSSE, and the reference, the best first."""
    ranked = by_error(scores)
    kept = [score for score in ranked if score.contestant.name != REFERENCE][: DRAWN - 1]
    return [s for s in ranked if s in kept or s.contestant.name == REFERENCE]


def by_error(scores: Sequence[Score]) -> list[Score]:
    """Return the forecasters from the smallest RMSSE to the largest."""
    return sorted(scores, key=lambda s: float(np.nan_to_num(s.total["rmsse"], nan=np.inf)))


def ratio_plot(found: Backtest) -> Plot:
    """Return each forecaster's RMSSE over the reference's, with its 95 % interval."""
    ratios = [(s.label, s.ratios["rmsse"]) for s in by_error(found.scores) if "rmsse" in s.ratios]
    texts = [f"{r.ratio:.3f} {r.interval()}" for _, r in ratios]
    labels = [wrapped(name) for name, _ in ratios]
    tallest = max(label.count("\n") + 1 for label in labels)

    def paint(figure: "Figure") -> None:
        axes = figure.subplots()
        for row, (_, ratio) in enumerate(ratios):
            axes.barh(row, ratio.ratio, height=0.6, color=AGENT if ratio.better else BOUND)
            if ratio.low is not None and ratio.high is not None:
                axes.plot((ratio.low, ratio.high), (row, row), color=INK, linewidth=2.5)
            axes.text(0.02, row, texts[row], color="white", va="center", fontsize=9)
        axes.axvline(1.0, color=INK, linewidth=1, linestyle="--")
        policies_down(axes, labels)
        figure.supxlabel("RMSSE over that of seasonal naive", fontsize=10)
        axes.grid(axis="y", visible=False)

    words = ", ".join(f"{name} {text}" for (name, _), text in zip(ratios, texts, strict=True))
    height = 1.1 + len(ratios) * (0.1 + 0.18 * tallest)
    return Plot(
        "ratio",
        "Error against seasonal naive",
        "Shorter is better. A dark line is the 95 % interval over items; where it reaches 1 or "
        "more the bar is grey: not better for certain.",
        draw("ratio", f"Ratios of RMSSE: {words}", paint, (WIDTH, height)),
    )


def calibration_plot(scores: Sequence[Score]) -> Plot:
    """Return found coverage over nominal level, for demand over lead time + review period."""
    key = "cover_own" if "cover_own" in scores[0].levels[0] else "cover_7"
    key = key if key in scores[0].levels[0] else list(scores[0].levels[0])[-1]

    def paint(figure: "Figure") -> None:
        axes = figure.subplots()
        axes.plot((0, 100), (0, 100), color=INK, linewidth=1, linestyle="--", label="as told")
        for number, score in enumerate(scores):
            nominal = [100 * row["level"] for row in score.levels]
            reached = [100 * row[key] for row in score.levels]
            axes.plot(nominal, reached, _marked(number), color=PALETTE[number % len(PALETTE)],
                      markersize=4, label=score.label)  # fmt: skip
        axes.set_xlabel("level of the quantile, %")
        axes.set_ylabel("sums up to it, %")
        figure.legend(loc="outside lower center", ncols=2)

    words = ", ".join(f"{s.label} {100 * s.levels[-1][key]:.1f} %" for s in scores)
    top = 100 * scores[0].levels[-1]["level"]
    return Plot(
        "calibration",
        "Is a quantile what it says?",
        "Demand over lead time and review period. On the dashed line a quantile is exceeded as "
        "often as it says; above it the stock that it asks for is more than needed.",
        draw("calibration", f"Coverage at the level {top:.1f} %: {words}", paint, _size(scores)),
    )


def coverage_plot(scores: Sequence[Score]) -> Plot:
    """Return the coverage of the 95 % quantile by number of periods."""
    windows = list(scores[0].coverage)

    def paint(figure: "Figure") -> None:
        axes = figure.subplots()
        axes.axhspan(100 * AIMED[0], 100 * AIMED[1], color=BAND, alpha=0.18, linewidth=0)
        axes.axhline(95.0, color=INK, linewidth=1, linestyle="--")
        places = np.arange(len(windows))
        for number, score in enumerate(scores):
            reached = [100 * score.coverage[window]["all"] for window in windows]
            shift = 0.5 * ((number + 0.5) / len(scores) - 0.5)
            axes.plot(places + shift, reached, "o", color=PALETTE[number % len(PALETTE)],
                      markersize=7, label=score.label)  # fmt: skip
        axes.set_xticks(places, [w if w == "own" else f"{w} periods" for w in windows])
        axes.set_xlim(-0.5, len(windows) - 0.5)
        axes.set_ylabel("sums up to the 95 % quantile, %")
        axes.grid(axis="x", visible=False)
        figure.legend(loc="outside lower center", ncols=2)

    words = "; ".join(
        f"{s.label} " + ", ".join(f"{w} {100 * s.coverage[w]['all']:.1f} %" for w in windows)
        for s in scores
    )
    return Plot(
        "coverage",
        "Coverage by lead time",
        "Nearer to the dashed line is better; within the band a quantile is good enough to order "
        "on. Own is each item's own lead time and review period.",
        draw("coverage", f"Coverage of the 95 % quantile: {words}", paint, _size(scores)),
    )


def learning_plot(scores: Sequence[Score]) -> Plot:
    """Return the losses of networks while they learnt."""

    def paint(figure: "Figure") -> None:
        axes = figure.subplots()
        for number, score in enumerate(scores):
            update, trained, later = np.array(score.curve, dtype=float).T
            colour = PALETTE[number % len(PALETTE)]
            axes.plot(update, trained, ":", color=colour, label=f"{score.label}, learnt from")
            axes.plot(update, later, "-", color=colour, label=f"{score.label}, later periods")
        axes.set_xlabel("update")
        axes.set_ylabel("loss")
        figure.legend(loc="outside lower center", ncols=1)

    size = (WIDTH, 3.0 + 0.4 * len(scores))
    words = ", ".join(f"{score.label} ends at {_last_seen(score):.3f}" for score in scores)
    return Plot(
        "learning",
        "Learning curves",
        "Dotted: loss on the periods learnt from; solid: on later periods that the network had "
        "not seen, as long as there were any. Where it rises again the past is learnt by heart.",
        draw("learning", f"Loss on later periods: {words}", paint, size),
    )


def _last_seen(score: Score) -> float:
    """Return the last loss on later periods; NaN where none was taken."""
    return next((later for *_, later in reversed(score.curve) if np.isfinite(later)), float("nan"))


def band_plots(bands: Sequence[Band]) -> list[Plot]:
    """Return one plot per band; item ids stay in the page, outside of the SVG."""
    return [band_plot(band, f"band{number}") for number, band in enumerate(bands)]


def band_plot(band: Band, name: str) -> Plot:
    """Return forecast demand over the lead time against what came true, origin by origin."""

    def paint(figure: "Figure") -> None:
        axes = figure.subplots()
        days = np.asarray(list(band.dates), dtype="datetime64[D]").astype("datetime64[m]")
        axes.fill_between(days, band.low, band.high, color=BAND, alpha=0.35, linewidth=0,
                          label="forecast, 5 % to 95 %")  # fmt: skip
        axes.plot(days, band.mean, color=AGENT, linewidth=1.8, label="forecast, mean")
        axes.plot(days, band.actual, color=INK, linewidth=1.0, label="came true")
        axes.set_ylabel(f"units over {band.periods} periods")
        axes.set_ylim(bottom=0)
        legend_above(axes)

    seen = np.isfinite(band.actual)
    inside = ((band.actual >= band.low) & (band.actual <= band.high))[seen]
    share = f"{100 * inside.mean():.0f} %" if seen.any() else "nothing"
    told = f"{share} of what came true lies in the band."
    if not seen.any():
        told = "What came true is not shown: every window holds a period that was not judged."
    return Plot(
        name,
        band.label,
        f"At each date: demand over the {band.periods} periods that follow. {told}",
        draw(name, f"Forecast band and demand; {share} inside", paint, (9.6, 3.0)),
    )


def _marked(number: int) -> str:
    """Return a line style; those after the seventh are dashed."""
    return "o-" if number < len(PALETTE) else "o--"


def _size(scores: Sequence[Score]) -> tuple[float, float]:
    """Return width and height in inches, with room for the legend below."""
    return WIDTH, 3.2 + 0.21 * (-(-(len(scores) + 1) // 2))
