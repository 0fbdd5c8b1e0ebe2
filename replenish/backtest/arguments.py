"""What ``evaluate.py`` takes in either mode; imports nothing heavy, so that --help is quick.

An option that the chosen mode would not read is refused: who gives it expects it to count.
"""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import Any

from replenish.errors import InputError

BACKTEST: dict[str, Any] = {  # options of --forecasts, and what counts where they are not given
    "set": [],
    "only": None,
    "seeds": "",
    "horizon": 0,
    "part": "validation",
    "by": "rmsse",
    "search": "",
    "trials": 30,
    "out": "",
    "overwrite": False,
}
RUN = ("frontier", "sensitivity", "stress", "base")  # options of a run
NOT_SEARCHED = ("only", "seeds", "part", "overwrite")  # a search has one forecaster, the fit part
CRITERIA = ("rmsse", "mase", "wape", "pinball", "crps", "crps_own")


def add_backtest_arguments(parser: ArgumentParser) -> None:
    """Add the options of the backtest to the command line."""
    group = parser.add_argument_group("judging forecasters instead of a run")
    group.add_argument("--forecasts", default="", metavar="CONFIG", help="config of data and split")
    group.add_argument("--set", action="append", metavar="SECTION.KEY=VALUE",
                       help="change the config")  # fmt: skip
    group.add_argument("--only", metavar="NAMES",
                       help="files in forecasters/, commas between; default: all")  # fmt: skip
    group.add_argument("--seeds", help="seeds of the networks, commas between")
    group.add_argument("--horizon", type=_count, metavar="H",
                       help="periods ahead; default: as the config says")  # fmt: skip
    group.add_argument("--part", choices=("validation", "test"),
                       help="of time, default validation; looks at test are counted")  # fmt: skip
    group.add_argument("--by", choices=CRITERIA,
                       help="what a forecaster is chosen by, default rmsse")  # fmt: skip
    group.add_argument("--search", metavar="NAME",
                       help="search this forecaster's options on the fit part instead")  # fmt: skip
    group.add_argument("--trials", type=_count, help="of a search, default 30")
    group.add_argument("--out", metavar="FOLDER",
                       help="default: runs/forecasts/NAME, NAME-test of the test part")  # fmt: skip
    group.add_argument("--overwrite", action="store_true", default=None,
                       help="replace results that stand there")  # fmt: skip


def settled(options: Namespace) -> Namespace:
    """Return the options with defaults for what was not given.

    Raises:
        InputError: An option was given that the chosen mode does not read.
    """
    given = [name for name in BACKTEST if getattr(options, name) is not None]
    if not options.forecasts and options.run:
        _refuse(given, "goes with --forecasts CONFIG, not with a run")
    if options.forecasts:
        wanted = [name for name in RUN if getattr(options, name)]
        wanted += [] if options.guards else ["without-guards"]
        _refuse(wanted, "goes with a run, not with --forecasts")
    if options.search:
        _refuse([name for name in NOT_SEARCHED if name in given], "does not go with --search, "
                "which tries one forecaster on the fit part")  # fmt: skip
    elif options.part == "test" and "by" in given:
        _refuse(["by"], "chooses a forecaster, which is done on validation, not with --part test")
    elif "trials" in given:
        _refuse(["trials"], "goes with --search NAME")
    return Namespace(**{**vars(options), **{n: v for n, v in BACKTEST.items() if n not in given}})


def _refuse(names: list[str], why: str) -> None:
    """Raise where an option is named."""
    if names:
        raise InputError(f"--{names[0]} {why}; leave it out")


def _count(text: str) -> int:
    """Return a whole number from 1 on."""
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)
