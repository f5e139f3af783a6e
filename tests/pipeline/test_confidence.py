from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Content, Generation, TokenLogprob
from lanewise.core.request import Dialect
from lanewise.pipeline.confidence import confidence_in


def of(text: str = "", *, reasoning: str = "", logprobs: tuple[TokenLogprob, ...] = ()) -> float | None:
    content = Content(text=text, reasoning=reasoning, logprobs=logprobs)
    return confidence_in(Generation(dialect=Dialect.OPENAI_CHAT, content=content))


def token(probability: float, *others: float) -> TokenLogprob:
    top = tuple((str(place), math.log(each)) for place, each in enumerate((probability, *others)))
    return TokenLogprob(token="x", logprob=math.log(probability), top=top if others else ())


def test_where_nothing_tells_it_is_unknown() -> None:
    assert of("The answer is 391.") is None
    assert confidence_in(Generation(dialect=Dialect.OPENAI_CHAT)) is None


def test_probabilities_of_its_tokens_tell() -> None:
    assert of("4", logprobs=(token(0.9), token(0.4))) == pytest.approx(0.6)


def test_a_close_runner_up_is_doubt() -> None:
    assert of("4", logprobs=(token(0.5, 0.45),)) == pytest.approx(0.5)
    assert of("4", logprobs=(token(0.6, 0.5),)) == pytest.approx(0.55)


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        ('{"answer": 4, "confidence": 0.3}', 0.3),
        ('{"answer": 4, "confidence": 85}', 0.85),
        ('{"answer": 4, "confidence": "high"}', None),
        ('{"answer": 4, "confidence": -1}', None),
        ('{"confidence": 0.3', None),
        ('my "confidence": 0.3', None),
    ],
)
def test_its_own_word_in_a_field_tells(text: str, confidence: float | None) -> None:
    assert of(text) == confidence


def test_hedging_in_its_words_tells_the_more_the_more_there_is() -> None:
    assert of("It is 4, but I'm not sure.") == pytest.approx(0.7)
    assert of("I am not certain. My best guess is 4; I might be wrong.") == pytest.approx(0.3)


def test_doubts_at_the_end_of_its_thinking_count_and_settled_ones_do_not() -> None:
    assert of("4", reasoning="hm, this doesn't add up") == pytest.approx(0.7)
    assert of("4", reasoning="I'm not sure. " + "so it goes on and on. " * 300) is None


def test_the_most_doubtful_signal_counts() -> None:
    assert of('{"confidence": 0.9, "why": "just a guess"}') == pytest.approx(0.7)


@given(st.text(max_size=200), st.text(max_size=200), st.lists(st.floats(0.001, 1.0), max_size=5))
def test_it_is_a_share_whatever_comes(text: str, reasoning: str, probabilities: list[float]) -> None:
    found = of(text, reasoning=reasoning, logprobs=tuple(token(each) for each in probabilities))
    assert found is None or 0 <= found <= 1


def test_who_says_two_things_of_how_sure_they_are_says_nothing() -> None:
    text = '{"confidence": 0.1, "answer": 4, "confidence": 0.99}'
    assert confidence_in(Generation(dialect=Dialect.OPENAI_CHAT, content=Content(text=text))) is None
