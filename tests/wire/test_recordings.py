"""The wire on recorded traffic that nobody here wrote."""

from __future__ import annotations

import dataclasses
import itertools
import json
from random import Random
from typing import Any

import msgspec
import pytest

from lanewise.core.answer import Content, Delta, Generation, Thought, ToolCall
from lanewise.core.errors import InvalidRequest
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import ModelFacts
from lanewise.core.request import Dialect
from lanewise.core.usage import Usage
from lanewise.wire import INBOUND, OUTBOUND
from lanewise.wire.failure import MAX_MESSAGE_CHARS
from lanewise.wire.splice import members
from recordings import Exchange, encoded, exchanges, inbound_requests, quoted_errors
from wire.calls import CHAT, MESSAGES, call, read_whole, written

pytestmark = pytest.mark.data

APIS = [("chat", CHAT), ("messages", MESSAGES)]
#: Written by their authors to be wrong: an answer that begins again in the middle of a tool call.
BROKEN = frozenset({"response_only/messages/spliced-message-start.chunks.txt.d2ea92.json"})


def _streams(api: str) -> list[Exchange]:
    return [each for each in exchanges(api) if each.status == 200 and each.stream and each.name not in BROKEN]


def _bodies(api: str) -> list[Exchange]:
    return [each for each in exchanges(api) if each.status == 200 and not each.stream]


def _read(dialect: Dialect, exchange: Exchange, cuts: list[int] | None = None) -> tuple[list[Delta], Failure | None]:
    return read_whole(OUTBOUND[dialect].stream_reader(ModelFacts()), exchange.body, cuts)


def _datas(exchange: Exchange) -> list[dict[str, Any]]:
    """The JSON of the stream's first answer, taken out of it without the reader under test."""
    lines = exchange.body.decode().replace("\r\n", "\n").split("\n")
    datas = [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]
    found = [json.loads(data) for data in datas if data.startswith("{")]
    ends = [place for place, data in enumerate(found) if data.get("type") == "message_stop"]
    return found[: ends[0]] if ends else found


@pytest.mark.parametrize(("api", "dialect"), APIS)
def test_every_recorded_stream_is_whole_and_relays_byte_for_byte(api: str, dialect: Dialect) -> None:
    streams = _streams(api)
    assert len(streams) >= 20
    for exchange in streams:
        deltas, failure = _read(dialect, exchange)
        told = any("error" in data for data in _datas(exchange)) if api == "chat" else False
        assert (failure is not None) == told, (exchange.name, failure)
        relayed = b"".join(delta.raw for delta in deltas)
        assert exchange.body.startswith(relayed), exchange.name
        # A last event without its blank line, or another answer recorded behind it.
        rest = exchange.body[len(relayed) :]
        assert deltas[-1].last or b"\n\n" not in rest, exchange.name
        assert any(delta.shows or delta.finish for delta in deltas), exchange.name


@pytest.mark.parametrize(("api", "dialect"), APIS)
def test_cutting_a_recorded_stream_anywhere_changes_nothing(api: str, dialect: Dialect) -> None:
    random = Random(7)
    for exchange in _streams(api):
        whole = _read(dialect, exchange)
        for pieces in (2, 50):
            cuts = sorted(random.randrange(len(exchange.body)) for _ in range(pieces))
            assert _read(dialect, exchange, cuts) == whole, exchange.name


@pytest.mark.parametrize(("api", "dialect"), APIS)
def test_a_small_recorded_stream_survives_a_cut_at_every_byte(api: str, dialect: Dialect) -> None:
    exchange = min(_streams(api), key=lambda each: len(each.body))
    whole = _read(dialect, exchange)
    for cut in range(len(exchange.body)):
        assert _read(dialect, exchange, [cut]) == whole


@pytest.mark.parametrize(("api", "dialect"), APIS)
def test_a_recorded_stream_cut_off_before_it_finishes_is_never_taken_for_whole(api: str, dialect: Dialect) -> None:
    words = (b'"finish_reason":"', b'"finish_reason": "', b"[DONE]") if api == "chat" else (b"message_stop",)
    for exchange in _streams(api):
        first = min((exchange.body.find(word) for word in words if word in exchange.body), default=0)
        for end in {first // 3, first // 2, max(0, first - 40)}:
            _, failure = _read(dialect, dataclasses.replace(exchange, body=exchange.body[:end]))
            assert failure is not None, (exchange.name, end)


@pytest.mark.parametrize(("api", "dialect"), APIS)
def test_every_recorded_body_is_an_answer_with_a_meaning(api: str, dialect: Dialect) -> None:
    bodies = _bodies(api)
    assert len(bodies) >= 20
    for exchange in bodies:
        answer = OUTBOUND[dialect].read_answer(exchange.body, want_content=True)
        assert answer.failure is None, exchange.name
        assert answer.content is not None
        assert answer.content == _content_of(api, json.loads(exchange.body)), exchange.name
        lean = OUTBOUND[dialect].read_answer(exchange.body, want_content=False)
        assert (lean.usage, lean.finish, lean.content) == (answer.usage, answer.finish, None)


def _content_of(api: str, body: dict[str, Any]) -> Content:
    """The content, looked up the plain way; thinking is compared where it has a field of its own."""
    if api == "messages":
        blocks = body["content"]
        calls = [block for block in blocks if block["type"] == "tool_use"]
        text = "".join(block["text"] for block in blocks if block["type"] == "text")
        thinking = "".join(block["thinking"] for block in blocks if block["type"] == "thinking")
        told = _content(text, thinking, "", [(c["id"], c["name"], encoded(c["input"]).decode()) for c in calls])
        return msgspec.structs.replace(told, thoughts=_thoughts(blocks))
    message = body["choices"][0]["message"]
    content = message.get("content") or ""
    thinking = message.get("reasoning_content") or message.get("reasoning") or ""
    if isinstance(content, list):
        thinking = "".join(t["text"] for part in content if part["type"] == "thinking" for t in part["thinking"])
        content = "".join(part["text"] for part in content if part["type"] == "text")
    if not thinking:
        thinking = "".join(detail.get("text", "") for detail in message.get("reasoning_details") or ())
    functions = [(call["id"], call["function"]) for call in message.get("tool_calls") or ()]
    old = message.get("function_call")
    if not functions and old and old["name"]:
        functions = [("", old)]
    calls = [(call_id, f["name"], f["arguments"]) for call_id, f in functions]
    return _content(content, thinking, message.get("refusal") or "", calls)


def _thoughts(blocks: list[dict[str, Any]]) -> tuple[Thought, ...]:
    return tuple(
        Thought(text=block.get("thinking", ""), signature=block.get("signature", ""), encrypted=block.get("data", ""))
        for block in blocks
        if block["type"].endswith("thinking")
    )


def _content(text: str, thinking: str, refusal: str, calls: list[tuple[str, str, str]]) -> Content:
    tools = tuple(ToolCall(id=call_id, name=name, arguments=arguments) for call_id, name, arguments in calls)
    return Content(text=text, reasoning=thinking, refusal=refusal, tool_calls=tools)


def _told_usages(api: str, exchange: Exchange) -> list[dict[str, Any]]:
    if not exchange.stream:
        usage = json.loads(exchange.body).get("usage")
        return [usage] if usage else []
    found: list[dict[str, Any]] = []
    for data in _datas(exchange):
        holders = (data, data.get("message") or {}, data.get("x_groq") or {})
        found += [holder["usage"] for holder in holders if isinstance(holder.get("usage"), dict)]
    return found


def _read_usage(dialect: Dialect, exchange: Exchange) -> Usage | None:
    if not exchange.stream:
        return OUTBOUND[dialect].read_answer(exchange.body, want_content=False).usage
    told = [delta.usage for delta in _read(dialect, exchange)[0] if delta.usage]
    return told[-1] if told else None


def test_chat_usage_equals_the_vendors_to_the_token() -> None:
    compared = 0
    for exchange in [*_streams("chat"), *_bodies("chat")]:
        told, usage = _told_usages("chat", exchange), _read_usage(CHAT, exchange)
        if not told:
            assert usage is None, exchange.name
            continue
        assert usage is not None, exchange.name
        last = told[-1]
        thought = (last.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0
        assert usage.input_tokens == last["prompt_tokens"], exchange.name
        # The vendor's own total is the truth where it counts thinking; Vercel's leaves it out.
        shown, total = last["completion_tokens"], last["total_tokens"]
        outside = thought if thought > shown and total == last["prompt_tokens"] + shown else 0
        assert usage.input_tokens + usage.output_tokens == total + outside, exchange.name
        assert usage.reasoning_tokens >= thought
        assert json.loads(usage.raw) == last
        compared += 1
    assert compared >= 40


def test_messages_usage_equals_the_vendors_to_the_token() -> None:
    compared = 0
    for exchange in [*_streams("messages"), *_bodies("messages")]:
        merged: dict[str, Any] = {}
        for told in _told_usages("messages", exchange):
            merged |= {key: value for key, value in told.items() if value is not None}
        usage = _read_usage(MESSAGES, exchange)
        assert usage is not None, exchange.name
        parts = [merged, *[part for part in merged.get("iterations", []) if part["type"] == "compaction"]]
        cached, written, fresh, output = (
            sum(part.get(name) or 0 for part in parts)
            for name in ("cache_read_input_tokens", "cache_creation_input_tokens", "input_tokens", "output_tokens")
        )
        assert (usage.cached_tokens, usage.cache_write_tokens) == (cached, written), exchange.name
        hours = sum((part.get("cache_creation") or {}).get("ephemeral_1h_input_tokens") or 0 for part in parts)
        assert usage.cache_write_1h_tokens == hours, exchange.name
        assert usage.input_tokens == fresh + cached + written, exchange.name
        assert usage.output_tokens == output, exchange.name
        assert usage.reasoning_tokens == (merged.get("output_tokens_details") or {}).get("thinking_tokens", 0), (
            exchange.name
        )
        compared += 1
    assert compared >= 60


def _chat_requests() -> list[tuple[str, bytes]]:
    recorded = [(each.name, encoded(each.request)) for each in exchanges("chat") if each.request is not None]
    return [*recorded, *inbound_requests("chat/completions")]


def test_every_recorded_chat_request_is_accepted_and_goes_out_with_the_closed_list_of_edits() -> None:
    requests = _chat_requests()
    assert len(requests) >= 85
    for name, body in requests:
        made = call(body)
        wire = written(made)
        before, after = members(body), members(wire.body)
        may_change = {"model", "max_tokens", "max_completion_tokens", "stream_options", "reasoning_effort", "reasoning"}
        assert before.keys() ^ after.keys() <= may_change, name
        for key in (before.keys() & after.keys()) - may_change:
            assert body[slice(*before[key][1:])] == wire.body[slice(*after[key][1:])], (name, key)


def test_every_recorded_chat_request_can_be_said_to_anthropic_or_is_refused_for_a_named_reason() -> None:
    refused = {}
    for name, body in _chat_requests():
        try:
            wire = written(call(body, dialect=MESSAGES))
        except InvalidRequest as error:
            refused[name] = error.param
            continue
        said = json.loads(wire.body)
        assert said["messages"], name
        roles = [message["role"] for message in said["messages"]]
        assert all(left != right for left, right in itertools.pairwise(roles)), name
    # Search tools of OpenAI and OpenRouter, and the old way to say functions: nothing Anthropic could be asked instead.
    assert {str(param).split("[")[0] for param in refused.values()} <= {"web_search_options", "tools", "functions"}
    assert len(refused) <= 8


def test_every_recorded_answer_reaches_a_chat_caller() -> None:
    request = INBOUND[CHAT].read_request(b'{"model":"m","messages":[{"role":"user","content":"x"}]}')
    for api, dialect in APIS:
        for exchange in _bodies(api):
            answer = OUTBOUND[dialect].read_answer(exchange.body, want_content=True)
            generation = Generation(
                dialect=dialect, body=exchange.body, content=answer.content, finish=answer.finish, usage=answer.usage
            )
            written = INBOUND[CHAT].write_answer(generation, request, b'{"run":"r"}', run_id="r", created_s=1)
            assert json.loads(written)["lanewise"] == {"run": "r"}
            if dialect is CHAT:
                assert {k: v for k, v in json.loads(written).items() if k != "lanewise"} == json.loads(exchange.body)
            again = OUTBOUND[CHAT].read_answer(written, want_content=True)
            assert answer.content is not None
            # Chat completions have no room for the proofs of thinking.
            assert again.content == msgspec.structs.replace(answer.content, thoughts=()), exchange.name


def test_every_recorded_anthropic_stream_reaches_a_chat_caller() -> None:
    request = INBOUND[CHAT].read_request(
        b'{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,"stream_options":{"include_usage":true}}'
    )
    for exchange in _streams("messages"):
        deltas, _ = _read(MESSAGES, exchange)
        writer = INBOUND[CHAT].stream_writer(request, run_id="r", created_s=1)
        written = writer.write(MESSAGES, deltas) + writer.finish(b"{}")
        again, failure = read_whole(OUTBOUND[CHAT].stream_reader(ModelFacts()), written)
        assert failure is None, exchange.name
        for field in ("text", "reasoning"):
            assert "".join(getattr(d, field) for d in again) == "".join(getattr(d, field) for d in deltas), (
                exchange.name
            )
        assert [p for d in again for p in d.tool_calls] == [p for d in deltas for p in d.tool_calls], exchange.name
        first, second = ([d.usage for d in read if d.usage][-1] for read in (again, deltas))
        assert (first.input_tokens, first.output_tokens) == (second.input_tokens, second.output_tokens), exchange.name


@pytest.mark.parametrize(("api", "dialect"), APIS)
def test_every_recorded_error_is_read(api: str, dialect: Dialect) -> None:
    kinds = {
        400: {FailureKind.BAD_REQUEST},
        401: {FailureKind.VENDOR_ACCESS},
        404: {FailureKind.VENDOR_ACCESS},
        429: {FailureKind.RATE_LIMITED},
    }
    errors = [each for each in exchanges(api) if each.status != 200]
    assert errors
    for exchange in errors:
        failure = OUTBOUND[dialect].read_failure(exchange.status, exchange.headers, exchange.body)
        assert failure.kind in kinds[exchange.status], exchange.name
        assert failure.status == exchange.status
        assert 0 < len(failure.message) <= MAX_MESSAGE_CHARS, exchange.name
        assert failure.message[:20] in json.dumps(json.loads(exchange.body), ensure_ascii=False), exchange.name


_QUOTED_KINDS = {
    ("http", 529): FailureKind.OVERLOADED,
    ("http", 503): FailureKind.OVERLOADED,
    ("http", 500): FailureKind.SERVER_ERROR,
    ("http", 429): FailureKind.RATE_LIMITED,
    ("http", 402): FailureKind.VENDOR_ACCESS,
    ("http", 400): FailureKind.BAD_REQUEST,
}


def test_every_quoted_error_is_read() -> None:
    http = [item for item in quoted_errors() if item["where"] == "http"]
    assert len(http) >= 10
    for item in http:
        outbound = OUTBOUND[MESSAGES if item["provider"] == "anthropic" else CHAT]
        failure = outbound.read_failure(item["status"], item.get("headers", {}), encoded(item["body"]))
        assert failure.kind is _QUOTED_KINDS["http", item["status"]], item
        assert failure.message in json.dumps(item["body"], ensure_ascii=False), item
        if "retry-after-ms" in item.get("headers", {}):
            assert failure.retry_after_s == 0.174


def test_every_quoted_error_event_ends_its_stream() -> None:
    events = [item for item in quoted_errors() if item["where"] == "sse" and item.get("api", "chat") == "chat"]
    assert len(events) >= 2
    for item in events:
        dialect = MESSAGES if item["provider"] == "anthropic" else CHAT
        stream = b"data: " + encoded(item["data"]) + b"\n\n"
        deltas, failure = read_whole(OUTBOUND[dialect].stream_reader(ModelFacts()), stream)
        assert deltas[-1].last
        assert failure is not None
        assert failure.transient
        assert failure.message == item["data"]["error"]["message"]
