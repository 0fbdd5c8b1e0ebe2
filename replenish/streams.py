"""The streams of chance of a run: one seed, and nobody's draws change what another one meets."""

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What is drawn from a stream of its own, whatever else the run draws.

    Attributes:
        CHOICES: Lead times and review days of train and validation, as policies are tuned on them.
        LEARNING: Episodes that an agent learns from.
        TEST: Lead times and review days of the test period, the same for everybody.
        ANOMALIES: What guards are tried on.
        VERSIONS: Other lead times and costs of the items that an agent learns from.
    """

    CHOICES = 1
    LEARNING = 2
    TEST = 3
    ANOMALIES = 4
    VERSIONS = 5

    def generator(self, seed: int) -> np.random.Generator:
        """Return the stream of a run with this seed, from its beginning."""
        return np.random.default_rng([seed, self])
