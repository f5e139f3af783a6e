"""First in the sandbox: takes its limits on, puts the files in place, then becomes the command.

Standard library only, for whatever Python is there. The files come first on stdin (four bytes of length, then JSON of names and base64);
what follows them is the command's own stdin.
"""

import base64
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
        resource.RLIMIT_FSIZE: file_size,
        resource.RLIMIT_NPROC: processes,
        resource.RLIMIT_NOFILE: files,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        resource.setrlimit(limit, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))  # the first one tells by its signal what it ended for
    # Within its session alone: a program that waits too long for the processor of a busy machine would be taken for one that hangs.
    os.nice(10)
    for name, content in json.loads(_read(int.from_bytes(_read(4), "big"))).items():
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        with open(name, "wb") as file:
            file.write(base64.b64decode(content))
    try:
        os.execvp(sys.argv[6], sys.argv[6:])  # noqa: S606 - it is what this is for
    except OSError as error:
        sys.exit(_cannot(sys.argv[6], error))


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
