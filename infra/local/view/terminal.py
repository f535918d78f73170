"""How the stack writes to a person."""

import sys

from rich.console import Console

_WIDTH_OF_A_LOG = 160


def console() -> Console:
    """Return standard output: as wide as the terminal, or wide enough for paths where it is a file or a pipe."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH_OF_A_LOG, highlight=False)
