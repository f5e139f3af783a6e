"""The process that does the mathematics: a framed question in, a framed answer out.

Started by `worker_pool`, which kills it when it takes too long. It reads text of models, so it gives itself little: no files to write,
no processes to start, an address space with a limit, and an alarm that ends it if nobody is left to do so.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from typing import BinaryIO

import msgspec

from lanewise.verifiers.maths.compare import Conventions
from lanewise.verifiers.maths.judge import Judged, judged
from lanewise.verifiers.maths.question import judged_alone
from lanewise.verifiers.maths.task import MathTask, MathTold
from lanewise.verifiers.reading.latex import restored

MEMORY_BYTES = 768 * 2**20
ALARM_S = 10.0  # far above what the pool allows: for when the pool is gone


def main() -> None:
    """Answer questions until the pipe is closed."""
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing but answers may come out of the pipe
    _give_up()
    answers.write(bytes(4))  # ready
    decoder = msgspec.msgpack.Decoder(MathTask)
    while frame := read_frame(questions):
        signal.setitimer(signal.ITIMER_REAL, ALARM_S)
        told = msgspec.msgpack.encode(told_of(decoder.decode(frame)))
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(len(told).to_bytes(4) + told)


def told_of(task: MathTask) -> MathTold:
    """The answer to one question; what it cannot do, memory that is not enough included, is told."""
    try:
        found = _judged(task)
    except MemoryError:
        return MathTold(right=None, why="it needs more memory than a check may have")
    except RecursionError:
        return MathTold(right=None, why="it is nested too deeply")
    return MathTold(right=found.right, why=found.why, answer=found.answer[:500], repairable=found.repairable)


def _judged(task: MathTask) -> Judged:
    if task.expected is None:
        return judged_alone(task.question, task.text)
    conventions = Conventions(ordered=task.ordered, percent=task.percent, units=task.units, decimals=task.decimals)
    return judged(restored(task.expected)[0], restored(task.text)[0], conventions)


def read_frame(pipe: BinaryIO) -> bytes:
    """One frame: four bytes of length, then as many. Empty at the end."""
    length = pipe.read(4)
    return pipe.read(int.from_bytes(length)) if len(length) == 4 else b""


def _give_up() -> None:
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 16),
    ):
        resource.setrlimit(limit, (most, most))
