"""Answers that end in a loop are rejected, with what was wasted."""

from __future__ import annotations

from judging import candidate, verdict
from lanewise.core.answer import Content
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
