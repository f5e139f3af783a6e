"""Which policy a command goes by: a file's, what the environment offers, or the one of `serve --simulate`, which stands in no file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

SIMULATOR_URL = "http://127.0.0.1:8090"
"""Where `lanewise simulate` listens unless it is told otherwise."""

Command = TypeVar("Command", bound=Callable[..., Any])


def policy_option(command: Command) -> Command:
    """`--config`, for commands that go by the whole policy."""
    text = "Policy file; default: lanewise.yaml if it is there, else what the environment offers."
    return click.option("--config", type=click.Path(path_type=Path), default=None, help=text)(command)


def simulate_option(command: Command) -> Command:
    """`--simulate`: the policy of `serve --simulate`, in place of a file."""
    text = "The policy of `serve --simulate`, with the vendors of `simulate`."
    return click.option("--simulate", is_flag=True, help=text)(command)


def refuse_both(config: Path | None, *, simulate: bool) -> None:
    """Raises UsageError where a policy file is named beside it."""
    if simulate and config is not None:
        raise click.UsageError("--simulate has a policy of its own; leave --simulate or --config away")
