"""The Responses dialect on recorded traffic that nobody here wrote."""

from __future__ import annotations

import dataclasses
import json
from random import Random
from typing import Any

import jsonschema_rs
import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from lanewise.core.answer import Content, Delta, Generation, ToolCall
from lanewise.core.errors import InvalidRequest
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import ModelFacts
from lanewise.core.request import Dialect, Target
from lanewise.wire import INBOUND, OUTBOUND
from lanewise.wire.splice import members
from recordings import Exchange, data_folder, encoded, exchanges, inbound_requests
from wire.calls import read_whole
from wire.responses_calls import RESPONSES, SPOKEN, asked, call_of, told, written

pytestmark = pytest.mark.data

#: Where the answers of each dialect are recorded.
APIS = {
    Dialect.OPENAI_CHAT: "chat",
    Dialect.ANTHROPIC_MESSAGES: "messages",
    Dialect.OPENAI_RESPONSES: "responses",
    Dialect.GEMINI: "generateContent",
}
OTHERS = [dialect for dialect in OUTBOUND if dialect is not RESPONSES]
#: Written by their authors to be wrong: an answer that begins again in the middle of a tool call.
BROKEN = frozenset({"response_only/messages/spliced-message-start.chunks.txt.d2ea92.json"})
_EVENTS: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)


def good(dialect: Dialect = RESPONSES, *, stream: bool) -> list[Exchange]:
    return [
        each
        for each in exchanges(APIS[dialect])
        if each.status == 200 and each.stream is stream and each.name not in BROKEN
    ]


def read(exchange: Exchange, cuts: list[int] | None = None) -> tuple[list[Delta], Failure | None]:
    return read_whole(SPOKEN.stream_reader(ModelFacts()), exchange.body, cuts)


def datas(exchange: Exchange) -> list[dict[str, Any]]:
    """The JSON of the stream's first answer, taken out of it without the reader under test."""
    lines = exchange.body.decode().replace("\r\n", "\n").split("\n")
    found = [json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:") and "{" in line]
    ends = [at for at, data in enumerate(found) if data["type"] in {"response.completed", "response.incomplete"}]
    return found[: ends[0] + 1]


def test_every_recorded_stream_is_whole_and_arrives_byte_for_byte() -> None:
    streams = good(stream=True)
    assert len(streams) >= 35
    for exchange in streams:
        deltas, failure = read(exchange)
        assert failure is None, exchange.name
        writer = SPOKEN.stream_writer(asked(stream=True), run_id="run_1", created_s=1)
        before = writer.write(RESPONSES, [delta for delta in deltas if not delta.last])
        record, _, terminal = writer.finish(b'{"run":"run_1"}').partition(b"\n")
        assert exchange.body.startswith(before + terminal), exchange.name
        assert record == b': lanewise {"run":"run_1"}'
        assert b'"type":"response.completed"' in terminal.replace(b" ", b"") or b"incomplete" in terminal


def test_every_recorded_stream_says_what_its_events_say() -> None:
    for exchange in good(stream=True):
        deltas, _ = read(exchange)
        found = datas(exchange)
        said = "".join(data["delta"] for data in found if data["type"] == "response.output_text.delta")
        assert "".join(delta.text for delta in deltas) == said, exchange.name
        items = [data["item"] for data in found if data["type"] == "response.output_item.done"]
        expected = content_of({"output": items})
        calls: dict[int, list[str]] = {}
        for piece in (piece for delta in deltas for piece in delta.tool_calls):
            calls.setdefault(piece.index, [piece.id or "", piece.name or "", ""])[2] += piece.arguments
        assert [tuple(calls[place]) for place in sorted(calls)] == [
            (call.id, call.name, call.arguments) for call in expected.tool_calls
        ], exchange.name
        assert [delta.thought.encrypted for delta in deltas if delta.thought] == [
            item.get("encrypted_content") or "" for item in items if item["type"] == "reasoning"
        ], exchange.name
        usage = next(delta.usage for delta in reversed(deltas) if delta.usage)
        compare_usage(usage.raw, usage, found[-1]["response"]["usage"], exchange.name)


def compare_usage(raw: bytes, usage: Any, vendor: dict[str, Any], name: str) -> None:
    assert json.loads(raw) == vendor, name
    assert (usage.input_tokens, usage.output_tokens) == (vendor["input_tokens"], vendor["output_tokens"]), name
    assert usage.cached_tokens == vendor["input_tokens_details"]["cached_tokens"], name
    assert usage.reasoning_tokens == vendor["output_tokens_details"]["reasoning_tokens"], name
    assert usage.input_tokens + usage.output_tokens == vendor["total_tokens"], name


def test_cutting_a_recorded_stream_anywhere_changes_nothing() -> None:
    random = Random(7)
    for exchange in good(stream=True):
        whole = read(exchange)
        for pieces in (2, 50):
            cuts = sorted(random.randrange(len(exchange.body)) for _ in range(pieces))
            assert read(exchange, cuts) == whole, exchange.name


def test_the_smallest_recorded_stream_survives_a_cut_at_every_byte() -> None:
    exchange = min(good(stream=True), key=lambda each: len(each.body))
    whole = read(exchange)
    for cut in range(len(exchange.body)):
        assert read(exchange, [cut]) == whole


def test_a_recorded_stream_cut_off_before_its_end_is_never_taken_for_whole() -> None:
    random = Random(7)
    for exchange in good(stream=True):
        ends = [exchange.body.find(word) for word in (b'"response.completed"', b'"response.incomplete"')]
        end = min(place for place in ends if place >= 0)
        for length in {0, end // 2, end, *(random.randrange(end) for _ in range(20))}:
            _, failure = read(dataclasses.replace(exchange, body=exchange.body[:length]))
            assert failure is not None, (exchange.name, length)
            assert failure.kind is FailureKind.CUT_STREAM


def content_of(body: dict[str, Any]) -> Content:
    """The content, looked up the plain way; thinking is compared by its proofs."""
    items = body["output"]
    parts = [part for item in items if item["type"] == "message" for part in item["content"]]
    calls = [item for item in items if item["type"] in {"function_call", "custom_tool_call"}]
    return Content(
        text="".join(part["text"] for part in parts if part["type"] == "output_text"),
        refusal="".join(part["refusal"] for part in parts if part["type"] == "refusal"),
        tool_calls=tuple(
            ToolCall(
                id=call["call_id"],
                name="__".join(filter(None, (call.get("namespace"), call["name"]))),
                arguments=call.get("arguments", call.get("input", "")),
            )
            for call in calls
        ),
    )


def test_every_recorded_body_is_an_answer_with_a_meaning_and_arrives_as_it_is() -> None:
    bodies = good(stream=False)
    assert len(bodies) >= 35
    for exchange in bodies:
        answer = SPOKEN.read_answer(exchange.body, want_content=True)
        body = json.loads(exchange.body)
        assert (answer.failure, answer.empty) == (None, False), exchange.name
        assert answer.content is not None
        expected = content_of(body)
        for field in ("text", "refusal", "tool_calls"):
            assert getattr(answer.content, field) == getattr(expected, field), exchange.name
        thoughts = [item for item in body["output"] if item["type"] == "reasoning"]
        assert [(thought.id, thought.encrypted) for thought in answer.content.thoughts] == [
            (item["id"], item.get("encrypted_content") or "") for item in thoughts
        ], exchange.name
        assert answer.usage is not None
        compare_usage(answer.usage.raw, answer.usage, body["usage"], exchange.name)
        lean = SPOKEN.read_answer(exchange.body, want_content=False)
        assert (lean.usage, lean.finish, lean.empty) == (answer.usage, answer.finish, answer.empty)
        generation = Generation(dialect=RESPONSES, body=exchange.body, finish=answer.finish)
        relayed = SPOKEN.write_answer(generation, asked(), b'{"run":"r"}', run_id="r", created_s=1)
        assert relayed.replace(b',"lanewise":{"run":"r"}', b"") == exchange.body, exchange.name


def requests() -> list[tuple[str, bytes]]:
    recorded = [(each.name, encoded(each.request)) for each in exchanges("responses") if each.request is not None]
    return [*recorded, *inbound_requests("/responses")]


def test_every_recorded_request_is_accepted_and_goes_out_with_the_closed_list_of_edits() -> None:
    assert len(requests()) >= 50
    for name, body in requests():
        wire = written(call_of(SPOKEN.read_request(body), facts=ModelFacts(thinking="effort")))
        before, after = members(body), members(wire.body)
        for key in (before.keys() | after.keys()) - {"model", "max_output_tokens"}:
            assert body[slice(*before[key][1:])] == wire.body[slice(*after[key][1:])], (name, key)


@pytest.mark.parametrize("dialect", OTHERS)
def test_every_recorded_request_can_be_said_to_other_vendors_or_is_refused_for_a_named_reason(dialect: Dialect) -> None:
    refused = {}
    for name, body in requests():
        request = SPOKEN.read_request(body)
        try:
            SPOKEN.read_conversation(request)
        except InvalidRequest as error:
            refused[name] = error.param
    # A vendor's own tools and nothing else, and answers that only their vendor remembers.
    assert set(refused.values()) <= {"tools", "previous_response_id"}
    assert len(refused) <= 6
    assert not {name for name in refused if name.startswith(("codex", "ai-sdk", "openai-", "langchain"))}


def test_every_recorded_error_is_read() -> None:
    errors = [each for each in exchanges("responses") if each.status != 200]
    assert len(errors) >= 3
    for exchange in errors:
        failure = SPOKEN.read_failure(exchange.status, exchange.headers, exchange.body)
        assert failure.kind in {FailureKind.BAD_REQUEST, FailureKind.VENDOR_ACCESS}, exchange.name
        assert failure.message == json.loads(exchange.body)["error"]["message"], exchange.name


def specification(name: str) -> jsonschema_rs.Validator:
    """One schema of the Open Responses specification."""
    spec = json.loads((data_folder() / "specs" / "openresponses-spec.json").read_text())
    schema = {"$ref": f"#/components/schemas/{name}", "components": spec["components"]}
    return jsonschema_rs.Draft202012Validator(schema)


def checked(response: dict[str, Any], name: str, schema: jsonschema_rs.Validator) -> None:
    """What we emit is a response to the official client and to the open specification."""
    Response.model_validate(response)
    problems = [f"{'/'.join(map(str, each.instance_path))}: {each.message}" for each in schema.iter_errors(response)]
    assert not problems, (name, problems[:3])


@pytest.mark.parametrize("source", OTHERS)
def test_every_recorded_answer_of_another_dialect_is_a_valid_response(source: Dialect) -> None:
    schema = specification("ResponseResource")
    compared = 0
    for exchange in good(source, stream=False):
        answer = OUTBOUND[source].read_answer(exchange.body, want_content=True)
        if answer.failure is not None or answer.content is None:
            continue
        generation = Generation(
            dialect=source,
            body=exchange.body,
            content=answer.content,
            finish=answer.finish,
            usage=answer.usage,
            served_model=answer.served_model,
        )
        body = SPOKEN.write_answer(generation, asked(), b'{"run":"r"}', run_id="run_1", created_s=1)
        response = json.loads(body)
        assert response.pop("lanewise") == {"run": "r"}
        checked(response, exchange.name, schema)
        again = SPOKEN.read_answer(body, want_content=True).content
        assert again is not None
        for field in ("text", "refusal"):
            assert getattr(again, field) == getattr(answer.content, field), (exchange.name, field)
        calls = [(call.name, call.arguments) for call in answer.content.tool_calls]  # a few come without an id
        assert [(call.name, call.arguments) for call in again.tool_calls] == calls, exchange.name
        if answer.content.reasoning:
            assert again.reasoning in answer.content.reasoning, exchange.name
        compared += 1
    assert compared >= 10


@pytest.mark.parametrize("source", OTHERS)
def test_every_recorded_stream_of_another_dialect_is_a_valid_stream(source: Dialect) -> None:
    schema = specification("ResponseResource")
    compared = 0
    for exchange in good(source, stream=True):
        deltas, failure = read_whole(OUTBOUND[source].stream_reader(ModelFacts()), exchange.body)
        if failure is not None:
            continue
        writer = SPOKEN.stream_writer(asked(stream=True), run_id="run_1", created_s=1)
        stream = writer.write(source, [delta for delta in deltas if not delta.last]) + writer.finish(b"{}")
        for event in told(stream):
            _EVENTS.validate_python(event)
        checked(told(stream)[-1]["response"], exchange.name, schema)
        again, failure = read_whole(SPOKEN.stream_reader(ModelFacts()), stream)
        assert failure is None, exchange.name
        for field in ("text", "reasoning", "refusal"):
            assert "".join(getattr(d, field) for d in again) == "".join(getattr(d, field) for d in deltas), (
                exchange.name
            )
        assert arguments(again) == arguments(deltas), exchange.name
        compared += 1
    assert compared >= 10


def arguments(deltas: list[Delta]) -> dict[int, str]:
    found: dict[int, str] = {}
    for piece in (piece for delta in deltas for piece in delta.tool_calls):
        found[piece.index] = found.get(piece.index, "") + piece.arguments
    return dict(enumerate(found.values()))


@pytest.mark.parametrize("reached", [each for each in INBOUND if each is not RESPONSES])
def test_every_recorded_response_reaches_a_caller_of_another_dialect(reached: Dialect) -> None:
    small: dict[str, Any] = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]}
    if reached is Dialect.GEMINI:
        small = {"contents": [{"role": "user", "parts": [{"text": "x"}]}]}
    request = INBOUND[reached].read_request(json.dumps(small).encode(), Target(model="m", stream=False))
    for exchange in good(stream=False):
        answer = SPOKEN.read_answer(exchange.body, want_content=True)
        generation = Generation(
            dialect=RESPONSES, body=exchange.body, content=answer.content, finish=answer.finish, usage=answer.usage
        )
        body = INBOUND[reached].write_answer(generation, request, b"{}", run_id="r", created_s=1)
        again = OUTBOUND[reached].read_answer(body, want_content=True).content
        assert again is not None
        assert answer.content is not None
        assert again.text == answer.content.text, exchange.name
