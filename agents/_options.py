"""Ranges of hyper-parameters; a config that leaves them is refused before anything is done."""

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field


def _starts_above_zero(weight: str) -> str:
    """Return a weight of entropy; one that adapts multiplies, and never leaves 0."""
    if weight.startswith("auto_") and float(weight[5:]) == 0:
        raise ValueError("a weight that adapts starts above 0, e.g. auto_0.01")
    return weight


Positive: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
LogNoise: TypeAlias = Annotated[float, Field(ge=-20, le=2)]  # beyond it noise is none, or all
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Count: TypeAlias = Annotated[int, Field(ge=1)]
Batch: TypeAlias = Annotated[int, Field(ge=2)]  # a batch of one has no spread to scale by
Widths: TypeAlias = Annotated[tuple[Count, ...], Field(min_length=1)]
Entropy: TypeAlias = Annotated[
    str,
    Field(pattern=r"^(auto(_[0-9]*\.?[0-9]+)?|[0-9]*\.?[0-9]+)$", coerce_numbers_to_str=True),
    AfterValidator(_starts_above_zero),
]  # auto, auto_0.1 (adapts from there), or a fixed number
