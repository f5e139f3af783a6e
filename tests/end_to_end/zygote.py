"""Gives birth to gateways by forking: each line of standard input is the arguments of one `lanewise` command to run.

A gateway loads its libraries for a second or more. Fifty lives of one need them loaded once: this process does it, and every life is a
fork of it that runs the same command line as `lanewise` does, with its own memory, sockets and locks.
"""

from __future__ import annotations

import json
import os
import sys

import uvicorn.protocols.http.httptools_impl  # noqa: F401 - loaded for the lives to come

from lanewise import bootstrap  # noqa: F401 - the same
from lanewise.cli import main


def lives() -> None:
    print(json.dumps({"zygote": os.getpid()}), flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            sys.argv = ["lanewise", *json.loads(line)]
            try:
                main()
            finally:
                sys.stdout.flush()
                os._exit(1)
        print(json.dumps({"born": child}), flush=True)
        _, status = os.waitpid(child, 0)
        print(json.dumps({"died": child, "status": status}), flush=True)


if __name__ == "__main__":
    lives()
