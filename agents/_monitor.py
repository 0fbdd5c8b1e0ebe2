"""What happens beside learning: looks at validation, checkpoints, TensorBoard, the bar."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from tqdm import tqdm

from agents._checkpoint import save_checkpoint

LAST, BEST = "last.npz", "best.npz"


@dataclass(frozen=True)
class Look:
    """What a look at the validation period found.

    Attributes:
        cost: Money per item and period; the best model has the least.
        scalars: TensorBoard name -> value, what a planner reads.
    """

    cost: float
    scalars: dict[str, float]


@dataclass
class Progress:
    """How far a training is; kept in every checkpoint.

    Attributes:
        best_cost: Least validation cost so far.
        best_step: Row-steps when it was reached.
        next_look: Row-steps of the next look at validation.
        next_checkpoint: Row-steps of the next checkpoint.
    """

    best_cost: float = float("inf")
    best_step: int = 0
    next_look: int = 0
    next_checkpoint: int = 0


class Monitor(BaseCallback):
    """Looks at validation, keeps the best and the last, and shows how long it will take."""

    def __init__(
        self,
        look: Callable[[Any], Look],
        folder: Path,
        every: tuple[int, int],
        total: int,
        progress: Progress,
    ) -> None:
        """Set what is done how often.

        Args:
            look: Judges a learner on the validation period.
            folder: Where checkpoints go.
            every: Row-steps between looks, and between checkpoints.
            total: Row-steps of the whole training.
            progress: Where to go on from.
        """
        super().__init__()
        self._look, self._folder, self._every = look, folder, every
        self._total, self.progress = total, progress
        self._bar: Any = None
        self._costs: list[float] = []
        self._began = 0.0, 0  # seconds of the clock, row-steps
        self.stopped = self._abandoned = False
        self._learned = 0  # row-steps that updates have seen

    def _on_training_start(self) -> None:
        """Show the bar and look at the untrained policy."""
        self._bar = tqdm(
            total=self._total,
            initial=self.num_timesteps,
            desc="train",
            unit="step",
            unit_scale=True,
            disable=None,  # a log file gets a line per look instead
        )
        self._began = time.monotonic(), self.num_timesteps
        if self.num_timesteps == 0:
            self.look()

    def _on_step(self) -> bool:
        """Note the period's cost; look and save when it is time."""
        self._costs.append(float(self.training_env.cost.mean()))  # type: ignore[attr-defined]
        self._abandoned = self.stopped
        return not self.stopped

    def _on_rollout_start(self) -> None:
        """Between two updates the learner is whole: the moment to look and to save."""
        self._learned = self.num_timesteps
        if self._bar is not None:
            self._bar.update(self.num_timesteps - self._bar.n)
        if self._costs and len(self._costs) >= 32:
            self.logger.record("shop/training_cost_per_period", float(np.mean(self._costs)))
            self._costs = []
        if self.num_timesteps >= self.progress.next_look + self._every[0]:
            self.look()
        if self.num_timesteps >= self.progress.next_checkpoint + self._every[1]:
            self.save()

    def _on_training_end(self) -> None:
        """Look once more, save, and close the bar."""
        if not self.stopped:
            self.look()
        if self._abandoned:  # what was collected since the last update taught nothing
            self.num_timesteps = self.model.num_timesteps = self._learned
        self.save()
        self.close_bar()

    def look(self) -> None:
        """Judge the policy on validation and keep it if it is the best so far."""
        found = self._look(self.model)
        progress = self.progress
        progress.next_look = self.num_timesteps
        if found.cost < progress.best_cost:
            progress.best_cost, progress.best_step = found.cost, self.num_timesteps
            save_checkpoint(self.model, self._folder / BEST, vars(progress), replay=False)
        for name, value in found.scalars.items():
            self.logger.record(name, value)
        self.logger.record("validation/best_cost_per_period", progress.best_cost)
        self.logger.dump(self.num_timesteps)
        self._tell(found)

    def _tell(self, found: Look) -> None:
        """Show what the look found: in the bar, or as a line where nobody watches a terminal."""
        best = f"{self.progress.best_cost:.4g}"
        if self._bar is not None and not self._bar.disable:
            self._bar.set_postfix({"cost": f"{found.cost:.4g}", "best": best})
            return
        start, first = self._began
        done = self.num_timesteps - first
        left = (time.monotonic() - start) * (self._total - self.num_timesteps) / max(done, 1)
        rest = f", {max(left, 0.0):.0f} s left" if done else ""
        tqdm.write(
            f"  {self.num_timesteps:,} of {self._total:,} steps: "
            f"{found.cost:.4g} a period on validation, best {best}{rest}"
        )

    def save(self) -> None:
        """Write a whole checkpoint to go on from."""
        self.progress.next_checkpoint = self.num_timesteps
        save_checkpoint(self.model, self._folder / LAST, vars(self.progress))

    def close_bar(self) -> None:
        """Leave the terminal tidy."""
        if self._bar is not None:
            self._bar.update(self.num_timesteps - self._bar.n)
            self._bar.close()
            self._bar = None
