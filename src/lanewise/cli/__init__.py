"""The command line. Each command is a module of its own, loaded only when it is asked for: `lanewise --help` must be instant.

A command's own help must be, too: what takes long to import is named under `with late()` (see `late`), in no function.
"""

from __future__ import annotations

import importlib
import sys

import click

from lanewise import __version__
from lanewise.core.errors import LanewiseError
from lanewise.core.nearest import nearest

#: Command → its module in this package and one line of help, so that the list needs none of the modules.
COMMANDS = {
    "serve": "Run the gateway.",
    "simulate": "Run simulated vendors on loopback.",
    "demo": "Send a mixed workload through the gateway, with an outage half way, and print what happened.",
    "drill": "Rehearse outages against simulated vendors, and print what callers and operators saw.",
    "check": "Explain a policy, and what is wrong or risky in it.",
    "keys": "Create, list, rotate and revoke keys.",
    "audit": "Print who did what to keys, policy and verdicts; check that the log is as it was written.",
    "trace": "Print one run as a tree.",
    "budgets": "Print how every cap stands: spent, left, and when it begins anew.",
    "report": "Print what each lane answered, how fast and at what cost.",
    "cache": "Answers that are given again: what they save, forget some, warm up.",
    "eval": "Measure ways to answer on recorded outcomes, and judges beside people.",
    "processes": "Print which gateways serve from the store.",
    "backup": "Copy the store to a file while the gateway runs.",
    "forget": "Remove what is kept of a user.",
    "migrate": "Bring the store to this version's schema.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names in the order a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import the command's module."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"lanewise.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; a name that is nearly one is told so."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            close = nearest(name, COMMANDS)
            hint = f"Did you mean {close!r}?" if close else f"Commands: {', '.join(COMMANDS)}."
            ctx.fail(f"No such command {name!r}. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="lanewise")
def lanewise() -> None:
    """Lanewise, the verified-outcome reasoning gateway. Start with: lanewise serve --dev --simulate."""


def main() -> None:
    """The entry point: what Lanewise refuses is said in one message, without a traceback."""
    try:
        lanewise.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except LanewiseError as error:
        click.echo(f"lanewise: {error.message}", err=True)
        sys.exit(1)
