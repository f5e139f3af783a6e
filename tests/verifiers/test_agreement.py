"""A model of another family comes to the same answer, or does not."""

from __future__ import annotations

import pytest

from judging import candidate, nobody, says, verdict
from lanewise.core.conversation import Image, Turn
from lanewise.core.protocols.router import Question, Unanswered
from lanewise.core.verdict import Verdict
from lanewise.verifiers.agreement import AgreementVerifier, Options, closed_answer
from walking import at_once, deployment

VERIFIER = AgreementVerifier(Options(deployment=deployment("google/gemini-3-flash")))


def judged(answer: str, other: str | Unanswered | None, answered_by: str = "gpt-5.4-mini") -> Verdict:
    return verdict(VERIFIER, candidate(answer, answered_by=answered_by), says(other))


def test_the_same_final_answer_is_evidence() -> None:
    said = judged("2 + 2 = 4, so \\boxed{4}.", "Two and two.\nAnswer: 4.0")
    assert (said.word, said.kind, said.answer) == ("accept", "evidence", "4")


def test_a_model_that_gave_no_answer_says_why() -> None:
    said = judged("4", Unanswered(why="it is overloaded"))
    assert (said.word, said.reason, said.answer) == (
        "unverifiable",
        "The other model gave no answer: it is overloaded",
        "4",
    )


def test_another_final_answer_is_rejected_and_not_told() -> None:
    said = judged("Answer: 5", "Answer: 4")
    assert (said.word, said.repairable) == ("reject", False)
    assert "4" not in said.reason


def test_a_model_of_the_same_family_is_not_asked() -> None:
    async def ask(question: Question) -> str | None:
        raise AssertionError("nobody was to be asked")

    assert at_once(VERIFIER.verify(candidate("Answer: 4", answered_by="gemini-2.5-pro"), ask)).word == "unverifiable"


@pytest.mark.parametrize(
    "told", [None, "", "I am not sure about that, there are so many ways to see it and more to say."]
)
def test_without_an_answer_to_compare_nothing_is_said(told: str | None) -> None:
    assert judged("Answer: 4", told).word == "unverifiable"


def test_open_text_is_not_compared() -> None:
    assert judged("It depends on many things, among them the weather.\nAnd on you.", "Answer: 4").word == "unverifiable"


def test_what_the_other_model_cannot_see_is_not_asked_about() -> None:
    turns = (Turn(role="user", parts=(Image(url="https://example.com/a.png"),)),)
    assert verdict(VERIFIER, candidate("Answer: 4", turns=turns), says("Answer: 4")).word == "unverifiable"
    assert verdict(VERIFIER, candidate("Answer: 4"), nobody).word == "unverifiable"


def test_the_question_is_bounded_and_names_its_purpose() -> None:
    seen: list[Question] = []

    async def ask(question: Question) -> str | None:
        seen.append(question)
        return "Answer: 4"

    at_once(VERIFIER.verify(candidate("Answer: 4", asked="x" * 100_000), ask))
    assert (seen[0].purpose, seen[0].deployment.name) == ("agreement", "google/gemini-3-flash")
    assert len(seen[0].text) < 25_000


@pytest.mark.parametrize(
    ("text", "answer"), [("Paris", "Paris"), ("Answer: B", "B"), ("A long answer. " * 10, None), ("", None)]
)
def test_closed_answers(text: str, answer: str | None) -> None:
    assert closed_answer(text) == answer


@pytest.mark.parametrize(
    "told",
    [
        "I can't help with that.",
        "Answer: I don't know",
        "Answer: unknown",
        "What is 2 + 2?",
        "Answer: [answer]",
        "Answer:",
        "?",
    ],
)
def test_who_declines_knows_nothing_or_echoes_the_question_does_not_disagree(told: str) -> None:
    assert judged("4", told).word == "unverifiable"


@pytest.mark.parametrize("said", ["I don't know", "Answer: unknown", "CANNOT SOLVE", "..."])
def test_two_that_know_nothing_do_not_agree(said: str) -> None:
    assert judged(said, said).word == "unverifiable"


def test_none_may_be_the_answer() -> None:
    assert judged("none", "Answer: none").word == "accept"
    assert judged("Answer: 4", "score: 10. Answer: 5").word == "reject"
