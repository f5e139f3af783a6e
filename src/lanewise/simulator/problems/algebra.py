"""Equations in one to three unknowns: linear, quadratic, and linear systems, solved exactly."""

from __future__ import annotations

import ast
import math
from fractions import Fraction

from lanewise.simulator.problems.arithmetic import NotSolvableError
from lanewise.simulator.problems.scanning import formulas
from lanewise.simulator.problems.solution import Solution, number_text, scalar, wrong_numbers

Monomial = tuple[tuple[str, int], ...]
Polynomial = dict[Monomial, Fraction]
_ONE: Monomial = ()


def solve_algebra(text: str) -> Solution | None:
    """Solve the equations in the text, or None where there are none it can solve."""
    runs = [run for run in formulas(text, letters=True) if run.count("=") == 1 and any(c.isalpha() for c in run)]
    runs = [run for run in dict.fromkeys(runs) if all(run.split("="))][:4]
    if not runs:
        return None
    try:
        equations = [_difference(run) for run in reversed(runs)]
        names = sorted({name for equation in equations for monomial in equation for name, _ in monomial})
        if len(names) == 1 and equations:
            return _solve_one(equations[-1], names[0])
        return _solve_system(equations, names)
    except NotSolvableError:
        return None


def _difference(run: str) -> Polynomial:
    left, right = run.split("=")
    return _add(_polynomial(left), _polynomial(right), -1)


def _polynomial(expression: str) -> Polynomial:
    try:
        return _expand(ast.parse(expression, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotSolvableError(expression) from error


def _expand(node: ast.expr) -> Polynomial:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return {_ONE: Fraction(str(node.value))}
    if isinstance(node, ast.Name):
        return {((node.id, 1),): Fraction(1)}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _add({}, _expand(node.operand), -1)
    if isinstance(node, ast.BinOp):
        return _combine(node.op, _expand(node.left), _expand(node.right))
    raise NotSolvableError(type(node).__name__)


def _combine(op: ast.operator, left: Polynomial, right: Polynomial) -> Polynomial:
    if isinstance(op, ast.Add):
        return _add(left, right, 1)
    if isinstance(op, ast.Sub):
        return _add(left, right, -1)
    if isinstance(op, ast.Mult):
        return _multiply(left, right)
    if set(right) - {_ONE} or not right.get(_ONE):
        raise NotSolvableError("not a polynomial")
    number = right[_ONE]
    if isinstance(op, ast.Div):
        return {monomial: factor / number for monomial, factor in left.items()}
    if isinstance(op, ast.Pow) and number in {1, 2, 3}:
        product = left
        for _ in range(int(number) - 1):
            product = _multiply(product, left)
        return product
    raise NotSolvableError(type(op).__name__)


def _add(left: Polynomial, right: Polynomial, sign: int) -> Polynomial:
    total = dict(left)
    for monomial, factor in right.items():
        total[monomial] = total.get(monomial, Fraction(0)) + sign * factor
    return {monomial: factor for monomial, factor in total.items() if factor}


def _multiply(left: Polynomial, right: Polynomial) -> Polynomial:
    total: Polynomial = {}
    for first, a in left.items():
        for second, b in right.items():
            powers = dict(first)
            for name, power in second:
                powers[name] = powers.get(name, 0) + power
            monomial = tuple(sorted(powers.items()))
            total[monomial] = total.get(monomial, Fraction(0)) + a * b
    return {monomial: factor for monomial, factor in total.items() if factor}


def _solve_one(equation: Polynomial, name: str) -> Solution:
    degree = max((power for monomial in equation for _, power in monomial), default=0)
    c, b, a = (equation.get(((name, power),) if power else _ONE, Fraction(0)) for power in (0, 1, 2))
    if degree == 1:
        root = -c / b
        text = number_text(root)
        return Solution(
            kind="algebra",
            difficulty=2 if root.denominator == 1 else 3,
            answer=f"{name} = {text}",
            work=(f"{number_text(b)}{name} = {number_text(-c)}", f"{name} = {text}"),
            wrong=tuple(f"{name} = {slip}" for slip in wrong_numbers(root)),
            value=scalar(root),
        )
    if degree != 2:
        raise NotSolvableError(f"degree {degree}")
    square = b * b - 4 * a * c
    work = (f"discriminant = {number_text(square)}",)
    roots = _roots(a, b, square)
    answer = " or ".join(f"{name} = {root}" for root in roots) if roots else "no real solution"
    swapped = _roots(a, -b, square) if b else [number_text(Fraction(1) - c), "0"]
    slips = [" or ".join(f"{name} = {root}" for root in swapped) if swapped else f"{name} = {number_text(-b)}"]
    if roots:
        slips.append(f"{name} = {roots[0]} or {name} = {number_text(c + 1)}")
    return Solution(
        kind="algebra",
        difficulty=3 if square >= 0 and _exact_root(square) is not None else 4,
        answer=answer,
        work=work,
        wrong=tuple(slip for slip in slips if slip != answer),
        value=answer,
    )


def _roots(a: Fraction, b: Fraction, square: Fraction) -> list[str]:
    if square < 0:
        return []
    exact = _exact_root(square)
    if exact is not None:
        values = sorted({(-b - exact) / (2 * a), (-b + exact) / (2 * a)})
        return [number_text(value) for value in values]
    distance = math.sqrt(square) / abs(float(2 * a))
    middle = float(-b / (2 * a))
    return [f"{middle - distance:.4f}", f"{middle + distance:.4f}"]


def _exact_root(square: Fraction) -> Fraction | None:
    top, bottom = math.isqrt(square.numerator), math.isqrt(square.denominator)
    root = Fraction(top, bottom)
    return root if root * root == square else None


def _solve_system(equations: list[Polynomial], names: list[str]) -> Solution:
    if not 2 <= len(names) <= 3 or len(equations) < len(names):
        raise NotSolvableError("not a square system")
    rows = []
    for equation in equations[: len(names)]:
        if any(len(monomial) > 1 or (monomial and monomial[0][1] != 1) for monomial in equation):
            raise NotSolvableError("not linear")
        rows.append([equation.get(((name, 1),), Fraction(0)) for name in names] + [-equation.get(_ONE, Fraction(0))])
    values = _eliminate(rows)
    answer = _assignment(names, values)
    slips = [[values[1], values[0], *values[2:]], [-values[0], *values[1:]], [values[0] + 1, *values[1:]]]
    wrong = (_assignment(names, slip) for slip in slips)
    return Solution(
        kind="algebra",
        difficulty=min(5, len(names) + 1 + (any(v.denominator > 1 for v in values))),
        answer=answer,
        work=tuple(f"eliminate {name}" for name in names[:-1]),
        wrong=tuple(text for text in wrong if text != answer),
        fields=None,
        value=answer,
    )


def _assignment(names: list[str], values: list[Fraction]) -> str:
    return ", ".join(f"{name} = {number_text(value)}" for name, value in zip(names, values, strict=True))


def _eliminate(rows: list[list[Fraction]]) -> list[Fraction]:
    size = len(rows)
    for column in range(size):
        pivot = next((r for r in range(column, size) if rows[r][column]), None)
        if pivot is None:
            raise NotSolvableError("no unique solution")
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for other in range(size):
            if other != column and rows[other][column]:
                factor = rows[other][column]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[column], strict=True)]
    return [row[-1] for row in rows]
