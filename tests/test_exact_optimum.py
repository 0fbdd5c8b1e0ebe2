"""The command ``replenish optimum``: the table, its JSON, and what it refuses."""

import json
import shlex
from pathlib import Path

import pytest

from replenish.cli import main

PAGE = Path(__file__).resolve().parent.parent / "docs" / "exact.md"
SMALL = ["optimum", "--lead-time", "2", "--shortage-cost", "4"]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code in (0, None)
    return capsys.readouterr().out


def test_the_table_shows_optimum_and_rules_in_rising_order(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = run(capsys, *SMALL).splitlines()
    rows = [line.split() for line in lines[3:]]
    assert rows[0][:2] == ["optimum", "4.3953"]
    costs = [float(row[1]) for row in rows]
    assert costs == sorted(costs)
    assert {row[0] for row in rows} == {
        "optimum",
        "base_stock",
        "capped_base_stock",
        "projected_level",
        "constant_order",
        "myopic_1",
        "myopic_2",
    }
    assert "gap" in lines[2]


def test_the_same_stands_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    given = (*SMALL[:2], "2", "--shortage-cost", "14", "--fixed-order-cost", "5", "--json")
    found = json.loads(run(capsys, *given))
    assert round(found["optimum"]["cost"], 2) == 11.46
    rules = {rule["name"]: rule for rule in found["heuristics"]}
    assert rules["s_S"]["parameters"] == {"reorder_point": 17, "order_up_to_level": 23}
    assert rules["s_S"]["gap_percent"] == pytest.approx(1.353, abs=1e-3)


def test_past_demands_can_stand_in_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "demand.csv"
    path.write_text("demand\n" + "\n".join(["3"] * 5), encoding="utf-8")
    found = json.loads(run(capsys, *SMALL, "--demand", str(path), "--json"))
    assert found["demand_mean"] == 3.0
    assert found["optimum"]["cost"] == pytest.approx(0.0, abs=1e-8)  # as much as is sold, in time


def test_the_page_shows_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    command, shown = PAGE.read_text(encoding="utf-8").split("```")[1:4:2]
    arguments = shlex.split(command.removeprefix("sh\nreplenish"))
    assert shown == f"text\n{run(capsys, *arguments)}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--lead-time", "1.5"], "lead_time is 1.5"),
        (["--lead-time", "0"], "lead_time is 0"),
        (["--lead-time", "nan"], "lead_time is nan"),
        (["--lead-time", "12"], "a lead time of 7 would fit"),
        (["--lead-time", "1e9"], "lead_time is 1e+09 periods"),
        (["--shortage-cost", "-4"], "shortage_cost is -4"),
        (["--demand", "poison"], "did you mean 'poisson'"),
        (["--mean", "-2"], "demand_mean is -2"),
        (["--mean", "nan"], "expected finite numbers"),
        (["--mean", "1e9"], "count demand in larger units"),
        (["--demand", "negative_binomial", "--std", "1"], "demand_std is 1"),
        (["--demand", "poisson", "--std", "3"], "the mean says all of 'poisson'"),
        (["--demand", "nowhere.csv"], "nowhere.csv: there is no such file"),
    ],
)
def test_bad_values_are_one_line_and_exit_code_2(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*SMALL, *options])
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert message in said.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("units\n3\n", "there is no column 'demand'; found units"),
        ("demand\n3\nx\n", "column demand: observations[1] is nan"),
        ("demand\n3\n2.5\n", "column demand: observations[1] is 2.5"),
        ("", "cannot be read as a table"),
        ("demand\n", "column demand: observations has shape (0,)"),
    ],
)
def test_files_without_demands_are_refused_by_name(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "past.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main([*SMALL, "--demand", str(path)])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {path}: ")
    assert message in said
