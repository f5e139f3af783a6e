"""How a demo and a drill speak: progress while they run, headings, marks and sentences in 80 columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from lanewise.lab.checks import Check
from lanewise.operations.render import plain

_STEPS = 5  # lines of progress where nobody watches

Watch = Callable[[str, int, int], None]
"""Told of progress: the part's title, how many are done, of how many."""
Tell = Callable[[str], None]
"""Told what happens beside it, in a sentence."""


@contextmanager
def progress(file: IO[str]) -> Iterator[tuple[Watch, Tell]]:
    """A live bar on a terminal, a line for every fifth elsewhere."""
    console = Console(file=file, highlight=False)
    if not console.is_terminal:
        yield _lines(file)
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=None), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, expand=True) as bar:
        tasks: dict[str, TaskID] = {}

        def watch(title: str, done: int, total: int) -> None:
            if title not in tasks:
                tasks[title] = bar.add_task(title, total=total)
            bar.update(tasks[title], completed=done)

        yield watch, lambda said: bar.console.print(plain(said))


def _lines(file: IO[str]) -> tuple[Watch, Tell]:
    def watch(title: str, done: int, total: int) -> None:
        if done * _STEPS // total != (done - 1) * _STEPS // total:
            print(f"{title}: {done} of {total}", file=file, flush=True)

    return watch, lambda said: print(said, file=file, flush=True)


def heading(text: str) -> Text:
    """A line that a part begins with."""
    return Text(text, style="bold")


def checked(checks: Sequence[Check]) -> Table:
    """Each condition with its mark and what was found."""
    return hanging([(_mark(check), f"{check.name}: {check.said}") for check in checks])


def hanging(rows: Sequence[tuple[Text, str]]) -> Table:
    """Sentences whose later lines stand under their first words, not under their mark."""
    grid = Table.grid(padding=(0, 1))
    for mark, sentence in rows:
        grid.add_row(mark, plain(sentence))
    return grid


def _mark(check: Check) -> Text:
    return Text("ok", style="green") if check.passed else Text("FAILED", style="bold red")
