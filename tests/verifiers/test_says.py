"""A verdict is in its verifier's name, bounded, and fit to be sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.verdict import MAX_REASON_CHARS
from lanewise.verifiers.says import MAX_QUOTED_CHARS, Says, bounded, quoted

SAYS = Says(verifier="length", kind="form")


def test_each_word_carries_what_belongs_to_it() -> None:
    accepted, rejected, unsure = SAYS.accept(answer="4"), SAYS.reject("Too long."), SAYS.unverifiable("Empty.")
    assert (accepted.word, accepted.score, accepted.answer) == ("accept", 1.0, "4")
    assert (rejected.word, rejected.score, rejected.repairable, rejected.reason) == ("reject", 0.0, True, "Too long.")
    assert (unsure.word, unsure.score, unsure.reason) == ("unverifiable", None, "Empty.")
    assert {each.verifier for each in (accepted, rejected, unsure)} == {"length"}


def test_a_long_reason_keeps_its_beginning_and_its_end() -> None:
    reason = SAYS.reject("first" + "x" * 5_000 + "last").reason
    assert len(reason) <= MAX_REASON_CHARS
    assert reason.startswith("first")
    assert reason.endswith("last")


def test_a_score_stays_within_its_range() -> None:
    assert SAYS.accept(score=7.0).score == 1.0
    assert SAYS.reject("No.", score=-1.0).score == 0.0


@given(st.text(max_size=300), st.integers(20, 100))
def test_whatever_is_bounded_is_short_and_can_be_sent(text: str, most: int) -> None:
    assert len(bounded(text, most)) <= most
    assert isinstance(bounded(text, most).encode(), bytes)


def test_a_quotation_is_one_line() -> None:
    assert quoted("two\n lines") == '"two lines"'
    assert len(quoted("word " * 1_000)) <= MAX_QUOTED_CHARS + 2
