"""What a rule is made of once it is read. `at` is where it stands in the rule's text, from 0."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal, TypeAlias

import msgspec

Quantifier = Literal["all", "any", "none", "count", "sum", "min", "max"]


class Constant(msgspec.Struct, frozen=True):
    """A number, a text, true, false or null."""

    at: int
    value: Fraction | str | bool | None


class Path(msgspec.Struct, frozen=True):
    """A place in the answer, or in what a quantifier names: `refund.items[0].price`."""

    at: int
    name: str
    steps: tuple[str | int, ...]


class Listed(msgspec.Struct, frozen=True):
    """`["paid", "open"]`."""

    at: int
    items: tuple[Node, ...]


class Unary(msgspec.Struct, frozen=True):
    """`not`, `-`."""

    at: int
    word: str
    of: Node


class Binary(msgspec.Struct, frozen=True):
    """Two things and what stands between them."""

    at: int
    word: str
    left: Node
    right: Node


class Call(msgspec.Struct, frozen=True):
    """A function of `functions.py`."""

    at: int
    name: str
    arguments: tuple[Node, ...]
    pattern: re.Pattern[str] | None = None  # of `matches`, compiled when the rule is read


class Over(msgspec.Struct, frozen=True):
    """`all item in items: ...`; with two names, over all pairs of different items."""

    at: int
    quantifier: Quantifier
    names: tuple[str, ...]
    of: Node
    body: Node


Node: TypeAlias = Constant | Path | Listed | Unary | Binary | Call | Over
