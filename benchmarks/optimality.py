"""How close learned policies come to the known optimum, on problems that are solved exactly.

    lost_sales    PPO on each of the 32 instances of envs/scenarios/lost_sales.toml
    fixed_cost    PPO on each of the 8 of fixed_cost_backorder.toml, where (s,S) is optimal
    sac           SAC on 8 of the 32: both demands, p = 4 and 39, L = 1 and 4
    one_for_all   one PPO policy trained on instances drawn at random (L 1..4, p 3..50, both
                  demands, means 2..20), judged on the 32 and on 20 drawn later
    orders        a picture: what PPO orders in every state of one instance, and what is optimal

Policies are judged by simulation on the same demand as the exactly optimal policy, with 95 %
intervals of the ratio of costs. Every result is a file in --folder: a run that was stopped goes
on where it was, and tables and plots are made of what is there.

    python benchmarks/optimality.py                                  everything: hours of CPU
    python benchmarks/optimality.py --parts lost_sales --seeds 0 --only "poisson shortage_cost=9"
    python benchmarks/optimality.py --parts none                     tables and plots alone
"""

import argparse
import json
import multiprocessing
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from agents.ppo import PPOAgent
from agents.sac import SACAgent
from benchmarks.kept_network import taught_once
from benchmarks.optimality_orders import plot_orders
from benchmarks.optimality_page import write_page
from benchmarks.textbook import (
    Exam,
    Lesson,
    Taught,
    difference,
    exam_of,
    known_costs,
    mean_costs,
    teach,
)
from benchmarks.textbook_mixture import mixture, unseen_exams
from replenish.config import EnvConfig
from replenish.errors import InputError, unknown
from replenish.files import write_bytes_atomic
from replenish.protocols import Policy
from replenish.scenarios import load_scenario

_TEXTBOOK = PPOAgent(
    batch_size=1024, n_epochs=2, gamma=0.99, gae_lambda=0.95, final_learning_rate=1e-6
)
_REACH = EnvConfig(rows=512, periods=128, span=0.6, quantity_span=3.0)
LESSONS = {
    "lost_sales": Lesson(_TEXTBOOK, _REACH, 4_500_000),
    "fixed_cost": Lesson(_TEXTBOOK, _REACH, 1_500_000),
    "sac": Lesson(
        SACAgent(
            final_learning_rate=1e-6,
            buffer_size=1_000_000,
            batch_size=4096,
            gradient_steps=2,
            tau=0.02,
            gamma=0.95,
        ),
        _REACH.model_copy(update={"rows": 1024, "span": 0.25}),
        2_000_000,
    ),
    "one_for_all": Lesson(
        PPOAgent(
            batch_size=4096,
            n_epochs=2,
            gamma=0.99,
            gae_lambda=0.95,
            final_learning_rate=1e-6,
            hidden=(128, 128),
        ),
        _REACH.model_copy(update={"rows": 1024}),
        30_000_000,
    ),
}
SCENARIOS = {"lost_sales": "lost_sales", "fixed_cost": "fixed_cost_backorder", "sac": "lost_sales"}
PARTS = (*LESSONS, "orders")
PICTURED = 5  # Poisson demand, p = 9, L = 2
ROWS, PERIODS = 2000, 2000  # of the judge


@dataclass(frozen=True)
class Task:
    """What one process does at a time: an instance with all its seeds, or one mixed training.

    Attributes:
        part: Of the benchmark.
        instance: Number of it in its scenario; not used by ``one_for_all`` and ``orders``.
        seeds: Of learning.
        folder: Where results stand.
    """

    part: str
    instance: int
    seeds: tuple[int, ...]
    folder: Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, 2 for bad input, 130 when stopped."""
    options = _parser().parse_args(arguments)
    try:
        _measure(options)
    except InputError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command goes on", file=sys.stderr)
        return 130
    return 0


def _measure(options: argparse.Namespace) -> None:
    """Do what the command line asks for, then make tables and plots."""
    parts = [] if options.parts == "none" else options.parts.split(",")
    for part in parts:
        if part not in PARTS:
            raise unknown("part", part, PARTS)
    folder = Path(options.folder)
    if folder.is_file():
        raise InputError(f"{folder}: is a file, expected a folder for the results")
    tasks = list(_tasks(parts, options.seeds, folder, options.only))
    if parts and not tasks:
        raise InputError(
            f"--only {options.only!r}: no instance has all these words in its name; names "
            "are such as 'demand=poisson shortage_cost=9 lead_time=4' or 'demand_mean=10'"
        )
    if tasks:
        folder.mkdir(parents=True, exist_ok=True)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite kill, as Ctrl-C
        run(tasks, options.jobs)
    if parts != ["orders"]:
        write_page(folder)


def run(tasks: Sequence[Task], jobs: int) -> None:
    """Do the tasks, several at a time; what has a result already is not done again."""
    spawn = multiprocessing.get_context("spawn")
    deaf = signal.SIGINT, signal.SIG_IGN  # Ctrl-C reaches all; this process ends the others
    pool = ProcessPoolExecutor(jobs, spawn, initializer=signal.signal, initargs=deaf)
    try:
        running = [pool.submit(examine, task) for task in tasks]
        for done in tqdm(as_completed(running), total=len(running), desc="tasks"):
            done.result()
    finally:  # nobody goes on writing results after this process has ended
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.terminate()


def examine(task: Task) -> None:
    """Train and judge whatever of a task has no result yet."""
    if task.part == "one_for_all":
        for seed in task.seeds:
            _examine_mixture(task.folder, seed)
        return
    if task.part == "orders":
        _picture(task.folder)
        return
    exam = _exam(SCENARIOS[task.part], task.instance)
    for seed in task.seeds:
        place = task.folder / f"{task.part}-{task.instance:02d}-{seed}.json"
        lesson = LESSONS[task.part]
        if place.exists():
            lesson.check(place, json.loads(place.read_text(encoding="utf-8"))["lesson"])
            continue
        taught = teach(lesson, exam.source, seed, exam)
        found = judge(exam, taught.policy, taught.start) | _of_learning(lesson, taught)
        _keep(place, {"part": task.part, "instance": exam.name, "seed": seed, **found})


def _examine_mixture(folder: Path, seed: int) -> None:
    """Train one policy for all instances, and judge it on each."""
    lesson = LESSONS["one_for_all"]
    number = len(load_scenario("lost_sales").instances)
    seen = [folder / f"one_for_all-{k:02d}-{seed}.json" for k in range(number)]
    unseen = folder / f"one_for_all-unseen-{seed}.json"
    for place in filter(Path.exists, (*seen, unseen)):
        lesson.check(place, json.loads(place.read_text(encoding="utf-8"))["lesson"])
    if unseen.exists() and all(place.exists() for place in seen):
        return
    place = folder / f"one_for_all-{seed}.npz"
    taught = taught_once(place, lesson, lambda: mixture(lesson.env.periods), seed)
    extra = {"part": "one_for_all", "seed": seed, **_of_learning(lesson, taught)}
    for k, place in enumerate(seen):
        if not place.exists():
            exam = _exam("lost_sales", k)
            _keep(place, {**extra, "instance": exam.name, **judge(exam, taught.policy, None)})
    rows = [{"instance": e.name, **judge(e, taught.policy, None)} for e in unseen_exams()]
    _keep(unseen, {**extra, "unseen": rows})


def _picture(folder: Path) -> None:
    """Draw the orders of a policy beside the optimal ones."""
    exam = _exam("lost_sales", PICTURED)
    place = folder / "orders-0.npz"
    taught = taught_once(place, LESSONS["lost_sales"], lambda: exam.source, 0)
    plot_orders(exam, taught.policy, folder / "orders.svg")


def judge(exam: Exam, policy: Policy, start: Policy | None) -> dict[str, Any]:
    """Return how a policy does on an exam, as JSON."""
    episode, best, rule = known_costs(exam, ROWS, PERIODS)
    cost = mean_costs(policy, episode)
    found: dict[str, Any] = {
        "optimum": exam.optimum,
        "simulated_optimum": asdict(difference(best, np.full_like(best, exam.optimum))),
        "gap": asdict(difference(cost, best)),
    }
    if start is not None:
        found["start_gap"] = asdict(difference(mean_costs(start, episode), best))
    if rule is not None:
        found["rule_gap_percent"] = 100.0 * (exam.rule_cost / exam.optimum - 1.0)
        found["over_rule"] = asdict(difference(cost, rule))
    return found


def _of_learning(lesson: Lesson, taught: Taught) -> dict[str, Any]:
    """Return how long learning took, what the way was, and all settings."""
    return {"seconds": taught.seconds, "curve": taught.curve, "lesson": lesson.to_dict()}


@lru_cache(maxsize=1)
def _exam(scenario: str, number: int) -> Exam:
    """Return an instance of a scenario with its answer."""
    return exam_of(load_scenario(scenario).instances[number])


def _tasks(parts: Sequence[str], seeds: tuple[int, ...], folder: Path, only: str) -> Iterator[Task]:
    """Yield what is to be done, long trainings first."""
    if "one_for_all" in parts:
        yield from (Task("one_for_all", 0, (seed,), folder) for seed in seeds)
    if "orders" in parts:
        yield Task("orders", 0, (0,), folder)
    for part in parts:
        if part not in SCENARIOS:
            continue
        for number, instance in enumerate(load_scenario(SCENARIOS[part]).instances):
            corner = instance.parameters["shortage_cost"] in (4.0, 39.0)
            corner = corner and instance.parameters["lead_time"] in (1, 4)
            wanted = all(word in instance.name for word in only.split())
            if wanted and (part != "sac" or corner):
                yield Task(part, number, seeds, folder)


def _keep(place: Path, result: dict[str, Any]) -> None:
    """Write a result that appears whole or not at all."""
    write_bytes_atomic(place, json.dumps(result, indent=1).encode())


def _parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default=",".join(PARTS), help="commas between; or none")
    parser.add_argument(
        "--seeds", type=_seeds, default=(0, 1, 2), help="of learning, commas between (0,1,2)"
    )
    parser.add_argument("--only", default="", help="words that the instance's name must hold")
    parser.add_argument("--folder", default="runs/optimality", help="of the results")
    parser.add_argument("--jobs", type=_jobs, default=1, help="processes at a time (1)")
    return parser


def _seeds(text: str) -> tuple[int, ...]:
    """Read the seeds of a command line."""
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() for word in words):
        raise argparse.ArgumentTypeError(f"{text!r}, expected whole numbers such as 0,1,2")
    return tuple(map(int, words))


def _jobs(text: str) -> int:
    """Read the number of processes of a command line."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}, expected a whole number of 1 or more")
    return int(text)


if __name__ == "__main__":
    raise SystemExit(main())
