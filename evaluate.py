"""Judge a trained run on the test period: ``python evaluate.py runs/demo``.

Plays the exported policy, every tuned classical policy and the bound of perfect foresight on the
same demand from the same starting stock, over the months that nobody was trained or tuned on;
tries the guards; and writes ``runs/NAME/report`` (HTML to open, JSON and CSV to compute with).
How often the test period has been looked at is counted: choices are made on validation.

With ``--forecasts CONFIG`` it judges forecasters instead, from every origin of the validation
part: accuracy in all and per item, demand class and ABC class, and which one to order on.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replenish.backtest.arguments import add_backtest_arguments, settled
from replenish.console import settle_console
from replenish.errors import InputError, refused

if TYPE_CHECKING:  # what simulates is imported when it is used: --help is quick
    from replenish.bundle import Bundle
    from replenish.config import Config
    from replenish.forecasting.blocks import Blocks
    from replenish.forecasting.forecast import ForecastTable
    from replenish.judging.by_class import ItemClass
    from replenish.judging.evaluation import Evaluation
    from replenish.judging.incumbent import Incumbent
    from replenish.judging.judge import Judged
    from replenish.judging.what_if import Stage
    from replenish.workbench import Problem

EXAMPLES = """examples:
  python evaluate.py runs/demo                  then open runs/demo/report/report.html
  python evaluate.py runs/demo --without-guards quicker: the guards are not tried
  python evaluate.py runs/demo --frontier --sensitivity            stock against service, what-if
  python evaluate.py runs/demo --stress                            demand, suppliers, records fail
  python evaluate.py --forecasts configs/demo.toml                     every forecaster
  python evaluate.py --forecasts configs/demo.toml --only lstm,arima --seeds 0,1,2 --horizon 21
  python evaluate.py --forecasts configs/demo.toml --search arima --trials 30

Exit code: 0, 2 for bad input or a forecaster that failed, 1 when the machine failed to read or
write (no permission, no space), 130 when stopped.
"""
EXTRAS = ("guards", "frontier", "sensitivity", "stress")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code, as ``--help`` explains it."""
    options = _parser().parse_args(arguments)
    settle_console()
    try:
        return _run(options)
    except InputError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except OSError as problem:
        print(f"error: {refused(problem)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; results that stood there are as they were")
        return 130


def _run(options: argparse.Namespace) -> int:
    """Judge, write the report, and print the table."""
    if options.forecasts and options.run:
        raise InputError(
            f"{options.run} and --forecasts {options.forecasts}: a run or a config of forecasts is "
            "judged, one at a time; leave one out"
        )
    options = settled(options)
    if options.forecasts:
        from replenish.backtest.door import enter

        return enter(options, print)
    if not options.run:
        raise InputError("name the folder of a run, or a config with --forecasts; see --help")
    from replenish import run_folder
    from replenish.report import text_table, write_report
    from replenish.report.stress import stress_text
    from replenish.report.write import PLANNER

    folder = Path(options.run)
    config = run_folder.existing_run(folder)
    base = Path(options.base) if options.base else run_folder.paths_start(folder)
    extras = {name for name in EXTRAS if getattr(options, name)}
    evaluation = evaluate(folder, config, base, extras)
    report = write_report(evaluation, folder / run_folder.REPORT)
    print(text_table(evaluation))
    if evaluation.stress:
        print(f"\n{stress_text(evaluation.stress)}")
    print(f"\nreport: {report}\nfor planners: {report.with_name(PLANNER)}")
    return 0


def evaluate(folder: Path, config: Config, base: Path, extras: set[str]) -> Evaluation:
    """Return what the test period says of a run.

    Args:
        folder: The run's.
        config: As resolved.
        base: Folder that paths in the config are relative to.
        extras: Which of `EXTRAS` to do as well.
    """
    from replenish import run_folder
    from replenish.judging.evaluation import Evaluation
    from replenish.judging.judge import judge, traces
    from replenish.judging.programme import programme_notes, with_programme
    from replenish.judging.run_facts import facts, notes
    from replenish.judging.what_if import own_sales, what_if
    from replenish.planner.view import planner_view

    start = time.monotonic()
    stage = _stage(folder, config, base, extras)
    problem, bundle, table, part = stage.problem, stage.bundle, stage.table, stage.part
    today, unplayed = _shop_today(problem)
    starts = stage.starts
    looks = run_folder.count_look(folder)  # last: what fails before has shown nothing
    rivals = with_programme(problem, stage.opponents)
    judged = judge(problem, bundle.policy, rivals, starts, today)
    evaluation = Evaluation(
        run=folder.name,
        results=judged.results,
        traces=traces(problem, judged, table, part),
        facts=facts(problem, bundle),
        classes=(classes := _by_class(problem, judged)),
        notes=[*notes(problem, classes), *unplayed, *programme_notes(problem, judged)],
        guards=_try_guards(problem, bundle, judged, table) if "guards" in extras else {},
        own_sales=own_sales(replace(stage, opponents=rivals), judged),
        block=problem.calendar.block_periods,
        looks=looks,
        planner=planner_view(problem, judged, bundle.policy, stage.opponents, today, table),
    )
    for note in unplayed:
        print(f"note: {note}")
    print(f"played {len(judged.ledgers)} policies over {part.periods} periods: "
          f"{time.monotonic() - start:.1f} s", flush=True)  # fmt: skip
    return what_if(evaluation, stage, extras)


def _stage(folder: Path, config: Config, base: Path, extras: set[str]) -> Stage:
    """Return the test period and who plays on it; nothing is played, and no look is counted."""
    from replenish import run_folder
    from replenish.judging.held_out import for_all_items
    from replenish.judging.what_if import Stage, check_what_if
    from replenish.report.write import check_report
    from replenish.workbench import set_up

    bundle = _exported(folder)
    problem = set_up(config, base, progress=True)
    run_folder.check_data(folder, problem.data_hash)
    check_what_if(problem, extras)
    bundle, opponents = for_all_items(folder, bundle, problem)
    forecasters = _forecasters(folder, bundle)
    check_report(folder / run_folder.REPORT)
    return Stage(problem, bundle, opponents, problem.forecasts(forecasters, problem.split.test))


def _exported(folder: Path) -> Bundle:
    """Return the bundle of a run."""
    from replenish import run_folder
    from replenish.bundle import load_bundle

    if not (folder / run_folder.BUNDLE).exists():
        raise InputError(
            f"{folder}: nothing was exported from this run; go on with train.py and --resume, "
            "with --force as well if it was refused"
        )
    return load_bundle(folder / run_folder.BUNDLE)


def _shop_today(problem: Problem) -> tuple[list[Incumbent], list[str]]:
    """Return what is known of the shop's own ordering, and what was given in vain."""
    from replenish.judging.incumbent import incumbents, orders_unplayed

    loaded, part = problem.loaded, problem.split.test
    slack = int(problem.items.protection_period.max())
    found = incumbents(loaded, part, slack, problem.joins_in(part))
    return found, orders_unplayed(loaded, part, slack)


def _by_class(problem: Problem, judged: Judged) -> list[ItemClass]:
    """Return the results by class of everybody who could have ordered so: all but the bounds."""
    from replenish.item_classes import classify
    from replenish.judging.by_class import by_class, known_or_not

    labels, value = classify(problem.panel, problem.items, problem.split.validation.last)
    labels |= known_or_not(problem.held_out)
    names = [found.name for found in judged.results if found.kind in ("agent", "baseline")]
    counted = {name: judged.counted[name] for name in names}
    return by_class(counted, labels, value, problem.calendar, judged.usual)


def _forecasters(folder: Path, bundle: Bundle) -> Blocks:
    """Return the bundle's forecaster and the earlier ones, whose errors are its track record."""
    from replenish import run_folder
    from replenish.forecasting.files import load_blocks

    blocks = load_blocks(folder / run_folder.FORECASTERS)
    return replace(blocks, fitted=(*blocks.fitted[:-1], bundle.contents.forecaster))


def _try_guards(
    problem: Problem, bundle: Bundle, judged: Judged, table: ForecastTable
) -> dict[str, Any]:
    """Inject anomalies and corrupt records, and see what the guards are worth."""
    from replenish.guards.corruption import corruption_trial
    from replenish.guards.trial import detection_trial
    from replenish.streams import Stream

    config, part = problem.config.guards, problem.split.test
    rng = Stream.ANOMALIES.generator(problem.config.train.seed)
    past = problem.panel.until(part.last)
    forecaster, origins = bundle.contents.forecaster, table.origins
    detection = detection_trial(  # which reads the next period's forecast alone
        past, lambda panel: forecaster.roll(panel, origins, 1), config, rng
    )
    reference = bundle.contents.reference
    corruption = corruption_trial(bundle.policy, reference, judged.episode, config, rng)
    return {
        "detection of injected anomalies": detection.to_dict(),
        "cost with 2 % of records corrupted": corruption.to_dict(),
    }


def _parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", nargs="?", default="", help="folder of a trained run: runs/demo")
    parser.add_argument("--without-guards", dest="guards", action="store_false",
                        help="do not try the guards")  # fmt: skip
    parser.add_argument("--frontier", action="store_true",
                        help="how much stock each policy needs for how much service")  # fmt: skip
    parser.add_argument("--sensitivity", action="store_true",
                        help="with costs and lead times halved and doubled")  # fmt: skip
    parser.add_argument("--stress", action="store_true",
                        help="everybody again through shocks of demand, supply, records and costs: "
                        "what they cost, and how long recovery takes")  # fmt: skip
    parser.add_argument("--base", default="",
                        help="folder that the config's paths start from, if it moved")  # fmt: skip
    add_backtest_arguments(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
