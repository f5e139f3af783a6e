"""Runs `lanewise` behind walls like those of the systemd unit: `python -m unit_walls FILTER serve ...`.

FILTER is a file with a seccomp program. Memory that may be written can never be run (`MemoryDenyWriteExecute`), where the kernel knows it.
"""

from __future__ import annotations

import ctypes
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

from lanewise.cli import main

_NUMBERS = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
_SET_NO_NEW_PRIVS, _SET_SECCOMP, _SET_MDWE = 38, 22, 65
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001  # with EPERM


def program_of(unit: str) -> bytes | None:
    """The seccomp program of a unit's `SystemCallFilter` lines; None where this machine cannot say what is in systemd's sets."""
    try:
        numbers = {name: int(at) for name, at in re.findall(r"#define __NR_(\w+) (\d+)", _NUMBERS.read_text())}
        allowed = set[str]()
        for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
            calls = {call for each in line.removeprefix("~").split() for call in _calls(each)}
            allowed = allowed - calls if line.startswith("~") else allowed | calls
    except OSError:
        return None
    rows = [(0x20, 0, 0, 0)]
    for number in sorted(numbers[name] for name in allowed if name in numbers):
        rows += [(0x15, 0, 1, number), (0x06, 0, 0, _ALLOW)]
    rows.append((0x06, 0, 0, _REFUSE))
    return b"".join(struct.pack("HBBI", *row) for row in rows)


def _calls(name: str) -> set[str]:
    """The system calls of one of systemd's sets, sets within it resolved."""
    if not name.startswith("@"):
        return {name}
    told = subprocess.run(
        ["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True
    ).stdout
    members = [line.strip() for line in told.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return {call for each in members for call in _calls(each)}


def wall_in(program: bytes) -> None:
    """Hold this process and all that it starts to a seccomp program."""

    class Program(ctypes.Structure):
        _fields_ = (("rows", ctypes.c_ushort), ("at", ctypes.c_void_p))

    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(program, len(program))
    libc.prctl(_SET_MDWE, 1, 0, 0, 0)
    for act in (
        (_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (_SET_SECCOMP, 2, ctypes.byref(Program(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p)))),
    ):
        if libc.prctl(*act):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    wall_in(Path(sys.argv.pop(1)).read_bytes())
    main()
