"""Thinking comes apart where its vendor proves it, so that each piece can be handed back with its own proof."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Delta, Thought
from lanewise.providers.thoughts import Thoughts


def pieces(*deltas: Delta) -> tuple[Thought, ...]:
    thoughts = Thoughts()
    for delta in deltas:
        thoughts.add(delta)
    return thoughts.pieces()


def test_a_proof_ends_the_piece_that_it_proves() -> None:
    told = pieces(
        Delta(reasoning="First "),
        Delta(reasoning="this."),
        Delta(signature="s1"),
        Delta(reasoning="Then that."),
        Delta(signature="s2"),
    )
    assert told == (Thought(text="First this.", signature="s1"), Thought(text="Then that.", signature="s2"))


def test_thinking_that_is_not_shown_is_a_piece_all_the_same() -> None:
    assert pieces(Delta(signature="s1"), Delta(redacted="xyz"), Delta(signature="s2")) == (
        Thought(signature="s1"),
        Thought(encrypted="xyz"),
        Thought(signature="s2"),
    )


def test_what_nothing_proves_has_no_pieces() -> None:
    assert pieces(Delta(reasoning="Hmm.")) == ()


def test_a_proof_said_with_every_chunk_is_one_proof() -> None:
    told = pieces(Delta(reasoning="Hmm.", signature="s"), Delta(signature="s"), Delta(signature="s"))
    assert told == (Thought(text="Hmm.", signature="s"),)


@given(st.lists(st.builds(Delta, reasoning=st.text(max_size=3), signature=st.sampled_from(["", "a", "b"])), max_size=8))
def test_no_word_is_lost_between_pieces(deltas: list[Delta]) -> None:
    said = "".join(delta.reasoning for delta in deltas)
    told = pieces(*deltas)
    assert "".join(thought.text for thought in told) == (said if told else "")
    assert bool(told) == any(delta.signature for delta in deltas)


def test_a_piece_that_is_told_whole_takes_the_place_of_its_words() -> None:
    thoughts = Thoughts()
    thoughts.add(Delta(reasoning="let me "))
    thoughts.add(Delta(reasoning="see"))
    whole = Thought(text="let me see", encrypted="sealed", id="rs_1")
    thoughts.add(Delta(thought=whole, redacted="sealed"))
    assert thoughts.pieces() == (whole,)
