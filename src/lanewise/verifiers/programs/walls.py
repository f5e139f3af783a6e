"""First in the sandbox: takes its limits on, puts the files in place, then becomes the command.

Standard library only, for whatever Python is there. The files come first on stdin (four bytes of length, then JSON of names and base64);
what follows them is the command's own stdin.
"""

import base64
import contextlib
import json
import os
import resource
import sys

# ruff: noqa: PTH103, PTH120, PTH123 - pathlib takes as long to import as all the rest


def main() -> None:
    """`walls.py MEMORY_BYTES CPU_S FILE_BYTES PROCESSES OPEN_FILES COMMAND...`."""
    memory, cpu, file_size, processes, files = map(int, sys.argv[1:6])
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_FSIZE: file_size,
        resource.RLIMIT_NPROC: processes,
        resource.RLIMIT_NOFILE: files,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        resource.setrlimit(limit, (most, most))
    _step_back()
    for name, content in json.loads(_read(int.from_bytes(_read(4), "big"))).items():
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        with open(name, "wb") as file:
            file.write(base64.b64decode(content))
    try:
        os.execvp(sys.argv[6], sys.argv[6:])  # noqa: S606 - it is what this is for
    except OSError as error:
        sys.exit(_cannot(sys.argv[6], error))


def _step_back() -> None:
    """Behind the gateway. Where Linux groups processes by session, niceness says nothing of those outside: so the session is niced."""
    os.nice(10)
    if os.getsid(0) == 1:  # the sandbox's own, led by its first process; one of outside would be 0
        # A kernel without such groups refuses, and so it does within a tenth of a second of another's wish: nobody waits for that.
        with contextlib.suppress(OSError):
            os.write(os.open("/proc/self/autogroup", os.O_WRONLY | os.O_CLOEXEC), b"10")


def _cannot(command: str, error: OSError) -> int:
    os.write(1, f"{command} cannot be run: {error.strerror}\n".encode())
    return 127


def _read(length: int) -> bytes:
    parts = b""
    while len(parts) < length and (part := os.read(0, length - len(parts))):
        parts += part
    return parts


if __name__ == "__main__":
    main()
