"""What a user can say about the data: the ``[data]`` table of a config file."""

import re
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from replenish.errors import InputError

_ADAPTER = "an adapter"
_READERS = {  # the one source that reads a setting
    **dict.fromkeys(("sales", "items", "plan", "receipts", "orders"), "files"),
    **dict.fromkeys(("sample_items", "sample_periods", "sample_seed"), "sample"),
    "folder": _ADAPTER,
}
_OWN = ("item_id", "date", "sales", "in_stock", "weekday", "month", "day_of_year")
FREQUENCY = re.compile(r"D|W-(MON|TUE|WED|THU|FRI|SAT|SUN)")


class DataConfig(BaseModel):
    """Where sales come from and what is done to each kind of dirt in them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(
        default="sample",
        description="'sample', 'files', or the name of a file in replenish/data/adapters.",
    )
    folder: str = Field(
        default="",
        description="Folder of an adapter's data; empty: $REPLENISH_DATA/<name of the adapter>.",
    )
    sales: str = Field(
        default="",
        description="Sales table (CSV or Parquet), relative to the config file; for 'files'.",
    )
    items: str = Field(
        default="",
        description="Items table with lead times, costs and order rules.",
    )
    plan: str = Field(
        default="",
        description="What is known ahead: promotions, prices, holidays, closing.",
    )
    receipts: str = Field(
        default="",
        description="Past receipts, from which lead times are learned.",
    )
    orders: str = Field(
        default="",
        description="Past orders of the shop itself, played again to compare with.",
    )
    keys: tuple[str, ...] = Field(
        default=(),
        description="Columns that together name an item, joined as 'store|product'.",
    )
    known: tuple[str, ...] = Field(
        default=(),
        description="Further number columns of sales or plan that are known ahead.",
    )
    past: tuple[str, ...] = Field(
        default=(),
        description="Further number columns of sales that are known only afterwards.",
    )
    static: tuple[str, ...] = Field(
        default=(),
        description="Further text columns of sales that belong to the item, not to the date.",
    )
    ignore: tuple[str, ...] = Field(
        default=(),
        description="Columns of sales that are left out.",
    )
    frequency: str = Field(
        default="D",
        description="Length of a period: 'D' or a week named by its first day, e.g. 'W-MON'.",
    )
    missing: Literal["unobserved", "zero"] = Field(
        default="unobserved",
        description="A period without a row between two rows: not seen, or no sale.",
    )
    empty_sales: Literal["error", "unobserved"] = Field(
        default="error",
        description="An empty sales cell: stop, or take the period as not observed.",
    )
    duplicates: Literal["error", "sum", "last"] = Field(
        default="error",
        description="Two rows of one item and date: stop, add them, or keep the last one.",
    )
    negatives: Literal["error", "zero", "unobserved", "net"] = Field(
        default="error",
        description="A sale below 0: stop, count it as 0, as not observed, or net it against the "
        "other rows of its item and date.",
    )
    outliers: Literal["keep", "cap", "interpolate"] = Field(
        default="keep",
        description="Unusually high sales: keep, cut to the bound, or fill from the window before.",
    )
    min_periods: int = Field(
        default=0,
        ge=0,
        description="Drop items with fewer observed periods; 0 keeps all.",
    )
    min_active_periods: int = Field(
        default=0,
        ge=0,
        description="Drop items with fewer periods in which something was sold.",
    )
    count_until: str = Field(
        default="",
        description="Last date that the two minima look at; empty: all history. Set it to the end "
        "of the fit part to choose items without looking ahead.",
    )
    max_items: int = Field(
        default=0,
        ge=0,
        description="Keep so many items, spread evenly over the sorted ids; 0 keeps all.",
    )
    sample_items: int = Field(
        default=120,
        ge=1,
        description="Items in the embedded sample.",
    )
    sample_periods: int = Field(
        default=1100,
        ge=60,
        le=20_000,
        description="Days in the embedded sample.",
    )
    sample_seed: int = Field(
        default=1,
        ge=0,
        description="Seed of the embedded sample.",
    )

    @field_validator("frequency")
    @classmethod
    def _known_frequency(cls, value: str) -> str:
        if not FREQUENCY.fullmatch(value):
            raise ValueError(f"frequency is {value!r}, expected 'D' or 'W-MON' .. 'W-SUN'")
        return value

    @field_validator("keys", "known", "past", "static", "ignore")
    @classmethod
    def _lower_case(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name.strip().lower() for name in names))  # as columns are read

    @model_validator(mode="after")
    def _each_once(self) -> "DataConfig":
        """Refuse a column named for two ends, and one that the program makes or needs itself."""
        named = {"known": self.known, "past": self.past, "static": self.static}
        for place, names in named.items():
            for name in names:
                others = [other for other, theirs in named.items() if name in theirs]
                if len(others) > 1:
                    raise ValueError(f"column {name!r} stands in {' and in '.join(others)}")
                if name in _OWN:
                    raise ValueError(f"column {name!r} in {place} is the program's own; rename it")
        return self

    @field_validator("count_until")
    @classmethod
    def _iso_date(cls, value: str) -> str:
        try:
            date.fromisoformat(value or "2024-04-30")
        except ValueError:
            raise ValueError(
                f"count_until is {value!r}, expected a date such as 2024-04-30"
            ) from None
        return value


def check_named(config: DataConfig) -> None:
    """Raise where the config sets what only another source reads.

    Raises:
        InputError: A user's file where the source brings its own tables, an adapter's folder, or
            the sample's size or seed.
    """
    for name, reader in _READERS.items():
        value = getattr(config, name)
        source = config.source if config.source in _READERS.values() else _ADAPTER
        if source != reader and value != DataConfig.model_fields[name].default:
            raise InputError(
                f"data.{name} is {value!r}, which data.source {config.source!r} does not read, "
                f"but {reader} does; change data.source, or leave data.{name} out"
            )
