"""`lanewise simulate`: simulated vendors on loopback."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import sys
from pathlib import Path

import click

from lanewise.cli.late import late

with late():
    from lanewise.server import copies
    from lanewise.simulator import recorded as recordings
    from lanewise.simulator import server


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8090,
    show_default=True,
    help="Port on 127.0.0.1; 0 lets the system choose.",
)
@click.option(
    "--time-scale",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    help="Factor on every delay; 0 answers at once.",
)
@click.option("--seed", default=0, show_default=True, help="Which mistakes the models make.")
@click.option(
    "--recorded",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Also serve the vendor `recorded`: real models' answers of this folder (queries.jsonl, outcomes.csv).",
)
@click.option("--max-seconds", type=float, default=None, help="Stop by itself after this long.")
@click.option("--with-parent", is_flag=True, help="Stop when standard input closes: with the process that started it.")
@click.option("--json", "as_json", is_flag=True, help="Announce the address as one line of JSON.")
def command(
    port: int,
    time_scale: float,
    seed: int,
    recorded: Path | None,
    max_seconds: float | None,
    with_parent: bool,
    as_json: bool,
) -> None:
    """Run simulated vendors on loopback. They speak real wire formats and call themselves simulated everywhere."""
    try:
        recording = recordings.read_recording(recorded) if recorded else None
    except recordings.RecordingError as error:
        raise click.UsageError(f"--recorded: {error}") from error

    async def until_over() -> None:
        options = server.SimulatorOptions(time_scale=time_scale, seed=seed, recorded=recording)
        async with server.running(options, port=port) as simulator:
            if as_json:
                print(json.dumps({"base_url": simulator.base_url}), flush=True)
            else:
                print(
                    f"Simulated vendors on {simulator.base_url} (books: /__books__, faults: POST /__faults__)",
                    flush=True,
                )
            waiting: list[asyncio.Task[object]] = [asyncio.create_task(asyncio.Event().wait())]
            if max_seconds is not None:
                waiting.append(asyncio.create_task(asyncio.sleep(max_seconds)))
            if with_parent:
                waiting.append(asyncio.create_task(_parent_gone()))
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()

    try:
        asyncio.run(until_over())
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        raise copies.cannot_listen(f"127.0.0.1:{port}", error) from error


async def _parent_gone() -> None:
    """Return when standard input ends, as it does when the process at its other end is gone."""
    loop = asyncio.get_running_loop()
    gone = loop.create_future()

    def readable() -> None:
        if not os.read(0, 1024) and not gone.done():
            gone.set_result(None)

    loop.add_reader(0, readable)
    await gone
