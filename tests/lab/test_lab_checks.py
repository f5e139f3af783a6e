"""How cases are named at the end of a sentence."""

from __future__ import annotations

from lanewise.lab.checks import named


def test_a_few_cases_are_named_and_the_others_counted() -> None:
    assert named([]) == ""
    assert named(["a", "b"]) == ": a; b"
    assert named([str(number) for number in range(1_005)]) == ": 0; 1; 2; 3; 4 and 1,000 more"
