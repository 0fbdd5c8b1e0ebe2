"""Croston's method: how much is asked for, over how long it takes until it is."""

from dataclasses import dataclass
from typing import ClassVar

from forecasters._croston import CrostonFamily


@dataclass
class Croston(CrostonFamily):
    """Size of demands over the interval between them (Croston 1972); too high for rare demand.

    The options are those of `forecasters._croston.CrostonFamily`.
    """

    corrected: ClassVar[bool] = False
