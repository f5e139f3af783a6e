"""Values as what they cover of the line of numbers, and as rows of numbers. Runs in the maths workers only."""

from __future__ import annotations

import itertools
from fractions import Fraction

from lanewise.verifiers.maths.relations import interval_of
from lanewise.verifiers.maths.tree import (
    INFINITY,
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
    negative,
    symbols_of,
)


def intervals_of(value: Value) -> list[Interval] | None:
    """Intervals and single points that a value is made of; None where it is none of these."""
    if isinstance(value, Interval):
        return [value]
    if isinstance(value, Relation):
        found = interval_of(value)
        return _all_but(value) if found is None else [found]
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
        parts = [intervals_of(each) for each in value.parts]
        return None if None in parts else [each for part in parts if part for each in part]
    return None


def _all_but(relation: Relation) -> list[Interval] | None:
    """`x != 2`."""
    nodes = [side.node for side in relation.sides if isinstance(side, Quantity)]
    if relation.signs != ("!=",) or len(nodes) != 2:
        return None
    name, point = nodes if isinstance(nodes[0], Symbol) else reversed(nodes)
    return without([point]) if isinstance(name, Symbol) and not symbols_of(point) else None


def without(points: list[Node]) -> list[Interval] | None:
    """All numbers but these; None where their order is not known."""
    ordered: list[Node] = list(points)
    if len(points) > 1:
        numbers = sorted((point for point in points if isinstance(point, Number)), key=_value)
        if len(numbers) != len(points):
            return None
        ordered = list(numbers)
    ends = [negative(INFINITY), *ordered, INFINITY]
    return [Interval(low, high) for low, high in itertools.pairwise(ends)]


def _value(number: Number) -> Fraction:
    return number.value


def rows_of(value: Value) -> list[list[Node]] | None:
    """The rows of a matrix, or of lists within a list: `[[1, 2], [3, 4]]`."""
    if isinstance(value, Matrix):
        return [list(row) for row in value.rows]
    if not isinstance(value, Group) or value.bracket not in ("tuple", "pair"):
        return None
    rows = [_row(member) for member in value.members]
    kept = [row for row in rows if row is not None]
    return kept if len(kept) == len(rows) else None


def _row(value: Value) -> list[Node] | None:
    if isinstance(value, Interval) and value.low_closed and value.high_closed:
        return [value.low, value.high]
    if not isinstance(value, Group) or value.bracket not in ("tuple", "pair"):
        return None
    nodes = [member.node for member in value.members if isinstance(member, Quantity)]
    return nodes if len(nodes) == len(value.members) else None
