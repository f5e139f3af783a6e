"""`lanewise check`: explain a policy, and what is wrong or risky in it."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
import time
from pathlib import Path

import click
import msgspec
from rich.text import Text

from lanewise.cli.late import late
from lanewise.cli.output import json_option, print_json, say
from lanewise.cli.simulated_policy import SIMULATOR_URL, policy_option, refuse_both, simulate_option
from lanewise.core.errors import InvalidRequest, LanewiseError, NotAllowed
from lanewise.operations.console import console_on

with late():
    from lanewise.bootstrap import policies
    from lanewise.config import advice, explain, json_schema, mistakes, render
    from lanewise.server import certificate


@click.command()
@policy_option
@simulate_option
@click.option(
    "--sample",
    type=click.Path(path_type=Path, allow_dash=True),
    default=None,
    help="A chat completion request (JSON; - reads standard input): say what would happen to it.",
)
@click.option("--tenant", default="dev", show_default=True, help="With --sample: whose request it is.")
@click.option("--schema", is_flag=True, help="Print the policy's JSON Schema, for editors, and stop.")
@click.option("--print", "print_policy", is_flag=True, help="Print the policy's text, to be saved as lanewise.yaml.")
@click.option("--tls-cert", type=click.Path(path_type=Path), default=None, help="Also the chain that `serve` is given.")
@json_option
def command(
    config: Path | None,
    simulate: bool,
    sample: Path | None,
    tenant: str,
    schema: bool,
    print_policy: bool,
    tls_cert: Path | None,
    as_json: bool,
) -> None:
    """Explain a policy: lanes, prices, routing, what each model name means, who answers in an outage, and advice.

    Exits with 1 where the policy is wrong, and names every mistake. Advice is no mistake.
    """
    if schema:
        click.echo(json_schema.schema_text(), nl=False)
        return
    refuse_both(config, simulate=simulate)
    if print_policy and (as_json or sample is not None):
        raise click.UsageError("--print prints the policy's YAML; leave --json and --sample away")
    text, name, _ = asyncio.run(policies.policy_text(config, simulator_url=SIMULATOR_URL if simulate else None))
    try:
        loaded = policies.load_text(text, file=name)
    except mistakes.InvalidPolicy as error:
        _print_mistakes(error, as_json=as_json)
        sys.exit(1)
    if print_policy:
        click.echo(text, nl=False)
        return
    if tls_cert is not None:
        loaded = dataclasses.replace(loaded, noticed=(*loaded.noticed, *_of_certificate(tls_cert)))
    body = None if sample is None else _read(sample)
    try:
        explanation = asyncio.run(policies.explained(loaded, sample=body, tenant=tenant))
    except (InvalidRequest, NotAllowed) as error:
        raise LanewiseError(f"The sample request would be refused: {error.message}") from error
    if as_json:
        print_json({"valid": True, "file": name, **msgspec.to_builtins(explanation)})
    else:
        _print(explanation, name)


def _of_certificate(chain: Path) -> list[advice.Advice]:
    """What is wrong, or soon will be, with a certificate. Raises LanewiseError where it is none."""
    wrong = certificate.wrong_at(chain, time.time())
    remedy = "A gateway reads a renewed one without a restart"
    told = advice.Advice(code="tls_certificate", message=f"{str(chain)!r}: {wrong}", remedy=remedy)
    return [told] if wrong else []


def _read(sample: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(sample) == "-" else sample.read_bytes()
    except OSError as error:
        raise LanewiseError(f"Cannot read the sample {str(sample)!r}: {error.strerror}") from error


def _print_mistakes(error: mistakes.InvalidPolicy, *, as_json: bool) -> None:
    """Each on a line that editors can jump to, or as a document."""
    if as_json:
        print_json({"valid": False, "file": error.file, "mistakes": msgspec.to_builtins(error.mistakes)})
    else:
        say(error.message)
    count = len(error.mistakes)
    say(f"{error.file} cannot be used: {count} {'mistake' if count == 1 else 'mistakes'}.")


def _print(explanation: explain.Explanation, name: str) -> None:
    console = console_on(sys.stdout)
    console.print(Text(f"Read {name}"))
    render.render(explanation, console)
