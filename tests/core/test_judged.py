from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from lanewise.core.answer import Content, Generation
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.judged import Judged, better, rank
from lanewise.core.request import Dialect
from lanewise.core.verdict import Verdict


def judged(word: Any = None, *, score: float | None = None, kind: Any = "proof", **more: Any) -> Judged:
    verdict = None if word is None else Verdict(verifier="v", word=word, kind=kind, score=score)
    return Judged(
        generation=Generation(dialect=Dialect.OPENAI_CHAT, content=Content(text="4")), verdict=verdict, **more
    )


FAILED = Judged(
    generation=Generation(dialect=Dialect.OPENAI_CHAT, failure=Failure(kind=FailureKind.OVERLOADED, message="down"))
)


def test_the_better_verdict_wins_and_the_earlier_of_two_equals() -> None:
    low, high = judged("reject", score=0.2), judged("reject", score=0.6)
    assert better(low, high) is high
    assert better(high, low) is high
    assert better(low, judged("reject", score=0.2)) is low
    assert better(None, low) is low


def test_more_confidence_decides_between_equal_verdicts() -> None:
    sure = judged("unverifiable", confidence=0.9)
    assert better(judged("unverifiable", confidence=0.3), sure) is sure


def test_whatever_is_an_answer_beats_what_is_none() -> None:
    poor = judged("reject", score=0.0)
    assert better(FAILED, poor) is poor
    assert better(poor, FAILED) is poor
    assert better(FAILED, FAILED) is FAILED


def test_a_form_is_no_acceptance() -> None:
    assert judged("accept").accepted
    assert judged("accept", kind="evidence").accepted
    assert not judged("accept", kind="form").accepted
    assert not judged().accepted


def saying(text: str, *, empty: bool = False, word: Any = "unverifiable") -> Judged:
    generation = Generation(dialect=Dialect.OPENAI_CHAT, content=Content(text=text), empty=empty)
    return structs.replace(judged(word), generation=generation)


def test_an_answer_that_says_nothing_is_silent() -> None:
    assert saying("", empty=True).silent
    assert saying("<think>Answer: 4</think>\n").silent
    assert not saying("<think>four?</think>4").silent
    assert not saying("").silent  # a picture, or what only its vendor's bytes hold
    assert not FAILED.silent


def test_of_two_with_the_same_word_the_one_that_says_something_is_better() -> None:
    silent, speaks = saying("", empty=True), saying("4")
    assert better(silent, speaks) is speaks
    assert better(speaks, structs.replace(silent, confidence=1.0)) is speaks
    assert better(saying("4", word="reject"), silent) is silent


def test_giving_up_is_less_than_any_answer_and_more_than_an_empty_one_that_was_rejected() -> None:
    gave_up = structs.replace(saying("CANNOT SOLVE: no"), given_up=True, verdict=None)
    assert better(gave_up, saying("4", word="reject")) == saying("4", word="reject")
    assert better(saying("4"), gave_up) == saying("4")
    assert better(saying("", empty=True, word="reject"), gave_up) is gave_up
    assert better(FAILED, gave_up) is gave_up


WORDS = st.sampled_from([None, "accept", "reject", "unverifiable"])
KINDS = st.sampled_from(["proof", "evidence", "form"])
ANY = st.one_of(
    st.just(FAILED),
    st.builds(
        lambda word, kind, text, given_up: structs.replace(
            judged(word, kind=kind),
            generation=Generation(dialect=Dialect.OPENAI_CHAT, content=Content(text=text), empty=not text),
            given_up=given_up,
        ),
        WORDS,
        KINDS,
        st.sampled_from(["", "4"]),
        st.booleans(),
    ),
)


@given(st.permutations(range(4)), st.lists(ANY, min_size=4, max_size=4))
def test_in_which_order_answers_came_decides_only_between_equals(order: list[int], answers: list[Judged]) -> None:
    def best(of: list[Judged]) -> Judged:
        found: Judged | None = None
        for each in of:
            found = better(found, each)
        assert found is not None
        return found

    one, other = best(answers), best([answers[place] for place in order])
    assert one.failed == other.failed
    assert one.failed or rank(one) == rank(other)
