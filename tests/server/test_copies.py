"""Copies on one port: born, born again, told what the parent is told, and gone when it is."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from queue import Empty, Queue
from typing import Any

import pytest

from lanewise.core.errors import LanewiseError
from lanewise.server.copies import Copies
from patience import PATIENCE_S

#: A parent whose copies answer every connection with their process id, and say on standard output what becomes of them.
PROGRAM = """
import json, os, select, signal, sys, time
from lanewise.server.copies import Copies
from lanewise.telemetry.logs import configure_logs

configure_logs(stream=sys.stderr)

forks, fork = [], os.fork

def late():
    # the last copy takes its time to come to itself
    forks.append(fork())
    if len(forks) == 3 and forks[-1] == 0:
        time.sleep({late_s})
    return forks[-1]

os.fork = late

def say(**told):
    os.write(1, (json.dumps(told) + "\\n").encode())

def live(place):
    wakeup, heard = os.pipe()
    os.set_blocking(heard, False)
    signal.set_wakeup_fd(heard)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    if {fails}:
        return 3
    place.listening.listen(); place.own.listen()
    os.write(place.ready, b"1")
    say(born=os.getpid(), number=place.number, port=place.listening.getsockname()[1], own=place.own.getsockname()[1])
    while True:
        ready, _, _ = select.select([place.listening, place.own, wakeup, place.parent], [], [])
        if place.parent in ready:
            say(orphan=os.getpid())
            return 0
        if wakeup in ready:
            for number in os.read(wakeup, 16):
                say(heard=int(number), pid=os.getpid())
                if number == signal.SIGTERM:
                    return 0
        for each in (place.listening, place.own):
            if each in ready:
                taken, _ = each.accept()
                taken.sendall(str(os.getpid()).encode())
                taken.close()

sys.exit(Copies(3, "127.0.0.1", {port}, live).keep())
"""


class Parent:
    def __init__(self, *, fails: str = "False", port: str = "0", late_s: str = "0") -> None:
        options = {"fails": fails, "port": port, "late_s": late_s}
        program = textwrap.dedent(PROGRAM)
        for name, value in options.items():
            program = program.replace(f"{{{name}}}", value)
        self.child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        self.pids: set[int] = set()
        self.lines: list[str] = []
        self._unread: Queue[str] = Queue()
        self.reading = threading.Thread(target=self._read, daemon=True)
        self.reading.start()

    def _read(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self.lines.append(line)
            self._unread.put(line)

    def said(self, what: str, count: int) -> list[dict[str, Any]]:
        """The next so many lines that tell of this."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            try:
                line = self._unread.get(timeout=PATIENCE_S)
            except Empty:
                raise AssertionError(f"{what} was not said {count} times: {self.lines}") from None
            told = json.loads(line) if line.startswith('{"') else {}
            self.pids |= {told["born"]} if "born" in told else set()
            found += [told] if what in told else []
        return found


@contextmanager
def parent(**options: str) -> Iterator[Parent]:
    started = Parent(**options)
    try:
        yield started
    finally:
        for pid in (started.child.pid, *started.pids):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        started.child.wait()
        started.reading.join(10)
        assert started.child.stdout is not None
        started.child.stdout.close()


def asked(port: int) -> int:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        return int(connection.recv(16))


def row_of_ports(length: int) -> tuple[int, socket.socket]:
    """The first of so many free ports in a row, and a socket that has the second. The kernel gives them to nobody who asks for any port."""
    for first in range(10_000 + os.getpid() % 1_000 * 10, 30_000, length):
        with ExitStack() as bound:
            sockets = [bound.enter_context(socket.socket()) for _ in range(length)]
            try:
                for port, each in enumerate(sockets, first):
                    each.bind(("127.0.0.1", port))
            except OSError:
                continue
            return first, sockets[1].dup()
    raise AssertionError("no free ports in a row")


def test_one_that_is_killed_is_born_again_at_its_own_port_and_all_are_told_what_the_parent_is() -> None:
    port, second = row_of_ports(4)
    with second, parent(port=str(port)) as running:
        born = sorted(running.said("born", 3), key=lambda each: each["number"])
        assert [each["number"] for each in born] == [0, 1, 2]
        assert {each["port"] for each in born} == {port}
        assert [each["own"] for each in born[1:]] == [port + 2, port + 3]
        assert born[0]["own"] not in range(port, port + 4)  # the one after that of all is taken
        answering = {asked(port) for _ in range(60)}
        assert answering <= {each["born"] for each in born}
        assert len(answering) > 1
        for each in born:
            assert asked(each["own"]) == each["born"]

        os.kill(born[0]["born"], signal.SIGKILL)
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", born[0]["own"]))  # nobody else gets it, whether the copy is dead yet or born again
        (again,) = running.said("born", 1)
        assert (again["number"], again["port"], again["own"]) == (born[0]["number"], port, born[0]["own"])
        assert asked(again["own"]) == again["born"]

        running.child.send_signal(signal.SIGHUP)
        assert {each["heard"] for each in running.said("heard", 3)} == {signal.SIGHUP}
        running.child.send_signal(signal.SIGTERM)
        assert {each["heard"] for each in running.said("heard", 3)} == {signal.SIGTERM}
        assert running.child.wait(PATIENCE_S) == 0


def test_copies_do_not_outlive_a_parent_that_is_killed() -> None:
    with parent() as running:
        born = running.said("born", 3)
        running.child.kill()
        assert {each["orphan"] for each in running.said("orphan", 3)} == {each["born"] for each in born}


@pytest.mark.parametrize("late_s", ["0", "0.5"])
def test_where_one_cannot_begin_none_goes_on_however_young(late_s: str) -> None:
    with parent(fails="place.number == 1", late_s=late_s) as running:
        assert running.child.wait(PATIENCE_S) == 3


def test_a_port_that_another_has_is_not_shared_with_it() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        with pytest.raises(
            LanewiseError, match=rf"Cannot listen on 127\.0\.0\.1:{port}: .* name another port with --port"
        ):
            Copies(2, "127.0.0.1", port, lambda _: 0).keep()
