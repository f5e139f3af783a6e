"""What a demo and a drill say while they run and when they end."""

from __future__ import annotations

import io

from rich.console import Console

from lanewise.lab.checks import Check
from lanewise.lab.screen import checked, progress


def test_where_nobody_watches_progress_is_a_line_for_every_fifth() -> None:
    file = io.StringIO()
    with progress(file) as (watch, tell):
        for done in range(21):
            watch("Part 1", done, 20)
        tell("Half way")
    assert file.getvalue().splitlines() == [*(f"Part 1: {done} of 20" for done in (0, 4, 8, 12, 16, 20)), "Half way"]


def test_on_a_terminal_it_is_a_bar_beside_which_sentences_stand() -> None:
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    with progress(terminal) as (watch, tell):
        watch("Part 1", 0, 20)
        watch("Part 1", 20, 20)
        tell("Half way [not markup]")
    assert "20/20" in terminal.getvalue()
    assert "Half way [not markup]" in terminal.getvalue()


def test_a_condition_that_does_not_hold_stands_out_and_its_words_hang() -> None:
    console = Console(file=io.StringIO(), width=40)
    good, bad = (
        Check(name="it is so", passed=True, said="4 of 4"),
        Check(name="it is not", passed=False, said="x " * 30),
    )
    console.print(checked([good, bad]))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert lines[0].startswith("ok     it is so: 4 of 4")
    assert lines[1].startswith("FAILED it is not: x")
    assert all(line.startswith(" " * 7) for line in lines[2:])
