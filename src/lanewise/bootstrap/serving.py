"""The life of a serving process, from its options to the signal that stops it."""

from __future__ import annotations

import asyncio
import os
import signal

import structlog

from lanewise.bootstrap.application import Application, ServeOptions, opened
from lanewise.bootstrap.in_force import providers_of
from lanewise.core.acts import Actor
from lanewise.core.errors import StoreError
from lanewise.server.asking_copies import AskingCopies, OwnPorts
from lanewise.server.certificate import Certificate
from lanewise.server.copies import Place
from lanewise.server.process import Bind, GatewayServer, spare_the_collector
from lanewise.telemetry.logs import configure_logs

_SIGNAL = Actor(who="signal", where="this machine")
_log = structlog.get_logger()


async def serve(options: ServeOptions, place: Place | None = None) -> None:
    """Serve until a signal stops it; at a `place` as one of several copies. Raises PolicyError, StoreError when it cannot start."""
    configure_logs()
    async with opened(options) as application:
        spare_the_collector()
        policy = application.gateway.policy
        app = application.app
        if place is not None:
            app = AskingCopies(app, OwnPorts(place.number, place.ports, _scheme(options)))
        server = GatewayServer(app, options.bind, application.listeners, drain_s=policy.server.drain_s)
        stop, hung_up = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, server.stop)
        loop.add_signal_handler(signal.SIGINT, server.stop)
        tasks = [
            asyncio.create_task(application.in_force.follow(stop)),
            asyncio.create_task(_announce(server, application, options, place)),
            asyncio.create_task(_stop_without_a_seat(server, application)),
            asyncio.create_task(_follow_certificate(server, options.bind, application, hung_up)),
        ]

        def read_anew() -> None:
            hung_up.set()
            tasks.append(loop.create_task(application.in_force.try_reload(_SIGNAL)))

        loop.add_signal_handler(signal.SIGHUP, read_anew)
        try:
            if place is None:
                await server.serve()
            else:
                loop.add_reader(place.parent, _orphaned, server, place)
                await server.serve(sockets=[place.listening, place.own])
        finally:
            application.control.remove()
            stop.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        _log.info("stopped")


def _take_commands(application: Application, bind: Bind, url: str) -> None:
    """Let commands of this machine find the gateway. Without, they work on the store beside it, and it notices within a second."""
    try:
        application.control.write(url, tls_cert=str(bind.tls_cert.resolve()) if bind.tls_cert else "")
    except StoreError as error:
        _log.warning("commands do not find this gateway", why=error.message)


async def _follow_certificate(
    server: GatewayServer, bind: Bind, application: Application, at_once: asyncio.Event
) -> None:
    """A renewed certificate is taken as it comes; one that is not good is told."""
    await server.ready.wait()
    if bind.tls_cert is None or bind.tls_key is None or server.tls is None:
        return
    await Certificate(bind.tls_cert, bind.tls_key, server.tls, application.gateway.parts.clock).follow(at_once)


def _scheme(options: ServeOptions) -> str:
    return "https" if options.bind.tls_cert else "http"


def _reached_at(host: str) -> str:
    """How this machine reaches itself at an address that is listened on."""
    here = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - what is said, not bound
    return f"[{here}]" if ":" in here else here


async def _stop_without_a_seat(server: GatewayServer, application: Application) -> None:
    """Others serve from the database by now, and not beside this process: what is under way is ended in good order."""
    if application.roll is not None:
        await application.roll.lost.wait()
        server.stop()


def _orphaned(server: GatewayServer, place: Place) -> None:
    """Nobody would start another one in this process's place, or stop it."""
    asyncio.get_running_loop().remove_reader(place.parent)
    server.stop()


async def _announce(
    server: GatewayServer, application: Application, options: ServeOptions, place: Place | None
) -> None:
    await server.ready.wait()
    scheme = _scheme(options)
    here = f"{_reached_at(options.bind.host)}:{server.port}" if place is None else f"127.0.0.1:{server.own_port}"
    _take_commands(application, options.bind, f"{scheme}://{here}")
    if place is not None:
        os.write(place.ready, b"1")
        os.close(place.ready)
    policy = application.gateway.policy
    _log.info(
        "serving",
        url=f"{scheme}://{options.bind.host}:{server.port}",
        policy=policy.version,
        lanes=list(policy.lanes),
        simulated=any(provider.simulated for provider in providers_of(policy)),
        keys="not asked (--dev)" if options.dev else "asked",
    )
