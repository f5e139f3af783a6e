from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Content, Finish, Generation, ToolCall
from lanewise.core.judged import Judged
from lanewise.core.policy import Lane
from lanewise.core.request import Dialect
from lanewise.strategies.vote import Vote, is_decided
from strategies.sampling import FAILED, Samples, said

FIVE = dataclasses.replace(Lane(name="reasoning", deployments=()), strategy="vote", samples=5)


async def test_three_of_five_who_agree_decide_and_nobody_else_is_asked() -> None:
    samples = Samples(said("Answer: 391"), said("It is\n#### 391.0"), said("391"))
    chosen = await Vote().choose(FIVE, samples)
    assert samples.places == [0, 1, 2]
    assert chosen.confidence == 1.0
    assert chosen.verdict is not None
    assert (chosen.verdict.word, chosen.verdict.kind, chosen.verdict.verifier) == ("accept", "evidence", "vote")


async def test_it_draws_on_while_it_is_open() -> None:
    samples = Samples(said("1"), said("2"), said("1"), said("2"), said("1"))
    chosen = await Vote().choose(FIVE, samples)
    assert samples.places == [0, 1, 2, 3, 4]
    assert chosen.confidence == pytest.approx(0.6)


async def test_a_vote_that_is_split_is_no_evidence() -> None:
    samples = Samples(said("1"), said("2"), said("3"), said("4"), said("1"))
    chosen = await Vote().choose(FIVE, samples)
    assert chosen.confidence == pytest.approx(0.4)
    assert chosen.verdict is None


async def test_what_a_check_rejects_has_no_vote_while_something_else_is_there() -> None:
    samples = Samples(
        said("1", "reject"), said("1", "reject"), said("2", "accept"), said("1", "reject"), said("1", "reject")
    )
    chosen = await Vote().choose(FIVE, samples)
    assert chosen.verdict is not None
    assert (chosen.generation.content.text, chosen.verdict.word) == ("2", "accept")  # type: ignore[union-attr]


async def test_a_proof_is_more_than_a_vote_and_stays() -> None:
    chosen = await Vote().choose(FIVE, Samples(said("1", "accept")))
    assert chosen.verdict is not None
    assert chosen.verdict.kind == "proof"


async def test_an_answer_nobody_could_judge_has_the_vote_for_evidence() -> None:
    chosen = await Vote().choose(FIVE, Samples(said("1", "unverifiable", answer="1")))
    assert chosen.verdict is not None
    assert (chosen.verdict.word, chosen.verdict.kind, chosen.verdict.answer) == ("accept", "evidence", "1")


async def test_answers_count_as_they_were_read() -> None:
    read = [said(text, "unverifiable", answer="1/2") for text in ("0.5", "one half", "\\frac12")]
    chosen = await Vote().choose(FIVE, Samples(*read))
    assert chosen.confidence == 1.0


async def test_vendors_that_fail_end_it_with_what_there_is() -> None:
    samples = Samples(said("1"), FAILED, said("2"))
    chosen = await Vote().choose(FIVE, samples)
    assert not chosen.failed
    assert samples.places == [0, 1, 2]


def answered(content: Content, finish: Finish | None = None) -> Judged:
    return Judged(generation=Generation(dialect=Dialect.OPENAI_CHAT, content=content, finish=finish))


NO_ANSWERS = {
    "nothing": answered(Content()),
    "blanks": answered(Content(text=" \n\t")),
    "thinking alone": answered(Content(text="<think>Answer: 391</think>")),
    "thinking beside it": answered(Content(reasoning="Answer: 391")),
    "a refusal": answered(Content(refusal="I cannot help with that")),
    "half a call": answered(Content(tool_calls=(ToolCall(id="x", name="pay", arguments='{"amount": 3'),))),
    "half an answer": answered(Content(text="Answer: 3"), Finish.LENGTH),
    "what the filter left": answered(Content(text="Answer: 391"), Finish.CONTENT_FILTER),
}


@pytest.mark.parametrize("name", NO_ANSWERS)
async def test_samples_that_agree_in_no_answer_are_no_evidence(name: str) -> None:
    chosen = await Vote().choose(FIVE, Samples(NO_ANSWERS[name]))
    assert (chosen.verdict, chosen.confidence) == (None, 0.0)


@pytest.mark.parametrize("name", NO_ANSWERS)
async def test_two_who_answer_are_heard_before_three_who_do_not(name: str) -> None:
    silent = NO_ANSWERS[name]
    chosen = await Vote().choose(FIVE, Samples(silent, said("391"), silent, silent, said("Answer: 391")))
    assert chosen.generation.content == Content(text="391")
    assert (chosen.verdict, chosen.confidence) == (None, 0.4)


async def test_one_who_is_left_alone_agrees_with_nobody() -> None:
    chosen = await Vote().choose(FIVE, Samples(FAILED, said("1"), FAILED))
    assert (chosen.verdict, chosen.confidence) == (None, None)


@given(st.lists(st.sampled_from("abc"), max_size=6), st.lists(st.sampled_from("abc"), max_size=4))
def test_once_decided_no_later_sample_changes_who_leads(drawn: list[str], later: list[str]) -> None:
    votes = [said(each) for each in drawn]
    if is_decided(votes, len(later)):
        leader = max(set(drawn), key=drawn.count)
        everything = drawn + later
        assert all(everything.count(leader) > everything.count(other) for other in "abc" if other != leader)
