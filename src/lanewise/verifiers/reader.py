"""The process that reads long answers: a pickled reading in, a verdict out.

What it is sent is pickled by the gateway, whose own memory it comes from; what it sends back is not, for it reads text of models.
"""

from __future__ import annotations

import os
import pickle
import resource
import signal
import sys
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from lanewise.core.protocols.router import Question
from lanewise.core.protocols.verifier import Verifier
from lanewise.core.verdict import Verdict
from lanewise.verifiers.maths.worker import read_frame
from lanewise.verifiers.read_apart import Reading
from lanewise.verifiers.says import Says

MEMORY_BYTES = 2 << 30
ALARM_S = 30.0  # far above what the pool allows: for when the pool is gone
_KEPT = 64  # verifiers, by their options


class Verifiers:
    """Those used last: a compiled schema is worth keeping."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[object, bytes], Verifier] = OrderedDict()

    def of(self, kind: Callable[[Any], Verifier], options: bytes) -> Verifier:
        """The verifier with these options, made once."""
        key = (kind, options)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = kind(pickle.loads(options))  # noqa: S301 - the gateway's own
            if len(self._made) > _KEPT:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        return made


def main() -> None:
    """Answer until the pipe is closed."""
    readings, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 16),
    ):
        resource.setrlimit(limit, (most, most))
    answers.write(bytes(4))  # ready
    verifiers = Verifiers()
    while frame := read_frame(readings):
        signal.setitimer(signal.ITIMER_REAL, ALARM_S)
        told = msgspec.msgpack.encode(told_of(verifiers, frame))
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(len(told).to_bytes(4) + told)


def told_of(verifiers: Verifiers, frame: bytes) -> Verdict:
    """The verdict on one reading; of a verifier that is broken, that it is."""
    reading: Reading = pickle.loads(frame)  # noqa: S301 - the gateway's own
    verifier = verifiers.of(reading.of, reading.options)
    try:
        return finished(verifier.verify(reading.candidate, _nobody))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a verifier, the next answer is another one
        says = Says(verifier=reading.of.name, kind=reading.of.kinds[0])
        return says.unverifiable(f"The answer could not be read: {type(error).__name__}.")


def finished(judging: Coroutine[Any, Any, Verdict]) -> Verdict:
    """The verdict of a verifier that waits for nothing."""
    try:
        judging.send(None)
    except StopIteration as done:
        verdict: Verdict = done.value
        return verdict
    judging.close()
    raise AssertionError("a verifier that only reads waits for nothing")


async def _nobody(_: Question) -> str | None:
    return None
