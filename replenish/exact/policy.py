"""Plays a rule of an exactly solved problem in the simulator."""

from dataclasses import dataclass

import numpy as np

from replenish.arrays import Floats
from replenish.exact.lost_sales import Rule
from replenish.observation import Observation


@dataclass(frozen=True, eq=False)
class RulePolicy:
    """Orders as a rule says, for N rows at once; a `replenish.protocols.Policy`.

    Attributes:
        rule: (N, L) states in whole units -> (N,) orders.
        lead_time: L, periods.
    """

    rule: Rule
    lead_time: int

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units.

        Raises:
            ValueError: Stock is not in whole units, or more is on order than a lead time L allows.
        """
        stock, due = observation.state.on_hand, observation.state.on_order
        if np.any(due[:, self.lead_time - 1 :]):
            raise ValueError(
                f"units on order are due in {self.lead_time} periods or more before ordering; "
                f"the rule is for a lead time of {self.lead_time}"
            )
        states = np.concatenate((stock[:, None], due[:, : self.lead_time - 1]), axis=1)
        whole = np.rint(states)
        if not np.array_equal(whole, states):
            raise ValueError(
                "stock is not in whole units, but the rule counts those; with a pack_size of 1 "
                "episodes start with whole units"
            )
        return np.asarray(self.rule(whole.astype(np.int64)), dtype=float)
