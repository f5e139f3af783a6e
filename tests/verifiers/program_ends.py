"""A program's end of the line, in a thread of this process: for programs that mean no harm."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from lanewise.verifiers.programs.crossing import Gone
from lanewise.verifiers.programs.inside import Inside
from patience import PATIENCE_S


@contextmanager
def program_end() -> Iterator[tuple[int, int]]:
    """Where to read what the program says, and where to write what it is asked."""
    (reads, told), (hears, writes) = os.pipe(), os.pipe()
    inside = Inside(hears, told)

    def serve() -> None:
        try:
            inside.line.serve()
        except Gone:
            inside.line.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield reads, writes
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
