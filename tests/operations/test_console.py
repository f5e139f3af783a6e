"""Data is in colour on a terminal alone, and whole wherever it goes."""

from __future__ import annotations

import io

import pytest

from cli.shells import Terminal
from lanewise.operations.console import console_on


def test_data_that_is_piped_is_plain_and_uncut() -> None:
    pipe = io.StringIO()
    console_on(pipe).print("[bold]x[/bold]" * 150)
    assert pipe.getvalue() == "x" * 150 + "\n"


def test_on_a_terminal_what_is_marked_is_coloured_and_what_looks_like_a_number_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen = Terminal()
    console_on(screen).print("[bold]x[/bold] 42 /tmp")
    assert screen.getvalue() == "\x1b[1mx\x1b[0m 42 /tmp\n"
