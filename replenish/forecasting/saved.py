"""A frozen dataclass taken apart for the disk by its fields, and put together again."""

from dataclasses import Field, fields
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np

from replenish.forecasting.point import Parts


class Fields(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Model = TypeVar("Model", bound=Fields)


def taken_apart(model: Fields) -> Parts:
    """Return the fields of a dataclass: arrays and tuples of texts as arrays, the rest for JSON."""
    told = {field.name: getattr(model, field.name) for field in fields(model)}
    arrays = {name: value for name, value in told.items() if isinstance(value, np.ndarray)}
    texts = {name: np.array(v, dtype=str) for name, v in told.items() if isinstance(v, tuple)}
    settings = {name: v for name, v in told.items() if name not in arrays and name not in texts}
    return Parts(settings, arrays | texts, {})


def put_together(kind: type[Model], parts: Parts) -> Model:
    """Return the dataclass that `taken_apart` took apart."""
    told: dict[str, Any] = dict(parts.settings)
    for name, values in parts.arrays.items():
        texts = values.dtype.kind == "U"
        told[name] = tuple(str(text) for text in values) if texts else values
    return kind(**told)
