"""Gives birth to gateways by forking: each line of standard input is the arguments of one `lanewise` command to run.

A gateway loads its libraries for a second or more. Fifty lives of one need them loaded once: this process does it, and every life is a
fork of it that runs the same command line as `lanewise` does, with its own memory, sockets and locks.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from typing import NoReturn

import uvicorn.protocols.http.httptools_impl  # noqa: F401 - loaded for the lives to come

from lanewise.bootstrap import serving  # noqa: F401 - the same
from lanewise.cli import main


def lives() -> None:
    news, wakeup = os.pipe()
    os.set_blocking(wakeup, False)
    signal.set_wakeup_fd(wakeup)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    print(json.dumps({"zygote": os.getpid()}), flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            live(json.loads(line))
        print(json.dumps({"born": child}), flush=True)
        heard, _, _ = select.select([sys.stdin, news], [], [])
        # Nothing is said during a life: this is the end of input, so whoever asked for it is gone.
        if sys.stdin in heard:
            os.kill(child, signal.SIGKILL)
        else:
            os.read(news, 64)
        _, status = os.waitpid(child, 0)
        print(json.dumps({"died": child, "status": status}), flush=True)


def live(arguments: list[str]) -> NoReturn:
    sys.argv = ["lanewise", *arguments]
    try:
        main()
    finally:
        sys.stdout.flush()
        os._exit(1)


if __name__ == "__main__":
    lives()
