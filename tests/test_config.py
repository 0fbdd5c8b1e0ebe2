"""A config says what it means: every key is known, every value in range, nothing is lost."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replenish.config import Config, config_template, dump_config, load_config
from replenish.errors import InputError

CONFIGS = sorted((Path(__file__).resolve().parent.parent / "configs").glob("*.toml"))


def written(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_configs_of_the_project_can_be_read(path: Path) -> None:
    assert load_config(path).train.steps > 0


def test_an_empty_config_is_the_default_run(tmp_path: Path) -> None:
    assert load_config(written(tmp_path, "")) == Config()


def test_the_template_is_the_default_run_and_says_every_key(tmp_path: Path) -> None:
    text = config_template()
    assert load_config(written(tmp_path, text)) == Config()
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    keys = [number for number, line in enumerate(lines) if " = " in line and line[0] != "#"]
    assert len(keys) > 60
    assert all(lines[number - 1].startswith("# ") for number in keys)


@given(
    seed=st.integers(0, 2**31 - 1),
    span=st.floats(0.01, 10.0),
    limit=st.sampled_from([float("inf"), 0.0, 12.5]),
    options=st.dictionaries(
        st.sampled_from(["gamma", "hidden"]),
        st.one_of(st.floats(0, 1), st.lists(st.integers(1, 9), min_size=1)),
    ),
)
def test_the_kept_config_reads_back_to_the_same_run(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    span: float,
    limit: float,
    options: dict[str, object],
) -> None:
    config = Config.model_validate(
        {
            "train": {"seed": seed},
            "env": {"span": span},
            "items": {"defaults": {"max_order": limit}},
            "agent": {"options": options},
            "guards": {"demand_spike": {"threshold": span}},
        }
    )
    path = written(tmp_path_factory.mktemp("config"), dump_config(config))
    assert load_config(path) == config


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("agent.name=sac", "sac"),
        ('agent.name="sac"', "sac"),
        ("agent.name = sac", "sac"),
    ],
)
def test_a_word_on_the_command_line_changes_one_value(
    tmp_path: Path, word: str, value: str
) -> None:
    path = written(tmp_path, "[agent]\nname = 'ppo'\n[train]\nseed = 3\n")
    config = load_config(path, [word])
    assert config.agent.name == value
    assert config.train.seed == 3


def test_the_last_word_counts(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    config = load_config(path, ["train.steps=5", "train.steps=1e6", "agent.options.hidden=[8, 8]"])
    assert config.train.steps == 1_000_000
    assert config.agent.options == {"hidden": [8, 8]}


def test_a_date_needs_no_quotes(tmp_path: Path) -> None:
    path = written(tmp_path, "[split]\nfit_until = 2024-02-29\ntrain_until = '2024-12-31'\n")
    split = load_config(path).split
    assert (split.fit_until, split.train_until) == ("2024-02-29", "2024-12-31")


@pytest.mark.parametrize("date", ["2023-02-29", "today", "29.02.2024", "2024", "2024-02-01T00:00"])
def test_what_only_resembles_a_date_is_refused(tmp_path: Path, date: str) -> None:
    with pytest.raises(InputError, match="is no date, expected one such as 2024-04-30"):
        load_config(written(tmp_path, f"[split]\nfit_until = '{date}'\n"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[items.defaults]\nlead_time = 1.5\n", ["items.defaults", "whole number"]),
        ("[items.defaults]\nmin_order = 9\nmax_order = 3\n", ["min_order", "max_order"]),
        ("[items.override]\nreview_period = 0\n", ["items.override", "review_period"]),
        ("[items]\nmargin = 1.0\n", ["items.margin is 1.0"]),
        ("[train]\nthreads = true\n[data]\nkeys = 'a'\n", ["data.keys is 'a'"]),
        ("guards = 'off'\n", ["guards is 'off', expected a table [guards]"]),
        ("[guards.late_data]\nthreshold = 'high'\n", ["guards.late_data.threshold is 'high'"]),
        ("[env]\nspan = inf\n", ["env.span is inf"]),
    ],
)
def test_a_wrong_value_is_said_in_one_line_with_its_place(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        load_config(path)
    said = str(caught.value)
    assert "\n" not in said
    for word in (str(path), *words):
        assert word in said


def test_a_guard_keeps_what_its_table_does_not_say(tmp_path: Path) -> None:
    path = written(tmp_path, "[guards.unusual_item]\nthreshold = 0.9\n")
    guard = load_config(path).guards.unusual_item
    assert (guard.threshold, guard.enabled, guard.fallback) == (0.9, True, False)


@pytest.mark.parametrize("start", ["1e308", "100.5", "-1", "nan"])
def test_shelves_are_filled_a_hundred_times_at_most(start: str, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(f"[evaluation]\nstarts = [1.0, {start}]\n", "utf-8")
    with pytest.raises(InputError, match=r"evaluation\.starts\.1"):
        load_config(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_config_may_come_from_an_editor_or_shell_that_marks_its_encoding(
    encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes("# größe\r\n[train]\r\nseed = 7\r\n".encode(encoding))
    assert load_config(path).train.seed == 7
