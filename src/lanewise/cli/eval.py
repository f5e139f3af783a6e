"""`lanewise eval`: what strategies are worth, on recorded outcomes."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lanewise.cli.output import json_option, print_json


@click.group()
def command() -> None:
    """Measure ways to answer, without asking anybody."""


@command.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="LANEWISE_DATA",
    required=True,
    help="The folder that holds recorded outcomes, in `routing`; default: $LANEWISE_DATA.",
)
@click.option(
    "--price-ratio",
    type=click.FloatRange(min=1.0),
    default=30.0,
    show_default=True,
    help="What a strong call costs in cheap ones, where no cost was recorded.",
)
@json_option
def strategies(data: Path, price_ratio: float, as_json: bool) -> None:
    """Compare fast + verify + escalate with one model for all, with agreement, votes and doubt, each with its interval."""
    from lanewise.lab.recorded_outcomes import workloads
    from lanewise.lab.strategies_compared import compare
    from lanewise.lab.strategies_view import strategies_view
    from lanewise.operations.render import show

    made = [compare(each) for each in workloads(data, price_ratio)]
    if as_json:
        print_json(made)
        return
    show(strategies_view(made), sys.stdout)
