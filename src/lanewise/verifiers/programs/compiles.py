"""The process that compiles programs: a program in, the complaint out; nothing is run."""

from __future__ import annotations

import ast
import os
import resource
import signal
import sys
import warnings
from typing import BinaryIO

import msgspec

MEMORY_BYTES = 512 << 20
_ALARM_S = 10.0


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """Why a program is no Python; empty where it is. `beyond`: it was too much to tell."""

    why: str = ""
    beyond: bool = False


class Complaint(msgspec.Struct, frozen=True):
    """One mistake. `undefined` is the name that the program does not define, where that is it: it may be there where it runs."""

    why: str
    undefined: str = ""


class TypeChecked(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a program's types, each with its line; `beyond`: why it cannot be told."""

    complaints: tuple[Complaint, ...] = ()
    beyond: str = ""


def main() -> None:
    """Answer until the pipe is closed."""
    programs, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    answers.write(bytes(4))  # ready
    while len(length := programs.read(4)) == 4:
        signal.setitimer(signal.ITIMER_REAL, _ALARM_S)
        told = msgspec.msgpack.encode(compiled(_text(programs, int.from_bytes(length))))
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(len(told).to_bytes(4) + told)


def _text(pipe: BinaryIO, length: int) -> str:
    return pipe.read(length).decode("utf-8", "replace")


def compiled(text: str) -> Compiled:
    """Compile a program without running it."""
    text = text.removeprefix("\ufeff")  # what a file begins with at times
    try:
        compile(text, "program", "exec", dont_inherit=True)
        if not ast.parse(text).body:
            return Compiled(why="there is nothing but comments in it")
    except SyntaxError as error:
        line = f" in line {error.lineno}" if error.lineno else ""
        return Compiled(why=f"{type(error).__name__}: {error.msg}{line}")
    except ValueError as error:
        return Compiled(why=f"ValueError: {error}")
    except (RecursionError, MemoryError, OverflowError):
        return Compiled(why="it is nested too deeply to be compiled", beyond=True)
    return Compiled()
