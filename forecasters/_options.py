"""Ranges of options; a config that leaves them is refused before anything is done."""

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field


def _odd(number: int) -> int:
    if number % 2 == 0:
        raise ValueError(f"{number} is even, a window needs a middle: take {number + 1}")
    return number


Positive: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Weight: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Smoothing: TypeAlias = Annotated[float, Field(gt=0, le=1)]
Whole: TypeAlias = Annotated[int, Field(ge=0)]
Count: TypeAlias = Annotated[int, Field(ge=1)]
Counts: TypeAlias = Annotated[tuple[Count, ...], Field(min_length=1)]
Positives: TypeAlias = Annotated[tuple[Positive, ...], Field(min_length=1)]
Smoothings: TypeAlias = Annotated[tuple[Smoothing, ...], Field(min_length=1)]
LoessWindow: TypeAlias = Annotated[int, Field(ge=7), AfterValidator(_odd)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Shares: TypeAlias = Annotated[tuple[Share, ...], Field(min_length=1)]
Window: TypeAlias = Annotated[int, Field(ge=2)]  # one period has nothing to be forecast from
Lags: TypeAlias = Annotated[int, Field(ge=0, le=3)]  # more is not told apart from fewer
SeasonalLags: TypeAlias = Annotated[int, Field(ge=0, le=1)]
Difference: TypeAlias = Annotated[int, Field(ge=0, le=1)]
MostLags: TypeAlias = Annotated[int, Field(ge=1, le=14)]
