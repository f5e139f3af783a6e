"""Whatever bytes come, in whatever pieces: a value, or one of the two errors that mean the bytes are wrong. Never anything else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vendor_answers import SAMPLES
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.core.request import Dialect
from lanewise.wire import INBOUND, OUTBOUND
from wire.calls import CHAT, MESSAGES, call

DIALECTS = [CHAT, MESSAGES]
WORDS = st.sampled_from(
    [
        "text",
        "type",
        "role",
        "user",
        "assistant",
        "system",
        "content",
        "tool_use",
        "tool_result",
        "thinking",
        "image",
        "name",
        "id",
        "input",
        "source",
        "cache_control",
        "enabled",
        "budget_tokens",
        "function",
        "arguments",
        "é",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 99_999) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
KEYS = [
    *["system", "messages", "tools", "tool_choice", "thinking", "output_config", "output_format", "metadata", "stream"],
    *[
        "stop_sequences",
        "stop",
        "temperature",
        "max_tokens",
        "response_format",
        "reasoning_effort",
        "lanewise",
        "later",
    ],
]
MESSAGE = st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "system", "tool"]), "content": JSON})


@pytest.mark.parametrize("spoken", DIALECTS)
@given(said=st.lists(MESSAGE, max_size=3), members=st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4))
def test_a_request_is_read_and_said_in_every_dialect_or_refused(
    spoken: Dialect, said: list[dict[str, Any]], members: dict[str, Any]
) -> None:
    body = json.dumps({"model": "m", "messages": said} | members).encode()
    facts = ModelFacts(thinking="budget", thinking_budget_tokens=(1_024, 9_000), cache_markers=True)
    for dialect in DIALECTS:
        try:
            made = call(body, spoken=spoken, dialect=dialect, facts=facts)
            meant = None if dialect is spoken else INBOUND[spoken].read_conversation(made.request)
            wire = OUTBOUND[dialect].write_call(made, meant)
        except InvalidRequest as refused:
            if not refused.message:
                raise
            continue
        assert json.loads(wire.body)["model"] == "served-model"


@pytest.mark.parametrize("dialect", DIALECTS)
@given(data=st.data())
def test_a_damaged_stream_is_read_told_or_malformed_and_never_taken_for_whole(
    dialect: Dialect, data: st.DataObject
) -> None:
    stream = b"".join(SAMPLES[dialect].events)
    start = data.draw(st.integers(0, len(stream) - 1))
    length = data.draw(st.integers(0, 40))
    damaged = stream[:start] + data.draw(st.binary(max_size=20)) + stream[start + length :]
    pieces = sorted(data.draw(st.lists(st.integers(0, len(damaged)), max_size=3)))
    reader = OUTBOUND[dialect].stream_reader(ModelFacts())
    heard = []
    for begin, end in zip([0, *pieces], [*pieces, len(damaged)], strict=True):
        heard += reader.feed(damaged[begin:end])
    failure = reader.end()
    assert failure is not None or any(delta.last or delta.finish is not None for delta in heard)


@pytest.mark.parametrize("dialect", DIALECTS)
@given(content=JSON, usage=JSON, reason=JSON)
def test_an_odd_answer_is_an_answer_or_a_failure(dialect: Dialect, content: Any, usage: Any, reason: Any) -> None:
    if dialect is CHAT:
        body = {"choices": [{"message": content, "finish_reason": reason, "logprobs": content}], "usage": usage}
    else:
        body = {"type": "message", "content": content, "usage": usage, "stop_reason": reason, "stop_details": content}
    for want_content in (True, False):
        answer = OUTBOUND[dialect].read_answer(json.dumps(body).encode(), want_content=want_content)
        assert (answer.failure is None) or answer.failure.message
