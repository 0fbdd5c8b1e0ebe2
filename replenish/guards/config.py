"""The ``[guards]`` table of a run's config: every guard's switch, threshold and consequence."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Guard(BaseModel):
    """One guard: on or off, how far is too far, and what follows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(default=True, description="False: the guard does not look.")
    threshold: float = Field(description="How far is too far; the unit stands with the guard.")
    fallback: bool = Field(
        description="True: the fallback policy decides the item; False: it is only flagged."
    )


def _guard(threshold: float, description: str, *, fallback: bool = True) -> Any:
    """Return the config field of a guard that is enabled by default."""
    return Field(default=Guard(threshold=threshold, fallback=fallback), description=description)


class GuardConfig(BaseModel):
    """Every guard by its name; a guard's table may say only what differs from the default.

    ``[guards.demand_spike]`` with ``threshold = 8`` keeps the guard on and its consequence.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(default=True, description="False: no guard looks.")
    seed: int = Field(default=0, ge=0, description="Seed of the isolation forest.")
    recent_periods: int = Field(
        default=3,
        ge=1,
        description="Open periods for which strange sales count against a decision.",
    )

    late_data: Guard = _guard(2.0, "Periods without a record up to yesterday, more than this.")
    missing_data: Guard = _guard(
        0.5, "Share of the last 28 periods without a record, more than this.", fallback=False
    )
    duplicate_rows: Guard = _guard(
        0.0, "Duplicate rows that the loader merged, more than this.", fallback=False
    )
    stock_record: Guard = _guard(
        0.0, "Stock, open orders or backorders unknown, or further below zero than this (units)."
    )
    forecast_record: Guard = _guard(
        0.0, "Forecast unknown, infinite, or further below zero than this (units)."
    )
    forecast_jump: Guard = _guard(
        3.0, "Forecast of lead-time demand more than this many times yesterday's, or below 1 / it."
    )
    demand_spike: Guard = _guard(
        4.7, "Robust z-score of one period's sales above the band that was forecast for it."
    )
    demand_collapse: Guard = _guard(
        4.0, "Robust z-score of a week's sales below the band that was forecast for it."
    )
    flat_line: Guard = _guard(
        4.5, "Zeros while in stock, less likely by the item's own past than 1 in 10 to this power."
    )
    unusual_item: Guard = _guard(
        0.72, "Isolation forest's anomaly score of the item's features (0..1).", fallback=False
    )
    out_of_range: Guard = _guard(
        1.0, "Network input beyond the range seen in training, in widths of that range."
    )
    not_a_number: Guard = _guard(0.0, "Order that is not a finite number; the threshold is moot.")
    negative_order: Guard = _guard(0.0, "Order below minus this many units.")
    above_limit: Guard = _guard(
        1.0, "Order above the item's max_order times this, and above the reference policy's."
    )
    too_much_cover: Guard = _guard(
        90.0,
        "Order for more than this many periods of forecast demand beyond lead time and review.",
    )
    far_from_reference: Guard = _guard(
        3.0,
        "Distance from the reference policy's order, in times a usual order (see docs/guards.md).",
    )

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, values: Any) -> Any:
        """Fill what a guard's table leaves out with that guard's own defaults."""
        if not isinstance(values, Mapping):
            return values
        defaults = {name: spec.default for name, spec in cls.model_fields.items()}
        return {
            name: {**defaults[name].model_dump(), **given}
            if isinstance(given, Mapping) and isinstance(defaults.get(name), Guard)
            else given
            for name, given in values.items()
        }

    def guard(self, name: str) -> Guard:
        """Return the guard of this name."""
        found = getattr(self, name)
        if not isinstance(found, Guard):
            raise ValueError(f"{name!r} is no guard")
        return found

    def looks(self, name: str) -> bool:
        """Return whether the guard is on."""
        return self.enabled and self.guard(name).enabled
