"""The ``[split]`` table: which dates and which items nobody learns from."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from replenish.section import Section

_DATES = ("fit_until", "train_until", "validation_until", "test_until")
Share = Annotated[float, Field(ge=0, lt=1)]


class SplitConfig(Section):
    """Last dates of the four parts of time (empty: 40, 35, 10, 15 %), and items held out."""

    fit_until: str = Field(default="", description="Last day that forecasters first learn from.")
    train_until: str = Field(default="", description="Last day that agents learn from.")
    validation_until: str = Field(default="", description="Last day that choices are made on.")
    test_until: str = Field(
        default="", description="Last day of the test part, which evaluate.py alone reads."
    )
    gap: int = Field(
        default=-1,
        ge=-1,
        description="Periods between two parts; -1: longest lead time + review period. Fewer leave "
        "short histories more to learn from; nothing later is seen either way.",
    )
    held_out_items: Share = Field(
        default=0.0,
        description="Share of the items that nothing learns from or is tuned on; they are judged "
        "on the test period, and reported apart.",
    )
    held_out_seed: int = Field(
        default=0, ge=0, lt=2**31, description="Draws these items, the same for every train.seed."
    )
    held_out_names: list[str] = Field(
        default=[], description="The same by name; instead of a share."
    )

    @field_validator(*_DATES, mode="before")
    @classmethod
    def _iso(cls, value: Any) -> Any:
        """Take a date with and without quotes, and nothing that only resembles one."""
        text = value.isoformat() if isinstance(value, date) else value
        if isinstance(text, str) and text:
            try:
                date.fromisoformat(text)
            except ValueError:
                raise ValueError(f"{text!r} is no date, expected one such as 2024-04-30") from None
        return text

    @model_validator(mode="after")
    def _one_way(self) -> "SplitConfig":
        """Refuse items that are held out by share and by name at once."""
        if self.held_out_items and self.held_out_names:
            raise ValueError(
                f"held_out_items is {self.held_out_items:g} and held_out_names lists "
                f"{len(self.held_out_names)} items; give one of the two"
            )
        return self
