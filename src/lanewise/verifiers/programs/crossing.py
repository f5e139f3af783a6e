"""Values between a program and its tests, which run in two processes: plain data crosses as itself, everything else as a handle.

What tests compare is thus made here, of exact types of Python's own, whatever the program says; where it is an object of the program's
that is asked whether it is equal, that is written down. Standard library only, for whatever Python is there. The format is ours: nothing
that comes is able to name what is to be run on the other side.
"""

# ruff: noqa: ANN401 - of any type is what crosses here

from __future__ import annotations

import builtins
import collections
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

EXACT = 1 << 53
SEVERAL: dict[type, str] = {list: "l", tuple: "t", set: "s", frozenset: "z"}
KINDS: dict[str, Callable[[Iterable[Any]], Any]] = {"l": list, "t": tuple, "s": set, "z": frozenset}
#: Values of the library that are made anew of what they hold.
MADE_OF: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    "builtins.complex": lambda value: (value.real, value.imag),
    "builtins.range": lambda value: (value.start, value.stop, value.step),
    "builtins.slice": lambda value: (value.start, value.stop, value.step),
    "collections.deque": lambda value: (list(value), value.maxlen),
    "collections.Counter": lambda value: (dict(value),),
    "collections.OrderedDict": lambda value: (list(value.items()),),
    "decimal.Decimal": lambda value: (str(value),),
    "fractions.Fraction": lambda value: (value.numerator, value.denominator),
    "datetime.date": lambda value: (value.year, value.month, value.day),
    "datetime.datetime": lambda value: (*value.timetuple()[:6], value.microsecond),
    "datetime.timedelta": lambda value: (value.days, value.seconds, value.microseconds),
}
#: Modules whose functions are the same on both sides, so that a program's import of them is good for its tests.
LIBRARY = frozenset(
    [
        "bisect",
        "cmath",
        "collections",
        "copy",
        "datetime",
        "decimal",
        "fractions",
        "functools",
        "heapq",
        "itertools",
        "json",
        "math",
        "operator",
        "random",
        "re",
        "statistics",
        "string",
        "typing",
    ]
)
EXCEPTIONS = frozenset(("decimal", "fractions", "json.decoder", "re", "statistics"))


class Beyond(BaseException):
    """A value of the tests that cannot cross; the text says which."""


class Slow(BaseException):
    """So many calls cross that the time is up, which they may not take side by side."""


class Gone(BaseException):
    """The other side is not there any more."""


def pack(value: Any, other: Callable[[Any], Any]) -> Any:  # noqa: PLR0911 - a kind each - one line for each kind of value
    """A value as JSON; what is not plain as `other` says."""
    kind = type(value)
    if value is None or kind in (bool, str, float):
        return value
    if kind is int:
        return value if -EXACT < value < EXACT else ["i", hex(value)]
    if kind in SEVERAL:
        return [SEVERAL[kind], [pack(each, other) for each in value]]
    if kind is dict:
        return ["d", [[pack(key, other), pack(each, other)] for key, each in value.items()]]
    if kind in (bytes, bytearray):
        return ["b" if kind is bytes else "a", value.hex()]
    if is_builtin(value):
        return ["T", value.__name__]
    if value is NotImplemented or value is Ellipsis:
        return ["N" if value is NotImplemented else "E"]
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    if name in MADE_OF and found(name) is kind and getattr(value, "tzinfo", None) is None:
        return ["m", name, [pack(each, other) for each in MADE_OF[name](value)]]
    return other(value)


def unpack(told: Any, other: Callable[[list[Any]], Any]) -> Any:  # noqa: PLR0911 - a kind each
    """The value that was packed; what the other side made of what is not plain is `other`'s."""
    if not isinstance(told, list):
        return told
    kind = told[0]
    if kind == "i":
        return int(told[1], 16)
    if kind in KINDS:
        return KINDS[kind](unpack(each, other) for each in told[1])
    if kind == "d":
        return {unpack(key, other): unpack(each, other) for key, each in told[1]}
    if kind in ("b", "a"):
        return (bytes if kind == "b" else bytearray).fromhex(told[1])
    if kind == "T":
        named = getattr(builtins, told[1])
        return named if isinstance(named, type) else None
    if kind in ("N", "E"):
        return NotImplemented if kind == "N" else Ellipsis
    if kind == "m" and told[1] in MADE_OF:
        return found(str(told[1]))(*(unpack(each, other) for each in told[2]))
    return other(told)


def is_builtin(value: Any) -> bool:
    """Whether it is a type of Python's own, known everywhere by its name."""
    return type(value) is type and vars(builtins).get(value.__name__) is value


def found(name: str) -> Any:
    """What has this name in one of the library's modules."""
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def renew(old: Any, new: Any) -> None:
    """Change what was given to a call into what the call has made of it; the objects stay the same."""
    if type(old) is not type(new):
        return
    if isinstance(old, list):
        same = len(old) == len(new)
        old[:] = [_renewed(*pair) for pair in zip(old, new)] if same else new  # noqa: B905 - what has no other stays as it is - Python 3.9 knows no strict
    elif isinstance(old, dict):
        merged = {key: _renewed(old.get(key), each) for key, each in new.items()}
        old.clear()
        old.update(merged)
    elif isinstance(old, (set, collections.deque)):
        old.clear()
        (old.update if isinstance(old, set) else old.extend)(new)
    elif isinstance(old, bytearray):
        old[:] = new
    elif isinstance(old, tuple):
        for pair in zip(old, new):  # noqa: B905 - what has no other stays as it is
            renew(*pair)


def _renewed(old: Any, new: Any) -> Any:
    """The old object where it can become the new one."""
    if type(old) is type(new) and isinstance(old, (list, dict, set, bytearray, collections.deque)):
        renew(old, new)
        return old
    return new


def changes(value: Any) -> bool:
    """Whether a call can change it."""
    if isinstance(value, tuple):
        return any(map(changes, value))
    return isinstance(value, (list, dict, set, bytearray, collections.deque))


class Line:
    """One side's end: asks, and answers what it is asked meanwhile."""

    def __init__(self, reads: int, writes: int, answer: Callable[[list[Any]], None]) -> None:
        self._reads = os.fdopen(reads, "rb")
        self._writes = os.fdopen(writes, "wb", buffering=0)
        self._answer = answer
        self.stopped: BaseException | None = None  # by what, whoever has caught it

    def close(self) -> None:
        """Say no more, and hear no more."""
        self._writes.close()
        self._reads.close()

    def stop(self, error: BaseException) -> BaseException:
        """Remember that the run cannot go on, and give back what is to be raised."""
        self.stopped = self.stopped or error
        return error

    def ask(self, *words: Any) -> list[Any]:
        """What the other side says to it. Raises Gone."""
        self.send(words)
        while (told := self.next())[0] not in ("ok", "raise"):
            self._answer(told)
        return told

    def serve(self) -> None:
        """Answer until the other side is gone."""
        while True:
            self._answer(self.next())

    def send(self, words: Any) -> None:
        """Say something. Raises Gone."""
        text = json.dumps(words).encode()
        frame = memoryview(len(text).to_bytes(8, "big") + text)
        try:
            while frame:
                frame = frame[self._writes.write(frame) or 0 :]
        except OSError as error:
            raise self.stop(Gone()) from error

    def next(self) -> list[Any]:
        """What is said next. Raises Gone."""
        head = self._reads.read(8)
        text = self._reads.read(int.from_bytes(head, "big")) if len(head) == 8 else b""
        if not text:
            raise self.stop(Gone())
        told = json.loads(text)
        if not isinstance(told, list) or not told:
            raise self.stop(Gone())
        return told


def base_of(kind: type) -> type | None:
    """The plain type of which this one is a kind."""
    plain = (int, float, str, bytes, tuple, list, dict, set, frozenset)
    return next((each for each in plain if issubclass(kind, each)), None)


def loaded(module: str) -> Any:
    """A module that is there already; nothing is imported because somebody names it."""
    return sys.modules.get(module)
