"""The dialect as a whole: what goes in one way comes out the other."""

from __future__ import annotations

import json

from lanewise.core.answer import Generation
from lanewise.core.failure import FailureKind
from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.dialect import ErrorReport
from lanewise.wire.openai_chat import OpenAIChat
from wire.calls import CHAT, HELLO, call, events

DIALECT = OpenAIChat()


def test_a_request_goes_out_as_it_came_in_but_for_model_and_cap() -> None:
    wire = DIALECT.write_call(call(HELLO))
    assert wire.path == "/chat/completions"
    assert json.loads(wire.body) == {**json.loads(HELLO), "model": "served-model", "max_tokens": 4_096}


def test_a_vendors_answer_reaches_the_caller_with_one_key_more() -> None:
    body = b'{"model":"m","choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
    read = DIALECT.read_answer(body, want_content=True)
    generation = Generation(dialect=CHAT, body=body, content=read.content, finish=read.finish)
    request = DIALECT.read_request(HELLO)
    written = DIALECT.write_answer(generation, request, b'{"run":"r"}', run_id="r", created_s=1)
    assert written == body[:-1] + b',"lanewise":{"run":"r"}}'


def test_a_vendors_stream_reaches_the_caller_byte_for_byte() -> None:
    stream = events('{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}', "[DONE]")
    reader = DIALECT.stream_reader(ModelFacts())
    writer = DIALECT.stream_writer(DIALECT.read_request(HELLO), run_id="r", created_s=1)
    relayed = writer.write(CHAT, reader.feed(stream)) + writer.finish(b"{}")
    assert reader.end() is None
    assert relayed.replace(b": lanewise {}\n", b"") == stream


def test_an_error_it_writes_is_one_it_reads() -> None:
    report = ErrorReport(status=429, kind="rate_limit_error", message="Slow down")
    failure = DIALECT.read_failure(429, {"Retry-After": "3"}, DIALECT.write_error(report))
    assert (failure.kind, failure.message, failure.retry_after_s) == (FailureKind.RATE_LIMITED, "Slow down", 3.0)
