"""The process that gives questions their vectors: a framed text in, its vector as 32-bit floats out.

It is a process of its own because the model takes five times the gateway's memory, and because native code that ends, ends here.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import BinaryIO

from lanewise.similarity.minilm import MiniLm

ALARM_S = 30.0  # far above what whoever asks allows: for when he is gone


def main() -> None:
    """Answer until the pipe is closed."""
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing but answers may come out of the pipe
    model = MiniLm()
    model.of("ready")  # the first one takes longest
    answers.write(bytes(4))
    while frame := _frame(questions):
        signal.setitimer(signal.ITIMER_REAL, ALARM_S)
        vector = model.of(frame.decode(errors="replace")).tobytes()
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(len(vector).to_bytes(4) + vector)


def _frame(pipe: BinaryIO) -> bytes:
    """Four bytes of length, then as many. Empty at the end."""
    length = pipe.read(4)
    return pipe.read(int.from_bytes(length)) if len(length) == 4 else b""
