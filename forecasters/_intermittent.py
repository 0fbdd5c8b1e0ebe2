"""How often something is sold at all."""

import numpy as np

from replenish.arrays import Floats


def mean_interval(sales: Floats) -> Floats:
    """Return (N + 1,) periods per period with sales, 1 or more, last the median of all items.

    An item that never sold gets the number of its periods; one never observed the median.

    Args:
        sales: (N, T) units, NaN where not observed.
    """
    observed = (~np.isnan(sales)).sum(axis=1)
    sold = (sales > 0).sum(axis=1)
    interval = observed / np.maximum(sold, 1)
    typical = float(np.median(interval[sold > 0])) if (sold > 0).any() else 1.0
    return np.append(np.where(observed > 0, np.maximum(interval, 1.0), typical), typical)
