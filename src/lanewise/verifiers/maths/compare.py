"""Whether an answer is the expected one, by the shape of both: what differs in shape is not equal, however much of it agrees.

Runs in the maths workers only. `compare` is the whole of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Literal

from lanewise.verifiers.maths.intervals import intervals_of, rows_of
from lanewise.verifiers.maths.names import all_named, by_names, letters_of, named, same_name
from lanewise.verifiers.maths.number_words import names_a_number
from lanewise.verifiers.maths.numbers import TooLarge, Undefined, exact, rounds_to, same
from lanewise.verifiers.maths.phrases import INFINITELY_MANY, same_date, same_time
from lanewise.verifiers.maths.relations import interval_of, same_relation
from lanewise.verifiers.maths.tree import (
    INFINITY,
    Apply,
    Clock,
    Group,
    Interval,
    Matrix,
    Node,
    Number,
    Quantity,
    Ratio,
    Relation,
    Symbol,
    Union,
    Value,
    Words,
    symbols_of,
)
from lanewise.verifiers.maths.units import worth_in

Percent = Literal["drop", "value", "either"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Conventions:
    """What counts as the same. The defaults are those of most answer keys."""

    ordered: bool = False  # the members of a bare list must come in the expected order
    percent: Percent = "drop"  # 28 % is 28 (drop), 0.28 (value), or either
    units: Literal["known", "require"] = (
        "known"  # two units that are both known must agree; or: an expected unit must be there
    )
    decimals: int = 6  # an exact value may be given as a decimal of at least so many places, rightly rounded


@dataclass(frozen=True, slots=True)
class Differs:
    """Why an answer is not the expected one, without saying what is expected."""

    why: str


Outcome = Differs | None
_SHAPES: dict[type[Value], str] = {
    Interval: "an interval", Union: "an interval", Matrix: "a matrix", Ratio: "a ratio", Clock: "a time of day", Relation: "a relation",
    Words: "words",
}  # fmt: skip
_WRONG = Differs("its value is not the right one")


def compare(expected: Value, answer: Value, conventions: Conventions) -> Outcome:
    """None where they are the same. Raises TooLarge and Undefined where that cannot be told."""
    return _Comparison(conventions).of(expected, answer)


class _Comparison:
    def __init__(self, conventions: Conventions) -> None:
        self.conventions = conventions

    def of(self, expected: Value, answer: Value) -> Outcome:
        expected, answer = _settled(expected), _settled(answer)
        if isinstance(expected, Relation) and isinstance(answer, Relation) and not _is_calculation(expected):
            return self._relations(expected, answer)
        if isinstance(expected, Relation) and _is_equation(expected):
            return Differs("an equation is asked for")
        if (paired := by_names(expected, answer)) is not None:
            return next((found for pair in paired if (found := self.of(*pair))), None)
        if _has_relations(expected) and _has_relations(answer):
            return self._statements(expected, answer)
        expected, answer = _bare(expected), _bare(answer)
        if isinstance(expected, Clock) and isinstance(answer, Clock):
            return None if same_time(expected, answer) else _WRONG
        expected, answer = _numbers_of(expected), _numbers_of(answer)
        if isinstance(expected, Words) or isinstance(answer, Words):
            return _words(expected, answer)
        if isinstance(expected, Interval | Union) or isinstance(answer, Interval | Union):
            return self._intervals(expected, answer)
        return self._alike(expected, answer)

    def _statements(self, expected: Value, answer: Value) -> Outcome:
        """Relations in a row on both sides: each is one of the other's. What is named otherwise may be meant alike, and is not told."""
        found = self._alike(expected, answer)
        if found is not None and all_named(expected) and all_named(answer):
            alike = self._alike(_bare(expected), _bare(answer)) is None
            if alike and letters_of(expected) & letters_of(answer):
                return None
            if alike:
                raise Undefined("the same values under other names")
        return found

    def _alike(self, expected: Value, answer: Value) -> Outcome:
        """Neither words nor relations nor intervals."""
        if isinstance(expected, Quantity) and isinstance(answer, Group) and answer.bracket == "list":
            distinct = self._distinct(list(answer.members))
            answer = distinct[0] if len(distinct) == 1 else answer
        if isinstance(expected, Quantity) and isinstance(answer, Quantity):
            return self._quantities(expected, answer)
        if isinstance(expected, Ratio) and isinstance(answer, Ratio):
            return self._ratios(expected, answer)
        if isinstance(expected, Ratio) or isinstance(answer, Ratio):
            return self._quotients(expected, answer)
        if isinstance(expected, Group) and isinstance(answer, Group):
            return self._groups(expected, answer)
        if isinstance(expected, Matrix) and isinstance(answer, Matrix):
            return self._matrices(expected, answer)
        if isinstance(expected, Matrix | Group) and isinstance(answer, Matrix | Group):
            return self._vectors(expected, answer)
        return Differs(f"{_shape(expected)} is asked for, and {_shape(answer)} was given")

    def _quantities(self, expected: Quantity, answer: Quantity) -> Outcome:
        if expected.base != answer.base:
            return Differs("it is not written in the base that is asked for")
        worth = worth_in(expected.unit, answer.unit, required=self.conventions.units == "require")
        if worth is None:
            return Differs(f"its unit {answer.unit!r} is not the right one" if answer.unit else "its unit is missing")
        if worth != 1:
            answer = Quantity(_times(answer.node, worth))
        expected, answer = _as_product(expected, answer), _as_product(answer, expected)
        ours, theirs = self._percented(expected), self._percented(answer)
        return None if any(self.nodes(left, right) for left in ours for right in theirs) else _WRONG

    def _percented(self, quantity: Quantity) -> list[Node]:
        if not quantity.percent or self.conventions.percent == "drop":
            return [quantity.node]
        part = Apply("/", (quantity.node, Number(Fraction(100))))
        return [part] if self.conventions.percent == "value" else [quantity.node, part]

    def nodes(self, expected: Node, answer: Node) -> bool:
        """The same value; or one of them is a decimal of the other with places enough."""
        if _as_written(expected) == _as_written(answer):
            return True
        if same(expected, answer):
            return True
        for decimal, other in ((expected, answer), (answer, expected)):
            sign = _signed_decimal(decimal)
            if sign is not None and (sign.places or 0) >= self.conventions.decimals and _signed_decimal(other) is None:
                return rounds_to(other, sign)
        return False

    def _ratios(self, expected: Ratio, answer: Ratio) -> Outcome:
        if len(expected.parts) != len(answer.parts):
            return _WRONG
        (first, *ours), (other, *theirs) = expected.parts, answer.parts
        pairs = zip(ours, theirs, strict=True)
        return None if all(same(Apply("*", (first, b)), Apply("*", (other, a))) for a, b in pairs) else _WRONG

    def _quotients(self, expected: Value, answer: Value) -> Outcome:
        """A ratio of two beside a number, `7:32` and `7/32`."""
        ours, theirs = (
            Quantity(Apply("/", each.parts)) if isinstance(each, Ratio) and len(each.parts) == 2 else each
            for each in (expected, answer)
        )
        if isinstance(ours, Quantity) and isinstance(theirs, Quantity):
            return self._quantities(ours, theirs)
        return Differs(f"{_shape(expected)} is asked for, and {_shape(answer)} was given")

    def _groups(self, expected: Group, answer: Group) -> Outcome:
        ordered = {"tuple", "pair"}
        if (expected.bracket in ordered) != (answer.bracket in ordered) and "set" in (expected.bracket, answer.bracket):
            return Differs(f"{_shape(expected)} is asked for, and {_shape(answer)} was given")
        ours, theirs = list(expected.members), list(answer.members)
        if "set" in (expected.bracket, answer.bracket):
            ours, theirs = self._distinct(ours), self._distinct(theirs)
        if len(ours) != len(theirs):
            return Differs(f"the number of values is not the right one: {len(theirs)} were given")
        if self.conventions.ordered or expected.bracket in ordered or answer.bracket in ordered:
            return next((found for pair in zip(ours, theirs, strict=True) if (found := self.of(*pair))), None)
        return self._unordered(ours, theirs)

    def _distinct(self, members: list[Value]) -> list[Value]:
        kept: list[Value] = []
        for each in members:
            if all(self.of(other, each) is not None for other in kept):
                kept.append(each)
        return kept

    def _unordered(self, expected: Sequence[Value], answer: Sequence[Value]) -> Outcome:
        """Each expected member is found once. Equality of values makes the first match as good as any."""
        left = list(answer)
        for each in expected:
            match = next((index for index, other in enumerate(left) if self.of(each, other) is None), None)
            if match is None:
                return Differs("one of its values is not right")
            del left[match]
        return None

    def _matrices(self, expected: Matrix, answer: Matrix) -> Outcome:
        return self._rows([list(row) for row in expected.rows], [list(row) for row in answer.rows])

    def _rows(self, expected: list[list[Node]], answer: list[list[Node]]) -> Outcome:
        if [len(row) for row in expected] != [len(row) for row in answer]:
            return Differs("the matrix has not the right size")
        pairs = zip(chain.from_iterable(expected), chain.from_iterable(answer), strict=True)
        return None if all(self.nodes(*pair) for pair in pairs) else Differs("an entry of the matrix is not right")

    def _vectors(self, expected: Matrix | Group, answer: Matrix | Group) -> Outcome:
        """A column or a row written as a tuple; a matrix as lists within a list."""
        ours, theirs = rows_of(expected), rows_of(answer)
        if ours is not None and theirs is not None:
            return self._rows(ours, theirs)
        matrix, group = (expected, answer) if isinstance(expected, Matrix) else (answer, expected)
        if not isinstance(matrix, Matrix) or not isinstance(group, Group) or group.bracket not in ("tuple", "pair"):
            return Differs(f"{_shape(expected)} is asked for, and {_shape(answer)} was given")
        if 1 not in (len(matrix.rows), len(matrix.rows[0])):
            return Differs(f"{_shape(expected)} is asked for, and {_shape(answer)} was given")
        entries = Group("tuple", tuple(Quantity(node) for node in chain.from_iterable(matrix.rows)))
        return self._groups(entries, Group("tuple", group.members))

    def _relations(self, expected: Relation, answer: Relation) -> Outcome:
        if (left := named(expected)) and (right := named(answer)):
            if not same_name(left[0], right[0]):
                return self._as_equations(expected, answer, _WRONG)
            return self.of(left[1], right[1])
        return self._as_equations(expected, answer, Differs("the relation is not the right one"))

    @staticmethod
    def _as_equations(expected: Relation, answer: Relation, wrong: Differs) -> Outcome:
        found = same_relation(expected, answer)
        if found is None:
            raise Undefined("two equations that may mean the same")
        return None if found else wrong

    def _intervals(self, expected: Value, answer: Value) -> Outcome:
        ours, theirs = (intervals_of(each) for each in (expected, answer))
        if ours is None or theirs is None:
            return Differs(f"{_shape(expected)} is asked for, and {_shape(answer)} was given")
        if len(ours) != len(theirs):
            return Differs("the number of intervals is not the right one")
        return self._matched(ours, theirs, self._same_interval)

    def _same_interval(self, ours: Interval, theirs: Interval) -> bool:
        closed = (ours.low_closed, ours.high_closed) == (theirs.low_closed, theirs.high_closed)
        return closed and self.nodes(ours.low, theirs.low) and self.nodes(ours.high, theirs.high)

    @staticmethod
    def _matched(ours: list[Interval], theirs: list[Interval], alike: Callable[[Interval, Interval], bool]) -> Outcome:
        left = list(theirs)
        for each in ours:
            match = next((index for index, other in enumerate(left) if alike(each, other)), None)
            if match is None:
                return Differs("an end of an interval is not right")
            del left[match]
        return None


def _times(node: Node, factor: Fraction) -> Node:
    return Number(node.value * factor) if isinstance(node, Number) else Apply("*", (node, Number(factor)))


def _numbers_of(value: Value) -> Value:
    """A time of day as the ratio it may be."""
    if not isinstance(value, Clock) or value.as_ratio is None:
        return value
    return Ratio(tuple(Number(Fraction(part)) for part in value.as_ratio))


def _as_product(quantity: Quantity, other: Quantity) -> Quantity:
    """`5 m` beside `5m`: where the other reads the letter as an unknown, so may this one."""
    letter = Symbol(quantity.unit)
    if len(quantity.unit) != 1 or not isinstance(other.node, Apply) or letter not in other.node.to:
        return quantity
    return Quantity(Apply("*", (quantity.node, letter)))


def _settled(value: Value) -> Value:
    """A chain without its end where that is only about equal: `x = 1/3 ≈ 0.33` says 1/3."""
    if not isinstance(value, Relation):
        return value
    sides, signs = value.sides, value.signs
    while signs and signs[-1] == "~" and _is_worth_something(sides[-2]):
        sides, signs = sides[:-1], signs[:-1]
    signs = tuple("=" if sign == "~" else sign for sign in signs)
    return Relation(sides, signs) if signs else sides[0]


def _has_relations(value: Value) -> bool:
    return isinstance(value, Group) and any(isinstance(each, Relation) for each in value.members)


def _is_calculation(value: Relation) -> bool:
    """`log_2(32) = 5`: nothing unknown in it, so it says a value."""
    sides = [side.node for side in value.sides if isinstance(side, Quantity)]
    return set(value.signs) == {"="} and len(sides) == len(value.sides) and not any(symbols_of(side) for side in sides)


def _is_equation(value: Relation) -> bool:
    """Whether it is asked for as such, and not for the value of what stands on its left."""
    head = value.sides[0]
    return "=" in value.signs and isinstance(head, Quantity) and isinstance(head.node, Apply) and head.node.of == "+"


def _bare(value: Value) -> Value:
    """`x = 3` as an answer is 3; of a chain the last side."""
    if isinstance(value, Relation) and (interval := interval_of(value)):
        return interval
    if isinstance(value, Relation) and set(value.signs) == {"="}:
        head = value.sides[0]
        fenced = (
            isinstance(head, Quantity) and isinstance(head.node, Apply) and head.node.of in ("abs", "floor", "ceil")
        )
        if (
            len(value.sides) == 2
            and _is_equation(value)
            and value.sides[1] == Quantity(Number(Fraction(0)))
            and not _is_calculation(value)
        ):
            raise Undefined("an equation, or a value of nothing")
        return value if fenced else value.sides[-1]
    if isinstance(value, Group) and any(isinstance(each, Relation) for each in value.members):
        return Group(value.bracket, tuple(_bare(_settled(each)) for each in value.members))
    return value


def _is_worth_something(side: Value) -> bool:
    return isinstance(side, Quantity) and not isinstance(side.node, Symbol)


def _words(expected: Value, answer: Value) -> Outcome:
    if isinstance(expected, Words) and isinstance(answer, Words):
        if _squeezed(expected.text) == _squeezed(answer.text):
            return None
        if expected.text.startswith("date ") and answer.text.startswith("date "):
            return None if same_date(expected.text, answer.text) else _WRONG
        if len(expected.text.split()) > 1 and len(answer.text.split()) > 1:
            raise Undefined("two sentences that may mean the same")
        return _WRONG
    if INFINITELY_MANY in (expected, answer) and Quantity(INFINITY) in (expected, answer):
        return None
    if isinstance(expected, Words):
        letter = _letter(answer)
        if letter is not None:
            return None if letter == _squeezed(expected.text) else _WRONG
        return Differs(f"words are asked for, and {_shape(answer)} was given")
    letter = _letter(expected)
    if letter is not None and isinstance(answer, Words):
        return None if letter == _squeezed(answer.text) else _WRONG
    if isinstance(answer, Words) and names_a_number(answer.text):
        raise Undefined("a number in words")
    return Differs(f"{_shape(expected)} is asked for, and words were given")


def _squeezed(text: str) -> str:
    inside = text.strip("() .")
    return " ".join((inside or text).split())


def _letter(value: Value) -> str | None:
    """An option's letter, which is read as an unknown where it stands alone."""
    if isinstance(value, Quantity) and isinstance(value.node, Symbol) and not value.unit:
        return value.node.name.casefold()
    return None


def _signed_decimal(node: Node) -> Number | None:
    """A decimal as it was written, with its sign."""
    return node if isinstance(node, Number) and node.places is not None else None


def _as_written(node: Node) -> Node:
    return Number(node.value) if isinstance(node, Number) else node


def _shape(value: Value) -> str:
    if isinstance(value, Quantity):
        return "a number" if _is_exact(value.node) else "an expression"
    if isinstance(value, Group):
        return {"set": "a set", "list": "a list of values"}.get(value.bracket, "a tuple")
    return _SHAPES[type(value)]


def _is_exact(node: Node) -> bool:
    try:
        return exact(node) is not None
    except (TooLarge, Undefined):
        return False
