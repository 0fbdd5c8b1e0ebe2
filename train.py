"""Train an agent to order: ``python train.py configs/demo.toml``.

Reads a config, loads and splits the data, fits the forecaster, tunes the classical policies, lets
the agent learn on forecasts made out of sample, averages it with the mean of the searched
formulas, and exports the result as a bundle that orders on Monday. All of it stands in
``runs/NAME``; next comes ``python evaluate.py runs/NAME``.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from replenish.console import settle_console
from replenish.errors import InputError, refused

if TYPE_CHECKING:  # what learns and simulates is imported when it is used: --help is quick
    from agents._export import Finished
    from agents._training import LearningTask
    from replenish.config import Config
    from replenish.episodes import PanelEpisodes
    from replenish.forecasting.blocks import Blocks
    from replenish.learned import LearnedPolicy
    from replenish.simulation import Episode
    from replenish.tuning.blending import Blend
    from replenish.tuning.opponents import Opponents
    from replenish.tuning.opponents_tuning import OpponentsTuning
    from replenish.workbench import Problem

EXAMPLES = """examples:
  python train.py configs/demo.toml                            the embedded sample, minutes
  python train.py configs/demo.toml --name mine --set train.seed=1 --set agent.name=sac
  python train.py configs/m5.toml --resume                     go on after Ctrl-C or a crash
  python train.py --keys > configs/mine.toml                   a config to start from
  tensorboard --logdir runs                                    watch it

Forecasters, agents and baselines are the files in the folders of that name; their options stand
in those files. Exit code: 0, 2 for bad input or a refused export, 1 when the machine
failed to read or write (no permission, no space; then go on with --resume), 130 when stopped.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code, as ``--help`` explains it."""
    options = _parser().parse_args(arguments)
    settle_console()
    name = options.name or Path(options.config).stem
    folder, again = Path(options.runs) / name, _again(options, name)
    try:
        problem = _go_on(options, folder) if options.resume else _begin(options, folder)
        return train(folder, problem.taught, again, force=options.force) if problem else 0
    except InputError as mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return 2
    except OSError as problem:
        print(f"error: {refused(problem)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        begun = (folder / "config.toml").is_file()
        print(f"stopped; go on with: {again}" if begun else "stopped; nothing was written")
        return 130


def train(folder: Path, problem: Problem, again: str, *, force: bool) -> int:
    """Do the steps in order; each finds what an earlier start has left in the folder."""
    from agents._export import Finished
    from agents._training import LearningTask, learn
    from replenish.bundle import AS_LEARNED
    from replenish.chosen import make_plugin
    from replenish.streams import Stream
    from replenish.tuning.opponents import mean_cost

    config = problem.config
    agent = make_plugin("agents", config.agent)
    with _said(f"forecasts by {config.forecast.name}"):
        fitted = fit(folder, problem)
        parts = problem.split.train, problem.split.validation
        lookups = [problem.lookup(fitted, part) for part in parts]
        train_source, validation_source = map(problem.episodes, lookups, parts)
    rng = Stream.CHOICES.generator(config.train.seed)
    validation, training = validation_source.whole(rng), train_source.whole(rng)
    with _said("tuning of what the agent starts from"):
        tuning = tune(folder, config, training, validation)
        source, start = varied(problem, train_source, fitted), tuning.reference
        task = LearningTask(source, validation, start, tuning.least_cost, problem.calendar)
    with _said(f"learning by {config.agent.name}, while the other policies are tuned"):
        learned = learn(config, agent, task, folder)
    if not learned.whole:
        tuning.close()
        print(f"stopped; go on with: {again}")
        return 130
    with _said("tuning of the classical policies"):
        opponents = tuning.opponents
        scores = opponents.costs(validation)
        for name, cost in scores.items():
            print(f"  {name:18s} {cost:10.4f} a period on validation   {opponents.settings(name)}")
    blend = average(learned.policy, opponents, task)
    scores[AS_LEARNED] = mean_cost(learned.policy, validation)
    scores["agent"] = mean_cost(blend.policy, validation)
    finished = Finished(problem, fitted, agent, learned, task, blend, scores)
    return finish(folder, finished, again, force=force)


def varied(problem: Problem, source: PanelEpisodes, fitted: Blocks) -> PanelEpisodes:
    """Return where the agent learns: the items, with other lead times and costs if wanted."""
    from replenish.streams import Stream
    from replenish.variants import Variety, varied_episodes

    env, seed = problem.config.env, problem.config.train.seed
    variety = Variety(env.versions, env.variety)
    if variety.versions == 1:
        return source
    table = problem.forecasts(fitted, problem.split.train)
    return varied_episodes(source, table, problem.panel, variety, Stream.VERSIONS.generator(seed))


def average(learned: LearnedPolicy, opponents: Opponents, task: LearningTask) -> Blend:
    """Average the learned levels with the mean formula's, as far as validation says."""
    from replenish.tuning.blending import blend

    with _said("averaging with the mean formula"):
        block = task.calendar.block_periods
        found = blend(learned, opponents.averaged, task.validation, block)
        for share, cost in found.costs.items():
            chosen = "   <- chosen" if share == found.share else ""
            print(f"  {share:4.0%} formula {cost:10.4f} a period on validation{chosen}")
    return found


def finish(folder: Path, finished: Finished, again: str, *, force: bool) -> int:
    """Export, and say what comes next."""
    from agents._export import export
    from replenish import run_folder
    from replenish.bundle import AS_LEARNED
    from replenish.percent import percent_above
    from replenish.tuning.opponents import REFERENCE

    scores = finished.scores
    rivals = scores.keys() - {"agent", AS_LEARNED, REFERENCE}
    best = min(sorted(rivals), key=lambda name: scores[name])
    change = percent_above(scores["agent"], scores[best])
    print(
        f"agent {scores['agent']:.4f} on validation, {change:+.2f} % against {best} (its formulas "
        f"are tuned on it now, as the others are); as learned {scores[AS_LEARNED]:.4f}"
    )
    with _said("export"):
        try:
            export(folder / run_folder.BUNDLE, finished, force=force)
        except InputError as refusal:
            raise InputError(f"{refusal}; the run is kept, export with: {again} --force") from None
    print(f"bundle: {folder / run_folder.BUNDLE}\nnext:   python evaluate.py {folder}")
    return 0


def fit(folder: Path, problem: Problem) -> Blocks:
    """Fit the forecaster, and again for later parts of time; what is there is taken as it is."""
    from replenish import run_folder
    from replenish.fitting import fit_forecasters
    from replenish.forecasting.files import load_blocks

    place = folder / run_folder.FORECASTERS
    for done in fit_forecasters(place, problem):
        print(f"  {done}", flush=True)
    return load_blocks(place)


def tune(folder: Path, config: Config, train: Episode, validation: Episode) -> OpponentsTuning:
    """Return what tunes the opponents on train and validation, as hard as the agent is."""
    from replenish import run_folder
    from replenish.plugins import plugin_names
    from replenish.tuning.opponents_tuning import OpponentsTuning
    from replenish.tuning.search import Effort

    chosen = config.baselines
    names = chosen.names or plugin_names("baselines")
    return OpponentsTuning(
        [name for name in names if name not in chosen.without],
        train,
        validation,
        Effort(chosen.candidates, chosen.rounds, config.train.seed),
        processes=config.train.processes,
        path=folder / run_folder.TUNED,
    )


def _begin(options: argparse.Namespace, folder: Path) -> Problem:
    """Check config and data, then make the run's folder with what was found; in this order."""
    from replenish import run_folder
    from replenish.chosen import check_plugins
    from replenish.config import load_config
    from replenish.workbench import set_up

    path = Path(options.config)
    config = load_config(path, options.set)
    run_folder.check_name(options.name or path.stem)
    run_folder.check_new_run(folder, overwrite=options.overwrite)
    check_plugins(config)
    with _said("data"):
        problem = set_up(config, path.parent, progress=True)
        print(problem.loaded.report.to_text())
        for said in problem.assumed:
            print(f"  - assumed: {said}")
        if number := int(problem.held_out.sum()):
            print(f"  - held out: {number} items, which nothing learns from or is tuned on")
        if young := problem.joining(problem.split.train):
            print(f"  - new: {young} items join after training begins (docs/data.md)")
        if gone := problem.left(problem.split.test):
            print(f"  - left: {gone} items have no record in the test period: not on sale there")
    origin = run_folder.provenance(config.train.seed, problem.data_hash, path.parent)
    found = {run_folder.PROVENANCE: origin, run_folder.DATA_REPORT: problem.loaded.report.to_dict()}
    run_folder.new_run(folder, config, found, overwrite=options.overwrite)
    return problem


def _go_on(options: argparse.Namespace, folder: Path) -> Problem | None:
    """Return the problem of a run that was stopped, or None where nothing is left to do."""
    from replenish import run_folder
    from replenish.config import load_config
    from replenish.workbench import set_up

    if options.set or options.overwrite:
        word = "--set" if options.set else "--overwrite"
        raise InputError(f"{word} with --resume: a run goes on as it began; choose another --name")
    config = run_folder.existing_run(folder)
    given = Path(options.config)
    if given.is_file() and load_config(given) != config:
        print(f"note: the run goes on by {folder / run_folder.CONFIG}, not by {options.config}")
    if (folder / run_folder.BUNDLE).exists():
        print(f"{folder}: the run is finished\nnext:   python evaluate.py {folder}")
        return None
    with _said(f"data, as {folder / run_folder.CONFIG} says"):
        problem = set_up(config, run_folder.paths_start(folder), progress=True)
        run_folder.check_data(folder, problem.data_hash)
    return problem


def _again(options: argparse.Namespace, name: str) -> str:
    """Return the command that goes on with the run."""
    words = ["python", "train.py", options.config]
    words += ["--name", name] if options.name else []
    words += ["--runs", options.runs] if options.runs != "runs" else []
    words += ["--force"] if options.force else []
    return shlex.join([*words, "--resume"])


@contextmanager
def _said(what: str) -> Iterator[None]:
    """Say what is done, and how long it took."""
    print(f"== {what}", flush=True)
    start = time.monotonic()
    yield
    print(f"   {what}: {time.monotonic() - start:.1f} s", flush=True)


class _ShowKeys(argparse.Action):
    """Prints a whole config with a comment on every key, and ends."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from replenish.config import config_template

        print(config_template(), end="")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="TOML file, e.g. configs/demo.toml")
    parser.add_argument("--keys", action=_ShowKeys, nargs=0,
                        help="print a config that explains every key")  # fmt: skip
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE",
                        help="change one value of the config; may be repeated")  # fmt: skip
    parser.add_argument("--name", default="", help="of the run; the config's name by default")
    parser.add_argument("--runs", default="runs", help="folder of all runs (default: runs)")
    parser.add_argument("--resume", action="store_true", help="go on with a stopped run")
    parser.add_argument("--overwrite", action="store_true", help="replace a run of this name")
    parser.add_argument("--force", action="store_true",
                        help="export even an agent no better than its fallback")  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
