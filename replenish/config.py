"""The config of a run: one TOML table per part, each key said in one sentence."""

import codecs
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import BaseModel, Field, ValidationError, model_validator

from replenish.data.config import DataConfig
from replenish.errors import InputError, unknown
from replenish.guards import GuardConfig
from replenish.items import UnmetDemand
from replenish.items_config import ItemsConfig
from replenish.section import Section
from replenish.split_config import SplitConfig


class ForecastConfig(Section):
    """Which forecaster, with which options."""

    name: str = Field(default="exponential_smoothing", description="A file in forecasters/.")
    horizon: int = Field(default=0, ge=0, description="Periods; 0: longest lead time + review.")
    refit: bool = Field(
        default=True,
        description="Fit again at the end of train and of validation, for what comes after.",
    )
    refit_every: int = Field(
        default=0,
        ge=0,
        description="Periods after which to fit again within train, too; 0: not. A long train part "
        "is then learned on forecasts as fresh as those of the test period.",
    )
    options: dict[str, Any] = Field(default={}, description="Fields of the forecaster's class.")

    @model_validator(mode="after")
    def _fitted_again(self) -> "ForecastConfig":
        """Refuse to fit again within train what is not fitted again at all."""
        if self.refit_every and not self.refit:
            raise ValueError(
                f"refit_every is {self.refit_every}, which refit = false leaves without effect; "
                "set refit = true, or refit_every = 0"
            )
        return self


class EnvConfig(Section):
    """What the agent's training looks like."""

    unmet_demand: UnmetDemand = Field(
        default="lost", description="Demand without stock is 'lost', or waits: 'backorder'."
    )
    rows: int = Field(default=1024, ge=1, description="Items simulated side by side.")
    periods: int = Field(default=64, ge=2, description="Length of a training episode.")
    reward: Literal["auto", "cost", "reference"] = Field(
        default="auto",
        description="Minus the cost, or counted against the reference; auto: what suits the agent.",
    )
    due: Literal["auto", "period", "arrival"] = Field(
        default="auto",
        description="A learner is told what each period cost, or what an order costs in the "
        "period in which it arrives (the last ones of an episode then only let orders arrive; "
        "random lead times are always told by the period); auto: what suits the agent.",
    )
    scale_power: float = Field(
        default=1.0, ge=0, le=1, description="1: all items weigh alike in the reward; 0: money."
    )
    span: float = Field(
        default=0.5,
        gt=0,
        description="How far the agent moves a level: this share "
        "of it, or one standard deviation of lead-time demand where that is more.",
    )
    quantity_span: float = Field(
        default=1.5, ge=1, description="Factor by which an order quantity can move."
    )
    cap_span: float = Field(
        default=3.0, ge=1, description="Factor by which the cap of one order can move, if any."
    )
    versions: int = Field(
        default=1,
        ge=1,
        description="Versions of each item that the agent learns from: the first as it is, the "
        "others with lead time and costs drawn anew; 1: the item as it is alone.",
    )
    variety: float = Field(
        default=2.0,
        ge=1,
        description="Lead time, shortage and fixed order cost are drawn up to this many times "
        "lower and higher, lead times within forecast.horizon.",
    )


class AgentConfig(Section):
    """Which learner, with which hyper-parameters."""

    name: str = Field(default="ppo", description="A file in agents/.")
    options: dict[str, Any] = Field(default={}, description="Fields of the agent's class.")


class TrainConfig(Section):
    """How long, how often looked at, and from which seed."""

    steps: int = Field(
        default=2_000_000,
        ge=1,
        description="Row-steps of experience, rounded up to whole rollouts of all rows.",
    )
    seed: int = Field(
        default=0,
        ge=0,
        lt=2**31,
        description="Of all chance but the forecaster's, whose seed is its option.",
    )
    evaluate_every: int = Field(
        default=100_000, ge=1, description="Row-steps between two looks at validation."
    )
    checkpoint_every: int = Field(
        default=400_000, ge=1, description="Row-steps between two checkpoints."
    )
    threads: int = Field(
        default=1, ge=1, description="Threads of torch; small networks are slower on several."
    )
    processes: int = Field(
        default=0,
        ge=0,
        description="Processes that fit forecasters and tune opponents side by side; 0: one per "
        "core.",
    )


class BaselinesConfig(Section):
    """Which opponents, and how hard they are tuned."""

    names: list[str] = Field(default=[], description="Files in baselines/; empty: all.")
    without: list[str] = Field(default=[], description="Files in baselines/ that are left out.")
    programme_items: int = Field(
        default=8,
        ge=0,
        description="Items that rolling_horizon, which is slow, is judged on; as many as there "
        "are, and it stands in the table of policies; 0: none.",
    )
    candidates: int = Field(default=16, ge=2, description="Settings tried in a round of tuning.")
    rounds: int = Field(
        default=4,
        ge=1,
        description="Rounds of tuning; each searches a range a third as wide as the one before.",
    )


Fullness = Annotated[float, Field(ge=0, le=100)]


class EvaluationConfig(Section):
    """How the test period is judged."""

    starts: list[Fullness] = Field(
        default=[1.0, 0.5, 2.0],
        min_length=1,
        description="Stock on the first day, in multiples of the usual stock. Tables of policies "
        "and classes average over these starts; what shows a single play takes the usual stock.",
    )
    block: int = Field(
        default=0,
        ge=0,
        description="Periods that intervals draw together; 0: 14 days, 4 weeks.",
    )
    currency: str = Field(
        default="", max_length=12, description="What the planner's page calls money; empty: money."
    )


class Config(Section):
    """A whole run."""

    data: DataConfig = DataConfig()
    items: ItemsConfig = ItemsConfig()
    split: SplitConfig = SplitConfig()
    forecast: ForecastConfig = ForecastConfig()
    env: EnvConfig = EnvConfig()
    agent: AgentConfig = AgentConfig()
    train: TrainConfig = TrainConfig()
    baselines: BaselinesConfig = BaselinesConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    guards: GuardConfig = GuardConfig()


def load_config(path: Path, overrides: Sequence[str] = ()) -> Config:
    """Return the config in a TOML file, changed by ``section.key=value`` words.

    Raises:
        InputError: The file is missing or not TOML, a key is unknown (the nearest is named), or
            a value is not what the key takes.
    """
    if not path.is_file():
        kind = "is a folder, not a file" if path.is_dir() else "no such file"
        raise InputError(f"{path}: {kind}; configs that come with the project: configs/")
    try:
        raw = tomllib.loads(_text(path.read_bytes()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InputError(
            f"{path}: not TOML: {problem}; expected a config such as configs/demo.toml, "
            "data files are named in its [data] table"
        ) from None
    for word in overrides:
        _set(raw, word)
    try:
        return Config.model_validate(raw)
    except ValidationError as problem:
        raise _explain(problem, path) from None


def _text(content: bytes) -> str:
    """Return UTF-8 text, or UTF-16 such as an older Windows PowerShell writes (``--keys >``)."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if wide else "utf-8-sig").replace("\r\n", "\n")


def dump_config(config: Config) -> str:
    """Return the whole config as TOML, defaults included."""
    return tomli_w.dumps(config.model_dump(mode="json", exclude_none=True))


def config_template() -> str:
    """Return a config of defaults that says of every key what it means: a place to start from."""
    return "\n\n".join(_template(name, section) for name, section in Config()) + "\n"


def _template(name: str, section: BaseModel) -> str:
    """Return one table with a comment on every key."""
    heading = (type(section).__doc__ or "").splitlines()[0]
    lines = [f"# {heading}", f"[{name}]"]
    plain = section.model_dump(mode="json")
    for key, spec in type(section).model_fields.items():
        lines += [f"# {line}" for line in wrap(spec.description or "", 96)]
        lines.append(f"{key} = {_inline(plain[key])}")
    return "\n".join(lines)


def _inline(value: Any) -> str:
    """Return a value as TOML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_inline(inner)}" for key, inner in value.items()) + "}"
    return tomli_w.dumps({"x": value}).partition(" = ")[2].strip()


def _set(raw: dict[str, Any], word: str) -> None:
    """Change one value of the raw config."""
    name, equals, text = word.partition("=")
    keys = name.strip().split(".")
    if not equals or len(keys) < 2 or not all(keys):
        raise InputError(f"--set {word!r}: expected section.key=value, e.g. train.seed=1")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()  # a bare word is a string
    table = raw
    for key in keys[:-1]:
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            raise InputError(f"--set {word!r}: {key} is not a table of the config")
    table[keys[-1]] = value


def _explain(problem: ValidationError, path: Path) -> InputError:
    """Return the first thing that is wrong with a config, in one line."""
    error = problem.errors()[0]
    place = [str(part) for part in error["loc"]]
    where = ".".join(place)
    if error["type"] == "extra_forbidden":
        known = _keys_at(place[:-1])
        kind = f"key in [{'.'.join(place[:-1])}]" if len(place) > 1 else "section"
        return InputError(f"{path}: {unknown(kind, place[-1], known)}")
    if error["type"] == "value_error":  # one of our own sentences
        return InputError(f"{path}: {where}: {error['ctx']['error']}")
    if error["type"] == "model_type":
        return InputError(f"{path}: {where} is {error['input']!r}, expected a table [{where}]")
    return InputError(f"{path}: {where} is {error['input']!r}: {error['msg']}")


def _keys_at(place: Sequence[str]) -> Mapping[str, Any]:
    """Return the keys that the model at this place of the config knows."""
    model: Any = Config
    for part in place:
        model = model.model_fields[part].annotation
    return dict(model.model_fields)
