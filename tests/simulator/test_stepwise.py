"""Models asked for one step at a time, and for the answer after steps."""

from __future__ import annotations

import pytest

from lanewise.simulator.exchange import heard
from lanewise.simulator.problems.solving import solve
from lanewise.simulator.stepwise import asked_stepwise, chance_left, next_step
from lanewise.strategies.asking import words_for
from lanewise.strategies.steps import words_of_a_step, words_of_the_answer

QUESTION = "What is 17 * 23 + 12 * 5 - 9?"
FOUND = solve(QUESTION)


@pytest.mark.parametrize("which", range(7))
def test_the_words_of_a_search_are_understood(which: int) -> None:
    assert asked_stepwise(words_of_a_step(which)) == "step"
    assert asked_stepwise(f"{QUESTION}\n{words_of_a_step(which)}") == "step"
    assert asked_stepwise(words_of_the_answer()) == "answer"
    assert asked_stepwise(QUESTION) is None
    assert solve(words_of_a_step(which), (QUESTION,)).answer == FOUND.answer
    assert solve(f"{QUESTION}\n{words_of_a_step(which)}").answer == FOUND.answer


def test_words_of_a_user_that_follow_one_another_are_one_question() -> None:
    turns = [(True, "Hello."), (False, "Yes?"), (True, QUESTION), (True, words_for(1))]
    assert heard(turns) == (["Hello.", f"{QUESTION}\n{words_for(1)}"], "Yes?")
    assert heard([*turns, (False, "17 * 23 = 391"), (True, "")]) == (["Hello.", f"{QUESTION}\n{words_for(1)}"], "Yes?")
    assert all(solve(f"{QUESTION}\n{words_for(place)}").answer == FOUND.answer for place in range(9))


def test_right_steps_lead_to_the_answer() -> None:
    said = ""
    for _ in FOUND.work:
        said = f"{said}\n{next_step(FOUND, said, right=True, wrong_answer='0')}".strip()
    assert said.splitlines() == [*FOUND.work, f"Answer: {FOUND.answer}"]


def test_who_goes_on_from_a_wrong_step_ends_with_a_wrong_answer() -> None:
    said = next_step(FOUND, "", right=False, wrong_answer="0")
    assert said not in FOUND.work
    for _ in FOUND.work[1:]:
        said = f"{said}\n{next_step(FOUND, said, right=True, wrong_answer='0')}"
    assert said.endswith("Answer: 0")
    assert chance_left(0.5, FOUND, said, "answer") == 1.0


def test_the_chance_of_a_mistake_is_spread_over_the_steps() -> None:
    whole, said, right = 0.9, "", 1.0
    for line in FOUND.work:
        right *= 1 - chance_left(whole, FOUND, said, "step")
        said = f"{said}\n{line}".strip()
    assert right == pytest.approx(1 - whole)
    assert chance_left(whole, FOUND, said, "answer") == 0.0
    assert chance_left(whole, FOUND, "", "answer") == pytest.approx(whole)


def test_what_has_no_steps_is_as_hard_as_it_is() -> None:
    prose = solve("How are you?")
    assert chance_left(0.3, prose, "", "step") == 0.3
