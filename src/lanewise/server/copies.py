"""Several copies of the serving process on one port, kept alive by the process that was started.

Each copy listens by itself (`SO_REUSEPORT`), so the kernel shares connections out; the parent listens not at all and only watches. It is
forked, so that libraries are loaded once; nothing may have been started in the parent that does not outlive a fork: no thread, no loop.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import NoReturn

import structlog

from lanewise.core.errors import LanewiseError

LOOPBACK = "127.0.0.1"
_SOON_S = 10.0  # a copy that ends sooner after its start may end again: the next one waits
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 30.0
_HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """What a copy is born with."""

    number: int
    listening: socket.socket  # bound to the port of all
    # Bound to a port of this machine that is its alone, and its successors' for as long as the parent lives.
    own: socket.socket
    parent: int  # a descriptor to read from: it ends when the parent does
    ready: int  # a descriptor to write to, once the copy serves
    ports: tuple[int, ...] = ()  # every copy's own, by number


@dataclass(kw_only=True, slots=True)
class _Copy:
    number: int
    own_port: int = 0
    pid: int = 0  # 0: none lives
    ready: int = -1
    served: bool = False  # at any time
    serving: bool = False
    born_s: float = 0.0
    wait_s: float = 0.0
    again_s: float = 0.0  # when it is to be born


Serve = Callable[[Place], int]
"""Runs in a copy until it ends; its exit code."""


class Copies:
    """The parent's part."""

    def __init__(self, count: int, host: str, port: int, serve: Serve) -> None:
        self._serve = serve
        self._address = (host, port)
        self._copies = [_Copy(number=number) for number in range(count)]
        self._stopping = False
        self._failed = 0

    def keep(self) -> int:
        """Have all copies serve until a signal stops them; the exit code. Raises LanewiseError where the port cannot be had."""
        with ExitStack() as kept:
            self._keep_ports(kept)
            self._watch()
        return self._failed

    def _keep_ports(self, kept: ExitStack) -> None:
        """Have the port of all and each copy's own, so that nobody else gets one of them while a copy is dead."""
        reserved = kept.enter_context(_kept(*self._address))
        self._address = reserved.getsockname()[:2]
        for copy in self._copies:
            usual = self._address[1] + 1 + copy.number
            copy.own_port = kept.enter_context(_own(usual)).getsockname()[1]
            if copy.own_port != usual:
                _log.warning(
                    "a copy's own port is another one: the usual one is taken",
                    copy=copy.number,
                    usual=usual,
                    port=copy.own_port,
                )

    def _watch(self) -> None:
        """Keep the copies alive until all is over."""
        self._life, self._lives = os.pipe()
        self._heard, wakeup = socket.socketpair()
        for end in (self._heard, wakeup):
            end.settimeout(0)
        signal.set_wakeup_fd(wakeup.fileno())
        for number in _HEARD:
            signal.signal(number, lambda *_: None)
        try:
            while self._step():
                pass
        finally:
            self._tell(signal.SIGTERM)

    def _step(self) -> bool:
        """Begin what is to be born, and wait for something to happen; False when all is over."""
        now_s = time.monotonic()
        for copy in self._copies:
            if not copy.pid and not self._stopping and copy.again_s <= now_s:
                self._bear(copy)
        if self._stopping and not any(copy.pid for copy in self._copies):
            return False
        waits = [copy.again_s - now_s for copy in self._copies if not copy.pid and not self._stopping]
        unready = {copy.ready: copy for copy in self._copies if copy.ready >= 0}
        signals = self._heard.fileno()
        heard, _, _ = select.select([signals, *unready], [], [], max(0.0, min(waits)) if waits else None)
        for each in heard:
            if each == signals:
                self._obey(self._heard.recv(64))
            elif unready[each].ready == each:  # it may have been buried just now
                self._hear(unready[each])
        return True

    def _obey(self, signals: bytes) -> None:
        for number in signals:
            if number == signal.SIGCHLD:
                self._bury()
            elif number == signal.SIGHUP:
                self._tell(signal.SIGHUP)
            else:
                self._stopping = True
                self._tell(signal.SIGTERM)

    def _hear(self, copy: _Copy) -> None:
        if os.read(copy.ready, 1):
            copy.serving = copy.served = True
            if all(each.serving for each in self._copies):
                _log.info("all copies serve", copies=len(self._copies), port=self._address[1])
        os.close(copy.ready)
        copy.ready = -1

    def _bear(self, copy: _Copy) -> None:
        listening, own = _bound(*self._address), _bound(LOOPBACK, copy.own_port)
        ready, said = os.pipe()
        # A copy that is told to end before it has put away its parent's way of hearing would hear it there, and live on.
        signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
        pid = os.fork()
        if pid == 0:
            for each in (*(other.ready for other in self._copies if other.ready >= 0), ready, self._lives):
                os.close(each)
            ports = tuple(each.own_port for each in self._copies)
            self._live(
                Place(number=copy.number, listening=listening, own=own, parent=self._life, ready=said, ports=ports)
            )
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
        listening.close()
        own.close()
        os.close(said)
        copy.pid, copy.ready, copy.serving, copy.born_s = pid, ready, False, time.monotonic()

    def _live(self, place: Place) -> NoReturn:
        """The copy's life, in the forked process."""
        code = 1
        try:
            os.setpgid(0, 0)  # a terminal's Ctrl-C is for the parent, who says so once
            signal.set_wakeup_fd(-1)
            for number in _HEARD:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
            code = self._serve(place)
        finally:
            os._exit(code)

    def _bury(self) -> None:
        for copy in self._copies:
            if not copy.pid:
                continue
            pid, status = os.waitpid(copy.pid, os.WNOHANG)
            if pid:
                self._buried(copy, os.waitstatus_to_exitcode(status))

    def _buried(self, copy: _Copy, code: int) -> None:
        lived_s = time.monotonic() - copy.born_s
        if copy.ready >= 0:
            self._hear(copy)
        copy.pid = 0
        if self._stopping:
            self._failed = self._failed or (max(0, code))
            return
        if not copy.served:  # at the first start nothing is mended by trying again: whoever started it has to be told
            self._failed, self._stopping = code if code > 0 else 1, True
            self._tell(signal.SIGTERM)
            return
        copy.wait_s = 0.0 if lived_s > _SOON_S else min(_LONGEST_WAIT_S, max(_FIRST_WAIT_S, copy.wait_s * 2))
        copy.again_s = time.monotonic() + copy.wait_s
        _log.error(
            "a copy of the gateway has ended and is started again", copy=copy.number, code=code, wait_s=copy.wait_s
        )

    def _tell(self, number: int) -> None:
        for copy in self._copies:
            if copy.pid:
                with suppress(ProcessLookupError):
                    os.kill(copy.pid, number)


def _own(port: int) -> socket.socket:
    """A socket that keeps a port of this machine, any free one where that is taken."""
    try:
        return _kept(LOOPBACK, port)
    except (LanewiseError, OverflowError):
        return _kept(LOOPBACK, 0)


def _kept(host: str, port: int) -> socket.socket:
    """A socket that keeps a port for the copies, and gets no connection itself. Raises LanewiseError where somebody has it."""
    _bound(host, port, shared=False).close()  # nobody else may have it, not even by sharing
    return _bound(host, port)


def _bound(host: str, port: int, *, shared: bool = True) -> socket.socket:
    """A socket on an address; shared, others of this user may be bound to it as well."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise cannot_listen(f"{host}:{port}", error) from error
    return bound


def cannot_listen(where: str, error: object) -> LanewiseError:
    """What to tell whoever gave an address that cannot be had."""
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, socket.gaierror) or number == errno.EADDRNOTAVAIL:
        why = f"{where.rpartition(':')[0]!r} is no address of this machine"
        return LanewiseError(f"Cannot listen on {where}: {why}. Name one with --host, for example 127.0.0.1 or 0.0.0.0")
    why = os.strerror(number) if number else str(error)
    stop = "Stop what does, or name" if number == errno.EADDRINUSE else "Name"
    return LanewiseError(f"Cannot listen on {where}: {why}. {stop} another port with --port")
