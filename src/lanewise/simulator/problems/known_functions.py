"""Functions a simulated model can write, each with the slip it makes when it errs. `NAME` is the function's name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownFunction:
    """One function: how a request for it reads, its right source and its wrong one."""

    name: str
    patterns: tuple[str, ...]
    difficulty: int
    right: str
    wrong: str


KNOWN_FUNCTIONS: tuple[KnownFunction, ...] = (
    KnownFunction(
        name="factorial",
        patterns=("factorial",),
        difficulty=1,
        right="def NAME(n):\n    result = 1\n    for i in range(2, n + 1):\n        result *= i\n    return result",
        wrong="def NAME(n):\n    result = 1\n    for i in range(2, n):\n        result *= i\n    return result",
    ),
    KnownFunction(
        name="fib",
        patterns=("fibonacci",),
        difficulty=2,
        right="def NAME(n):\n    a, b = 0, 1\n    for _ in range(n):\n        a, b = b, a + b\n    return a",
        wrong="def NAME(n):\n    a, b = 0, 1\n    for _ in range(n):\n        a, b = b, a + b\n    return b",
    ),
    KnownFunction(
        name="is_palindrome",
        patterns=("palindrome",),
        difficulty=2,
        right="def NAME(text):\n    kept = [c.lower() for c in text if c.isalnum()]\n    return kept == kept[::-1]",
        wrong="def NAME(text):\n    return text == text[::-1]",
    ),
    KnownFunction(
        name="gcd",
        patterns=(r"greatest common divisor|\bgcd\b",),
        difficulty=2,
        right="def NAME(a, b):\n    while b:\n        a, b = b, a % b\n    return abs(a)",
        wrong="def NAME(a, b):\n    while b:\n        a, b = b, a // b\n    return abs(a)",
    ),
    KnownFunction(
        name="count_vowels",
        patterns=("vowel",),
        difficulty=1,
        right="def NAME(text):\n    return sum(c in 'aeiou' for c in text.lower())",
        wrong="def NAME(text):\n    return sum(c in 'aeiou' for c in text)",
    ),
    KnownFunction(
        name="sum_even",
        patterns=("sum", "even"),
        difficulty=1,
        right="def NAME(numbers):\n    return sum(n for n in numbers if n % 2 == 0)",
        wrong="def NAME(numbers):\n    return sum(n for n in numbers if n % 2)",
    ),
    KnownFunction(
        name="is_prime",
        patterns=("prime",),
        difficulty=2,
        right="def NAME(n):\n    if n < 2:\n        return False\n    return all(n % d for d in range(2, int(n**0.5) + 1))",
        wrong="def NAME(n):\n    return all(n % d for d in range(2, int(n**0.5)))",
    ),
    KnownFunction(
        name="reverse_words",
        patterns=("reverse", "word"),
        difficulty=1,
        right="def NAME(text):\n    return ' '.join(reversed(text.split()))",
        wrong="def NAME(text):\n    return text[::-1]",
    ),
)
