"""How every worker begins: `python -m lanewise.verifiers.worker NICENESS MODULE [FOLDER]` steps back, then becomes MODULE.

It steps back behind the gateway before anything else is imported: a worker that is replaced under load reads its modules when the
machine has least to give.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import time

_AUTOGROUP = "/proc/self/autogroup"
_BETWEEN_S = 0.11  # Linux takes one such wish in a tenth of a second from all who are not root
_TRIES = 5


def main() -> None:
    """Step back, and be the module, which finds its own arguments where `python -m` would have put them."""
    niceness, module = int(sys.argv[1]), sys.argv[2]
    step_back(niceness)
    sys.argv = sys.argv[2:]
    importlib.import_module(module).main()


def step_back(niceness: int, *, autogroup: str = _AUTOGROUP) -> None:
    """Take the processor after the gateway.

    Niceness counts among the processes of one session where Linux groups them by session (`sched_autogroup_enabled`, on by default): a
    worker, which leads a session of its own, would get as much as the whole gateway. So its session is niced too. As a batch process it
    does not push aside whoever runs when it wakes, which for a worker is each time that the gateway has written to it.
    """
    os.nice(niceness)
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    if os.getsid(0) == os.getpid():  # else the session is the gateway's own
        _nice_session(niceness, autogroup)


def _nice_session(niceness: int, autogroup: str) -> None:
    for _ in range(_TRIES):
        try:
            _written(autogroup, str(niceness).encode())
        except BlockingIOError:
            time.sleep(_BETWEEN_S)
        except OSError:  # a kernel without such groups, or a /proc that is not to be written
            return
        else:
            return


def _written(path: str, wish: bytes) -> None:
    file = os.open(path, os.O_WRONLY)
    try:
        os.write(file, wish)
    finally:
        os.close(file)


if __name__ == "__main__":
    main()
