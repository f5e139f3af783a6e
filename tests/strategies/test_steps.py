from __future__ import annotations

import pytest

from lanewise.strategies.steps import is_the_last, words_of_a_step


def test_no_two_ways_on_are_asked_for_alike() -> None:
    assert len({words_of_a_step(which) for which in range(20)}) == 20


@pytest.mark.parametrize(
    ("step", "last"),
    [
        ("17 * 20 = 340", False),
        ("So we need the answer of the second part first.", False),
        ("340 + 51 = 391\nAnswer: 391", True),
        ("Hence \\boxed{391}", True),
    ],
)
def test_a_step_with_a_final_answer_is_the_last(step: str, last: bool) -> None:
    assert is_the_last(step) == last
