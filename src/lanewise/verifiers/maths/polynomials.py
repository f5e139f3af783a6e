"""Polynomials with fractions for coefficients: how many roots there are, so that a list of solutions is known to be whole."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction

from lanewise.verifiers.maths.numbers import exact
from lanewise.verifiers.maths.tree import Apply, Node, Number, Symbol

MAX_DEGREE = 24
Coefficients = list[Fraction]
"""From the constant upwards; no zero at the end; empty for the polynomial 0."""


def coefficients(node: Node, name: str) -> Coefficients | None:
    """An expression as a polynomial of one unknown; None where it is none, or of more than `MAX_DEGREE`. Raises TooLarge, Undefined."""
    if isinstance(node, Symbol):
        return [Fraction(0), Fraction(1)] if node.name == name else None
    if isinstance(node, Number):
        return _trimmed([node.value])
    constant = exact(node)
    if constant is not None:
        return _trimmed([constant])
    parts = [coefficients(each, name) for each in node.to]
    if any(part is None for part in parts):
        return None
    return _combined(node, [part for part in parts if part is not None])


def _combined(node: Apply, parts: list[Coefficients]) -> Coefficients | None:
    if node.of == "+":
        return _added(parts)
    if node.of == "*":
        return _multiplied(*parts)
    if node.of == "/" and len(parts[1]) == 1:
        return [each / parts[1][0] for each in parts[0]]
    if node.of == "^" and len(parts[1]) <= 1:
        times = parts[1][0] if parts[1] else Fraction(0)
        if times.denominator == 1 and 0 <= times <= MAX_DEGREE:
            power: Coefficients | None = [Fraction(1)]
            for _ in range(int(times)):
                power = None if power is None else _multiplied(power, parts[0])
            return power
    return None


def _trimmed(values: Sequence[Fraction]) -> Coefficients:
    kept = list(values)
    while kept and kept[-1] == 0:
        kept.pop()
    return kept


def _added(parts: list[Coefficients]) -> Coefficients:
    longest = max(map(len, parts))
    return _trimmed([sum((part[at] for part in parts if at < len(part)), Fraction(0)) for at in range(longest)])


def _multiplied(left: Coefficients, right: Coefficients) -> Coefficients | None:
    if len(left) + len(right) - 2 > MAX_DEGREE:
        return None
    product = [Fraction(0)] * max(0, len(left) + len(right) - 1)
    for at, first in enumerate(left):
        for by, second in enumerate(right):
            product[at + by] += first * second
    return _trimmed(product)


def real_roots(polynomial: Coefficients) -> int | None:
    """How many different real roots it has, by Sturm's theorem (1829); None for the polynomial 0, which has them all."""
    if not polynomial:
        return None
    row = [polynomial, _derived(polynomial)]
    while row[-1]:
        row.append([-each for each in _remainder(row[-2], row[-1])])
    row = [each for each in row if each]
    at_minus = [each[-1] * (-1) ** (len(each) - 1) for each in row]
    return _changes(at_minus) - _changes([each[-1] for each in row])


def _derived(polynomial: Coefficients) -> Coefficients:
    return _trimmed([power * each for power, each in enumerate(polynomial)][1:])


def _remainder(top: Coefficients, bottom: Coefficients) -> Coefficients:
    rest = list(top)
    while len(rest) >= len(bottom):
        factor = rest[-1] / bottom[-1]
        shift = len(rest) - len(bottom)
        rest = _trimmed(
            [each - (factor * bottom[at - shift] if at >= shift else 0) for at, each in enumerate(rest)][:-1]
        )
    return rest


def _changes(values: list[Fraction]) -> int:
    signs = [value > 0 for value in values if value != 0]
    return sum(left != right for left, right in itertools.pairwise(signs))


def linear(node: Node, names: Sequence[str]) -> list[Fraction] | None:
    """An expression's coefficients of these unknowns, and its constant last; None where it is not linear in them."""
    zero: Mapping[str, Node] = {name: Number(Fraction(0)) for name in names}
    found = []
    for name in names:
        others = {other: value for other, value in zero.items() if other != name}
        of_one = coefficients(_filled(node, others), name)
        if of_one is None or len(of_one) > 2:
            return None
        found.append(of_one[1] if len(of_one) == 2 else Fraction(0))
    constant = exact(_filled(node, zero))
    if constant is None or not _is_linear(node, names):
        return None
    return [*found, constant]


def _is_linear(node: Node, names: Sequence[str]) -> bool:
    """No product of two unknowns, which single unknowns do not show."""
    ones: dict[str, Node] = {name: Symbol("t") for name in names}
    along = coefficients(_filled(node, ones), "t")
    return along is not None and len(along) <= 2


def _filled(node: Node, at: Mapping[str, Node]) -> Node:
    if isinstance(node, Symbol):
        return at.get(node.name, node)
    if isinstance(node, Apply):
        return Apply(node.of, tuple(_filled(each, at) for each in node.to))
    return node


def has_one_solution(rows: list[list[Fraction]], unknowns: int) -> bool:
    """Whether linear equations (coefficients, then constants) have exactly one solution, given that they have one."""
    rows = [row[:unknowns] for row in rows]
    for column in range(unknowns):  # so many rows are done: each column had its pivot
        pivot = next((row for row in rows[column:] if row[column] != 0), None)
        if pivot is None:
            return False
        rows.remove(pivot)
        rows.insert(column, pivot)
        rows[column + 1 :] = [
            [each - row[column] / pivot[column] * above for each, above in zip(row, pivot, strict=True)]
            for row in rows[column + 1 :]
        ]
    return True
