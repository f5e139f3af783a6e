"""Where views are printed: in colour and as wide as the screen on a terminal; elsewhere plain, and so wide that nothing is cut."""

from __future__ import annotations

from typing import IO

from rich.console import Console

_PIPED_WIDTH = 200  # nobody's screen: wide enough that no figure is cut


def console_on(file: IO[str]) -> Console:
    """A console for data: nothing in it is coloured for looking like a number or a path."""
    console = Console(file=file, highlight=False)
    return (
        console if console.is_terminal else Console(file=file, highlight=False, width=_PIPED_WIDTH, color_system=None)
    )
