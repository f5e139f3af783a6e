"""The tests' side: what stands there for the program's functions, classes and objects, which are in another process.

Standard library only, for whatever Python is there; runs after `crossing.py` in one text.
"""

# ruff: noqa: ANN401 - of any type is what crosses here

from __future__ import annotations

import builtins
import importlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lanewise.verifiers.programs.crossing import (
    EXCEPTIONS,
    LIBRARY,
    Beyond,
    Line,
    changes,
    found,
    loaded,
    pack,
    renew,
    unpack,
)

COMPARES = frozenset(f"__{name}__" for name in ("eq", "ne", "lt", "le", "gt", "ge", "contains"))
_RECKONS = frozenset(
    f"__{before}{name}__"
    for name in [
        "add",
        "sub",
        "mul",
        "truediv",
        "floordiv",
        "mod",
        "pow",
        "matmul",
        "and",
        "or",
        "xor",
        "lshift",
        "rshift",
        "divmod",
    ]
    for before in ("", "r", "i")
)
_TELLS = frozenset(
    f"__{name}__"
    for name in [
        "len",
        "iter",
        "next",
        "getitem",
        "setitem",
        "delitem",
        "bool",
        "int",
        "float",
        "index",
        "complex",
        "str",
        "repr",
        "format",
        "hash",
        "neg",
        "pos",
        "abs",
        "invert",
        "round",
        "trunc",
        "floor",
        "ceil",
        "reversed",
        "length_hint",
    ]
)
_DOES = frozenset(
    f"__{name}__" for name in ("call", "enter", "exit", "missing", "instancecheck", "subclasscheck", "bytes", "fspath")
)
_PLAIN = {each.__name__: each for each in (int, float, str, bytes, tuple, list, dict, set, frozenset)}
_SHOWN = frozenset(("__str__", "__repr__", "__format__"))


class Across:
    """What the tests have of the program.

    `own_word`: something that is not plain was compared or reckoned with a value of the tests, and the program said what comes of it;
    `compared`: two objects of the program were, or one of a class that the tests name.
    """

    def __init__(self, reads: int, writes: int, space: dict[str, Any]) -> None:
        self.line = Line(reads, writes, self._answer)
        self._space = space
        self._there: dict[int, Any] = {}
        self._watched: frozenset[str] = frozenset()
        self._types: dict[tuple[Any, ...], type] = {}
        self._given: dict[int, Any] = {}
        self._named: set[int] = set()
        self._asked_for: set[int] = set()
        self.own_word = self.compared = False
        self.calls = 0

    def compile(self, text: str) -> str:
        """Give the program; why it is no Python, empty where it is."""
        return str(self._asked("compile", text))

    def run(self) -> None:
        """Run it. Raises what it raises."""
        self._asked("run")

    def bring(self, names: Iterable[str], bound: Iterable[str] = ()) -> list[str]:
        """Put what the program has under these names among the names of the tests; which of them it has.

        What the tests bind themselves stays what they make of it, whatever the program does.
        """
        self._watched = frozenset(names) - frozenset(bound)
        told: list[list[Any]] = self.line.ask("names", sorted(names))[1]
        for name, value in told:
            self._space[name] = self._bound(name, value)
            number = number_of(self._space[name])
            if number is not None and name[:1].isupper():
                self._named.add(number)
        return [name for name, _ in told]

    def operate(self, on: Any, name: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """What comes of an operation on something of the program's."""
        number = number_of(on)
        assert number is not None, "only what stands for something over there is forwarded"
        self.calls += 1
        if name in ("__instancecheck__", "__subclasscheck__") and number_of(args[0]) is None:
            return False
        if name in COMPARES or name in _RECKONS:
            self._note(name, number, args)
        told = self.line.ask(
            "op",
            number,
            name,
            [self._ours(each) for each in args],
            {key: self._ours(each) for key, each in named.items()},
        )
        result = self._value(told, args)
        own = number_of(result)
        if own is not None and (
            number in self._named if name == "__call__" else number in self._asked_for and name in _RECKONS
        ):
            self._asked_for.add(own)
        return result

    def attribute(self, on: Any, verb: str, name: str, *value: Any) -> Any:
        """Get, set or delete an attribute over there."""
        return self._asked(verb, number_of(on), name, *(self._ours(each) for each in value))

    def _note(self, name: str, number: int, args: tuple[Any, ...]) -> None:
        """An operation that could say whatever the tests want to hear, for it is told what they expect."""
        if number not in self._asked_for and any(number_of(each) is None for each in args):
            self.own_word = True
        elif name in COMPARES:
            self.compared = True

    def _asked(self, *words: Any) -> Any:
        return self._value(self.line.ask(*words), ())

    def _value(self, told: list[Any], args: tuple[Any, ...]) -> Any:
        for name, value in told[-1]:
            if name in self._watched:
                self._space[name] = self._theirs(value)
        if told[0] == "raise":
            raise self._error(told)
        value = told[1]
        for place, now in told[2]:
            renew(args[place], self._theirs(now))
        return args[value[1]] if isinstance(value, list) and value[0] == "A" else self._theirs(value)

    def _answer(self, words: list[Any]) -> None:
        verb, number, *rest = words
        try:
            if verb == "next":
                self.line.send(["ok", [self._ours(each) for each in _one(self._given[number])]])
            else:
                args, named = (self._theirs(each) for each in rest)
                self.line.send(["ok", self._ours(self._given[number](*args, **named))])
        except Exception as error:  # noqa: BLE001 - a test's own function may raise what it likes
            args = [pack(each, repr) for each in error.args]
            kind = next(each.__name__ for each in type(error).__mro__ if hasattr(builtins, each.__name__))
            self.line.send(["raise", ["x", kind, args]])

    def _ours(self, value: Any) -> Any:
        number = number_of(value)
        return pack(value, self._own) if number is None else ["y", number]

    def _own(self, value: Any) -> Any:
        """Of the tests' own objects functions and iterators cross, for they can only be called; others are not handed over."""
        number = number_of(value)
        if number is not None:
            return ["y", number]
        if isinstance(value, BaseException):
            kind = number_of(type(value))
            args = [pack(each, self._own) for each in value.args]
            return ["x", type(value).__name__, args] if kind is None else ["e", kind, args]
        iterates = isinstance(value, Iterator) and type(value).__module__ in ("builtins", "itertools")
        if not iterates and (not callable(value) or isinstance(value, type)):
            raise self._beyond(type(value).__name__)
        self._given[id(value)] = value
        return ["n" if iterates else "k", id(value)]

    def _theirs(self, told: Any) -> Any:
        return unpack(told, self._stands_for)

    def _bound(self, name: str, told: Any) -> Any:
        """What a name of the program means here: a module or function of the library is our own, wherever both know it by that name."""
        if isinstance(told, list) and told[0] == "M" and (told[1] in LIBRARY or told[1] == name):
            return importlib.import_module(told[1])
        if isinstance(told, list) and told[0] == "L" and told[1] in LIBRARY and told[2] == name:
            return found(f"{told[1]}.{told[2]}")
        if isinstance(told, list) and told[0] in ("M", "L"):
            raise self._beyond(f"{name} of the program")
        return self._theirs(told)

    def _stands_for(self, told: list[Any]) -> Any:
        """The object that stands for one over there: always the same, so that `is` means what it means there."""
        kind, number, what = told[0], told[1], told[2] if len(told) > 2 else {}
        if kind == "y":
            return self._given[number]
        if kind != "o":
            raise self._beyond("a value of another kind")
        plain = told[3]
        if number in self._there and (plain is None or not changes(_PLAIN[plain[0]]())):
            return self._there[number]
        there = self._exception(number, what) if what["raises"] else self._made(number, what, plain)
        self._there[number] = there
        return there

    def _made(self, number: int, what: dict[str, Any], plain: Any) -> Any:
        base = object if plain is None else _PLAIN[plain[0]]
        allowed = COMPARES | _RECKONS | _TELLS | _DOES if plain is None else _RECKONS | _DOES | _SHOWN
        ops = tuple(name for name in what["ops"] if name in allowed)
        key = (what["name"], ops, base)
        if key not in self._types:
            self._types[key] = self._type(*key)
        there = self._types[key]() if plain is None else self._types[key](self._theirs(plain[1]))
        object.__setattr__(there, "_lanewise_number", number)
        return there

    def _type(self, name: str, ops: tuple[str, ...], base: type) -> type:
        own: dict[str, Any] = {each: self._forwards(each) for each in ops}
        own["__getattr__"] = lambda on, name: self.attribute(on, "get", name)
        own["__setattr__"] = lambda on, name, value: self.attribute(on, "set", name, value)
        own["__delattr__"] = lambda on, name: self.attribute(on, "delete", name)
        for each in ("__copy__", "__deepcopy__", "__reduce_ex__"):
            own[each] = lambda on, *_: self._raise_beyond(f"a copy of {type(on).__name__}")
        if base is object:
            own.setdefault("__repr__", self._forwards("__repr__"))
        else:
            own["__hash__"] = base.__hash__
        return type(name, (base,), own)

    def _forwards(self, name: str) -> Callable[..., Any]:
        def forwarded(on: Any, *args: Any, **named: Any) -> Any:
            return self.operate(on, name, args, named)

        return forwarded

    def _raise_beyond(self, what: str) -> Any:
        raise self._beyond(what)

    def _beyond(self, what: str) -> BaseException:
        return self.line.stop(Beyond(what))

    def _exception(self, number: int, what: dict[str, Any]) -> Any:
        """A class of exceptions, which Python wants to be real: the library's own, or one of the same name."""
        known = getattr(loaded(what["module"]), what["name"], None) if what["module"] in EXCEPTIONS else None
        if isinstance(known, type) and issubclass(known, BaseException):
            return known
        nearest = getattr(builtins, what["raises"])
        return type(what["name"], (nearest,), {"_lanewise_number": number})

    def _error(self, told: list[Any]) -> BaseException:
        """What was raised over there, to be raised here. An exception of the program's own knows its attributes."""
        _, name, args, *own = told[1]
        kind: Any = self._theirs(own[0]) if own else getattr(builtins, name)
        values = [self._theirs(each) for each in args]
        number = own[1][1] if own else None
        said = str(told[2])
        if number is not None and "_lanewise_number" in vars(kind):
            shows = {"__str__": lambda _: said, "__getattr__": lambda _, name: self._asked("get", number, name)}
            kind = type(kind.__name__, (kind,), shows)
        error: BaseException = kind.__new__(kind, *values)
        error.args = tuple(values)
        vars(error).update(_lanewise_line=str(told[3]), **({} if number is None else {"_lanewise_number": number}))
        return error


def number_of(value: Any) -> int | None:
    """The number by which the program's side knows what this stands for; None of what is of this side."""
    kind = type(value)
    held: Any = vars(value) if isinstance(value, type) else getattr(value, "__dict__", {}) if kind is not dict else {}
    number = dict.get(held, "_lanewise_number") if type(held) is dict else held.get("_lanewise_number")
    return number if type(number) is int else None


def _one(iterator: Iterator[Any]) -> list[Any]:
    """What an iterator gives next; empty at its end."""
    for each in iterator:
        return [each]
    return []
