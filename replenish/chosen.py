"""The plug-ins that a config names, made with its options."""

from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from replenish.config import AgentConfig, Config, ForecastConfig
from replenish.errors import InputError, unknown
from replenish.plugins import load_plugin

_SECTIONS = {"agents": "agent", "forecasters": "forecast"}


def make_plugin(folder: str, chosen: ForecastConfig | AgentConfig) -> Any:
    """Return the agent or forecaster that the config names, with the config's options.

    Raises:
        InputError: There is none of that name, it has no option of some name, or refuses a value.
    """
    kind, place = load_plugin(folder, chosen.name), f"{_SECTIONS[folder]}.options"
    hints: dict[str, Any] = {spec.name: spec.type for spec in fields(kind) if spec.init}
    values = {}
    for name, value in chosen.options.items():
        if name not in hints:
            raise unknown(f"key in [{place}]", name, hints)
        try:
            values[name] = TypeAdapter(hints[name]).validate_python(value)
        except ValidationError as problem:
            said = problem.errors()[0]["msg"]
            raise InputError(f"{place}.{name} is {value!r}: {said}") from None
    try:
        return kind(**values)
    except (TypeError, ValueError) as problem:
        raise InputError(f"[{place}]: {problem}") from None


def check_plugins(config: Config) -> None:
    """Raise an `InputError` where the config names a plug-in or an option that does not exist.

    So is an agent that would begin to learn when learning is over.
    """
    make_plugin("forecasters", config.forecast)
    agent, steps = make_plugin("agents", config.agent), config.train.steps
    starts = getattr(agent, "learning_starts", 0)
    if starts >= steps:
        raise InputError(
            f"agent.options.learning_starts is {starts}, train.steps {steps}: nothing would be "
            "learned; lower the first or raise the second"
        )
    for name in (*config.baselines.names, *config.baselines.without):
        load_plugin("baselines", name)
