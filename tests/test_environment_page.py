"""The page on the environment says what the environment does."""

import doctest
import re
from pathlib import Path
from typing import Any

from replenish.costs import Ledger
from replenish.features import FEATURES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "environment.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_worked_example_is_what_the_environment_answers() -> None:
    blocks = re.findall(r"```pycon\n(.*?)```", TEXT, re.DOTALL)
    assert blocks
    names: dict[str, Any] = {}  # later blocks go on from earlier ones
    for block in blocks:
        example = doctest.DocTestParser().get_doctest(block, names, PAGE.name, PAGE.name, 0)
        example.globs = names
        result = doctest.DocTestRunner().run(example, clear_globs=False)
        assert result.failed == 0
        assert result.attempted > 0


def test_every_feature_and_every_name_in_the_ledger_is_explained() -> None:
    shown = re.sub(
        r"`pipeline_1` … `pipeline_8`", " ".join(f"`pipeline_{k}`" for k in range(1, 9)), TEXT
    )
    assert [name for name in FEATURES if f"`{name}`" not in shown] == []
    fields = set(Ledger.__dataclass_fields__) | {"cost"}
    told = re.findall(r"`([a-z_, ]+)`", TEXT[TEXT.index("`info` carries") :])
    assert fields <= {name.strip() for names in told for name in names.split(",")}
