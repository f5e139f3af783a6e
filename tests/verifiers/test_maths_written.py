"""Ways of writing, and the usual one."""

from __future__ import annotations

import pytest

from lanewise.verifiers.maths.written import other_readings, rewritten
from verifiers.reading_maths import right


@pytest.mark.parametrize(
    ("written", "usual"),
    [
        (r"\boxed{\boxed{5}}", "5"),
        (r"\boxed{5} + \boxed{6}", r"\boxed{5} + \boxed{6}"),
        ("0.(27)", r"0.\overline{27}"),
        (r"0.1\dot{4}2\dot{8}", r"0.1\overline{428}"),
        ("0.8333...", r"0.8\overline{3}"),
        ("3.14159...", "3.14159..."),
        ("1.5 million", "1500000"),
        (r"2\text{ thousand dollars}", r"2000 \text{ dollars}"),
        ("1.234.567,5", "1234567.5"),
        ("1 234,56", "1234.56"),
        ("1'234.50", "1234.50"),
        ("2.5 x 10^3", r"2.5\times 10^3"),
        ("]1, 2]", "(1, 2]"),
        (r"[0, 1[ \cup ]1, 2]", r"[0, 1)\cup (1, 2]"),
        (r"\{x \mid x \ge 3\}", r"x \ge 3"),
        (r"\left[\begin{array}{cc}1 & 2\end{array}\right]", r"\begin{array}{cc}1 & 2\end{array}"),
    ],
)
def test_one_way_of_writing_stands_for_all(written: str, usual: str) -> None:
    assert rewritten(written).strip() == usual


def test_a_comma_that_may_mean_two_things_has_another_reading() -> None:
    assert list(other_readings("3,5 kg")) == ["3.5 kg"]
    assert list(other_readings("12,34,567")) == ["1234567"]
    assert list(other_readings("1,234")) == []
    assert list(other_readings("-5,0")) == []  # two values of which one is nothing


@pytest.mark.parametrize(
    ("expected", "answer", "verdict"),
    [
        ("12.5", "12,5", True),
        ("0,25", r"\frac{1}{4}", True),
        ("1.234", "1,234", False),
        ("1, 5", "1.5", False),
        ("-4, 0", "-4", False),
        ("1234567", "12,34,567", True),
        ("12, 34, 567", "1234567", False),
        ("7/22", r"0.3\overline{18}", True),
        ("1/3", "0.33...", None),
        (r"[-2, 1)", r"\{x : -2 \le x < 1\}", True),
        (r"[-2, 1)", r"\{x : -2 < x < 1\}", False),
        ("two dozen", "24", True),
        ("3 million", "3,000", False),
    ],
)
def test_the_other_reading_counts_only_where_it_is_the_expected_one(
    expected: str, answer: str, verdict: bool | None
) -> None:
    assert right(expected, rf"The answer is $\boxed{{{answer}}}$.") is verdict
