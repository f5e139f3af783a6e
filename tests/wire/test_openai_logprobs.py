"""Log-probabilities, read and written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Content, Delta, Finish, Generation, TokenLogprob
from lanewise.core.policy import ModelFacts
from lanewise.wire import INBOUND, OUTBOUND
from lanewise.wire.openai_chat.logprobs import logprobs_object, read_logprobs
from wire.calls import CHAT, HELLO, MESSAGES, read_whole

NUMBERS = st.floats(-20, 0, allow_nan=False)
TOKENS = st.text(max_size=4)
LOGPROBS = st.lists(
    st.builds(
        TokenLogprob, token=TOKENS, logprob=NUMBERS, top=st.lists(st.tuples(TOKENS, NUMBERS), max_size=2).map(tuple)
    ),
    max_size=3,
).map(tuple)


@given(LOGPROBS)
def test_what_is_written_is_read_again(logprobs: tuple[TokenLogprob, ...]) -> None:
    assert read_logprobs(logprobs_object(logprobs)) == logprobs


@pytest.mark.parametrize(
    "told", [None, {}, [], "x", {"content": None}, {"content": [1, {"token": "a"}, {"token": "a", "logprob": True}]}]
)
def test_another_shape_tells_nothing_and_costs_nothing(told: Any) -> None:
    assert read_logprobs(told) == ()


@given(LOGPROBS.filter(bool))
def test_another_dialect_s_reach_a_chat_caller_whole_and_streamed(logprobs: tuple[TokenLogprob, ...]) -> None:
    request = INBOUND[CHAT].read_request(HELLO)
    content = Content(text="x", logprobs=logprobs)
    generation = Generation(dialect=MESSAGES, content=content, finish=Finish.STOP)
    body = INBOUND[CHAT].write_answer(generation, request, b"{}", run_id="r", created_s=1)
    read = OUTBOUND[CHAT].read_answer(body, want_content=True).content
    assert read is not None
    assert read.logprobs == logprobs
    assert json.loads(body)["choices"][0]["logprobs"]["content"][0]["bytes"] == list(logprobs[0].token.encode())

    writer = INBOUND[CHAT].stream_writer(request, run_id="r", created_s=1)
    stream = writer.write(MESSAGES, [Delta(text="x"), Delta(logprobs=logprobs), Delta(finish=Finish.STOP)])
    deltas, failure = read_whole(OUTBOUND[CHAT].stream_reader(ModelFacts()), stream + writer.finish(b"{}"))
    assert failure is None
    assert tuple(each for delta in deltas for each in delta.logprobs) == logprobs
