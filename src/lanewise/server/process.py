"""The life of the serving process: uvicorn in one process, readiness that fails first, a bounded drain, then honest errors."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib.util
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvicorn
from starlette.types import ASGIApp

from lanewise.server.connection import Connection
from lanewise.server.copies import cannot_listen
from lanewise.server.listening import Listeners

_log = structlog.get_logger()
_AFTER_DRAIN_S = 5.0  # for error events and ledger rows of what the drain cut short


@dataclass(frozen=True, kw_only=True, slots=True)
class Bind:
    """Where to listen."""

    host: str = "127.0.0.1"
    port: int = 8080
    tls_cert: Path | None = None
    tls_key: Path | None = None


class GatewayServer(uvicorn.Server):
    """uvicorn, except that stopping starts a drain which ends every request in progress in words its caller understands."""

    def __init__(self, app: ASGIApp, bind: Bind, listeners: Listeners, *, drain_s: float) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=bind.host,
                port=bind.port,
                ssl_certfile=bind.tls_cert,
                ssl_keyfile=bind.tls_key,
                http=Connection,
                interface="asgi3",  # not guessed: a callable that hands on is as good as a coroutine function
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=int(drain_s + _AFTER_DRAIN_S),
            )
        )
        self._listeners = listeners
        self._drain_s = drain_s
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]  # uvicorn names the sockets' type
        """Listen, then say so. Raises LanewiseError where the address cannot be had."""
        try:
            await super().startup(sockets)  # type: ignore[arg-type]  # the same
        except SystemExit as ended:  # uvicorn's way to say that it cannot listen
            where = f"{self.config.host}:{self.config.port}"
            raise cannot_listen(where, ended.__context__) from ended
        if self.started:
            self.ready.set()

    @property
    def tls(self) -> ssl.SSLContext | None:
        """What new connections are proved by, once it is ready."""
        return self.config.ssl

    @property
    def port(self) -> int:
        """The port that is listened on, chosen by the system where the configured one is 0."""
        port: int = self.servers[0].sockets[0].getsockname()[1]
        return port

    @property
    def own_port(self) -> int:
        """The port by which nobody but this process is reached, where others listen on the same one."""
        port: int = self.servers[-1].sockets[0].getsockname()[1]
        return port

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `stop`: uvicorn would raise them again after serving, which ends the process before its rows are written."""
        yield

    def stop(self) -> None:
        """Begin to drain; the second time, give up waiting."""
        if self._listeners.draining:
            self.force_exit = True
            self._listeners.stop_all()
            return
        self._listeners.draining = self.should_exit = True
        _log.info("draining", in_flight=len(self._listeners), grace_s=self._drain_s)
        asyncio.get_running_loop().call_later(self._drain_s, self._listeners.stop_all)


def new_event_loop() -> asyncio.AbstractEventLoop:
    """The event loop of uvloop where it is installed (the extra `server`), else asyncio's: it saves a tenth of the CPU."""
    if importlib.util.find_spec("uvloop") is None:  # not on every platform, and not needed
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = importlib.import_module("uvloop").new_event_loop()
    return loop


def spare_the_collector() -> None:
    """Keep what was loaded out of garbage collection: walking it again and again would cost more than the garbage of requests."""
    gc.collect()
    gc.freeze()
    gc.collect()  # the collector puts a full round off until a quarter of what the last one found has come anew: now that is little
    gc.set_threshold(5_000, 20, 10)
