"""Arithmetic expressions and small shopping sums, computed with exact fractions."""

from __future__ import annotations

import ast
import re
from fractions import Fraction

from lanewise.simulator.problems.scanning import formulas, places_asked
from lanewise.simulator.problems.solution import Solution, number_text, scalar, wrong_numbers

_LARGEST_BITS = 4_096
_ITEMS = re.compile(
    r"\b(\d+)\s+([a-z][a-z -]*?)\s+(?:at|for|costing)\s+\$(\d+(?:\.\d+)?)\s*(?:each|apiece|per)", re.IGNORECASE
)
_PAYS = re.compile(r"\b(?:pays?|paying|hands over)\b[^$.]*\$(\d+(?:\.\d+)?)", re.IGNORECASE)
_OFF = re.compile(r"(\d+)\s*% (?:off|discount)", re.IGNORECASE)


class NotSolvableError(Exception):
    """The text is no problem of this kind."""


def solve_arithmetic(text: str) -> Solution | None:
    """Solve the longest expression in the text, or None where there is none."""
    for run in formulas(text, letters=False):
        if "=" in run or not re.search(r"[\d)](?:[-+*/%])", run):
            continue
        try:
            value, steps = evaluate(run)
        except NotSolvableError:
            continue
        places = places_asked(text)
        answer = number_text(value, places)
        return Solution(
            kind="arithmetic",
            difficulty=_difficulty(run),
            answer=answer,
            work=tuple(steps),
            wrong=wrong_numbers(value, places),
            value=scalar(Fraction(answer)) if "/" not in answer else answer,
        )
    return None


def solve_shopping(text: str) -> Solution | None:
    """Solve `3 pens at $1.50 each and ...`: the total, after a discount, or the change from what was paid."""
    bought = _ITEMS.findall(text)
    if not bought:
        return None
    steps, total = [], Fraction(0)
    for number, name, price in bought:
        cost = int(number) * Fraction(price)
        steps.append(f"{number} {name} x ${price} = ${number_text(cost, 2)}")
        total += cost
    off, paid = _OFF.search(text), _PAYS.search(text)
    if off:
        total *= 1 - Fraction(int(off.group(1)), 100)
        steps.append(f"after {off.group(1)}% off: ${number_text(total, 2)}")
    if paid and re.search(r"\bchange\b", text, re.IGNORECASE):
        total = Fraction(paid.group(1)) - total
        steps.append(f"change: ${number_text(total, 2)}")
    answer = number_text(total, 2)
    return Solution(
        kind="arithmetic",
        difficulty=min(5, len(steps)),
        answer=f"${answer}",
        work=tuple(steps),
        wrong=tuple(f"${slip}" for slip in wrong_numbers(total, 2)),
        value=float(answer),
    )


def evaluate(expression: str) -> tuple[Fraction, list[str]]:
    """The exact value and the steps to it; raises NotSolvableError for anything but plain arithmetic."""
    try:
        tree = ast.parse(expression, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotSolvableError(expression) from error
    steps: list[str] = []
    return _value(tree.body, steps), steps


def _value(node: ast.expr, steps: list[str]) -> Fraction:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return Fraction(str(node.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = _value(node.operand, steps)
        return -inner if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, steps), _value(node.right, steps)
        result, sign = _apply(node.op, left, right)
        if result.numerator.bit_length() > _LARGEST_BITS:
            raise NotSolvableError("too large")
        if len(steps) < 24:
            steps.append(f"{number_text(left)} {sign} {number_text(right)} = {number_text(result)}")
        return result
    raise NotSolvableError(type(node).__name__)


def _apply(op: ast.operator, left: Fraction, right: Fraction) -> tuple[Fraction, str]:
    plain = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}
    if isinstance(op, ast.Add):
        return left + right, plain[ast.Add]
    if isinstance(op, ast.Sub):
        return left - right, plain[ast.Sub]
    if isinstance(op, ast.Mult):
        return left * right, plain[ast.Mult]
    if isinstance(op, ast.Pow):
        if right.denominator != 1 or abs(right) > 64 or abs(left.numerator) > 10**6 or (left == 0 and right < 0):
            raise NotSolvableError("power")
        return Fraction(left) ** int(right), "^"
    if right == 0:
        raise NotSolvableError("division by zero")
    if isinstance(op, ast.Div):
        return left / right, "/"
    if isinstance(op, ast.FloorDiv):
        return Fraction(left // right), "//"
    if isinstance(op, ast.Mod):
        return left % right, "mod"
    raise NotSolvableError(type(op).__name__)


def _difficulty(expression: str) -> int:
    operators = len(re.findall(r"(?<=[\d)])(?:\*\*|//|[-+*/%])", expression))
    longest = max((len(digits) for digits in re.findall(r"\d+", expression)), default=1)
    hard_products = len(re.findall(r"\d{3,}\*\d{3,}", expression))
    score = 0.5 * operators + 0.35 * longest + 0.8 * hard_products + 0.5 * expression.count("**")
    return max(1, min(5, round(score)))
