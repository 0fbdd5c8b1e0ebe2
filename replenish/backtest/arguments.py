"""What ``evaluate.py --forecasts`` takes; imports nothing heavy, so that --help is quick."""

from argparse import ArgumentParser, ArgumentTypeError

CRITERIA = ("rmsse", "mase", "wape", "pinball", "crps", "crps_own")


def add_backtest_arguments(parser: ArgumentParser) -> None:
    """Add the options of the backtest to the command line."""
    group = parser.add_argument_group("judging forecasters instead of a run")
    group.add_argument("--forecasts", default="", metavar="CONFIG", help="config of data and split")
    group.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE",
                       help="change the config")  # fmt: skip
    group.add_argument("--only", default=None, metavar="NAMES",
                       help="files in forecasters/, commas between; default: all")  # fmt: skip
    group.add_argument("--seeds", default="", help="seeds of the networks, commas between")
    group.add_argument("--horizon", type=_count, default=0, metavar="H",
                       help="periods ahead; default: as the config says")  # fmt: skip
    group.add_argument("--part", choices=("validation", "test"), default="validation",
                       help="which part of time; looks at the test part are counted")  # fmt: skip
    group.add_argument("--by", choices=CRITERIA, default="rmsse",
                       help="what a forecaster is chosen by, default rmsse")  # fmt: skip
    group.add_argument("--search", default="", metavar="NAME",
                       help="search this forecaster's options on the fit part instead")  # fmt: skip
    group.add_argument("--trials", type=_count, default=30, help="of a search, default 30")
    group.add_argument("--out", default="", metavar="FOLDER",
                       help="of the results; default: runs/forecasts/NAME")  # fmt: skip
    group.add_argument("--overwrite", action="store_true", help="replace results that stand there")


def _count(text: str) -> int:
    """Return a whole number from 1 on."""
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)
