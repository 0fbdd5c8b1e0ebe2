"""The page of formulas: each has a source and an example, and the examples are what code says."""

import doctest
import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parent.parent / "docs" / "theory.md"
PARTS = PAGE.read_text(encoding="utf-8").split("\n## ")
SECTIONS = {part.partition("\n")[0]: part for part in PARTS[1:]}
FLAGS = doctest.ELLIPSIS


def blocks(text: str) -> str:
    return "\n".join(re.findall(r"```pycon\n(.*?)```", text, re.DOTALL))


def test_the_examples_are_what_the_code_answers() -> None:
    names: dict[str, Any] = {}  # later sections go on from earlier ones
    for part in PARTS:
        title = part.partition("\n")[0]
        example = doctest.DocTestParser().get_doctest(blocks(part), {}, title, PAGE.name, 0)
        example.globs = names
        result = doctest.DocTestRunner(optionflags=FLAGS).run(example, clear_globs=False)
        assert result.failed == 0, title
        assert result.attempted > 0, title


@pytest.mark.parametrize("title", SECTIONS)
def test_each_formula_has_a_source_and_an_example(title: str) -> None:
    text = SECTIONS[title]
    assert ">>> " in blocks(text)
    assert "$$" in text
    assert re.search(r"[A-Z][a-zé]+ (?:et al\. )?\(?(?:18|19|20)\d\d", text), "names no source"


def test_the_subjects_of_the_field_are_there() -> None:
    for words in ("Economic order quantity", "Safety stock", "Critical ratio", "(s, S)", "(r, Q)",
                  "Lost sales", "Turns", "Fill rate", "ARIMA", "LSTM", "GRU", "PPO", "SAC",
                  "Discounted"):  # fmt: skip
        assert any(words in title for title in SECTIONS), words


def test_formulas_are_written_as_github_shows_them() -> None:
    prose = re.sub(r"```.*?```", "", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert prose.count("$") % 2 == 0
    inline = re.sub(r"\$\$.*?\$\$", "", prose, flags=re.DOTALL)
    for formula in re.findall(r"\$([^$\n]+)\$", inline):
        assert formula == formula.strip(), formula  # "$ x $" stays as it is
    assert inline.count("$") == 2 * len(re.findall(r"\$[^$\n]+\$", inline))
