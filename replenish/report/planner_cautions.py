"""What makes a claim of savings weak, each said where it holds and nowhere else."""

from collections.abc import Iterator

import numpy as np

from replenish.judging.evaluation import Evaluation
from replenish.paired import LEAST_BLOCKS, LEAST_ITEMS
from replenish.planner.value import Comparison, PlannerView
from replenish.report.planner_words import Money, labels
from replenish.report.tables import looks_warning

FEW_BLOCKS = 13  # half a year of two weeks each
HALF_A_YEAR = 183  # days
FEW_ITEMS = 30
FEW_SHORTAGES = 30  # items x periods with unmet demand
MUCH_ESTIMATED = 0.1  # of the item-periods
MORE_ORDERS = 1.25
ONE_ITEM = 1 / 3  # of all differences


def cautions(evaluation: Evaluation, view: PlannerView) -> list[str]:
    """Return everything that a planner must know before trusting the page, a sentence each.

    Args:
        evaluation: What was found.
        view: The same in money per year.
    """
    named = labels(view)
    found: list[str] = []
    for compared in view.comparisons:
        found += _of_comparison(compared, named[compared.rival], view)
        found += _of_work(compared, named[compared.rival], view)
    found += _of_time(view)
    found += _of_items(view)
    found += _of_data(view)
    if evaluation.looks > 1:
        found.append(looks_warning(evaluation.looks))
    return found


def _of_comparison(compared: Comparison, label: str, view: PlannerView) -> Iterator[str]:
    """Say what is weak in one comparison."""
    saving, money = compared.saving, Money(view.currency)
    if not compared.per_item.any():
        yield f"The agent costs what {label} costs on every item: nothing is to choose between."
    elif saving.tone == "uncertain" and saving.low is not None:
        interval = money.interval(saving, lost=saving.money < 0)
        yield (
            f"Not certain against {label}: the interval, {interval} a year, holds "
            "zero, so that the difference may be chance."
        )
    if len(compared.starts) > 1 and min(compared.starts) < 0 < max(compared.starts):
        low, high = min(compared.starts), max(compared.starts)
        yield (
            f"Against {label} the sign depends on how full the shelves are at the first day: "
            f"{money.figure(low)} to {money.amount(high)} a year."
        )
    if compared.replayed:
        yield (
            "The shop's orders are played again as they were placed, but from an estimated "
            "starting stock, and they cannot react to the stock of the simulation: this makes "
            "the shop look worse than it is. Trust the comparison with the best formula more."
            f"{_checked(compared, view)}"
        )
    if compared.unknown:
        yield (
            f"Nothing is known of how the shop orders {compared.unknown:,} of {view.n_items:,} "
            f"items: against {label} they count as no difference."
        )


def _checked(compared: Comparison, view: PlannerView) -> str:
    """Return how a replay fits to what the shop recorded, where stockouts were recorded."""
    if not view.recorded_out:
        return ""
    return (
        f" In the replay {100 * compared.sold_out[1]:.1f} % of items and periods end without "
        f"stock, in the shop's records {100 * view.recorded_out:.1f} %."
    )


def _of_work(compared: Comparison, label: str, view: PlannerView) -> Iterator[str]:
    """Say where the agent orders oftener and that costs nothing."""
    ours, theirs = compared.agent["orders"], compared.other["orders"]
    if view.free_orders and ours > MORE_ORDERS * theirs:
        times = f"{ours / theirs:.1f} times as many" if theirs > 0 else "more"
        yield (
            f"The agent places {times} orders as {label}, and an order costs nothing for "
            f"{view.free_orders:,} of {view.n_items:,} items: if the work of ordering is worth "
            "money, set fixed_order_cost."
        )


def _of_time(view: PlannerView) -> Iterator[str]:
    """Say where the test period is short."""
    if view.days < HALF_A_YEAR:
        yield (
            f"A year is made from {view.days} days, {view.dates[0]} to {view.dates[1]}: seasons "
            "outside them are not in it."
        )
    blocks = view.comparisons[0].saving.blocks
    if not blocks:
        yield (
            f"The test period has fewer than {LEAST_BLOCKS} blocks of time: intervals are over "
            "items alone, and too narrow, because what hit all items at once does not count."
        )
    elif blocks < FEW_BLOCKS:
        yield f"Intervals rest on {blocks} blocks of time only; {FEW_BLOCKS} or more are better."


def _of_items(view: PlannerView) -> Iterator[str]:
    """Say where items are few, or one of them decides."""
    if view.n_items < LEAST_ITEMS:
        yield (
            f"{view.n_items} item{'s are' if view.n_items != 1 else ' is'} too few for an "
            f"interval, which takes {LEAST_ITEMS}: nothing here is certain."
        )
    elif view.n_items < FEW_ITEMS:
        yield f"{view.n_items} items are few: what holds for them may not hold for others."
    apart = np.abs(view.comparisons[0].per_item)
    if view.n_items >= LEAST_ITEMS and apart.max() > ONE_ITEM * max(float(apart.sum()), 1e-12):
        name = view.names[int(apart.argmax())]
        share = 100.0 * apart.max() / apart.sum()
        yield f"One item, {name}, makes {share:.0f} % of all differences: look at it first."


def _of_data(view: PlannerView) -> Iterator[str]:
    """Say where events are few, and data estimated or assumed."""
    fewest = min(min(compared.shortages) for compared in view.comparisons)
    if fewest < FEW_SHORTAGES:
        yield (
            f"Few shortages were seen: {fewest} (items x periods with unmet demand) under whoever "
            "ran short least. What shortages cost hangs on these."
        )
    if view.censored > MUCH_ESTIMATED:
        yield (
            f"Demand is estimated on {100 * view.censored:.0f} % of items and periods, because "
            "stock had run out or nothing was recorded; savings on shortages rest on it."
        )
    yield from (f"Assumed: {said}" for said in view.assumed)
