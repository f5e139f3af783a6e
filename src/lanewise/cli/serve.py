"""`lanewise serve`: run the gateway."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from lanewise.cli.late import late
from lanewise.cli.simulated_policy import policy_option, refuse_both
from lanewise.cli.store_file import store_option
from lanewise.stores.address import Store

with late():
    from lanewise.bootstrap import application, copies, serving
    from lanewise.server import certificate, process


@click.command()
@policy_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8080,
    show_default=True,
    help="Port to listen on; 0 lets the system choose.",
)
@click.option("--dev", is_flag=True, help="No key asked; loopback only.")
@click.option(
    "--simulate", is_flag=True, help="Simulated vendors beside the gateway; no file and no vendor key needed."
)
@click.option(
    "--time-scale",
    type=click.FloatRange(min=0),
    default=0.2,
    show_default=True,
    help="With --simulate: factor on the vendors' delays; 0 answers at once.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Gateway processes on the port, each on a core; more than one need a PostgreSQL store.",
)
@store_option
@click.option("--tls-cert", type=click.Path(exists=True, path_type=Path), default=None, help="Certificate chain (PEM).")
@click.option("--tls-key", type=click.Path(exists=True, path_type=Path), default=None, help="Private key (PEM).")
def command(
    config: Path | None,
    host: str,
    port: int,
    dev: bool,
    simulate: bool,
    time_scale: float,
    workers: int,
    store: Store | None,
    tls_cert: Path | None,
    tls_key: Path | None,
) -> None:
    """Run the gateway: OpenAI's chat completions on /v1, answered by the policy's lanes."""
    if (tls_cert is None) != (tls_key is None):
        raise click.UsageError("--tls-cert and --tls-key go together")
    if tls_cert is not None and tls_key is not None:
        _check_certificate(tls_cert, tls_key)
    refuse_both(config, simulate=simulate)
    if dev and host not in ("127.0.0.1", "localhost", "::1"):
        raise click.UsageError(
            "--dev asks for no key, so it listens on loopback only; leave --host away, or leave --dev away"
        )
    if simulate and workers > 1:
        raise click.UsageError("--simulate is for one process; leave --simulate or --workers away")
    bind = process.Bind(host=host, port=port, tls_cert=tls_cert, tls_key=tls_key)
    options = application.ServeOptions(
        config=config, bind=bind, dev=dev, simulate=simulate, time_scale=time_scale, store=store
    )
    if workers > 1:
        sys.exit(copies.serve_copies(options, workers))
    with asyncio.Runner(loop_factory=process.new_event_loop) as runner:
        runner.run(serving.serve(options))


def _check_certificate(chain: Path, key: Path) -> None:
    try:
        certificate.check_pair(chain, key)
    except certificate.CertificateUnusable as error:
        raise click.UsageError(error.message) from error
