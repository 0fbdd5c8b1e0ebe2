"""The ``[items]`` table: what holds for items of which the items table says nothing."""

import math
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from replenish.errors import unknown
from replenish.item_table import periods_of, shortage_cost_for
from replenish.items import DEFAULTS, Items
from replenish.section import Section

Parameter = Annotated[float, Field(allow_inf_nan=True)]  # max_order = inf is no limit
ServiceLevel = Annotated[float, Field(gt=0, lt=1)]
Review = Annotated[int, Field(ge=1)]
AbcClass = Literal["A", "B", "C"]


class ItemsConfig(Section):
    """What holds for items of which the items table says nothing."""

    defaults: dict[str, Parameter] = Field(
        default={}, description="Parameter of replenish.items.Items -> number for all items."
    )
    override: dict[str, Parameter] = Field(
        default={}, description="The same, but also where the items table says otherwise."
    )
    margin: float = Field(
        default=0.3, ge=0, lt=1, description="unit_cost = price x (1 - margin) where it is missing."
    )
    holding_rate: float = Field(
        default=0.0, ge=0, description="Yearly; holding_cost = rate x unit_cost where missing."
    )
    shortage_share: float = Field(
        default=0.0, ge=0, description="shortage_cost = share x price where it is missing."
    )
    holding_cost_per: Literal["period", "year"] = Field(
        default="period",
        description="What a holding_cost, in the items table and here, is money per unit for. A "
        "shortage_cost is per unit of unmet demand (where demand waits: and per period).",
    )
    service_level: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Share s of periods whose demand stock should meet: shortage_cost = "
        "holding_cost x s / (1 - s) where it is missing; 0: none.",
    )
    service_level_by_class: dict[AbcClass, ServiceLevel] = Field(
        default={},
        description="The same for A, B and C items by sales value up to split.fit_until, e.g. "
        "{A = 0.98, B = 0.95, C = 0.9}; instead of service_level.",
    )
    review_period_by_class: dict[AbcClass, Review] = Field(
        default={}, description="Periods between two orders by the same classes where missing."
    )

    @field_validator("defaults", "override")
    @classmethod
    def _known(cls, values: dict[str, float]) -> dict[str, float]:
        for name in values:
            if name not in DEFAULTS:
                raise unknown("parameter of items", name, DEFAULTS)
        Items.build(1, **values)  # raises where a value is out of its range
        return values

    @field_validator("service_level_by_class", "review_period_by_class")
    @classmethod
    def _whole(cls, values: dict[str, float]) -> dict[str, float]:
        """Refuse some of the classes: what of the others?"""
        if values and len(values) < len("ABC"):
            raise ValueError(f"gives {', '.join(values)}, expected all of A, B and C")
        return values

    @model_validator(mode="after")
    def _one_way(self) -> "ItemsConfig":
        """Refuse a shortage cost that is given in two ways."""
        ways = {
            "service_level": bool(self.service_level),
            "service_level_by_class": bool(self.service_level_by_class),
            "shortage_share": bool(self.shortage_share),
            "defaults.shortage_cost": "shortage_cost" in self.defaults,
            "override.shortage_cost": "shortage_cost" in self.override,
        }
        given = [name for name, is_given in ways.items() if is_given]
        if len(given) > 1 and given[0].startswith("service_level"):
            raise ValueError(
                f"{' and '.join(given)} are given, each of which says what a shortage costs; "
                "keep one"
            )
        return self

    def standard(self, days_per_period: int) -> dict[str, float]:
        """Return the parameters of an item that nobody described, costs per period.

        Its service level is the one of class C, where classes have theirs: it has not sold.
        """
        told = {**self.defaults, **self.override}
        if "holding_cost" in told:
            told["holding_cost"] /= periods_of(self.holding_cost_per, days_per_period)
        if level := self.service_level_by_class.get("C", self.service_level):
            held = told.get("holding_cost", DEFAULTS["holding_cost"])
            told["shortage_cost"] = float(shortage_cost_for(held, level))
        return told

    @property
    def rules(self) -> dict[str, Any]:
        """How an items table is read, as `replenish.item_table` takes it; JSON without infinity."""
        override = {k: v if math.isfinite(v) else str(v) for k, v in self.override.items()}
        by_class = {"service_level_by_class", "review_period_by_class"}  # in the table by then
        return {**self.model_dump(exclude={"defaults", *by_class}), "override": override}
