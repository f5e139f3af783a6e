"""How many roots there are."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.verifiers.maths.polynomials import coefficients, has_one_solution, linear, real_roots
from verifiers.reading_maths import node


@pytest.mark.parametrize(
    ("text", "many"),
    [
        ("x^2 - 5x + 6", 2),
        ("(x-1)^3", 1),
        ("x^2 + 1", 0),
        ("x^3 - 8", 1),
        ("2x - 4", 1),
        ("5", 0),
        ("x^4 - 5x^2 + 4", 4),
    ],
)
def test_real_roots_are_counted(text: str, many: int) -> None:
    polynomial = coefficients(node(text), "x")
    assert polynomial is not None
    assert real_roots(polynomial) == many


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=5))
def test_as_many_as_were_put_in(roots: list[int]) -> None:
    product = node("*".join(f"(x - {root})" if root >= 0 else f"(x + {-root})" for root in roots))
    polynomial = coefficients(product, "x")
    assert polynomial is not None
    assert real_roots(polynomial) == len(set(roots))


@pytest.mark.parametrize("text", [r"\sqrt{x}", "2^x", "1/x", "x^{100}", "x + y"])
def test_what_is_no_polynomial_is_none(text: str) -> None:
    assert coefficients(node(text), "x") is None


def test_linear_equations_with_one_solution() -> None:
    first, second = (linear(node(text), ["x", "y"]) for text in ("x + y - 5", "x - y - 1"))
    assert first == [Fraction(1), Fraction(1), Fraction(-5)]
    assert second is not None
    assert has_one_solution([first, second], 2)
    assert not has_one_solution([first, [2 * each for each in first]], 2)
    assert linear(node("x y"), ["x", "y"]) is None
