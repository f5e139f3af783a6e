"""Anthropic's dialect on recorded traffic that nobody here wrote: what clients send, what vendors answer, and both said elsewhere."""

from __future__ import annotations

import itertools
import json
from random import Random
from typing import Any

import msgspec
import pytest

from lanewise.core.answer import Content, Generation
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.core.request import Dialect, Request
from lanewise.core.usage import Usage
from lanewise.wire import INBOUND, OUTBOUND
from lanewise.wire.splice import members, splice
from lanewise.wire.thinking import LEVELS
from recordings import Exchange, encoded, exchanges, inbound_requests
from wire.calls import CHAT, MESSAGES, call, read_whole, written

pytestmark = pytest.mark.data

#: A model that takes all there is.
CAPABLE = ModelFacts(
    thinking="adaptive",
    efforts=LEVELS,
    thinking_budget_tokens=(1_024, 128_000),
    cache_markers=True,
    logprobs=False,
)
ROOMY = 1_000_000
STOP = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
#: Written by its authors to be wrong: it begins again in the middle of a tool call.
BROKEN = "response_only/messages/spliced-message-start.chunks.txt.d2ea92.json"
HELLO = INBOUND[MESSAGES].read_request(b'{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}]}')


def requests() -> list[tuple[str, bytes]]:
    recorded = [
        (each.name, encoded(each.request))
        for api in ("messages", "count_tokens")
        for each in exchanges(api)
        if each.request is not None
    ]
    return [*recorded, *inbound_requests("/messages")]


def good(api: str, *, stream: bool) -> list[Exchange]:
    found = [each for each in exchanges(api) if each.status == 200 and each.stream is stream and each.name != BROKEN]
    assert len(found) >= 20
    return found


def said(body: bytes) -> dict[str, bytes]:
    return {key: body[start:end] for key, (_, start, end) in members(body).items()}


def test_every_recorded_request_is_accepted_and_goes_out_with_the_closed_list_of_edits() -> None:
    found = requests()
    assert len(found) >= 61
    for name, body in found:
        made = call(body, spoken=MESSAGES, dialect=MESSAGES, facts=CAPABLE, max_output_tokens=ROOMY)
        wire = written(made)
        cap = json.loads(body).get("max_tokens", ROOMY)
        edits = {"model": b'"served-model"', "max_tokens": b"%d" % cap}
        assert wire.body == splice(body, edits), name
        assert wire.dropped == (), name


def test_what_claude_code_sends_goes_out_with_the_model_s_name_alone_changed() -> None:
    found = [each for each in inbound_requests("/messages") if each[0].startswith("claude-code")]
    assert len(found) == 2
    for name, body in found:
        wire = written(call(body, spoken=MESSAGES, dialect=MESSAGES, facts=CAPABLE, max_output_tokens=ROOMY))
        assert wire.body == body.replace(b'"model":"gw-model"', b'"model":"served-model"', 1), name


def test_a_lower_cap_lowers_a_recorded_thinking_budget_and_nothing_else() -> None:
    lowered = 0
    for name, body in requests():
        thinking = json.loads(body).get("thinking") or {}
        if thinking.get("type") != "enabled":
            continue
        wire = written(call(body, spoken=MESSAGES, dialect=MESSAGES, facts=CAPABLE, max_output_tokens=2_000))
        before, after = said(body), said(wire.body)
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        assert changed <= {"model", "max_tokens", "thinking"}, name
        if "thinking" in after:
            assert json.loads(after["thinking"])["budget_tokens"] < json.loads(after["max_tokens"]), name
            assert json.loads(after["thinking"]).keys() == thinking.keys(), name
        lowered += "thinking" in changed
    assert lowered >= 1


def test_every_recorded_request_has_a_meaning_or_is_refused_for_a_named_reason() -> None:
    refused = {}
    for name, body in requests():
        request = INBOUND[MESSAGES].read_request(body)
        try:
            conversation, _ = INBOUND[MESSAGES].read_conversation(request)
        except InvalidRequest as error:
            refused[name] = error.param or ""
            continue
        roles = [turn.role for turn in conversation.turns]
        assert all(left != right for left, right in itertools.pairwise(roles)), name
        words = [part.text for turn in conversation.turns for part in turn.parts if hasattr(part, "text")]
        assert words or conversation.turns, name
    # Anthropic's own search and code tools, and files that lie with Anthropic.
    assert {param.split("[")[0] for param in refused.values()} <= {"tools", "container", "messages"}
    assert len(refused) <= 8, refused


def test_every_recorded_answer_reaches_a_caller_of_the_same_dialect_byte_for_byte() -> None:
    for exchange in good("messages", stream=False):
        answer = OUTBOUND[MESSAGES].read_answer(exchange.body, want_content=False)
        generation = Generation(dialect=MESSAGES, body=exchange.body, finish=answer.finish, usage=answer.usage)
        told = INBOUND[MESSAGES].write_answer(generation, HELLO, b'{"run":"r"}', run_id="r", created_s=1)
        assert told == exchange.body[:-1] + b',"lanewise":{"run":"r"}}', exchange.name


def relayed(exchange: Exchange, cuts: list[int]) -> bytes:
    """What a caller gets of a stream that comes in these pieces, without its end."""
    reader = OUTBOUND[MESSAGES].stream_reader(CAPABLE)
    writer = INBOUND[MESSAGES].stream_writer(HELLO, run_id="r", created_s=1)
    parts = []
    for start, end in itertools.pairwise([0, *cuts, len(exchange.body)]):
        parts.append(writer.write(MESSAGES, reader.feed(exchange.body[start:end])))
    assert reader.end() is None, exchange.name
    assert writer.finish(b"{}").endswith(STOP)
    return b"".join(parts)


def test_every_recorded_stream_reaches_a_caller_of_the_same_dialect_byte_for_byte() -> None:
    random = Random(11)
    for exchange in good("messages", stream=True):
        before_the_end = exchange.body[: exchange.body.find(b"message_stop")]
        before_the_end = before_the_end[: max(before_the_end.rfind(b"\n\n"), before_the_end.rfind(b"\r\n\r\n"))]
        for pieces in (0, 1, 40):
            cuts = sorted(random.randrange(len(exchange.body)) for _ in range(pieces))
            told = relayed(exchange, cuts)
            assert exchange.body.startswith(told), exchange.name
            assert len(told) >= len(before_the_end), exchange.name


def test_small_streams_cut_at_every_byte_reach_their_callers_the_same() -> None:
    for exchange in sorted(good("messages", stream=True), key=lambda each: len(each.body))[:6]:
        whole = relayed(exchange, [])
        for cut in range(len(exchange.body)):
            assert relayed(exchange, [cut]) == whole, exchange.name


def meaning(content: Content) -> tuple[str, str, str, list[tuple[str, Any]]]:
    """Whatever a vendor's refusal is called, its words are the answer's; empty arguments are an empty object."""
    calls = [(each.name, json.loads(each.arguments or "{}")) for each in content.tool_calls]
    return content.text + content.refusal, content.reasoning, "", calls


def told(usage: Usage | None) -> tuple[int, int, int, int] | None:
    if usage is None:
        return None
    return usage.input_tokens, usage.cached_tokens, usage.output_tokens, usage.reasoning_tokens


def answered(dialect: Dialect, exchange: Exchange) -> Generation:
    answer = OUTBOUND[dialect].read_answer(exchange.body, want_content=True)
    return Generation(
        dialect=dialect,
        body=exchange.body,
        content=answer.content,
        finish=answer.finish,
        usage=answer.usage,
        served_model=answer.served_model,
    )


def request_in(dialect: Dialect) -> Request:
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]}
    if dialect is CHAT:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    else:
        body |= {"thinking": {"type": "adaptive"}}
    return INBOUND[dialect].read_request(encoded(body))


PAIRS = [("chat", CHAT, MESSAGES), ("messages", MESSAGES, CHAT)]


@pytest.mark.parametrize(("api", "source", "target"), PAIRS)
def test_every_recorded_answer_means_the_same_in_the_other_dialect(api: str, source: Dialect, target: Dialect) -> None:
    for exchange in good(api, stream=False):
        generation = answered(source, exchange)
        body = INBOUND[target].write_answer(generation, request_in(target), b"{}", run_id="r", created_s=1)
        again = OUTBOUND[target].read_answer(body, want_content=True)
        assert again.content is not None
        assert generation.content is not None
        assert meaning(again.content) == meaning(generation.content), exchange.name
        assert told(again.usage) == told(generation.usage), exchange.name
        assert again.served_model == (generation.served_model or "m"), exchange.name
        if not generation.content.refusal:
            assert again.finish == generation.finish or generation.finish in {None, "other"}, exchange.name


@pytest.mark.parametrize(("api", "source", "target"), PAIRS)
def test_every_recorded_stream_means_the_same_in_the_other_dialect(api: str, source: Dialect, target: Dialect) -> None:
    for exchange in good(api, stream=True):
        deltas, failure = read_whole(OUTBOUND[source].stream_reader(ModelFacts()), exchange.body)
        if failure is not None:  # an error that its vendor told in the middle
            continue
        writer = INBOUND[target].stream_writer(request_in(target), run_id="r", created_s=1)
        stream = writer.write(source, [delta for delta in deltas if not delta.last]) + writer.finish(b"{}")
        again, failure = read_whole(OUTBOUND[target].stream_reader(ModelFacts()), stream)
        assert failure is None, exchange.name
        for field in ("reasoning", "text"):
            words = ["".join(getattr(delta, field) for delta in read) for read in (again, deltas)]
            words[1] += "".join(delta.refusal for delta in deltas) if field == "text" else ""
            assert words[0] == words[1], exchange.name
        assert calls_of(again) == calls_of(deltas), exchange.name
        first, second = ([told(delta.usage) for delta in read if delta.usage] for read in (again, deltas))
        assert first[-1:] == (second[-1:] or first[-1:]), exchange.name


def calls_of(deltas: list[Any]) -> list[tuple[str, Any]]:
    calls: dict[int, list[str]] = {}
    for delta in deltas:
        for piece in delta.tool_calls:
            name, arguments = calls.setdefault(piece.index, ["", ""])
            calls[piece.index] = [name or piece.name or "", arguments + piece.arguments]
    return [(name, msgspec.json.decode(arguments or "{}")) for name, arguments in calls.values()]
