"""Decide how much of every item to order today: the core that runs without torch."""

__version__ = "0.1.0"
