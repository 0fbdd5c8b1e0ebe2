"""Replenishment as Gymnasium environments; importing this registers them.

``gymnasium.make("replenish/LostSales-v0", demand="poisson", demand_mean=5, lead_time=4,
holding_cost=1, shortage_cost=19)`` gives one item's problem, ``replenish/Backorder-v0`` the one
where demand waits, ``replenish/Panel-v0`` items of a sales history with forecasts. Each file of
``envs/scenarios`` registers the environment it names with the textbook's parameters.
"""

import gymnasium

from replenish.scenarios import read_scenario, scenario_files

_PROBLEMS = {
    "replenish/Backorder-v0": {"unmet_demand": "backorder"},
    "replenish/Panel-v0": {},
    **{
        scenario.environment: dict(scenario.problem)
        for scenario in map(read_scenario, scenario_files().values())
    },
}

for _name, _fixed in _PROBLEMS.items():
    _single = "panel" if _name.startswith("replenish/Panel") else "family"
    gymnasium.register(
        id=_name,
        entry_point=f"envs.replenishment:from_{_single}",
        vector_entry_point=f"envs.vector:from_{_single}",
        kwargs=_fixed,
    )
