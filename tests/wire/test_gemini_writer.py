"""A Gemini caller's stream beyond what every stream has in common: both forms, mixed vendors, calls whole, the record."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from lanewise.core.answer import Delta, Finish, TokenLogprob, ToolCallDelta
from lanewise.core.protocols.dialect import ErrorReport, StreamWriter
from lanewise.core.request import Dialect, Passed
from lanewise.core.usage import Usage
from lanewise.wire.gemini.stream import GeminiStreamReader
from wire.gemini_calls import GEMINI, events, request, response

CHAT = Dialect.OPENAI_CHAT
RECORD = b'{"run":"r"}'
REPORT = ErrorReport(status=503, kind="upstream_error", message="It hung up")


def writer(*, array: bool = False, thoughts: bool = True) -> StreamWriter:
    config = {"thinkingConfig": {"includeThoughts": thoughts}}
    asked = structs.replace(
        request(stream=True, generationConfig=config), passed=Passed(query=() if array else (("alt", "sse"),))
    )
    return GEMINI.stream_writer(asked, run_id="run_1", created_s=1)


def chunks(stream: bytes, *, array: bool = False) -> list[dict[str, Any]]:
    if array:
        return list(json.loads(stream))
    datas = [each for each in stream.split(b"\r\n") if each]
    assert all(each.startswith(b"data: ") for each in datas), "Google's SDK takes any other line for JSON"
    return [json.loads(each.removeprefix(b"data: ")) for each in datas]


DELTAS = [
    Delta(reasoning="hm", served_model="model-1"),
    Delta(text="So"),
    Delta(tool_calls=(ToolCallDelta(index=0, id="c1", name="f", arguments='{"a"'),)),
    Delta(tool_calls=(ToolCallDelta(index=1, id="c2", name="g"), ToolCallDelta(index=0, arguments=":1}"))),
    Delta(finish=Finish.TOOL_CALLS),
    Delta(usage=Usage(input_tokens=9, output_tokens=7, reasoning_tokens=3)),
]


@pytest.mark.parametrize("array", [False, True])
def test_another_vendor_s_answer_in_chunks(*, array: bool) -> None:
    written = writer(array=array)
    stream = b"".join(written.write(CHAT, [delta]) + written.comment("still here") for delta in DELTAS)
    told = chunks(stream + written.finish(RECORD), array=array)
    parts = [part for chunk in told for part in chunk["candidates"][0]["content"]["parts"]]
    assert parts == [
        {"text": "hm", "thought": True},
        {"text": "So"},
        {
            "functionCall": {"id": "c1", "name": "f", "args": {"a": 1}},
            "thoughtSignature": "skip_thought_signature_validator",
        },
        {"functionCall": {"id": "c2", "name": "g", "args": {}}},
        {"text": ""},
    ]
    assert [chunk["candidates"][0].get("finishReason") for chunk in told] == [None] * (len(told) - 1) + ["STOP"]
    assert told[-1]["usageMetadata"] == {
        "promptTokenCount": 9,
        "candidatesTokenCount": 4,
        "thoughtsTokenCount": 3,
        "totalTokenCount": 16,
    }
    assert told[-1]["lanewise"] == {"run": "r"}
    assert {(chunk["modelVersion"], chunk["responseId"]) for chunk in told} == {("model-1", "run_1")}


def test_another_vendor_s_thoughts_are_not_shown_to_who_did_not_ask_for_them() -> None:
    written = writer(thoughts=False)
    assert written.write(CHAT, [Delta(reasoning="hm", served_model="model-1")]) == b""
    (chunk,) = chunks(written.write(CHAT, [Delta(reasoning="hm", text="So")]))
    assert chunk["candidates"][0]["content"]["parts"] == [{"text": "So"}]


def test_another_vendor_s_proof_is_never_shown() -> None:
    written = writer()
    stream = written.write(Dialect.ANTHROPIC_MESSAGES, [Delta(reasoning="hm"), Delta(signature="theirs")])
    assert b"theirs" not in stream + written.finish(RECORD)


def test_log_probabilities_stand_where_google_has_them() -> None:
    stream = writer().write(CHAT, [Delta(text="a", logprobs=(TokenLogprob(token="a", logprob=-0.5),))])
    (chunk,) = chunks(stream)
    assert chunk["candidates"][0]["logprobsResult"]["chosenCandidates"] == [{"token": "a", "logProbability": -0.5}]


def test_the_last_chunk_waits_for_the_record_and_an_error_takes_its_place() -> None:
    vendor = events(response({"text": "a"}, finish=None), response({"text": "b"}))
    deltas = GeminiStreamReader().feed(vendor)
    for end in (Writer.finish, Writer.error):
        written = writer()
        begun = written.write(Dialect.GEMINI, deltas)
        assert begun == vendor[: len(begun)]
        assert b"finishReason" not in begun
        last = chunks(end(written))[-1]
        if end is Writer.finish:
            assert last == response({"text": "b"}) | {"lanewise": {"run": "r"}}
        else:
            assert next(iter(last)) == "error"
            assert (last["error"]["code"], last["error"]["status"]) == (503, "UNAVAILABLE")


class Writer:
    """Two ways to end."""

    @staticmethod
    def finish(written: StreamWriter) -> bytes:
        return written.finish(RECORD)

    @staticmethod
    def error(written: StreamWriter) -> bytes:
        return written.error(REPORT)


def test_thinking_of_one_vendor_and_the_answer_of_another() -> None:
    written = writer()
    first = GeminiStreamReader().feed(events(response({"text": "hm", "thought": True}, finish=None)))
    stream = written.write(Dialect.GEMINI, first) + written.write(
        CHAT, [Delta(text="Eight."), Delta(finish=Finish.STOP)]
    )
    told = chunks(stream + written.finish(RECORD))
    assert [chunk["candidates"][0]["content"]["parts"][0].get("text") for chunk in told] == ["hm", "Eight.", ""]


@pytest.mark.parametrize("array", [False, True])
def test_an_array_is_whole_json_whatever_happens(*, array: bool) -> None:
    for begun in ([], [Delta(text="a")]):
        for end in (Writer.finish, Writer.error):
            written = writer(array=array)
            stream = written.comment("x") + written.progress("routed", b'{"lane":"s"}') + written.write(CHAT, begun)
            told = chunks(stream + end(written), array=array)
            assert told[0] == {"lanewise": {"event": "routed", "lane": "s"}}
            assert ("error" in told[-1]) is (end is Writer.error)


PIECES = st.lists(st.text(max_size=6), min_size=1, max_size=5)


@given(PIECES, st.booleans())
def test_what_is_written_is_heard_again(words: list[str], array: bool) -> None:
    written = writer(array=array)
    stream = written.write(CHAT, [Delta(text=word) for word in words]) + written.write(
        CHAT, [Delta(finish=Finish.LENGTH)]
    )
    reader = GeminiStreamReader()
    heard = reader.feed(stream + written.finish(RECORD))
    assert reader.end() is None
    assert "".join(delta.text for delta in heard) == "".join(words)
    assert [delta.finish for delta in heard if delta.finish] == [Finish.LENGTH]
