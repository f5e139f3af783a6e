"""What an expression is worth: exactly, where it is a fraction, else to 60 digits. Runs in the maths workers only.

Two expressions are the same if they are worth the same wherever they are looked at: in fractions that is exact; with roots, logarithms
or unknowns it is agreement to 40 digits at points drawn once, where a difference would have to hide below 10^-40 at each of them.
Nothing here grows without bounds: a power whose result has more than `MAX_BITS` bits is `TooLarge`, which no comparison survives.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from fractions import Fraction

import mpmath

from lanewise.verifiers.maths.tree import Node, Number, Symbol, symbols_of

MAX_BITS = 20_000
_MAX_FACTORIAL = 2_000
DIGITS = 60
_AGREED = mpmath.mpf(10) ** -40
#: Values that unknowns take in turn: positive ones first, where roots and logarithms are what they seem; then of both signs, near and far,
#: which tell `|x|` from `x` and `|x - 10|` from `10 - x`.
_POINTS = (
    ("0.73", "1.91", "1.37", "2.53", "0.59"),
    ("2.17", "0.83", "3.11", "1.29", "1.73"),
    ("-1.43", "2.27", "-0.67", "1.87", "-2.09"),
    ("1.51", "-2.33", "0.61", "-1.79", "2.03"),
    ("137.3", "-41.9", "83.7", "-151.1", "29.3"),
    ("-139.1", "43.7", "-79.3", "149.9", "-31.7"),
)


class TooLarge(Exception):
    """A number that nobody should write out."""


class Undefined(Exception):
    """No value here: a division by zero, a function nobody knows how to calculate."""


def exact(node: Node) -> Fraction | None:
    """The fraction an expression is; None where it is none, or has an unknown. Raises TooLarge, Undefined."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Symbol):
        return None
    values = []
    for each in node.to:
        value = exact(each)
        if value is None:
            return None
        values.append(value)
    rule = _EXACT.get(node.of)
    return None if rule is None else rule(*values)


def _sum(*values: Fraction) -> Fraction:
    return sum(values, Fraction(0))


def _quotient(top: Fraction, bottom: Fraction) -> Fraction:
    if bottom == 0:
        raise Undefined("a division by zero")
    return top / bottom


def _power(base: Fraction, exponent: Fraction) -> Fraction | None:
    if exponent.denominator != 1:
        index, times = exponent.denominator, Fraction(exponent.numerator)
        rooted = _root(base, Fraction(index)) if base >= 0 else None
        return None if rooted is None else _power(rooted, times)
    if base == 0 and exponent < 0:
        raise Undefined("a division by zero")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(base) not in (0, 1) and bits * abs(exponent) > MAX_BITS:
        raise TooLarge("a power with too many digits")
    if abs(base) in (0, 1) and abs(exponent) > MAX_BITS:
        return base ** (2 + exponent.numerator % 2) if base else base
    return base**exponent.numerator


def _root(inside: Fraction, index: Fraction) -> Fraction | None:
    if index.denominator != 1 or not 2 <= index <= 64:
        return None
    times = index.numerator
    if inside < 0:
        odd = _root(-inside, index) if times % 2 else None
        return None if odd is None else -odd
    top, bottom = (_whole_root(each, times) for each in (inside.numerator, inside.denominator))
    return None if top is None or bottom is None else Fraction(top, bottom)


def _whole_root(number: int, times: int) -> int | None:
    if number.bit_length() > MAX_BITS:
        return None
    if times == 2:
        guess = math.isqrt(number)
    else:
        with mpmath.workprec(number.bit_length() // times + 64):
            guess = int(mpmath.nint(mpmath.root(number, times)))
    return guess if guess**times == number else None


def _factorial(number: Fraction) -> Fraction:
    if number.denominator != 1 or number < 0:
        raise Undefined("a factorial of what is no whole number")
    if number > _MAX_FACTORIAL:
        raise TooLarge("a factorial with too many digits")
    return Fraction(math.factorial(number.numerator))


def _binomial(above: Fraction, below: Fraction) -> Fraction:
    if above.denominator != 1 or below.denominator != 1 or below < 0 or above < 0:
        raise Undefined("a binomial of what are no whole numbers")
    if above > _MAX_FACTORIAL:
        raise TooLarge("a binomial with too many digits")
    return Fraction(math.comb(above.numerator, below.numerator))


_EXACT: dict[str, Callable[..., Fraction | None]] = {
    "+": _sum,
    "*": lambda left, right: left * right,
    "/": _quotient,
    "^": _power,
    "root": _root,
    "factorial": _factorial,
    "binomial": _binomial,
    "abs": abs,
    "floor": lambda value: Fraction(math.floor(value)),
    "ceil": lambda value: Fraction(math.ceil(value)),
}
_FUNCTIONS: dict[str, Callable[..., mpmath.mpc]] = {
    "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan, "cot": mpmath.cot, "sec": mpmath.sec, "csc": mpmath.csc,
    "arcsin": mpmath.asin, "asin": mpmath.asin, "arccos": mpmath.acos, "acos": mpmath.acos, "arctan": mpmath.atan, "atan": mpmath.atan,
    "sinh": mpmath.sinh, "cosh": mpmath.cosh, "tanh": mpmath.tanh, "ln": mpmath.log, "exp": mpmath.exp, "abs": mpmath.fabs,
    "lg": mpmath.log10, "floor": mpmath.floor, "ceil": mpmath.ceil,
}  # fmt: skip
_CONSTANTS: dict[str, Callable[[], mpmath.mpf]] = {
    "pi": lambda: +mpmath.pi,
    "e": lambda: +mpmath.e,
    "i": lambda: mpmath.mpc(0, 1),
    "oo": lambda: mpmath.inf,
}


_BASIC: dict[str, Callable[[list[mpmath.mpc]], mpmath.mpc]] = {
    "+": mpmath.fsum,
    "*": lambda values: values[0] * values[1],
    "/": lambda values: values[0] / values[1],
}


def numeric(node: Node, at: Mapping[str, mpmath.mpf]) -> mpmath.mpc:
    """The value to `DIGITS` digits, unknowns as `at` says. Raises TooLarge, Undefined."""
    if isinstance(node, Number):
        return mpmath.mpf(node.value.numerator) / node.value.denominator
    if isinstance(node, Symbol):
        return _CONSTANTS[node.name]() if node.name in _CONSTANTS else at[node.name]
    values = [numeric(each, at) for each in node.to]
    try:
        found = _applied(node.of, values)
    except (ZeroDivisionError, ValueError, OverflowError, TypeError) as error:
        raise Undefined(str(error)) from None
    if mpmath.isnan(found) or (mpmath.isinf(found) and node.of != "*"):
        raise Undefined("no number")
    return found


def _applied(of: str, values: list[mpmath.mpc]) -> mpmath.mpc:
    if of in _BASIC:
        return _BASIC[of](values)
    if of in ("^", "root"):
        return _numeric_power(values[0], values[1] if of == "^" else 1 / values[1], real_root=of == "root")
    if of == "log":
        return mpmath.log10(values[0]) if len(values) == 1 else mpmath.log(values[0]) / mpmath.log(values[1])
    if of.endswith("()"):
        return _unknown(of, values)
    if of == "factorial":
        return mpmath.factorial(_bounded(values[0], _MAX_FACTORIAL))
    if of == "binomial":
        return mpmath.binomial(_bounded(values[0], _MAX_FACTORIAL), _bounded(values[1], _MAX_FACTORIAL))
    if of in _FUNCTIONS and len(values) == 1:
        if of in ("exp", "sinh", "cosh"):
            _bounded(values[0], MAX_BITS)
        return _FUNCTIONS[of](values[0])
    raise Undefined(f"{of} is not calculated here")


def _numeric_power(base: mpmath.mpc, exponent: mpmath.mpc, *, real_root: bool) -> mpmath.mpc:
    if base == 0:
        if mpmath.re(exponent) <= 0:
            raise Undefined("zero to a power that is not positive")
        return base
    if abs(exponent) * (1 + abs(mpmath.log(abs(base)))) > MAX_BITS:
        raise TooLarge("a power with too many digits")
    index = mpmath.nint(1 / exponent) if real_root else 0
    if real_root and mpmath.im(base) == 0 and mpmath.re(base) < 0 and index % 2 == 1:
        return -mpmath.power(-base, exponent)  # the real root of a negative number, as schools have it
    return mpmath.power(base, exponent)


def _bounded(value: mpmath.mpc, most: int) -> mpmath.mpc:
    if abs(value) > most:
        raise TooLarge("a number with too many digits")
    return value


def _unknown(name: str, values: list[mpmath.mpc]) -> mpmath.mpf:
    """A function nobody knows is the same number for the same arguments, and another one for others."""
    seen = f"{name}{[mpmath.nstr(value, 30) for value in values]}"
    return mpmath.mpf(int.from_bytes(hashlib.sha256(seen.encode()).digest()[:8])) / 2**64 + 1


def points(names: frozenset[str]) -> list[dict[str, mpmath.mpf]]:
    """The points at which expressions of these unknowns are looked at; a name has the same value in every expression."""
    if not names:
        return [{}]
    found = []
    for values in _POINTS:
        place: dict[str, mpmath.mpf] = {}
        for name in names:
            digest = hashlib.sha256(name.encode()).digest()
            fine = mpmath.mpf(int.from_bytes(digest[:6])) / 2**48 / 10
            place[name] = mpmath.mpf(values[digest[6] % len(values)]) + fine
        found.append(place)
    return found


def close(left: mpmath.mpc, right: mpmath.mpc) -> bool:
    """Agreement to 40 digits, relative to the larger."""
    if mpmath.isinf(left) or mpmath.isinf(right):
        return bool(left == right)
    return bool(abs(left - right) <= _AGREED * max(1, abs(left), abs(right)))


def same(left: Node, right: Node) -> bool:
    """Whether two expressions are the same. Raises TooLarge, and Undefined where neither point shows both."""
    if left == right:
        return True
    ours, theirs = exact(left), exact(right)
    if ours is not None and theirs is not None:
        return ours == theirs
    with mpmath.workdps(DIGITS):
        seen = 0
        for place in points(symbols_of(left) | symbols_of(right)):
            try:
                pair = numeric(left, place), numeric(right, place)
            except Undefined:
                continue
            except TooLarge:
                if not seen:
                    raise
                continue  # a tower that only the far points make
            if any(mpmath.im(value) != 0 for value in pair) and seen:
                continue  # of other branches of roots and logarithms nothing can be told
            if not close(*pair):
                return False
            seen += 1
    if not seen:
        raise Undefined("no value could be compared")
    return True


def rounds_to(value: Node, decimal: Number) -> bool:
    """Whether a decimal is the value, rounded to as many places as it was written with."""
    if symbols_of(value):
        return False
    with mpmath.workdps(DIGITS):
        found = numeric(value, {})
        if mpmath.im(found) != 0:
            return False
        error = abs(found - mpmath.mpf(decimal.value.numerator) / decimal.value.denominator)
        return bool(error <= mpmath.mpf(10) ** -(decimal.places or 0) / 2)
