"""Train an agent to order: ``python train.py configs/demo.toml``.

Reads a config, loads and splits the data, fits the forecaster, tunes the classical policies, lets
the agent learn on forecasts made out of sample, and exports the best on validation as a bundle
that orders on Monday. All of it stands in ``runs/NAME``; next comes
``python evaluate.py runs/NAME``.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from replenish import run_folder
from replenish.config import Config, load_config
from replenish.errors import InputError
from replenish.forecasting.files import load_forecaster, save_forecaster
from replenish.forecasting.runtime import FittedForecaster
from replenish.opponents import REFERENCE, Opponents, mean_cost, tune_opponents
from replenish.plugins import load_plugin
from replenish.simulation import Episode
from replenish.tuning import Effort
from replenish.workbench import Problem, set_up, with_options

EXAMPLES = """examples:
  python train.py configs/demo.toml                            the embedded sample, minutes
  python train.py configs/demo.toml --name mine --set train.seed=1 --set agent.name=sac
  python train.py configs/m5.toml --resume                     go on after Ctrl-C or a crash
  tensorboard --logdir runs                                    watch it

Every key of a config is said in replenish/config.py; forecasters, agents and baselines are the
files in the folders of that name.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, 2 for bad input, 130 when stopped."""
    options = _parser().parse_args(arguments)
    try:
        folder, config = _begin(options)
        return train(folder, config, Path(options.config).parent, force=options.force)
    except InputError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2


def train(folder: Path, config: Config, base: Path, *, force: bool) -> int:
    """Do the steps in order; each finds what an earlier start has left in the folder."""
    from agents._export import Finished, export
    from agents._training import School, learn

    agent_plugin = load_plugin("agents", config.agent.name)
    agent = with_options(agent_plugin, config.agent.options, "agent.options")
    with _said("data"):
        problem = _set_up(folder, config, base)
    with _said(f"forecasts by {config.forecast.name}"):
        fitted = fit_forecaster(folder, problem)
        parts = problem.split.train, problem.split.validation
        source, later = (problem.episodes(problem.forecasts(fitted, p), p) for p in parts)
    with _said("tuning of the classical policies"):
        rng = np.random.default_rng([config.train.seed, 1])
        validation = later.whole(rng)
        opponents = tune(folder, config, source.whole(rng), validation)
        scores = opponents.costs(validation)
        for name, cost in scores.items():
            print(f"  {name:18s} {cost:10.4f} a period on validation   {opponents.settings(name)}")
    with _said(f"learning by {config.agent.name}"):
        best = min(cost for name, cost in scores.items() if name != REFERENCE)
        school = School(source, validation, opponents.reference, best, problem.calendar)
        learned = learn(config, agent, school, folder)
    if not learned.whole:
        print(f"stopped; go on with: python train.py CONFIG --name {folder.name} --resume")
        return 130
    scores["agent"] = mean_cost(learned.policy, validation)
    print(
        f"  agent {scores['agent']:.4f}, {100 * (scores['agent'] / best - 1):+.2f} % on validation"
    )
    with _said("export"):
        finished = Finished(problem, fitted, agent, learned, school, scores)
        export(folder / run_folder.BUNDLE, finished, force=force)
    print(f"bundle: {folder / run_folder.BUNDLE}\nnext:   python evaluate.py {folder}")
    return 0


def fit_forecaster(folder: Path, problem: Problem) -> FittedForecaster:
    """Fit on the fit part alone; what comes later it has never seen."""
    place, config = folder / run_folder.FORECASTER, problem.config.forecast
    if not place.exists():
        plugin = load_plugin("forecasters", config.name)
        forecaster = with_options(plugin, config.options, "forecast.options")
        past = problem.panel.until(problem.split.fit.last)
        save_forecaster(forecaster.fit(past, problem.horizon).fitted, place)
    return load_forecaster(place)


def tune(folder: Path, config: Config, train: Episode, validation: Episode) -> Opponents:
    """Tune the opponents on train and validation, as hard as the agent is."""
    path, settings = folder / run_folder.TUNED, config.baselines
    if not path.exists():
        effort = Effort(settings.candidates, settings.rounds, config.train.seed)
        tune_opponents(settings.names, train, validation, effort).save(path)
    return Opponents.load(path)


def _set_up(folder: Path, config: Config, base: Path) -> Problem:
    """Load and split the data, and keep with the run what was found and made from what."""
    problem = set_up(config, base)
    print(problem.loaded.report.to_text())
    run_folder.write_json(folder / run_folder.DATA_REPORT, problem.loaded.report.to_dict())
    made_from = run_folder.provenance(config.train.seed, problem.data_hash, base)
    run_folder.write_json(folder / run_folder.PROVENANCE, made_from)
    return problem


def _begin(options: argparse.Namespace) -> tuple[Path, Config]:
    """Return the run's folder, new or gone on with, and its config."""
    root, name = Path(options.runs), options.name or Path(options.config).stem
    if options.resume:
        if options.set:
            raise InputError(
                "--set with --resume: a run goes on as it began; choose another --name"
            )
        return root / name, run_folder.existing_run(root / name)
    config = load_config(Path(options.config), options.set)
    folder = run_folder.new_run(root, name, overwrite=options.overwrite)
    run_folder.write_config(folder, config)
    return folder, config


@contextmanager
def _said(what: str) -> Iterator[None]:
    """Say what is done, and how long it took."""
    print(f"== {what}", flush=True)
    start = time.monotonic()
    yield
    print(f"   {what}: {time.monotonic() - start:.1f} s", flush=True)


def _parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="TOML file, e.g. configs/demo.toml")
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
