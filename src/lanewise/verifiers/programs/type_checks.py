"""The process that checks the types of programs, told a folder for what it keeps: a program in, complaints out.

By mypy, which reads programs and its own knowledge of the standard library, and imports and runs nothing of either; its folder keeps what
it has read of the library. What is not annotated is checked by what can be inferred; what comes from libraries that are not known here
is taken for anything.
"""

from __future__ import annotations

import os
import re
import resource
import signal
import sys
from pathlib import Path

import msgspec
from mypy import build
from mypy.errors import CompileError
from mypy.modulefinder import BuildSource
from mypy.options import Options

from lanewise.verifiers.maths.worker import read_frame
from lanewise.verifiers.programs.compiles import Complaint, TypeChecked

MEMORY_BYTES = 1 << 30
_FILE_BYTES = 64 << 20
_ALARM_S = 30.0  # far above what the pool allows: for when the pool is gone
MAX_COMPLAINTS = 50
_MAX_WHY_CHARS = 400
#: What is asked for, not wrong: a type for an empty list, a name of its own for each definition, stubs of a library.
NO_MISTAKES = ["annotation-unchecked", "import-not-found", "import-untyped", "no-redef", "var-annotated"]
_TWO_TYPES = re.compile(
    r'got "(?P<a>[^"]+)", expected "(?P<b>[^"]+)"|incompatible type "(?P<c>[^"]+)"; expected "(?P<d>[^"]+)"'
    r'|expression has type "(?P<e>[^"]+)", (?:variable|target) has type "(?P<f>[^"]+)"'
)
_COMPLAINT = re.compile(r"^program\.py:(\d+): error: (.+?)\s+\[([\w-]+)\]$")
_OWN_ORDERS = re.compile(r"#(\s*)mypy:")


_UNDEFINED = re.compile(r'^Name "(\w+)" is not defined')


def main() -> None:
    """Answer until the pipe is closed."""
    programs, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.chdir(sys.argv[1])  # modules are looked for where it runs: there are none
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, _FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    checked("import typing\n", ".")
    answers.write(bytes(4))  # ready
    while frame := read_frame(programs):
        signal.setitimer(signal.ITIMER_REAL, _ALARM_S)
        told = msgspec.msgpack.encode(checked(frame.decode("utf-8", "replace"), "."))
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(len(told).to_bytes(4) + told)


def checked(text: str, folder: str) -> TypeChecked:
    """Check a program's types without running or importing anything."""
    own = _OWN_ORDERS.sub(r"#\1", text)  # how it is checked is not the program's to say
    source = BuildSource("program.py", "program", own)
    try:
        found = build.build([source], _options(folder)).errors
    except CompileError as error:
        return TypeChecked(beyond=_said(error.messages) or "it is no Python that can be checked")
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is: the checker has given up, and the next program is another one
        return TypeChecked(beyond=f"the checker gave up ({type(error).__name__})")
    told = filter(None, map(_COMPLAINT.match, found))
    return TypeChecked(
        complaints=tuple(_complaint(each) for each in told if not _only_numbers(each[2]))[:MAX_COMPLAINTS]
    )


def _only_numbers(why: str) -> bool:
    """Whether it is only that a float may stand where an int is said: a search that begins at `float("inf")` looks like that."""
    found = _TWO_TYPES.search(why)
    given, said = [each for each in found.groups() if each] if found else ("", "?")
    return _whole(given) == _whole(said)


def _whole(name: str) -> str:
    """A type's name with int for every number."""
    name = re.sub(r"\bfloat\b", "int", name)
    return re.sub(r"\bint(?: \| (?:int|Any)\b)+", "int", name)


def _complaint(told: re.Match[str]) -> Complaint:
    name = _UNDEFINED.match(told[2])
    return Complaint(f"{told[2]} in line {told[1]}"[:_MAX_WHY_CHARS], "" if name is None else name[1])


def _said(messages: list[str]) -> str:
    told = _COMPLAINT.match(messages[0]) if messages else None
    return "" if told is None else _complaint(told).why


def _options(folder: str) -> Options:
    options = Options()
    options.cache_dir = str(Path(folder) / "cache")
    options.sqlite_cache = True
    options.python_executable = None  # of this machine's libraries nothing is read
    options.ignore_missing_imports = True
    options.check_untyped_defs = True
    options.implicit_optional = True
    options.allow_redefinition = True
    options.disable_error_code = list(NO_MISTAKES)
    options.process_error_codes(error_callback=lambda _: None)
    return options
