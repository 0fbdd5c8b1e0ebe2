"""Textbook formulas that decide on paper: order quantities, safety stock, kinds of service.

They hold on average, for steady or normal demand; what is exact for whole units stands in
`replenish.exact.backorder` and `replenish.exact.fixed_cost`. The economic order quantity of many
items is `replenish.reference.economic_order_quantity`.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from replenish.errors import InputError
from replenish.exact.backorder import check_positive


@dataclass(frozen=True)
class SteadyDemand:
    """One item that sells at an even pace; all per the same period, a day or a year.

    Attributes:
        demand_rate: D, units per period.
        fixed_order_cost: K, money per order.
        holding_cost: h, money per unit and period in stock.
    """

    demand_rate: float
    fixed_order_cost: float
    holding_cost: float

    def __post_init__(self) -> None:
        check_positive("demand_rate", self.demand_rate, "units per period")
        check_positive("fixed_order_cost", self.fixed_order_cost, "money per order")
        check_positive("holding_cost", self.holding_cost)

    @property
    def economic_order_quantity(self) -> float:
        """Units sqrt(2 K D / h) (Harris 1913)."""
        return float(np.sqrt(2.0 * self.fixed_order_cost * self.demand_rate / self.holding_cost))

    def cost(self, order_quantity: float) -> float:
        """Return K D / Q + h Q / 2, money per period: orders placed and half a lot held.

        Args:
            order_quantity: Q, units of one order.
        """
        check_positive("order_quantity", order_quantity, "units")
        orders = self.demand_rate / order_quantity
        return self.fixed_order_cost * orders + self.holding_cost * order_quantity / 2.0

    def with_planned_backorders(self, shortage_cost: float) -> "PlannedBackorders":
        """Return how much to order, and to let wait, where waiting costs p per unit and period.

        Q = sqrt(2 K D / h) sqrt((p + h) / p); the share h / (p + h) of it waits at most (Hadley
        and Whitin 1963; Zipkin 2000, section 3.3).

        Args:
            shortage_cost: p, money per unit waiting and period.
        """
        check_positive("shortage_cost", shortage_cost)
        ratio = shortage_cost / (shortage_cost + self.holding_cost)
        quantity = self.economic_order_quantity / np.sqrt(ratio)
        cost = self.cost(self.economic_order_quantity) * np.sqrt(ratio)
        return PlannedBackorders(float(quantity), float(quantity * (1.0 - ratio)), float(cost))


@dataclass(frozen=True)
class PlannedBackorders:
    """An order quantity that lets customers wait.

    Attributes:
        order_quantity: Units of one order.
        most_backorders: Units that wait when the order arrives.
        cost: Money per period.
    """

    order_quantity: float
    most_backorders: float
    cost: float


def safety_stock(
    service_factor: float,
    protection_period: float,
    demand_std: float,
    demand_rate: float = 0.0,
    lead_time_std: float = 0.0,
) -> float:
    """Return z sqrt((L + R) var_d + d^2 var_L), units (Silver, Pyke and Thomas 2017, 6.10).

    Args:
        service_factor: z, a normal score: 1.645 for 95 %; not the service level itself.
        protection_period: L + R, periods until the next order can arrive.
        demand_std: Standard deviation of one period's demand, units.
        demand_rate: d, mean demand, units per period.
        lead_time_std: Standard deviation of the lead time, periods.

    Raises:
        InputError: A spread, a rate or a time is negative.
    """
    given = {
        "protection_period": protection_period,
        "demand_std": demand_std,
        "demand_rate": demand_rate,
        "lead_time_std": lead_time_std,
    }
    for name, value in given.items():
        if not 0 <= value < np.inf:
            raise InputError(f"{name} is {value}, expected 0 or more")
    variance = protection_period * demand_std**2 + (demand_rate * lead_time_std) ** 2
    return float(service_factor * np.sqrt(variance))


def normal_loss(score: float) -> float:
    """Return E[(Z - z)^+] = phi(z) - z (1 - Phi(z)) for a standard normal Z, spreads missing."""
    density = np.exp(-0.5 * score**2) / np.sqrt(2.0 * np.pi)
    return float(density - score * ndtr(-score))


def cycle_service_level(service_factor: float) -> float:
    """Return P1 = Phi(z): the share of replenishment cycles in which stock does not run out.

    Args:
        service_factor: z, safety stock in standard deviations of demand over L + R.
    """
    return float(ndtr(service_factor))


def fill_rate(service_factor: float, demand_std: float, order_quantity: float) -> float:
    """Return P2: the share of demand served from stock, for demand over L + R that is normal.

    What is short when an order arrives, less what had been short already when the one before
    arrived, over the order (Silver, Pyke and Thomas 2017, section 6.7).

    Args:
        service_factor: z, safety stock in standard deviations of demand over L + R.
        demand_std: Standard deviation of demand over L + R, units.
        order_quantity: Q, units of one order.
    """
    check_positive("demand_std", demand_std, "units")
    check_positive("order_quantity", order_quantity, "units")
    already = normal_loss(service_factor + order_quantity / demand_std)
    return 1.0 - demand_std * (normal_loss(service_factor) - already) / order_quantity
