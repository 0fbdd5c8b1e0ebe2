"""The house of the design: who may import whom, what stands where, and how long it may be."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture import (
    ARROWS,
    DOORS,
    RULES,
    Source,
    import_cycles,
    no_plugins,
    read_sources,
    runs_what_it_reads,
    too_long,
    workbench_in_the_core,
    wrong_arrows,
)

ROOT = Path(__file__).resolve().parent.parent
Rule = Callable[[list[Source]], list[str]]


def rule_name(rule: Rule) -> str:
    return rule.__name__.replace("_", " ")


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    return read_sources(ROOT)


@pytest.mark.parametrize("rule", RULES, ids=rule_name)
def test_the_checkout_keeps_the_rule(rule: Rule, sources: list[Source]) -> None:
    assert "\n".join(rule(sources)) == ""


def test_every_folder_and_door_is_looked_at(sources: list[Source]) -> None:
    seen = {source.top for source in sources}
    missing = {*ARROWS, *DOORS, "tests", "benchmarks"} - seen
    assert missing == set()


@pytest.mark.parametrize(
    ("rule", "path", "text", "finding"),
    [
        (
            wrong_arrows,
            "replenish/a.py",
            "x = 1\nimport envs.b",
            "replenish/a.py:2: replenish must",
        ),
        (wrong_arrows, "replenish/a.py", "def f():\n  from agents import ppo", "replenish/a.py:2:"),
        (wrong_arrows, "forecasters/a.py", "from baselines.b import C", "forecasters/a.py:1:"),
        (wrong_arrows, "envs/a.py", "import train", "envs/a.py:1: envs must not import train"),
        (wrong_arrows, "replenish/d/a.py", "from ...tests import b", "replenish/d/a.py:1:"),
        (workbench_in_the_core, "replenish/a.py", "import torch.nn", "replenish/a.py:1: torch.nn"),
        (workbench_in_the_core, "replenish/a.py", "try:\n  import onnx\nexcept E: ...", "a.py:2:"),
        (workbench_in_the_core, "replenish/a.py", "class A:\n  import matplotlib", "a.py:2:"),
        (no_plugins, "agents/a.py", "def f(): ...", "agents/a.py:1: defines 0 public classes"),
        (no_plugins, "envs/a.py", "class A: ...\nclass B: ...", "envs/a.py:1: defines 2 public"),
        (no_plugins, "envs/deep/a.py", "class A: ...", "envs/deep/a.py:1:"),
        (too_long, "replenish/a.py", "\n" * 301, "replenish/a.py:301: 301 lines"),
        (too_long, "tests/a.py", "\n" * 351, "tests/a.py:351: 351 lines"),
        (too_long, "run.py", "\ndef f():\n" + "    x = 1\n" * 41, "run.py:2: 41 lines in f"),
        (
            import_cycles,
            "replenish/a.py",
            "\nfrom replenish import a, b",
            "replenish/a.py:2: import",
        ),
        (
            runs_what_it_reads,
            "agents/a.py",
            "from pickle import load",
            "agents/a.py:1: pickle.load",
        ),
        (runs_what_it_reads, "agents/a.py", "x = 1\ntorch.load(x)", "agents/a.py:2: torch.load"),
        (runs_what_it_reads, "run.py", "run(x, shell=True)", "run.py:1: run(...) can run"),
        (runs_what_it_reads, "envs/a.py", "from joblib import load", "envs/a.py:1: joblib.load"),
        (runs_what_it_reads, "envs/a.py", "np.load(x, allow_pickle=True)", "envs/a.py:1: np.load"),
        (runs_what_it_reads, "envs/a.py", "exec(x)", "envs/a.py:1: exec(...)"),
    ],
)
def test_a_breach_is_named_by_file_and_line(rule: Rule, path: str, text: str, finding: str) -> None:
    other = Source("replenish/b.py", "from replenish.a import f")
    found = rule([Source(path, text), other])
    assert len(found) == 1
    assert finding in found[0]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("agents/a.py", "import envs\nfrom replenish.b import f\nclass A: ..."),
        ("replenish/a.py", "def f():\n    import onnx"),
        ("replenish/a.py", "if TYPE_CHECKING:\n    import torch"),
        ("replenish/a.py", 'def f():\n    """A\n' + "    B\n" * 60 + '    """'),
        ("envs/_a.py", "def f(): ..."),
        ("replenish/b.py", "from joblib import Parallel, delayed"),
        ("replenish/a.py", "from replenish import c\nnp.load(x)\nrun(x, shell=False)"),
    ],
)
def test_what_the_design_allows_passes(path: str, text: str) -> None:
    other = Source("replenish/b.py", "from replenish.a import f")
    assert [rule([Source(path, text), other]) for rule in RULES] == [[]] * len(RULES)
