"""``python evaluate.py --forecasts CONFIG``: from a config to a backtest's results in a folder."""

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from replenish.backtest.choice import Choice, choices, leader
from replenish.backtest.contest import Field, Outcome, bands, contest
from replenish.backtest.files import check_folder, write_results
from replenish.backtest.looks import Looks
from replenish.backtest.result import REFERENCE, Backtest, Contestant
from replenish.backtest.rolling import part_origins
from replenish.backtest.search import Question, search
from replenish.chosen import make_plugin
from replenish.config import Config, ForecastConfig, load_config
from replenish.errors import InputError
from replenish.plugins import load_plugin, plugin_names
from replenish.protocols import Forecaster
from replenish.report.forecasts_table import text_table
from replenish.splits import Part
from replenish.workbench import Problem, set_up

Say = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """What a command line asks for.

    Attributes:
        config: Path of the config.
        overrides: ``section.key=value`` words.
        only: Names of forecasters; None = all.
        seeds: Of the forecasters that have one; none = as the config or the class says.
        horizon: Periods ahead; 0 = as the config says.
        part: Which part of time is judged.
        criterion: Measure that forecasters are chosen by.
        out: Folder of the results; empty = ``runs/forecasts/NAME``, ``NAME-test`` of the test part.
        overwrite: Whether results that stand there are replaced.
    """

    config: Path
    overrides: Sequence[str] = ()
    only: Sequence[str] | None = None
    seeds: Sequence[int] = ()
    horizon: int = 0
    part: Literal["validation", "test"] = "validation"
    criterion: str = "rmsse"
    out: str = ""
    overwrite: bool = False

    @property
    def folder(self) -> Path:
        """Where the results go."""
        name = self.config.stem + ("-test" if self.part == "test" else "")
        return Path(self.out) if self.out else Path("runs") / "forecasts" / name


def enter(options: Namespace, say: Say) -> int:
    """Do what a command line asks for and return the exit code: 2 where a forecaster failed."""
    request = Request(
        config=Path(options.forecasts),
        overrides=tuple(options.set),
        only=words(options.only),
        seeds=numbers(options.seeds),
        horizon=options.horizon,
        part=options.part,
        criterion=options.by,
        out=options.out,
        overwrite=options.overwrite,
    )
    if options.search:
        return enter_search(request, options.search, options.trials, say)
    check_folder(request.folder, overwrite=request.overwrite)
    found, chosen = backtest(request, say)
    say(text_table(found, chosen))
    written = write_results(request.folder, found, chosen)
    say(f"report: {written[-1]}")
    return 2 if found.failures else 0


def enter_search(request: Request, name: str, trials: int, say: Say) -> int:
    """Search one forecaster's options and say what to paste; see `replenish.backtest.search`."""
    kind = load_plugin("forecasters", name)
    check_folder(request.folder, overwrite=True)
    problem, field = prepared(request)
    chosen = problem.config.forecast
    question = Question(
        name=name,
        kind=kind,
        past=field.panel.until(field.fit_end),
        horizon=field.horizon,
        protection=field.protection,
        criterion=request.criterion,
        seed=field.seed,
        fixed=chosen.options if chosen.name == name else {},
    )
    journal = request.folder / f"search-{name}.journal"
    found = search(question, lambda o: make(Contestant(name, name, o)), trials, journal, True)
    failed = f", {found.failed} failed" if found.failed else ""
    say(
        f"{name}: {found.trials} trials, {found.pruned} of them stopped early{failed}; "
        f"{request.criterion} {found.loss:.4f}, defaults {found.default_loss:.4f}; "
        f"bias {100 * found.bias:+.1f} %"
    )
    say(found.toml())
    say(f"go on with more trials: the same command with --trials {2 * trials}")
    return 0


def words(text: str | None) -> list[str] | None:
    """Return the names in a list with commas; None where there is no list."""
    return None if text is None else [word.strip() for word in text.split(",") if word.strip()]


def numbers(text: str) -> list[int]:
    """Return the seeds in a list with commas.

    Raises:
        InputError: One of them is no whole number from 0 on.
    """
    found = words(text) or []
    for word in found:
        if not (word.isascii() and word.isdigit()):
            raise InputError(f"--seeds: {word!r} is no whole number from 0 on, e.g. 0,1,2")
    return list(dict.fromkeys(int(word) for word in found))


def prepared(request: Request) -> tuple[Problem, Field]:
    """Return the problem and what contestants are judged on.

    With ``forecast.refit`` they learn from all up to the end of the part before the judged one,
    as the forecaster that a run orders on there; else from the fit part alone.

    Raises:
        InputError: Config, data, horizon or part are wrong.
    """
    config = load_config(request.config, request.overrides)
    problem = set_up(config, request.config.parent, progress=True)
    horizon = request.horizon or problem.horizon
    fit, part = problem.split.fit, part_of(problem, request.part)
    if horizon >= fit.periods:
        raise InputError(
            f"--horizon is {horizon} periods, the fit part has {fit.periods}; shorten it, bring a "
            "longer history, or move split.fit_until"
        )
    origins = part_origins(part, horizon, request.part)
    protection = problem.items.protection_period.astype(int)
    panel = problem.panel.until(part.last)  # what comes later is absent
    learnt = max(end for end in problem.fit_ends if end < part.first)  # as a run orders there
    return problem, Field(
        panel, fit.last, origins, horizon, protection, config.train.seed, learnt_end=learnt
    )


def part_of(problem: Problem, name: str) -> Part:
    """Return a part of the problem's time by its name."""
    found: Part = getattr(problem.split, name)
    return found


def contestants(request: Request, config: Config) -> list[Contestant]:
    """Return who takes part: the reference first, those with a seed once per seed.

    Raises:
        InputError: A name is unknown, or none is left.
    """
    if request.only is not None and not request.only:
        raise InputError(
            "--only names no forecaster; leave it out for all, or name some of: "
            + ", ".join(plugin_names("forecasters"))
        )
    make_plugin("forecasters", config.forecast)  # refuses what the config says wrong, in any case
    names = request.only if request.only is not None else plugin_names("forecasters")
    found = []
    for name in dict.fromkeys([REFERENCE, *names]):
        kind = load_plugin("forecasters", name)
        options = dict(config.forecast.options) if name == config.forecast.name else {}
        make_plugin("forecasters", ForecastConfig(name=name, options=options))
        seeded = "seed" in {spec.name for spec in fields(kind)}
        if not seeded or not request.seeds:
            found.append(Contestant(name, name, options))
            continue
        several = [
            Contestant(f"{name} seed {s}", name, {**options, "seed": s}) for s in request.seeds
        ]
        found += several
    if request.seeds and all("seed" not in one.options for one in found):
        raise InputError("--seeds: none of the forecasters that take part has a seed; leave it out")
    return found


def make(contestant: Contestant) -> Forecaster:
    """Return the contestant's forecaster, not fitted."""
    chosen = ForecastConfig(name=contestant.name, options=dict(contestant.options))
    made: Forecaster = make_plugin("forecasters", chosen)
    return made


def backtest(request: Request, say: Say) -> tuple[Backtest, list[Choice]]:
    """Run the backtest and return what was found and who was chosen.

    Args:
        request: What the command line asks for.
        say: Prints a line.

    Raises:
        InputError: Something that the user brought is wrong.
    """
    problem, field = prepared(request)
    who = contestants(request, problem.config)
    looks = looks_of(problem) if request.part == "test" else None
    if looks:
        looks.check()
    outcome = contest(field, who, make, progress=True)
    for label, why in outcome.failures.items():
        say(f"failed: {label}: {why}")
    found = gathered(request, field, outcome, looks.count() if looks else 0)
    chosen = choices(found, request.criterion) if request.part == "validation" else []
    best = leader(found, chosen)
    shown = bands(field, best, outcome.forecasters[best.label])
    return replace(found, bands=shown), chosen


def looks_of(problem: Problem) -> Looks:
    """Return how often the test part of the problem's data was looked at."""
    part, dates = problem.split.test, problem.panel.dates
    first, last = (str(dates[period].date()) for period in (part.first, part.last))
    return Looks.at(problem.data_hash, "test", (first, last))


def gathered(request: Request, field: Field, outcome: Outcome, looks: int) -> Backtest:
    """Return the backtest of an outcome, without bands."""
    if not outcome.scores:
        raise InputError("no forecaster could be judged; the lines above say why")
    demand, abc = field.classes()
    return Backtest(
        name=request.config.stem,
        part=request.part,
        horizon=field.horizon,
        item_ids=field.panel.item_ids,
        demand_class=demand,
        abc_class=abc,
        scores=outcome.scores,
        failures=outcome.failures,
        facts=_facts(field, request),
        looks=looks,
    )


def _facts(field: Field, request: Request) -> Mapping[str, Any]:
    """Return what a reader wants to know, in words."""
    dates = field.panel.dates
    first, last = (str(dates[int(origin)].date()) for origin in field.origins[[0, -1]])
    judged = field.panel.observed[:, int(field.origins[0]) + 1 :]
    return {
        "config": request.config.name,
        "items": f"{field.panel.n_items}",
        "fitted": f"to {field.past.dates[-1].date()}",
        "scales and classes": f"of what was sold to {dates[field.fit_end].date()}",
        "origins": f"{len(field.origins)}, {first} to {last}",
        "horizon": f"{field.horizon} periods",
        "not judged": f"{100 * (1 - judged.mean()):.1f} % of item-periods: not observed or out of "
        "stock, where sales say nothing certain of demand",
    }
