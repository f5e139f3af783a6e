"""Whether an answer is the expected one, by the shape of both: what differs in shape is not equal, however much of it agrees.

Runs in the maths workers only. `compare` is the whole of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from lanewise.verifiers.maths.number_words import names_a_number
from lanewise.verifiers.maths.numbers import TooLarge, Undefined, exact, rounds_to, same
from lanewise.verifiers.maths.relations import interval_of, same_relation
from lanewise.verifiers.maths.tree import (
    Apply,
    Group,
    Interval,
    Matrix,
    Node,
    Number,
    Quantity,
    Relation,
    Symbol,
    Union,
    Value,
    Words,
)
from lanewise.verifiers.maths.units import same_unit

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
_WRONG = Differs("its value is not the right one")


def compare(expected: Value, answer: Value, conventions: Conventions) -> Outcome:
    """None where they are the same. Raises TooLarge and Undefined where that cannot be told."""
    return _Comparison(conventions).of(expected, answer)


class _Comparison:
    def __init__(self, conventions: Conventions) -> None:
        self.conventions = conventions

    def of(self, expected: Value, answer: Value) -> Outcome:
        expected, answer = _settled(expected), _settled(answer)
        if isinstance(expected, Relation) and isinstance(answer, Relation):
            return self._relations(expected, answer)
        if isinstance(expected, Relation) and _is_equation(expected):
            return Differs("an equation is asked for")
        if (paired := _by_names(expected, answer)) is not None:
            return next((found for pair in paired if (found := self.of(*pair))), None)
        expected, answer = _bare(expected), _bare(answer)
        if isinstance(expected, Words) or isinstance(answer, Words):
            return _words(expected, answer)
        if isinstance(expected, Interval | Union) or isinstance(answer, Interval | Union):
            return self._intervals(expected, answer)
        return self._alike(expected, answer)

    def _alike(self, expected: Value, answer: Value) -> Outcome:
        """Neither words nor relations nor intervals."""
        if isinstance(expected, Quantity) and isinstance(answer, Group) and answer.bracket == "list":
            distinct = self._distinct(list(answer.members))
            answer = distinct[0] if len(distinct) == 1 else answer
        if isinstance(expected, Quantity) and isinstance(answer, Quantity):
            return self._quantities(expected, answer)
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
        if not same_unit(expected.unit, answer.unit, required=self.conventions.units == "require"):
            return Differs(f"its unit {answer.unit!r} is not the right one" if answer.unit else "its unit is missing")
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
        if [len(row) for row in expected.rows] != [len(row) for row in answer.rows]:
            return Differs("the matrix has not the right size")
        pairs = zip(_flat(expected), _flat(answer), strict=True)
        return None if all(self.nodes(*pair) for pair in pairs) else Differs("an entry of the matrix is not right")

    def _vectors(self, expected: Matrix | Group, answer: Matrix | Group) -> Outcome:
        """A column or a row written as a tuple."""
        matrix, group = (expected, answer) if isinstance(expected, Matrix) else (answer, expected)
        if not isinstance(matrix, Matrix) or not isinstance(group, Group) or group.bracket not in ("tuple", "pair"):
            return Differs(f"{_shape(expected)} is asked for, and {_shape(answer)} was given")
        if 1 not in (len(matrix.rows), len(matrix.rows[0])):
            return Differs(f"{_shape(expected)} is asked for, and {_shape(answer)} was given")
        entries = Group("tuple", tuple(Quantity(node) for node in _flat(matrix)))
        return self._groups(entries, Group("tuple", group.members))

    def _relations(self, expected: Relation, answer: Relation) -> Outcome:
        if (left := _named(expected)) and (right := _named(answer)):
            if not _same_name(left[0], right[0]):
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
        ours, theirs = (_intervals_of(each) for each in (expected, answer))
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
        return value if fenced else value.sides[-1]
    if isinstance(value, Group) and any(isinstance(each, Relation) for each in value.members):
        return Group(value.bracket, tuple(_bare(_settled(each)) for each in value.members))
    return value


def _is_worth_something(side: Value) -> bool:
    return isinstance(side, Quantity) and not isinstance(side.node, Symbol)


def _named(relation: Relation) -> tuple[Value, Value] | None:
    """The name and the value of `x = 3`, `f(x) = x^2`, `(p, q) = (3, 2)`; of a chain the last side."""
    if set(relation.signs) != {"="}:
        return None
    head = relation.sides[0]
    if isinstance(head, Quantity) and (
        isinstance(head.node, Symbol) or (isinstance(head.node, Apply) and head.node.of.endswith("()"))
    ):
        return head, relation.sides[-1]
    if isinstance(head, Group) and all(
        isinstance(each, Quantity) and isinstance(each.node, Symbol) for each in head.members
    ):
        return head, relation.sides[-1]
    return None


def _by_names(expected: Value, answer: Value) -> list[tuple[Value, Value]] | None:
    """`x = 2, y = 3` on both sides: what each name is said to be. None where they do not name the same, each once."""
    ours, theirs = _names_of(expected), _names_of(answer)
    if ours is None or theirs is None or ours.keys() != theirs.keys():
        return None
    return [(value, theirs[name]) for name, value in ours.items()]


def _names_of(value: Value) -> dict[Value, Value] | None:
    if not isinstance(value, Group) or value.bracket == "set":
        return None
    pairs = [_named(each) if isinstance(each, Relation) else None for each in value.members]
    found = dict(pair for pair in pairs if pair is not None)
    return found if len(found) == len(pairs) > 1 else None


def _same_name(left: Value, right: Value) -> bool:
    return left == right


def _words(expected: Value, answer: Value) -> Outcome:
    if isinstance(expected, Words) and isinstance(answer, Words):
        if _squeezed(expected.text) == _squeezed(answer.text):
            return None
        if len(expected.text.split()) > 1 and len(answer.text.split()) > 1:
            raise Undefined("two sentences that may mean the same")
        return _WRONG
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


def _intervals_of(value: Value) -> list[Interval] | None:
    if isinstance(value, Interval):
        return [value]
    if isinstance(value, Relation):
        found = interval_of(value)
        return None if found is None else [found]
    if isinstance(value, Group) and value.bracket == "pair":
        ends = [each.node for each in value.members if isinstance(each, Quantity)]
        return [Interval(ends[0], ends[1])] if len(ends) == 2 else None
    if isinstance(value, Group) and value.bracket == "set":
        nodes = [each.node for each in value.members if isinstance(each, Quantity)]
        return (
            [Interval(node, node, low_closed=True, high_closed=True) for node in nodes]
            if len(nodes) == len(value.members)
            else None
        )
    if isinstance(value, Union):
        parts = [_intervals_of(each) for each in value.parts]
        return None if None in parts else [each for part in parts if part for each in part]
    return None


def _flat(matrix: Matrix) -> list[Node]:
    return [node for row in matrix.rows for node in row]


def _signed_decimal(node: Node) -> Number | None:
    """A decimal as it was written, with its sign."""
    return node if isinstance(node, Number) and node.places is not None else None


def _as_written(node: Node) -> Node:
    return Number(node.value) if isinstance(node, Number) else node


def _shape(value: Value) -> str:
    match value:
        case Quantity():
            return "a number" if _is_exact(value.node) else "an expression"
        case Group(bracket="set"):
            return "a set"
        case Group(bracket="list"):
            return "a list of values"
        case Group():
            return "a tuple"
        case Interval() | Union():
            return "an interval"
        case Matrix():
            return "a matrix"
        case Relation():
            return "a relation"
    return "words"


def _is_exact(node: Node) -> bool:
    try:
        return exact(node) is not None
    except (TooLarge, Undefined):
        return False
