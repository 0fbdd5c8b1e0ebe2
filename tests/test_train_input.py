"""Bad input is answered with one line, exit code 2, and nothing written."""

import re
import shutil
from pathlib import Path

import pytest

from replenish.data.sample import sample_tables, write_sample
from tests.tiny_run import TINY, Answer, call, call_process, sets, write_tiny


@pytest.fixture(autouse=True)
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPLENISH_DATA", raising=False)


def assert_refused(answer: Answer, *words: str) -> None:
    assert answer.code == 2, answer.out + answer.err
    assert re.fullmatch(r"error: [^\n]+\n", answer.err), answer.err
    for word in words:
        assert word in answer.err


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("trai.seed=1", "unknown section 'trai'; did you mean 'train'?"),
        ("train.seeds=1", "unknown key in [train] 'seeds'; did you mean 'seed'?"),
        ("data.sampel_items=3", "did you mean 'sample_items'?"),
        ("guards.demand_spke.threshold=3", "did you mean 'demand_spike'?"),
        ("guards.demand_spike.treshold=3", "[guards.demand_spike] 'treshold'; did you mean"),
        ("agent.options.learning_rat=1", "[agent.options] 'learning_rat'; did you mean"),
        ("forecast.options.window=[7]", "[forecast.options] 'window'; did you mean 'windows'?"),
        ("items.defaults.lead_tme=3", "'lead_tme'; did you mean 'lead_time'?"),
        ("items.override.lead_tme=3", "'lead_tme'; did you mean 'lead_time'?"),
        ("forecast.name=movingaverage", "did you mean 'moving_average'?"),
        ("agent.name=pppo", "did you mean 'ppo'?"),
        ('baselines.names=["eok"]', "did you mean 'eoq'?"),
        ("data.source=m5_walmat_tiny", "did you mean 'm5_walmart_tiny'?"),
    ],
)
def test_the_nearest_name_is_suggested(tmp_path: Path, word: str, expected: str) -> None:
    refuse_and_leave_nothing(tmp_path, sets(word), expected)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("train.steps=0", "train.steps is 0"),
        ("train.steps=many", "train.steps is 'many'"),
        ("train.seed=5_000_000_000", "train.seed is 5000000000"),
        ("train.seed", "expected section.key=value"),
        ("train=5", "expected section.key=value"),
        ("env.unmet_demand=lots", "'lost' or 'backorder'"),
        ("env.span=nan", "env.span is nan"),
        ("items.defaults.lead_time=-3", "lead_time[0] is -3.0"),
        ("items.defaults.holding_cost=nan", "holding_cost[0] is nan"),
        ("agent.options.learning_rate=fast", "agent.options.learning_rate is 'fast'"),
        ("agent.options.learning_rate=-1", "agent.options.learning_rate is -1"),
        ("agent.options.log_std_init=100", "agent.options.log_std_init is 100"),
        ("agent.options.hidden=[0]", "agent.options.hidden is [0]"),
        ("agent.options.hidden=64", "agent.options.hidden is 64"),
        ("data.source=m5_walmart_tiny", "data.sample_items is 12, which data.source 'm5_w"),
        ("data.frequency=M", "'W-MON'"),
        ("data.count_until=2021-99-99", "count_until is '2021-99-99'"),
        ("forecast.horizon=5000", "longer than the 160 periods of the fit part"),
        ("forecast.horizon=1", "set it to 10 or more"),
        ("split.fit_until=yesterday", "'yesterday' is no date"),
        ("split.fit_until=2022-13-01", "'2022-13-01' is no date"),
        ("split.fit_until=2030-01-01", "outside the history 2022-01-03 .. 2023-02-06"),
        ("split.train_until=2022-01-10", "not after the end of the part before, 2022-06-11"),
        ("data.sample_periods=70", "expected at least 11"),
    ],
)
def test_a_value_out_of_its_range_is_named(tmp_path: Path, word: str, expected: str) -> None:
    refuse_and_leave_nothing(tmp_path, sets(word), expected)


def test_to_fit_again_within_train_but_not_at_all_is_refused(tmp_path: Path) -> None:
    words = sets("forecast.refit=false", "forecast.refit_every=20")
    expected = "forecast: refit_every is 20, which refit = false leaves without effect; set refit"
    refuse_and_leave_nothing(tmp_path, words, expected)


@pytest.mark.parametrize("value", ["much", "auto_much", "auto0.1", "-1"])
def test_an_entropy_weight_that_is_none_is_refused(tmp_path: Path, value: str) -> None:
    words = sets("agent.name=sac", f"agent.options={{ent_coef='{value}'}}")
    refuse_and_leave_nothing(tmp_path, words, "agent.options.ent_coef is")


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [
        ("seasonal_naive", "season", "0"),
        ("moving_average", "windows", "[]"),
        ("moving_average", "windows", "[7, 0]"),
        ("moving_average", "shrinkage", "0"),
        ("exponential_smoothing", "alphas", "[]"),
        ("exponential_smoothing", "alphas", "[1.5]"),
        ("exponential_smoothing", "shrinkage", "nan"),
        ("arima", "rounds", "0"),
        ("arima", "shrinkage", "-1"),
        ("arima", "effect_periods", "inf"),
        ("arima", "autoregressive", "4"),
        ("arima", "difference", "2"),
        ("arima", "moving_average", "-1"),
        ("arima", "order", "'best'"),
        ("ar", "most_lags", "0"),
        ("arma", "moving_average", "4"),
        ("sarima", "seasonal_difference", "2"),
        ("lstm", "hidden", "0"),
        ("lstm", "seed", "-1"),
        ("lstm", "updates", "-1"),
        ("lstm", "batch", "0"),
        ("lstm", "window", "1"),
        ("lstm", "rate", "0"),
        ("lstm", "alpha", "0"),
    ],
)
def test_what_no_forecaster_can_learn_with_is_refused(
    tmp_path: Path, name: str, option: str, value: str
) -> None:
    words = sets(f"forecast.name={name}", f"forecast.options.{option}={value}")
    refuse_and_leave_nothing(tmp_path, words, f"forecast.options.{option} is {value}: ")


def refuse_and_leave_nothing(folder: Path, arguments: list[str], *expected: str) -> None:
    runs = folder / "runs"
    answer = call("train", [write_tiny(folder), "--runs", runs, *arguments])
    assert_refused(answer, *expected)
    assert not runs.exists()


def test_a_missing_config_is_named_by_the_real_command_line(tmp_path: Path) -> None:
    answer = call_process("train", [tmp_path / "nothing.toml", "--runs", tmp_path / "runs"])
    assert_refused(answer, "nothing.toml: no such file", "configs/")


def test_broken_toml_is_answered_with_line_and_column(tmp_path: Path) -> None:
    path = write_tiny(tmp_path, "[train]\nsteps = \n")
    assert_refused(call("train", [path, "--runs", tmp_path]), "not TOML", "line 2, column 9")


def test_a_section_that_is_no_table_is_named(tmp_path: Path) -> None:
    path = write_tiny(tmp_path, "train = 3\n")
    assert_refused(call("train", [path, "--runs", tmp_path]), "train is 3, expected a table")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    write_sample(folder, sample_tables(6, 300, seed=5))
    return folder


FILES = (
    TINY.replace('"sample"', '"files"')
    .replace("sample_items = 12", 'sales = "sales.csv"\nitems = "items.csv"\nplan = "plan.csv"')
    .replace("sample_periods = 400", "")
)


@pytest.mark.parametrize(
    ("where", "old", "new", "expected"),
    [
        (("sales", 1), "sales", "sold", ["sales.csv", "sales"]),
        (("sales", 5), r"2022-\d\d-\d\d", "someday", ["sales.csv", "row 5", "date", "someday"]),
        (("sales", 9), r"(\d),\d+,", r"\1,few,", ["sales.csv", "row 9", "sales", "few"]),
        (("sales", 9), r"(\d),\d+,", r"\1,-4,", ["sales.csv", "row 9", "-4", "negatives"]),
        (("sales", 9), r"(\d),\d+,", r"\1,,", ["sales.csv", "row 9", "empty_sales"]),
        (("sales", 9), r"(\d),\d+,", r"\1,nan,", ["sales.csv", "row 9", "nan"]),
        (("sales", 9), r"(.*)", r"\1\n\1", ["sales.csv", "row 10", "duplicates"]),
        (("items", 2), r",5,1,", ",soon,1,", ["items.csv", "row 2", "lead_time", "soon"]),
        (("items", 2), r",5,1,", ",-5,1,", ["items.csv", "row 2", "lead_time", "-5"]),
        (("plan", 2), r"2022-\d\d-\d\d", "someday", ["plan.csv", "row 2", "someday"]),
    ],
)
def test_dirt_in_a_file_is_named_with_its_place(
    shop: Path, tmp_path: Path, where: tuple[str, int], old: str, new: str, expected: list[str]
) -> None:
    table, row = where
    folder = tmp_path / "shop"
    shutil.copytree(shop, folder)
    path = folder / f"{table}.csv"
    lines = path.read_text("utf-8").splitlines()
    changed = re.sub(old, new, lines[row - 1], count=1)
    assert changed != lines[row - 1]
    path.write_text("\n".join([*lines[: row - 1], changed, *lines[row:], ""]), "utf-8")
    runs = tmp_path / "runs"
    answer = call("train", [write_tiny(folder, FILES), "--runs", runs])
    assert_refused(answer, *expected)
    assert not runs.exists()


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        (["data.sales=sails.csv"], None, ["sails.csv"]),
        (["data.sales=."], None, ["folder"]),
        ([], "", ["sales.csv", "empty"]),
        ([], "item_id,date,sales\n", ["sales.csv"]),
        (["data.sales="], None, ["data.sales is empty"]),
    ],
)
def test_a_sales_table_that_is_none_is_refused(
    shop: Path, tmp_path: Path, words: list[str], text: str | None, expected: list[str]
) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(shop, folder)
    if text is not None:
        (folder / "sales.csv").write_text(text, "utf-8")
    runs = tmp_path / "runs"
    answer = call("train", [write_tiny(folder, FILES), "--runs", runs, *sets(*words)])
    assert_refused(answer, *expected)
    assert not runs.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"learning_rate": 1000.0}, "learning diverged at step"),
        ({"n_steps": 1}, "env.rows is 1 and agent.options.n_steps 1"),
    ],
)
def test_options_that_learning_cannot_live_with_are_answered_in_a_line(
    tmp_path: Path, options: dict[str, float], said: str
) -> None:
    (name, value), *_ = options.items()
    text = TINY.replace("n_steps = 24", f"{name} = {value}")
    text = text.replace("rows = 32", "rows = 1") if name == "n_steps" else text
    answer = call("train", [write_tiny(tmp_path, text), "--runs", tmp_path])
    assert answer.code == 2, answer.err
    assert said in answer.err
    assert answer.err.count("error: ") == 1


def test_an_agent_that_begins_to_learn_too_late_is_refused(tmp_path: Path) -> None:
    config = write_tiny(tmp_path, TINY.replace("n_steps = 24", "batch_size = 64"))
    answer = call("train", [config, "--runs", tmp_path, *sets("agent.name=sac")])
    assert_refused(answer, "agent.options.learning_starts is 10000", "train.steps 3072")
    assert not (tmp_path / "tiny").exists()


def test_a_weight_of_entropy_that_adapts_from_nothing_is_refused(tmp_path: Path) -> None:
    words = sets("agent.name=sac", "agent.options={ent_coef='auto_0'}")
    refuse_and_leave_nothing(tmp_path, words, "agent.options.ent_coef", "starts above 0")


@pytest.mark.slow
def test_going_on_by_other_words_is_refused_or_told(trained_run: Path, tmp_path: Path) -> None:
    config = trained_run.parent / "tiny.toml"
    runs: list[str | Path] = ["--runs", trained_run.parent, "--resume"]
    assert_refused(call("train", [config, *runs, "--overwrite"]), "--overwrite with --resume")
    gone = call("train", [tmp_path / "gone.toml", *runs, "--name", "tiny"])
    assert gone.code == 0  # the run has its own
    other = write_tiny(tmp_path, TINY.replace("rows = 32", "rows = 64"))
    told = call("train", [other, *runs])
    assert told.code == 0
    assert "note: the run goes on by" in told.out
