"""The mean of formulas that several searches found: what each of them got by chance cancels.

A search that tries hundreds of settings on a few months of one item finds what chance favoured as
well as what holds. Another search over the same formula meets another chance, and cost is about
convex in the levels, so that the mean of their settings costs less than they do on average
(Bates and Granger 1969, "The combination of forecasts", Operational Research Quarterly 20,
451-468; for decisions, Breiman 1996, "Bagging predictors", Machine Learning 24, 123-140).
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from replenish.arrays import Floats
from replenish.protocols import Policy
from replenish.ranges import Range
from replenish.tuning.search import InTurn, Tuned


def averaged_in_turn(kind: Callable[..., Policy], searches: Sequence[InTurn]) -> InTurn:
    """Return the mean of what the searches found on train alone, and of what on both parts."""
    on_train, on_both = zip(*searches, strict=True)
    return InTurn(averaged(kind, on_train), averaged(kind, on_both))


def averaged(kind: Callable[..., Policy], formulas: Sequence[Tuned]) -> Tuned:
    """Return the formula whose parameters are the mean of theirs.

    Args:
        kind: Makes the policy from its parameters; a parameter that a formula lacks counts with
            what ``kind`` has untuned. A parameter that is searched in ratios has a geometric mean.
        formulas: Tuned on the same items.
    """
    ranges: dict[str, Range] = kind.search  # type: ignore[attr-defined]
    untuned = {name: getattr(kind, name) for name in ranges}

    def mean(settings: Sequence[Mapping[str, float | Floats]]) -> dict[str, Floats]:
        whole = [{**untuned, **setting} for setting in settings]
        columns = {name: np.stack(_of_one_shape([each[name] for each in whole])) for name in ranges}
        means = {name: _mean(columns[name], log=ranges[name].log) for name in ranges}
        return dict(zip(means, _of_one_shape([*means.values()]), strict=True))

    alike = {name: float(value) for name, value in mean([f.alike for f in formulas]).items()}
    individuality = float(np.mean([formula.individuality for formula in formulas]))
    if individuality == 0:
        return Tuned(kind(**alike), {**alike})
    own: dict[str, float | Floats] = {**mean([formula.parameters for formula in formulas])}
    return Tuned(kind(**own), own, individuality, alike)


def _mean(values: Floats, *, log: bool) -> Floats:
    """Return the mean over the first axis, geometric for ratios."""
    return np.asarray(np.exp(np.log(values).mean(axis=0)) if log else values.mean(axis=0))


def _of_one_shape(values: Sequence[float | Floats]) -> list[Floats]:
    """Return the numbers as arrays of one shape: where any items differ, one number each."""
    return [array.copy() for array in np.broadcast_arrays(*values)]
