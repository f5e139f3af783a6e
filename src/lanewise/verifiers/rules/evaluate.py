"""Runs a rule over an answer's JSON: exact numbers, bounded steps, and for a rule that fails the values it failed on."""

from __future__ import annotations

import datetime as dt
import json
import operator
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from itertools import combinations
from typing import Any

from lanewise.core.digits import in_digits
from lanewise.core.patterns import SEARCHED_CHARS
from lanewise.verifiers.rules.functions import (
    FUNCTIONS,
    Unfit,
    Value,
    days_between,
    has_within,
    in_order,
    kind_of,
    number,
    same,
)
from lanewise.verifiers.rules.nodes import Binary, Call, Constant, Listed, Node, Over, Path, Unary
from lanewise.verifiers.says import one_line
from lanewise.verifiers.schemas import depth_of

MAX_STEPS = 200_000
"""Of all rules over one answer. A step takes about a microsecond."""

MAX_DEPTH = 64
_MAX_EXPONENT = 60  # of a number in an answer: no amount is larger, and Python would work for minutes with 1e999999999
_MOST_SHOWN = 8
_CHARS_A_STEP = 64  # of a text that is looked through
_COMPUTED: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class TooManySteps(Exception):
    """The answer is too large for these rules."""


class Evaluation:
    """Rules over one answer. `seen` has the values that the rule evaluated last depends on, by where they stand."""

    def __init__(self, answer: Value, max_steps: int = MAX_STEPS) -> None:
        self._answer = answer
        self._left = max_steps
        self.seen: dict[str, str] = {}

    def holds(self, rule: Node) -> bool:
        """Whether the rule holds. Raises Unfit where the answer lacks what it needs, TooManySteps."""
        self.seen = {}
        return _truth(self._value(rule, {}))

    def _value(self, node: Node, names: dict[str, tuple[str, Value]]) -> Value:
        self._left -= 1
        if self._left < 0:
            raise TooManySteps
        if isinstance(node, Constant):
            return node.value
        if isinstance(node, Listed):
            return [self._value(each, names) for each in node.items]
        if isinstance(node, Path):
            return self._at(node, names, must_be=True)
        if isinstance(node, Unary):
            value = self._value(node.of, names)
            return not _truth(value) if node.word == "not" else -number(value)
        if isinstance(node, Binary):
            return self._binary(node, names)
        if isinstance(node, Call):
            return self._call(node, names)
        return self._over(node, names)

    def _binary(self, node: Binary, names: dict[str, tuple[str, Value]]) -> Value:
        left = self._value(node.left, names)
        if node.word in ("and", "or", "implies"):
            decided = _truth(left) == (node.word == "or")
            return node.word != "and" if decided else _truth(self._value(node.right, names))
        return self._combined(node.word, left, self._value(node.right, names))

    def _combined(self, word: str, left: Value, right: Value) -> Value:
        self._pay(left, right)
        if word in ("==", "!="):
            return same(left, right) == (word == "==")
        if word in ("in", "contains"):
            return has_within(*((right, left) if word == "in" else (left, right)))
        if word in _COMPARED:
            return _COMPARED[word](*in_order(left, right))
        if word == "-" and isinstance(left, dt.datetime) and isinstance(right, dt.datetime):
            return days_between(left, right)
        return _computed(word, number(left), number(right))

    def _pay(self, *values: Value) -> None:
        """Steps for looking at whole values, so that a long text within a long list is no way to take forever."""
        for each in values:
            if isinstance(each, str):
                self._left -= len(each) // _CHARS_A_STEP
            elif isinstance(each, list | dict):
                self._left -= _weight(each)
        if self._left < 0:
            raise TooManySteps

    def _call(self, node: Call, names: dict[str, tuple[str, Value]]) -> Value:
        if node.name == "exists":
            asked = node.arguments[0]
            return isinstance(asked, Path) and self._at(asked, names, must_be=False) is not None
        arguments = [self._value(each, names) for each in node.arguments]
        self._pay(*arguments)
        found = FUNCTIONS[node.name].of(*arguments)
        if node.pattern is not None and isinstance(found, str):
            if len(found) > SEARCHED_CHARS:
                raise Unfit(f"a text of more than {SEARCHED_CHARS} characters is not searched")
            self._left -= len(found)
            # `$` matches before a line break at the end too, and nobody who writes `^[A-Z]{3}$` means that
            return node.pattern.search(f"{found}\n" if found.endswith("\n") else found) is not None
        return found

    def _over(self, node: Over, names: dict[str, tuple[str, Value]]) -> Value:
        items = self._value(node.of, names)
        if not isinstance(items, list):
            raise Unfit(f"{kind_of(items)} stands where `{node.quantifier}` needs a list")
        where = self._where(node.of, names)
        if node.quantifier in ("all", "any", "none"):
            return self._quantified(node, items, where, names)
        values = [self._value(node.body, inner) for inner in _bound(node, items, where, names)]
        if node.quantifier == "count":
            return Fraction(sum(_truth(each) for each in values))
        numbers = [number(each) for each in values]
        if node.quantifier == "sum":
            return reduce(lambda one, other: _computed("+", one, other), numbers, Fraction(0))
        if not numbers:
            raise Unfit(f"`{node.quantifier}` of an empty list")
        return min(numbers) if node.quantifier == "min" else max(numbers)

    def _quantified(self, node: Over, items: list[Any], where: str, names: dict[str, tuple[str, Value]]) -> bool:
        stops_at = node.quantifier != "all"
        for inner in _bound(node, items, where, names):
            before = dict(self.seen)
            if _truth(self._value(node.body, inner)) == stops_at:
                return node.quantifier == "any"
            self.seen = before  # only what decided is told
        return node.quantifier != "any"

    def _at(self, path: Path, names: dict[str, tuple[str, Value]], *, must_be: bool) -> Value:
        where, value = self._root(path, names)
        for step in path.steps if path.name in names or path.name == "answer" else (path.name, *path.steps):
            where = f"{where}[{step}]" if isinstance(step, int) else f"{where}.{step}".removeprefix(".")
            value = _member(value, step)
            if value is _ABSENT:
                if must_be:
                    raise Unfit(f"the answer has no `{one_line(where, 80)}`")
                return None
        found = _exact(value)
        if not isinstance(found, list | dict) and len(self.seen) < _MOST_SHOWN:
            self.seen[where] = _shown(found)
        return found

    def _root(self, path: Path, names: dict[str, tuple[str, Value]]) -> tuple[str, Any]:
        return names.get(path.name, ("", self._answer))

    def _where(self, node: Node, names: dict[str, tuple[str, Value]]) -> str:
        if not isinstance(node, Path):
            return "item"
        root = names[node.name][0] if node.name in names else "" if node.name == "answer" else node.name
        return "".join(
            [root, *(f"[{step}]" if isinstance(step, int) else f".{step}" for step in node.steps)]
        ).removeprefix(".")


def read_answer(text: str) -> Value:
    """JSON text with exact numbers. Raises ValueError, RecursionError, Unfit on a number beyond any use, a name twice, too deep a value."""
    value: Value = json.loads(text, parse_float=_number, parse_int=_number, object_pairs_hook=_object)
    if depth_of(value) > MAX_DEPTH:
        raise Unfit(f"it is nested more than {MAX_DEPTH} deep")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = next(name for place, (name, _) in enumerate(pairs) if name in dict(pairs[:place]))
        raise Unfit(
            f"the name `{one_line(twice, 40)}` stands twice in one object, and readers differ in which they take"
        )
    return made


def _weight(value: list[Any] | dict[str, Any]) -> int:
    """How many values are in a list or an object, those in them included."""
    inner = value.values() if isinstance(value, dict) else value
    return len(value) + sum(_weight(each) for each in inner if isinstance(each, list | dict))


_ABSENT: Any = object()


def _member(value: Any, step: str | int) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and 0 <= step < len(value) else _ABSENT
    return value.get(step, _ABSENT) if isinstance(value, dict) else _ABSENT


def _bound(
    node: Over, items: list[Any], where: str, names: dict[str, tuple[str, Value]]
) -> Iterator[dict[str, tuple[str, Value]]]:
    """The names that the body sees, for each item, or for each pair of different items."""
    for places in combinations(range(len(items)), len(node.names)):
        own = {name: (f"{where}[{place}]", items[place]) for name, place in zip(node.names, places, strict=True)}
        yield names | own


def _number(text: str) -> Fraction:
    number = Decimal(text)
    exponent = number.adjusted() if number else 0
    if not number.is_finite() or abs(exponent) > _MAX_EXPONENT or len(text) > 4 * _MAX_EXPONENT:
        raise Unfit(f"the number {one_line(text, 40)} is beyond what rules compute with")
    return Fraction(number)


def _exact(value: Any) -> Value:  # noqa: ANN401 - any JSON
    if isinstance(value, float):
        return _number(repr(value))  # NaN, Infinity
    found: Value = value
    return found


def _truth(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    raise Unfit(f"{kind_of(value)} stands where true or false is needed")


def _computed(word: str, left: Fraction, right: Fraction) -> Fraction:
    if word == "/" and right == 0:
        raise Unfit("something is divided by zero")
    found = _COMPUTED[word](left, right)
    if max(found.numerator.bit_length(), found.denominator.bit_length()) > 40 * _MAX_EXPONENT:
        raise Unfit("a result is beyond what rules compute with")
    return found


def _shown(value: Value) -> str:
    if isinstance(value, Fraction):
        return str(value) if value.denominator == 1 else in_digits(float(value))
    return one_line(json.dumps(value, ensure_ascii=False, default=str), 60)
