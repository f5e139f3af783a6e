"""A worker that does what it is told: `echo`, `hang`, `die`, `flood`. `python odd_worker.py` is not how it is started: see the test."""

from __future__ import annotations

import sys
import time


def main() -> None:
    pipe, out = sys.stdin.buffer, sys.stdout.buffer
    out.write(bytes(4))
    out.flush()
    while length := pipe.read(4):
        said = pipe.read(int.from_bytes(length))
        if said == b"hang":
            time.sleep(60)
        if said == b"die":
            sys.exit(1)
        answer = b"x" * (1 << 20) if said == b"flood" else said
        out.write(len(answer).to_bytes(4) + answer)
        out.flush()


if __name__ == "__main__":
    main()
