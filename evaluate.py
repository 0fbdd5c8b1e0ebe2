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

from replenish.backtest.arguments import add_backtest_arguments
from replenish.errors import InputError

if TYPE_CHECKING:  # what simulates is imported when it is used: --help is quick
    from replenish.bundle import Bundle
    from replenish.config import Config
    from replenish.evaluation import Evaluation
    from replenish.forecasting.blocks import Blocks
    from replenish.forecasting.forecast import ForecastTable
    from replenish.judge import Judged
    from replenish.opponents import Opponents
    from replenish.simulation import Episode
    from replenish.workbench import Problem

EXAMPLES = """examples:
  python evaluate.py runs/demo                  then open runs/demo/report/report.html
  python evaluate.py runs/demo --without-guards quicker: the guards are not tried
  python evaluate.py --forecasts configs/demo.toml                     every forecaster
  python evaluate.py --forecasts configs/demo.toml --only lstm,arima --seeds 0,1,2 --horizon 21
  python evaluate.py --forecasts configs/demo.toml --search arima --trials 30
"""
_SEED_STREAM = 3  # lead times of the test period have a stream of their own


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, 2 for bad input, 130 when stopped."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except InputError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; results that stood there are as they were")
        return 130


def _run(options: argparse.Namespace) -> int:
    """Judge, write the report, and print the table."""
    if options.forecasts:
        from replenish.backtest.door import enter

        return enter(options, print)
    if not options.run:
        raise InputError("name the folder of a run, or a config with --forecasts; see --help")
    from replenish import run_folder
    from replenish.report import text_table, write_report

    folder = Path(options.run)
    config = run_folder.existing_run(folder)
    base = Path(options.base) if options.base else run_folder.paths_start(folder)
    evaluation = evaluate(folder, config, base, guards=not options.without_guards)
    report = write_report(evaluation, folder / run_folder.REPORT)
    print(text_table(evaluation))
    print(f"\nreport: {report}")
    return 0


def evaluate(folder: Path, config: Config, base: Path, *, guards: bool) -> Evaluation:
    """Return what the test period says of a run."""
    from replenish import run_folder
    from replenish.bundle import load_bundle
    from replenish.evaluation import Evaluation
    from replenish.incumbent import incumbents
    from replenish.judge import judge, traces
    from replenish.opponents import Opponents
    from replenish.workbench import set_up

    start = time.monotonic()
    if not (folder / run_folder.BUNDLE).exists():
        raise InputError(
            f"{folder}: nothing was exported from this run; go on with train.py and --resume, "
            "with --force as well if it was refused"
        )
    bundle = load_bundle(folder / run_folder.BUNDLE)
    problem = set_up(config, base, progress=True)
    run_folder.check_data(folder, problem.data_hash)
    opponents = Opponents.load(folder / run_folder.TUNED, len(problem.items))
    looks = run_folder.count_look(folder)
    part = problem.split.test
    table = problem.forecasts(_forecasters(folder, bundle), part)
    episode, *more = _starts(problem, table)
    today = incumbents(problem.loaded, part, int(problem.items.protection_period.max()))
    judged = judge(problem, bundle.policy, opponents, episode, today, more)
    evaluation = Evaluation(
        run=folder.name,
        results=judged.results,
        traces=traces(problem, judged, table, part),
        facts=_facts(problem, bundle),
        notes=_notes(problem),
        guards=_try_guards(problem, bundle, judged, table) if guards else {},
        own_sales=_own_sales(problem, bundle, opponents, judged),
        looks=looks,
    )
    print(f"played {len(judged.ledgers)} policies over {part.periods} periods: "
          f"{time.monotonic() - start:.1f} s")  # fmt: skip
    return evaluation


def _starts(problem: Problem, table: ForecastTable) -> list[Episode]:
    """Return the test period from every start of the config, one row per item."""
    import numpy as np

    config = problem.config
    rng = np.random.default_rng([config.train.seed, _SEED_STREAM])
    source = problem.episodes(table, problem.split.test)
    return [source.whole(rng, fullness) for fullness in config.evaluation.starts]


def _forecasters(folder: Path, bundle: Bundle) -> Blocks:
    """Return the bundle's forecaster and the earlier ones, whose errors are its track record."""
    from replenish import run_folder
    from replenish.forecasting.files import load_blocks

    blocks = load_blocks(folder / run_folder.FORECASTERS)
    return replace(blocks, fitted=(*blocks.fitted[:-1], bundle.contents.forecaster))


def _own_sales(
    problem: Problem, bundle: Bundle, opponents: Opponents, judged: Judged
) -> dict[str, Any]:
    """Play the agent, the best opponent and the agent's start on forecasts of their own sales."""
    from replenish.opponents import REFERENCE
    from replenish.own_sales import own_sales_trial

    known = {name: tuned.policy for name, tuned in opponents.baselines.items()}
    known |= {"agent": bundle.policy, REFERENCE: opponents.reference}
    best = next(result.name for result in judged.results[1:] if result.name in known)
    names = dict.fromkeys(("agent", best, REFERENCE))
    policies = {name: known[name] for name in names}
    forecaster, part = bundle.contents.forecaster, problem.split.test
    return own_sales_trial(problem, forecaster, policies, judged, part)


def _try_guards(
    problem: Problem, bundle: Bundle, judged: Judged, table: ForecastTable
) -> dict[str, Any]:
    """Inject anomalies and corrupt records, and see what the guards are worth."""
    import numpy as np

    from replenish.guards.corruption import corruption_trial
    from replenish.guards.trial import detection_trial

    config, part = problem.config.guards, problem.split.test
    rng = np.random.default_rng([problem.config.train.seed, _SEED_STREAM + 1])
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


def _facts(problem: Problem, bundle: Bundle) -> dict[str, str]:
    """Return what a reader wants to know of the run, in words."""
    from replenish.bundle_text import blend_text

    config, dates, split = problem.config, problem.panel.dates, problem.split
    items = problem.items
    said = {
        "data": f"{config.data.source}, {problem.panel.n_items} items",
        "forecasts": f"{config.forecast.name}, {problem.horizon} periods ahead",
        "agent": f"{config.agent.name}, {config.train.steps:,} row-steps, seed {config.train.seed}",
        "agent's levels": blend_text(bundle.contents),
        "unmet demand": config.env.unmet_demand,
        "lead time": _span(items.lead_time, "periods"),
        "review period": _span(items.review_period, "periods"),
        "holding cost": _span(items.holding_cost, "money per unit and period"),
        "shortage cost": _span(items.shortage_cost, "money per unit"),
        "fixed order cost": _span(items.fixed_order_cost, "money per order"),
    }
    for name in ("fit", "train", "validation", "test"):
        part = getattr(split, name)
        said[f"{name} part"] = f"{dates[part.first].date()} to {dates[part.last].date()}"
    return said


def _notes(problem: Problem) -> list[str]:
    """Return the sentences that a reader must know."""
    part = slice(problem.split.test.first, problem.split.test.last + 1)
    observed = problem.panel.observed[:, part]
    share = 100.0 * (1.0 - float(observed.mean()))
    took = ["An order takes as long as one of its item's past receipts did, drawn at random; "
            "items without receipts keep their lead time."]  # fmt: skip
    return [
        "Demand of the test period is what was sold; where stock had run out or nothing was "
        f"recorded ({share:.1f} % of item-periods) it is estimated (docs/data.md).",
        "Forecasts come from recorded sales, not from what the simulated shop would have sold: "
        "all policies see the same ones. What that is worth is shown apart.",
        *problem.assumed,
        *(took if problem.receipts is not None else []),
    ]


def _span(values: Any, unit: str) -> str:
    """Return smallest, median and largest in words."""
    import numpy as np

    low, middle, high = (float(v) for v in np.quantile(values, (0.0, 0.5, 1.0)))
    if low == high:
        return f"{low:g} {unit}"
    return f"{low:.3g} to {high:.3g}, median {middle:.3g} {unit}"


def _parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", nargs="?", default="", help="folder of a trained run: runs/demo")
    parser.add_argument("--without-guards", action="store_true", help="do not try the guards")
    parser.add_argument("--base", default="",
                        help="folder that the config's paths start from, if it moved")  # fmt: skip
    add_backtest_arguments(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
