"""Croston's method without the bias of its ratio."""

from dataclasses import dataclass
from typing import ClassVar

from forecasters._croston import CrostonFamily


@dataclass
class Sba(CrostonFamily):
    """Croston's forecast times 1 - alpha / 2 (Syntetos & Boylan 2005).

    The options are those of `forecasters._croston.CrostonFamily`.
    """

    corrected: ClassVar[bool] = True
