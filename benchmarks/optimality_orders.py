"""What a learned policy orders in every state of a problem with lead time 2, beside the optimum."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.plots import INK, canvas, save
from benchmarks.textbook import Exam, draw_exam
from replenish.arrays import Floats
from replenish.protocols import Policy
from replenish.simulation import Shop, play
from replenish.state import InventoryState

MOST_ON_HAND, MOST_DUE = 20, 12
_SHARE = 0.999  # of periods that the outlined states make up


def plot_orders(exam: Exam, policy: Policy, place: Path) -> None:
    """Draw three maps over (on hand, due next period): optimal order, learned order, difference.

    Args:
        exam: A problem of lead time 2.
        policy: What learned.
        place: Of the picture.
    """
    best, learned = orders_of(exam, exam.best), orders_of(exam, policy)
    visited = visits(exam)
    figure, row = canvas(11.0, 3.6, columns=3)
    top = float(max(best.max(), learned.max()))
    maps = (("optimal order", best), ("PPO's order", learned), ("PPO less optimal", learned - best))
    for axes, (title, values) in zip(row, maps, strict=True):
        apart = values is not best and values is not learned
        colours = {"cmap": "RdBu_r", "vmin": -3, "vmax": 3} if apart else {"vmin": 0, "vmax": top}
        drawn = axes.imshow(values.T, origin="lower", aspect="auto", **colours)
        axes.contour(visited.T > 0, levels=[0.5], colors=INK, linewidths=1)
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("on hand after receipt, units")
        axes.grid(visible=False)
        figure.colorbar(drawn, ax=axes)
    row[0].set_ylabel("due next period, units")
    save(figure, place)


def orders_of(exam: Exam, policy: Policy) -> Floats:
    """Return the order in every state, units by (on hand, due next period), in whole packs."""
    on_hand, due = np.meshgrid(np.arange(MOST_ON_HAND + 1), np.arange(MOST_DUE + 1), indexing="ij")
    episode = draw_exam(exam, on_hand.size, 1, [0])
    on_order = np.stack((due.ravel(), np.zeros(due.size)), axis=1).astype(float)
    start = InventoryState(on_hand.ravel().astype(float), on_order, np.zeros(due.size))
    shop = Shop(replace(episode, start=start))
    return shop.step(policy.order(shop.observe())).order.reshape(on_hand.shape)


def visits(exam: Exam) -> Floats:
    """Return how often the optimal policy meets each state; rare ones are 0."""
    ledger = play(exam.best, draw_exam(exam, 500, 500, [1]))
    due = ledger.order[99:-1].ravel().astype(int)  # of the period before, lead time 2
    on_hand = (ledger.on_hand[99:-1] + ledger.received[100:]).ravel().astype(int)
    count = np.zeros((MOST_ON_HAND + 1, MOST_DUE + 1))
    within = (on_hand <= MOST_ON_HAND) & (due <= MOST_DUE)
    np.add.at(count, (on_hand[within], due[within]), 1.0)
    falling = np.sort(count.ravel())[::-1]
    enough = falling[np.searchsorted(np.cumsum(falling), _SHARE * count.sum())]
    return np.where(count >= enough, count, 0.0)
