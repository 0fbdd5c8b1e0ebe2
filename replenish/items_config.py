"""The ``[items]`` table: what holds for items of which the items table says nothing."""

import math
from typing import Annotated, Any

from pydantic import Field, field_validator

from replenish.errors import unknown
from replenish.items import DEFAULTS, Items
from replenish.section import Section

Parameter = Annotated[float, Field(allow_inf_nan=True)]  # max_order = inf is no limit


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

    @field_validator("defaults", "override")
    @classmethod
    def _known(cls, values: dict[str, float]) -> dict[str, float]:
        for name in values:
            if name not in DEFAULTS:
                raise unknown("parameter of items", name, DEFAULTS)
        Items.build(1, **values)  # raises where a value is out of its range
        return values

    @property
    def rules(self) -> dict[str, Any]:
        """How an items table is read, as `replenish.item_table` takes it; JSON without infinity."""
        override = {k: v if math.isfinite(v) else str(v) for k, v in self.override.items()}
        return {**self.model_dump(exclude={"defaults"}), "override": override}
