"""What solving a problem yields: the answer, the work shown, and the mistakes one could make."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""A value as JSON carries it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Solution:
    """A solved problem.

    `answer` is the short answer as text; `wrong` are plausible wrong answers (never empty where `gradable`);
    `fields` is set for extractions, whose answer is an object; `difficulty` runs from 1 to 5.
    """

    kind: str
    difficulty: int
    answer: str
    work: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    fields: dict[str, Any] | None = None
    value: int | float | str | None = None
    """The answer as a JSON scalar, where it is one."""

    @property
    def gradable(self) -> bool:
        """Whether the answer is right or wrong rather than merely written."""
        return bool(self.wrong) or self.fields is not None


def number_text(value: Fraction, places: int | None = None) -> str:
    """Write an exact number: an integer, a short decimal, or a fraction; rounded half up when `places` is given."""
    if places is not None:
        return _rounded(value, places)
    if value.denominator == 1:
        return str(value.numerator)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest == 1 and value.denominator <= 10**6:
        digits = next(d for d in range(1, 21) if 10**d % value.denominator == 0)
        return _rounded(value, digits)
    return f"{value.numerator}/{value.denominator}"


def _rounded(value: Fraction, places: int) -> str:
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    sign = "-" if value < 0 and whole else ""
    text = str(whole).rjust(places + 1, "0")
    return f"{sign}{text[:-places]}.{text[-places:]}" if places else f"{sign}{text}"


def scalar(value: Fraction) -> int | float:
    """The number as JSON would carry it."""
    return value.numerator if value.denominator == 1 else float(value)


def wrong_numbers(value: Fraction, places: int | None = None) -> tuple[str, ...]:
    """Slips people and models make with a number: a carry, a digit swap, a factor of ten, a sign."""
    step = Fraction(10) if abs(value) >= 100 else Fraction(1)
    slips = [value + step, value - step, value + 1, value - 2, value * 10, -value if value else value + 3]
    digits = str(abs(value.numerator))
    if value.denominator == 1 and len(digits) > 2 and digits[-1] != digits[-2]:
        swapped = int(digits[:-2] + digits[-1] + digits[-2])
        slips.insert(0, Fraction(swapped if value >= 0 else -swapped))
    right = number_text(value, places)
    return tuple(text for text in dict.fromkeys(number_text(slip, places) for slip in slips) if text != right)
