from __future__ import annotations

import json
from typing import Any

import httpx2
import openai
import pytest

from lanewise.core.answer import Delta, Finish, ToolCallDelta
from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.dialect import ErrorReport, StreamWriter
from lanewise.core.usage import Usage
from lanewise.wire import INBOUND, OUTBOUND
from wire.calls import CHAT, HELLO, MESSAGES, chat, events, read_whole

USAGE = Usage(input_tokens=9, cached_tokens=4, output_tokens=5, reasoning_tokens=2)
WITH_USAGE = chat(stream=True, stream_options={"include_usage": True})
SAID = [
    Delta(usage=Usage(input_tokens=9, output_tokens=1)),
    Delta(reasoning="hm"),
    Delta(signature="proof"),
    Delta(text="Grüße"),
    Delta(tool_calls=(ToolCallDelta(index=0, id="c", name="f"),)),
    Delta(tool_calls=(ToolCallDelta(index=0, arguments='{"x":1.10}'),)),
    Delta(finish=Finish.TOOL_CALLS, usage=USAGE),
]


def _writer(body: bytes = HELLO) -> StreamWriter:
    request = INBOUND[CHAT].read_request(body)
    return INBOUND[CHAT].stream_writer(request, run_id="r1", created_s=1_700_000_000)


def _datas(stream: bytes) -> list[dict[str, Any]]:
    lines = [line for line in stream.decode().split("\n") if line.startswith("data: {")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def _client(stream: bytes) -> openai.OpenAI:
    """The official SDK before a vendor that answers with these bytes."""
    reply = httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=stream)
    transport = httpx2.MockTransport(lambda request: reply)
    return openai.OpenAI(
        api_key="x", base_url="http://127.0.0.1/v1", http_client=httpx2.Client(transport=transport), max_retries=0
    )


def _chunks(stream: bytes) -> list[Any]:
    with _client(stream) as client:
        return list(client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}], stream=True))


def test_the_same_dialect_is_relayed_byte_for_byte() -> None:
    stream = b": alive\n\n" + events('{"choices":[{"delta":{"content":"1"}}],  "x":1.10}', "[DONE]")
    deltas, _ = read_whole(OUTBOUND[CHAT].stream_reader(ModelFacts()), stream)
    assert _writer().write(CHAT, deltas) == stream.removesuffix(b"data: [DONE]\n\n")


def test_a_usage_chunk_is_shown_to_who_asked_for_it_only() -> None:
    delta = Delta(raw=b"data: {usage}\n\n", usage=USAGE, usage_only=True)
    assert _writer().write(CHAT, [delta]) == b""
    assert _writer(WITH_USAGE).write(CHAT, [delta]) == delta.raw


def test_another_dialect_is_rendered_as_chunks() -> None:
    writer = _writer(WITH_USAGE)
    stream = writer.write(MESSAGES, SAID) + writer.finish(b'{"run":"r1"}')
    chunks = _datas(stream)
    assert {(chunk["id"], chunk["object"], chunk["created"], chunk["model"]) for chunk in chunks} == {
        ("chatcmpl-r1", "chat.completion.chunk", 1_700_000_000, "any")
    }
    assert [chunk["choices"][0]["delta"] for chunk in chunks[:-1]] == [
        {"role": "assistant", "content": "", "reasoning_content": "hm"},
        {"content": "Grüße"},
        {"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"x":1.10}'}}]},
        {},
    ]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[:-1]] == [None, None, None, None, "tool_calls"]
    assert (chunks[-1]["choices"], chunks[-1]["usage"]["total_tokens"]) == ([], 14)
    assert stream.endswith(b'\n\n: lanewise {"run":"r1"}\ndata: [DONE]\n\n')


def test_no_usage_chunk_is_written_for_who_did_not_ask() -> None:
    writer = _writer()
    stream = writer.write(MESSAGES, SAID) + writer.finish(b"{}")
    assert b'"usage"' not in stream


def test_an_answer_without_a_word_still_has_its_role_and_finish() -> None:
    stream = _writer().write(MESSAGES, [Delta(finish=Finish.CONTENT_FILTER)])
    first, second = _datas(stream)
    assert first["choices"][0]["delta"]["role"] == "assistant"
    assert second["choices"][0]["finish_reason"] == "content_filter"


def test_what_the_writer_says_its_own_reader_understands() -> None:
    writer = _writer(WITH_USAGE)
    stream = writer.write(MESSAGES, SAID) + writer.finish(b"{}")
    deltas, failure = read_whole(OUTBOUND[CHAT].stream_reader(ModelFacts()), stream)
    assert failure is None
    for field in ("text", "reasoning"):
        assert "".join(getattr(d, field) for d in deltas) == "".join(getattr(d, field) for d in SAID)
    assert [piece for d in deltas for piece in d.tool_calls] == [piece for d in SAID for piece in d.tool_calls]
    assert [d.finish for d in deltas if d.finish] == [Finish.TOOL_CALLS]
    told = [d.usage for d in deltas if d.usage]
    assert [(u.input_tokens, u.cached_tokens, u.output_tokens, u.reasoning_tokens) for u in told] == [(9, 4, 5, 2)]


def test_the_official_sdk_reads_it_with_heartbeats_and_progress_in_between() -> None:
    writer = _writer(WITH_USAGE)
    stream = (
        writer.comment("lanewise thinking 10 s")
        + writer.progress("fallback", b'{"next":"b/c"}')
        + writer.write(MESSAGES, SAID[:4])
        + writer.comment("two\nlines")
        + writer.write(MESSAGES, SAID[4:])
        + writer.finish(b'{"run":"r1"}')
    )
    chunks = _chunks(stream)
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "Grüße"
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "tool_calls"
    assert chunks[0].lanewise == {"event": "fallback", "next": "b/c"}
    assert chunks[-1].usage.completion_tokens == 5


def test_a_comment_is_one_line_without_a_blank_line_after_it() -> None:
    assert _writer().comment("still\nhere\r\n") == b": still here\n"


@pytest.mark.parametrize(("payload", "rest"), [(b"{}", {}), (b' {"a": 1} ', {"a": 1})])
def test_progress_is_a_chunk_without_choices(payload: bytes, rest: dict[str, Any]) -> None:
    (chunk,) = _datas(_writer().progress("routed", payload))
    assert chunk["choices"] == []
    assert chunk["lanewise"] == {"event": "routed", **rest}


def test_an_error_makes_the_official_sdk_raise() -> None:
    report = ErrorReport(status=502, kind="upstream_error", message="The vendor hung up", code="cut_stream")
    writer = _writer()
    stream = writer.write(MESSAGES, SAID[:4]) + writer.error(report)
    assert b"[DONE]" not in stream
    with pytest.raises(openai.APIError, match="The vendor hung up") as caught:
        _chunks(stream)
    assert caught.value.code == "cut_stream"


def test_an_error_body_has_openais_shape() -> None:
    report = ErrorReport(status=400, kind="invalid_request_error", message="No", param="messages")
    assert json.loads(INBOUND[CHAT].write_error(report)) == {
        "error": {"message": "No", "type": "invalid_request_error", "param": "messages", "code": None}
    }
