from __future__ import annotations

import sys

import pytest

from cli.shells import Terminal
from lanewise.cli.output import progress


def test_a_bar_shows_on_a_terminal_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with progress("Copying") as told:
        told(1, 4)
    assert "Copying" in screen.getvalue()
    assert screen.getvalue().endswith("\x1b[2K")


def test_where_nobody_watches_there_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Copying") as told:
        told(4, 4)
    assert capsys.readouterr() == ("", "")
