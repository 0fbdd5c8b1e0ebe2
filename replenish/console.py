"""The terminal or log that a program speaks to."""

import io
import sys


def settle_console() -> None:
    """Show every line at once, and a mark for a character that the console cannot show.

    A name in another script must not end a program whose work is done (Windows code pages).
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True, errors="replace")
