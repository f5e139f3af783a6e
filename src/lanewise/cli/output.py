"""How commands speak: data on standard output, as tables or as one JSON document; everything else on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
import msgspec
from rich.console import Console
from rich.progress import Progress

Command = TypeVar("Command", bound=Callable[..., Any])


def json_option(command: Command) -> Command:
    """`--json`, for every command that prints data."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")(command)


def print_json(value: object) -> None:
    """One document, indented: it is read by people too."""
    print(json.dumps(msgspec.to_builtins(value, enc_hook=str), indent=2, ensure_ascii=False))


def say(text: str) -> None:
    """Something that is not data."""
    click.echo(text, err=True)


Told = Callable[[int, int], None]
"""Takes how much is done, and how much there is to do."""


@contextmanager
def progress(doing: str) -> Iterator[Told]:
    """A bar on standard error that goes away when it is done; where nobody watches there is none."""
    console = Console(file=sys.stderr)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
