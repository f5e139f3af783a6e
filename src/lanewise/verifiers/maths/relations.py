"""Equations and inequalities: when two of them say the same. Runs in the maths workers only."""

from __future__ import annotations

import itertools

import mpmath

from lanewise.verifiers.maths.numbers import DIGITS, Undefined, close, numeric, points, same
from lanewise.verifiers.maths.tree import (
    INFINITY,
    Apply,
    Interval,
    Node,
    Quantity,
    Relation,
    Symbol,
    negative,
    symbols_of,
)

_ENOUGH_POINTS = 3
_NOTHING = mpmath.mpf(10) ** -(DIGITS // 2)
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


def same_relation(left: Relation, right: Relation) -> bool | None:
    """Whether both hold for the same unknowns; None where that cannot be told.

    Sides are brought to one side each. If one difference is a constant times the other, the relations say the same, the sign turned
    where the constant is negative. Chains are the same where each link is.
    """
    ours, theirs = _links(left), _links(right)
    if ours is None or theirs is None:
        return None
    if len(ours) != len(theirs):
        return False
    if len(ours) > 1:
        return _links_agree(ours, theirs)
    (our_node, our_sign), (their_node, their_sign) = ours[0], theirs[0]
    factor = _constant_factor(our_node, their_node)
    if factor is None:
        either = our_sign == their_sign == "=" or "!=" in (our_sign, their_sign)
        return (
            None
            if either and symbols_of(our_node) == symbols_of(their_node) and len(symbols_of(our_node)) > 1
            else False
        )
    return (their_sign if factor > 0 else _TURNED[their_sign]) == our_sign


def _links(relation: Relation) -> list[tuple[Node, str]] | None:
    nodes = [side.node for side in relation.sides if isinstance(side, Quantity)]
    if len(nodes) != len(relation.sides) or not set(relation.signs) <= _TURNED.keys():
        return None
    return [
        (Apply("+", (left, negative(right))), sign)
        for left, right, sign in zip(nodes, nodes[1:], relation.signs, strict=False)
    ]


def _links_agree(ours: list[tuple[Node, str]], theirs: list[tuple[Node, str]]) -> bool:
    turned = [(node, _TURNED[sign]) for node, sign in reversed(theirs)]
    straight = [
        all(
            sign == other and _constant_factor(node, against) == 1
            for (node, sign), (against, other) in zip(ours, theirs, strict=True)
        ),
        all(
            sign == other and _constant_factor(node, against) == -1
            for (node, sign), (against, other) in zip(ours, turned, strict=True)
        ),
    ]
    return any(straight)


def _constant_factor(left: Node, right: Node) -> mpmath.mpf | None:
    """What `right` is multiplied by to be `left`, wherever they are looked at; None where that differs."""
    names = symbols_of(left) | symbols_of(right)
    with mpmath.workdps(DIGITS):
        real: list[mpmath.mpc] = []
        others: list[mpmath.mpc] = []
        for place in points(names):
            try:
                ours, theirs = numeric(left, place), numeric(right, place)
            except Undefined:
                continue
            if min(abs(ours), abs(theirs)) < _NOTHING:
                continue  # what is left of nothing is a multiple of anything
            seen = others if mpmath.im(ours) != 0 or mpmath.im(theirs) != 0 else real
            seen.append(ours / theirs)
        factors = real if len(real) >= _ENOUGH_POINTS or not names else real + others  # any two agree at one point
        if len(factors) < min(_ENOUGH_POINTS, len(points(names))) or not all(
            close(factors[0], factor) for factor in factors
        ):
            return None
        if not close(mpmath.im(factors[0]), mpmath.mpf(0)):
            return None
        factor = mpmath.re(factors[0])
        whole = mpmath.nint(factor)
        return whole if close(whole, factor) else factor


def interval_of(relation: Relation) -> Interval | None:
    """`x > 5`, `-793 < a < 10` as an interval of their only unknown, where that stands alone."""
    sides = [side.node for side in relation.sides if isinstance(side, Quantity)]
    if len(sides) != len(relation.sides) or not set(relation.signs) <= {"<", "<=", ">", ">="}:
        return None
    if relation.signs[0] in (">", ">="):
        sides, signs = sides[::-1], tuple(_TURNED[sign] for sign in reversed(relation.signs))
    else:
        signs = relation.signs
    if any(sign in (">", ">=") for sign in signs):
        return None
    if len(sides) == 3 and isinstance(sides[1], Symbol) and not symbols_of(sides[0]) | symbols_of(sides[2]):
        return Interval(sides[0], sides[2], signs[0] == "<=", signs[1] == "<=")
    if len(sides) != 2:
        return None
    if isinstance(sides[0], Symbol) and not symbols_of(sides[1]):
        return Interval(negative(INFINITY), sides[1], high_closed=signs[0] == "<=")
    if isinstance(sides[1], Symbol) and not symbols_of(sides[0]):
        return Interval(sides[0], INFINITY, low_closed=signs[0] == "<=")
    return None


def holds(relation: Relation, at: dict[str, Node]) -> bool:
    """Whether an equation holds once its unknowns have these values. Raises TooLarge, Undefined."""
    nodes = [side.node for side in relation.sides if isinstance(side, Quantity)]
    filled = [replaced(node, at) for node in nodes]
    return all(same(first, second) for first, second in itertools.pairwise(filled))


def replaced(node: Node, at: dict[str, Node]) -> Node:
    """The expression with its unknowns replaced."""
    if isinstance(node, Symbol):
        return at.get(node.name, node)
    if isinstance(node, Apply):
        return Apply(node.of, tuple(replaced(each, at) for each in node.to))
    return node
