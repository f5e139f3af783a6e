"""What a mathematical answer is once it is read: expressions, and the shapes they come in. `syntax` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Bracket = Literal["list", "set", "tuple", "pair"]
"""How members stand together: bare with commas, in braces, in round brackets, two in round brackets (a tuple or an open interval)."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written, exact. `places`: how many decimals it was written with; None: as no decimal."""

    value: Fraction
    places: int | None = None


@dataclass(frozen=True, slots=True)
class Symbol:
    """A letter, with its subscript; or one of the constants `pi`, `e`, `i`, `oo`."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation: `+ * ^ /`, a function's name, or `f()` for a function that nobody knows."""

    of: str
    to: tuple[Node, ...]


Node = Number | Symbol | Apply


@dataclass(frozen=True, slots=True)
class Quantity:
    """One expression, with what was written after it."""

    node: Node
    unit: str = ""
    percent: bool = False
    base: int = 10  # of the digits it was written in


@dataclass(frozen=True, slots=True)
class Group:
    """Several members."""

    bracket: Bracket
    members: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers between two."""

    low: Node
    high: Node
    low_closed: bool = False
    high_closed: bool = False


@dataclass(frozen=True, slots=True)
class Union:
    """Intervals and sets put together."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of expressions."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """Sides with signs between them: `x = 3`, `1 < x <= 2`. Signs are among `= < <= > >= != ~` (`~`: about)."""

    sides: tuple[Value, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """An answer in words: an option's letter, a name, a sentence; small letters, without punctuation around it."""

    text: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """`3:4:5`: numbers of which only the proportion counts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day, in seconds from midnight; `half` is `a` or `p` where it was said. Without, it may be a ratio."""

    second: int
    half: str
    written: str

    @property
    def as_ratio(self) -> tuple[int, int] | None:
        """The two numbers it may be a ratio of; None where it is written as only a time is."""
        first, _, last = self.written.partition(":")
        return None if self.half or ":" in last or last.startswith("0") else (int(first), int(last))


Value = Quantity | Group | Interval | Union | Matrix | Relation | Ratio | Clock | Words

INFINITY = Symbol("oo")


def negative(node: Node) -> Node:
    """Minus the node."""
    if isinstance(node, Number):
        return Number(-node.value, node.places)
    return Apply("*", (Number(Fraction(-1)), node))


def symbols_of(node: Node) -> frozenset[str]:
    """The unknowns of an expression; the names of unknown functions are not among them."""
    if isinstance(node, Symbol):
        return frozenset() if node.name in ("pi", "e", "i", "oo") else frozenset((node.name,))
    if isinstance(node, Apply):
        return frozenset().union(*(symbols_of(each) for each in node.to))
    return frozenset()
