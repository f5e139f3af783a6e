"""The program's side: its process, in which nothing of its tests is. It is told what to call, and gives back what came of it.

Standard library only, for whatever Python is there; runs after `crossing.py` in one text.
"""

# ruff: noqa: ANN401 - of any type is what crosses here

from __future__ import annotations

import builtins
import traceback
import types
from collections.abc import Iterator
from typing import Any

from lanewise.verifiers.programs.crossing import LIBRARY, Line, base_of, changes, found, pack, unpack

MOST_SHOWN = 300


class Inside:
    """Holds what the program has made, by numbers, and does to it what the tests do."""

    def __init__(self, reads: int, writes: int) -> None:
        self.line = Line(reads, writes, self._answer)
        self._space: dict[str, Any] = {"__name__": "program"}
        self._held: dict[int, Any] = {}
        self._code: Any = None
        self._text = ""
        self._watched: dict[str, Any] = {}
        self._given: dict[int, Any] = {}  # the tests' functions, so that one stays the same

    def _answer(self, words: list[Any]) -> None:
        verb, *rest = words
        try:
            told = ["ok", *getattr(self, f"do_{verb}")(*rest)]
        except BaseException as error:  # noqa: BLE001 - whatever a program raises is told
            told = self._raised(error)
        self.line.send([*told, self._changed()])

    def do_compile(self, text: str) -> list[Any]:
        """Why the program is no Python; empty where it is."""
        self._text = text
        try:
            self._code = compile(text, "program", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return [syntax(error), []]
        return ["", []]

    def do_run(self) -> list[Any]:
        """Run the program."""
        exec(self._code, self._space)  # noqa: S102 - the sandbox is what it is for
        return [None, []]

    def do_names(self, names: list[str]) -> list[Any]:
        """What the program has under these names."""
        there = [name for name in names if name in self._space]
        told = [[name, self._named(self._space[name])] for name in there]
        self._watched = {name: value for name, value in told if not _is_own(value)}
        return [told, []]

    def do_op(self, handle: int, name: str, args: list[Any], named: dict[str, Any]) -> list[Any]:
        """Do one of Python's own operations, as its interpreter would."""
        own = self._held[handle]
        values, by_name = [self._its(each) for each in args], {key: self._its(each) for key, each in named.items()}
        result = own(*values, **by_name) if name == "__call__" else getattr(type(own), name)(own, *values)
        for place, each in enumerate(values):
            if each is result and changes(each):
                return [["A", place], self._after(values, args)]
        return [self._ours(result), self._after(values, args)]

    def do_get(self, handle: int, name: str) -> list[Any]:
        """An attribute."""
        return [self._ours(getattr(self._held[handle], name)), []]

    def do_set(self, handle: int, name: str, value: Any) -> list[Any]:
        """Set an attribute."""
        setattr(self._held[handle], name, self._its(value))
        return [None, []]

    def do_delete(self, handle: int, name: str) -> list[Any]:
        """Delete an attribute."""
        delattr(self._held[handle], name)
        return [None, []]

    def _after(self, values: list[Any], args: list[Any]) -> list[Any]:
        """What a call has made of what it was given, by place."""
        told = ((place, self._ours(each)) for place, each in enumerate(values) if changes(each))
        return [[place, now] for place, now in told if now != args[place]]

    def _changed(self) -> list[Any]:
        """Plain values of the program, known to its tests by name, that are not what they were."""
        told = []
        for name, before in self._watched.items():
            now = self._ours(self._space.get(name))
            if now != before and not _is_own(now):
                self._watched[name] = now
                told.append([name, now])
        return told

    def _named(self, value: Any) -> Any:
        if isinstance(value, types.ModuleType):
            return ["M", value.__name__]
        module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
        if module in LIBRARY and isinstance(name, str) and found_or_none(f"{module}.{name}") is value:
            return ["L", module, name]
        return self._ours(value)

    def _ours(self, value: Any) -> Any:
        return pack(value, self._own)

    def _own(self, value: Any) -> Any:
        """A handle. Of a kind of plain value what is plain of it goes along."""
        if isinstance(value, Theirs):
            return ["y", object.__getattribute__(value, "number")]
        self._held[id(value)] = value
        kind = type(value)
        base = base_of(kind)
        raises = value if isinstance(value, type) and issubclass(value, BaseException) else None
        told = {"name": kind.__name__, "ops": _operations(kind, base), "raises": _nearest(raises) if raises else ""}
        if raises:
            told["name"], told["module"] = value.__name__, value.__module__
        plain = None if base is None else [base.__name__, pack(_plain(value, base), self._own)]
        return ["o", id(value), told, plain]

    def _its(self, told: Any) -> Any:
        return unpack(told, self._theirs)

    def _theirs(self, told: list[Any]) -> Any:
        kind, number = told[0], told[1]
        if kind == "y":
            return self._held[number]
        if kind == "e":
            return self._held[number](*(self._its(each) for each in told[2]))
        if kind == "x":
            return found(f"builtins.{told[1]}")(*(self._its(each) for each in told[2]))
        if kind == "n":
            return self._iterates(number)
        return self._given.setdefault(number, Theirs(self, number))

    def _iterates(self, number: int) -> Iterator[Any]:
        while True:
            told = self.line.ask("next", number)
            if told[0] == "raise" or not told[1]:
                return
            yield self._its(told[1][0])

    def asked(self, number: int, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call a function of the tests."""
        told = self.line.ask("call", number, self._ours(list(args)), self._ours(named))
        if told[0] == "raise":
            raise self._its(told[1])
        return self._its(told[1])

    def _raised(self, error: BaseException) -> list[Any]:
        kind = type(error)
        args = [pack(each, self._own) for each in error.args]
        own = [] if getattr(builtins, kind.__name__, None) is kind else [self._own(kind), self._own(error)]
        frames = traceback.extract_tb(error.__traceback__)[-20:]
        where = [frame.lineno or 0 for frame in frames if frame.filename == "program"]
        said = str(error)[: 3 * MOST_SHOWN]
        return ["raise", ["x", _nearest(kind), args, *own], said, line_of(self._text, where[-1]) if where else ""]


class Theirs:
    """A function of the tests."""

    def __init__(self, inside: Inside, number: int) -> None:
        self.inside, self.number = inside, number

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call it, on its own side."""
        return self.inside.asked(self.number, args, named)


def _operations(kind: type, base: type | None) -> list[str]:
    """The operations that it has of its own: beyond those of all objects, or of the plain type that it is a kind of."""
    beside: Any = object if base is None else base
    names = {name for each in kind.__mro__ if each not in (object, base) for name in vars(each)}
    own = (name for name in names if name.startswith("__") and name.endswith("__"))
    return sorted(name for name in own if getattr(kind, name, None) is not getattr(beside, name, None))


def _plain(value: Any, base: Any) -> Any:
    if base in (int, float):
        return base.__pos__(value)
    if base in (str, bytes):
        return base.__getitem__(value, slice(None))
    if base is dict:
        return dict(zip(dict.keys(value), dict.values(value)))  # noqa: B905 - Python 3.9 knows no strict
    return base(base.__iter__(value))


def _nearest(kind: type) -> str:
    return next(str(each.__name__) for each in kind.__mro__ if getattr(builtins, each.__name__, None) is each)


def _is_own(told: Any) -> bool:
    return isinstance(told, list) and told[0] in ("o", "y", "M", "L")


def found_or_none(name: str) -> Any:
    """What has this name in the library, if anything has."""
    try:
        return found(name)
    except (ImportError, AttributeError):
        return None


def line_of(text: str, number: int) -> str:
    """One line of a program, for a reason."""
    lines = text.split("\n")
    return lines[number - 1].strip()[:MOST_SHOWN] if 0 < number <= len(lines) else ""


def syntax(error: BaseException) -> str:
    """What is wrong with a text that cannot be compiled."""
    line = f" in line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
    return f"{type(error).__name__}: {getattr(error, 'msg', '') or error}{line}"
