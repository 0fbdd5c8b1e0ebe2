"""Search of a forecaster's options by time-series cross-validation, on the fit part alone."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tomli_w

from replenish.arrays import Ints
from replenish.backtest.choice import gate_for
from replenish.backtest.contest import Field, run
from replenish.backtest.files import make_folder
from replenish.backtest.measures import group_measures
from replenish.backtest.progress import watched, why
from replenish.backtest.rolling import Fold, folds
from replenish.backtest.space import Range, defaults, search_space
from replenish.backtest.tally import ForecastTally
from replenish.data.panel import Panel
from replenish.errors import InputError
from replenish.protocols import Forecaster

if TYPE_CHECKING:
    from optuna import Study, Trial

STOPPED = "stopped"  # by whoever pressed Ctrl-C: such a trial is none
FOLDS = 3
FIRST_TRIALS = 5  # that no pruning touches: the median needs something to compare with
Make = Callable[[Mapping[str, Any]], Forecaster]


@dataclass(frozen=True, eq=False)
class Question:
    """What is searched, and on what.

    Attributes:
        name: Of the forecaster.
        kind: Its class.
        past: (N, T) the fit part; what comes later is absent.
        horizon: Periods ahead.
        protection: (N,) lead time + review period.
        criterion: Measure to make small.
        seed: Of the sampler.
        fixed: Options that the config gives; they are not searched.
    """

    name: str
    kind: type
    past: Panel
    horizon: int
    protection: Ints
    criterion: str
    seed: int
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def space(self) -> dict[str, Range]:
        """Return what is searched."""
        found = {n: r for n, r in search_space(self.kind).items() if n not in self.fixed}
        if not found:
            raise InputError(f"forecast.options fixes every option that {self.name} could vary")
        return found

    def fingerprint(self) -> str:
        """Return a hash of all that a trial's loss depends on beside its options."""
        past = self.past
        plan = {f"known {name}": values for name, values in past.known.items()}
        plan |= {f"past {name}": values for name, values in past.past.items()}
        asked = [self.name, self.horizon, self.criterion, FOLDS, sorted(self.fixed.items()),
                 sorted(self.space().items()), list(past.item_ids), past.frequency,
                 str(past.dates[0]), sorted(past.static.items()), sorted(plan)]  # fmt: skip
        digest = hashlib.sha256(json.dumps(asked, default=str).encode())
        for array in (past.sales, past.censored, self.protection, *(plan[n] for n in sorted(plan))):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        name: Of the forecaster.
        options: The best ones, those that the config fixed included.
        loss: Mean over the folds.
        bias: Over all folds together.
        default_loss: Of the options as they are by default.
        trials: Finished, pruned ones included.
        pruned: Stopped early.
        failed: Ended with an error, or without a number.
    """

    name: str
    options: Mapping[str, Any]
    loss: float
    bias: float
    default_loss: float
    trials: int
    pruned: int
    failed: int

    def toml(self) -> str:
        """Return the lines to paste into a config."""
        return tomli_w.dumps({"forecast": {"name": self.name, "options": dict(self.options)}})


def search(question: Question, make: Make, trials: int, journal: Path, progress: bool) -> Found:
    """Try options until so many trials are finished; one that was stopped goes on from its journal.

    The first trial is the defaults. A setting that is biased beyond the gate of
    `replenish.backtest.choice` never wins; the gate goes by the settings tried, so that what all
    of them are off by passes: the bias of what is found is told beside its loss.

    Args:
        question: What is searched.
        make: Options -> unfitted forecaster.
        trials: Finished ones in all, those of earlier starts included.
        journal: File that every trial is noted in; its folder is made once all is known to fit.
        progress: Whether to tell how far it is; see `replenish.backtest.progress`.

    A trial that fails, whatever it raises, is noted as failed and the search goes on.

    Raises:
        InputError: There is nothing to search, the past is too short for the folds, optuna is
            missing, or the journal is damaged or that of another question. Nothing is written.
    """
    question.space()
    blocks = folds(question.past.n_periods, FOLDS, question.horizon)
    study = _study(question, journal)
    waiting = any(trial.state.name == "WAITING" for trial in study.trials)
    if not _finished(study) and not waiting:
        study.enqueue_trial(defaults(question.kind, question.space()))

    def objective(trial: "Trial") -> float:
        try:
            return _loss(trial, question, make, blocks)
        except KeyboardInterrupt:
            trial.set_user_attr(STOPPED, True)
            raise
        except Exception as trouble:
            trial.set_user_attr("why", why(trouble))
            raise

    left = range(len(_finished(study)), trials)
    for _ in watched(left, f"search {question.name}", lambda n: f"trial {n + 1}", progress):
        study.optimize(objective, n_trials=1, catch=Exception)
    return _best(question, study)


def _study(question: Question, journal: Path) -> "Study":
    """Return the study of a journal, new or begun."""
    try:
        import optuna
    except ModuleNotFoundError:
        raise InputError(
            "a search needs optuna, which is not installed: pip install 'replenish[train]'"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    mark = question.fingerprint()
    make_folder(journal.parent)
    study = _opened(question.name, journal)
    if study.user_attrs.setdefault("asked", mark) != mark:
        raise InputError(
            f"{journal}: holds a search on other data, options or settings; remove it or choose "
            "another folder with --out"
        )
    study.set_user_attr("asked", mark)
    seed = question.seed + 1000 * len(study.trials)  # one that goes on does not repeat itself
    study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=FIRST_TRIALS)
    return study


def _opened(name: str, journal: Path) -> "Study":
    """Return the study in a file, made if there is none."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    try:
        return optuna.create_study(
            study_name=name,
            storage=JournalStorage(JournalFileBackend(str(journal))),
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=FIRST_TRIALS),
        )
    except OSError as problem:
        raise InputError(
            f"{journal}: cannot be read and written ({problem.strerror}); choose another folder "
            "with --out"
        ) from None
    except Exception as problem:  # optuna reads line by line and trusts what each holds
        raise InputError(
            f"{journal}: is damaged ({why(problem)}); remove it and search anew"
        ) from None


def _loss(trial: "Trial", question: Question, make: Make, blocks: Sequence[Fold]) -> float:
    """Return the mean loss over the folds, pruned after a fold where it is above the median."""
    import optuna

    options = {name: _suggest(trial, name, span) for name, span in question.space().items()}
    losses: list[float] = []
    tallies: list[ForecastTally] = []
    for step, block in enumerate(blocks):
        panel = question.past.until(min(block.judged[1], question.past.n_periods - 1))
        judged = Field(panel, block.fit_end, block.origins, question.horizon, question.protection)
        _, found, _ = run(judged, make({**question.fixed, **options}))
        everybody = np.ones(panel.n_items, dtype=bool)
        losses.append(group_measures(found, everybody)[question.criterion])
        tallies.append(found)
        trial.report(float(np.mean(losses)), step)
        if step < len(blocks) - 1 and trial.should_prune():
            raise optuna.TrialPruned
    bias = group_measures(reduce(add, tallies), everybody)["bias"]
    trial.set_user_attr("bias", bias)
    return float(np.mean(losses))


def _suggest(trial: "Trial", name: str, span: Range) -> Any:
    """Return one option's value for a trial."""
    if span[0] == "choice":
        return trial.suggest_categorical(name, span[1:])
    if span[0] == "int":
        return trial.suggest_int(name, span[1], span[2], log=span[1] > 0 and span[2] > 8 * span[1])
    return trial.suggest_float(name, span[1], span[2], log=span[0] == "log")


def _finished(study: "Study") -> list[Any]:
    """Return the trials that came to an end by themselves, whichever."""
    ended = [trial for trial in study.trials if trial.state.is_finished()]
    return [trial for trial in ended if STOPPED not in trial.user_attrs]


def _best(question: Question, study: "Study") -> Found:
    """Return the smallest loss among the trials within the gate."""
    finished = _finished(study)
    whole = [trial for trial in finished if trial.state.name == "COMPLETE"]
    failed = [trial for trial in finished if trial.state.name == "FAIL"]
    if not whole:
        raise InputError(f"no trial of {question.name} came to an end; {_reason(failed)}")
    sold = [trial for trial in whole if np.isfinite(trial.user_attrs.get("bias", np.nan))]
    if not sold:
        raise InputError(
            f"no bias of {question.name} is known: nothing was sold in the second half of the fit "
            "part; move split.fit_until"
        )
    gate = gate_for([trial.user_attrs["bias"] for trial in sold])
    fair = [trial for trial in sold if gate.passes(trial.user_attrs["bias"])]
    best = min(fair, key=lambda trial: float(trial.value))
    return Found(
        name=question.name,
        options={**question.fixed, **best.params},
        loss=float(best.value),
        bias=float(best.user_attrs["bias"]),
        default_loss=next((float(one.value) for one in whole if one is finished[0]), float("nan")),
        trials=len(finished),
        pruned=sum(trial.state.name == "PRUNED" for trial in finished),
        failed=len(failed),
    )


def _reason(failed: Sequence[Any]) -> str:
    """Return why the last trial failed, or what to do where it did not say."""
    told = [trial.user_attrs["why"] for trial in failed if "why" in trial.user_attrs]
    return f"the last one: {told[-1]}" if told else "its loss is no number: bring a longer history"
