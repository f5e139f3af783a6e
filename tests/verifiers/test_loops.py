"""Answers that end in a loop are rejected, with what was wasted."""

from __future__ import annotations

import pytest

from judging import candidate, verdict
from lanewise.core.answer import Content, ToolCall
from lanewise.core.conversation import Text, ToolResult, ToolUse, Turn
from lanewise.verifiers.loops import LoopVerifier, Options

LOOP = "So the answer is near. " * 40


def test_an_answer_that_ends_in_a_loop_is_rejected_with_its_waste() -> None:
    said = verdict(LoopVerifier(), candidate("First, some thoughts.\n" + LOOP))
    assert (said.word, said.kind, said.repairable) == ("reject", "form", False)
    assert "near" in said.reason
    assert "% of it is wasted" in said.reason


def test_an_answer_that_does_not_repeat_is_accepted() -> None:
    assert verdict(LoopVerifier(), candidate("The answer is 42.")).score == 1.0


def test_an_answer_that_left_its_loop_is_accepted_with_a_low_score() -> None:
    said = verdict(LoopVerifier(), candidate(LOOP + "No. It is 42, because six times seven is what was asked for."))
    assert said.word == "accept"
    assert said.score is not None
    assert said.score < 0.3


def test_thinking_counts_where_nothing_else_was_said() -> None:
    thought = candidate("")
    looping = type(thought)(
        request=thought.request,
        conversation=thought.conversation,
        content=Content(reasoning=LOOP),
        finish=thought.finish,
    )
    assert verdict(LoopVerifier(), looping).word == "reject"
    assert verdict(LoopVerifier(), thought).word == "unverifiable"


def test_an_answer_over_the_limit_is_not_judged() -> None:
    assert verdict(LoopVerifier(Options(max_chars=1_000)), candidate("a b " * 500)).word == "unverifiable"


def test_a_stream_is_watched_by_the_same_options() -> None:
    assert LoopVerifier(Options(repeats=20)).detector().take("So it is near. " * 15) is None
    assert LoopVerifier().detector().take("So it is near. " * 15) is not None


def called(name: str = "look_up", arguments: str = '{"id": 7}') -> tuple[ToolCall, ...]:
    return (ToolCall(id="now", name=name, arguments=arguments),)


def rounds(*results: str, beside: str = "", name: str = "look_up") -> tuple[Turn, ...]:
    """A user's question, and a call for each of these results."""
    turns = [Turn(role="user", parts=(Text(text="Where is it?"),))]
    for number, result in enumerate(results):
        use = ToolUse(id=str(number), name=name, arguments='{"id":7}')
        gave = ToolResult(call_id=str(number), parts=(Text(text=result),))
        said = (Text(text=beside),) if beside else ()
        turns += [Turn(role="assistant", parts=(use,)), Turn(role="user", parts=(gave, *said))]
    return tuple(turns)


@pytest.mark.parametrize("beside", ["", "Keep in mind what you were told."])
def test_the_fourth_call_that_gives_the_same_as_three_before_is_a_loop(beside: str) -> None:
    looping = candidate(calls=called(), turns=rounds("none", "none", "none", beside=beside))
    said = verdict(LoopVerifier(), looping)
    assert (said.word, said.kind) == ("reject", "form")
    assert "look_up was called 3 times in a row with the same arguments, and it gave the same each time" in said.reason
    assert verdict(LoopVerifier(), candidate(calls=called(), turns=rounds("none", "none"))).word == "accept"


def test_who_waits_for_a_job_is_in_no_loop_until_it_takes_very_long() -> None:
    progress = [f"{share} %" for share in range(60)]
    assert verdict(LoopVerifier(), candidate(calls=called(), turns=rounds(*progress[:40]))).word == "accept"
    assert verdict(LoopVerifier(), candidate(calls=called(), turns=rounds(*progress))).word == "reject"
    patient = LoopVerifier(Options(calls_in_a_row=100))
    assert verdict(patient, candidate(calls=called(), turns=rounds(*progress))).word == "accept"


def test_another_call_or_a_word_of_the_user_begins_anew() -> None:
    same = rounds(*["none"] * 9)
    assert verdict(LoopVerifier(), candidate(calls=called(arguments='{"id": 8}'), turns=same)).word == "accept"
    asked = (*same, Turn(role="user", parts=(Text(text="Look again!"),)))
    assert verdict(LoopVerifier(), candidate(calls=called(), turns=asked)).word == "accept"
    assert verdict(LoopVerifier(), candidate("It is nowhere.", turns=same)).word == "accept"


def test_many_of_the_same_call_in_one_answer_are_a_loop() -> None:
    assert verdict(LoopVerifier(), candidate(calls=called() * 5)).word == "accept"
    said = verdict(LoopVerifier(), candidate(calls=called() * 300))
    assert said.word == "reject"
    assert "the same call of look_up 300 times" in said.reason


def test_words_beside_calls_are_judged_too() -> None:
    assert verdict(LoopVerifier(), candidate(LOOP, calls=called())).word == "reject"
