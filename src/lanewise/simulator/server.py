"""Runs the simulator on loopback: inside a test or beside the gateway (`running`), or as a process of its own (`run`)."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from ipaddress import ip_address

import uvicorn

from lanewise.simulator.app import Simulator, SimulatorOptions
from lanewise.simulator.models import GEMINI_VENDOR, SIMULATED_VENDORS
from lanewise.simulator.wire_damage import DamageableProtocol

__all__ = ["RunningSimulator", "SimulatorOptions", "run", "running"]

_LOOPBACK = "127.0.0.1"
_STOP_GRACE_S = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class RunningSimulator:
    """A simulator that answers: where, and what it remembers."""

    host: str
    port: int
    simulator: Simulator

    @property
    def base_url(self) -> str:
        """Scheme, host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def vendor_url(self, vendor: str) -> str:
        """The `base_url` an official SDK needs for a vendor; raises KeyError for a vendor it does not simulate."""
        paths = {known.name: known.base_path for known in (*SIMULATED_VENDORS, GEMINI_VENDOR)}
        return self.base_url + paths[vendor]


@asynccontextmanager
async def running(
    options: SimulatorOptions | None = None, *, port: int = 0, host: str = _LOOPBACK
) -> AsyncIterator[RunningSimulator]:
    """Serve the simulated vendors while the block runs; port 0 takes a free one.

    Raises ValueError for a host that is not loopback: what is simulated must not be mistaken for a vendor by others.
    """
    if not ip_address(host).is_loopback:
        raise ValueError(f"The simulator serves loopback only; {host} is not. Write 127.0.0.1 or ::1")
    options = options or SimulatorOptions()
    simulator = Simulator(replace(options, run_id=options.run_id + os.urandom(5).hex()))
    listener = socket.create_server(
        (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=1024
    )
    config = uvicorn.Config(
        simulator.asgi(),
        http=DamageableProtocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_STOP_GRACE_S,
    )
    server = _QuietServer(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.until_started(serving)
        yield RunningSimulator(host=host, port=listener.getsockname()[1], simulator=simulator)
    finally:
        server.should_exit = True
        server.drop_connections()
        await serving
        listener.close()


async def run(
    options: SimulatorOptions,
    port: int,
    announce: Callable[[RunningSimulator], None],
    *,
    max_seconds: float | None = None,
) -> None:
    """Serve until cancelled, or for `max_seconds`; `announce` is called once it answers."""
    async with running(options, port=port) as simulator:
        announce(simulator)
        with suppress(TimeoutError):
            async with asyncio.timeout(max_seconds):
                await asyncio.Event().wait()


class _QuietServer(uvicorn.Server):
    """uvicorn's server without its signal handlers: the process belongs to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signals alone."""
        yield

    async def until_started(self, serving: asyncio.Task[None]) -> None:
        """Wait till it accepts connections; raises what stopped it from doing so."""
        while not self.started:
            if serving.done():
                await serving
                raise RuntimeError("The simulator stopped before it answered")
            await asyncio.sleep(0.005)

    def drop_connections(self) -> None:
        """Close what clients left open, so stopping does not wait for them."""
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()
