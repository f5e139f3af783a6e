"""Gemini's wire on recorded traffic that nobody here wrote: what Google's API, Vertex and gateways before them answered."""

from __future__ import annotations

import itertools
import json
from random import Random
from typing import Any

import msgspec
import pytest

from lanewise.core.answer import Content, Delta, Finish, Generation
from lanewise.core.errors import InvalidRequest
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import Deployment, ModelFacts, ProviderPolicy
from lanewise.core.protocols.provider import Call
from lanewise.core.request import Dialect, Passed, Request, Target
from lanewise.core.usage import Usage
from lanewise.wire import INBOUND, OUTBOUND
from lanewise.wire.gemini.spelling import fields
from lanewise.wire.splice import members
from recordings import Exchange, encoded, exchanges, inbound_requests, quoted_errors
from wire.calls import CHAT, MESSAGES, read_whole

pytestmark = pytest.mark.data

GEMINI = Dialect.GEMINI
RECORD = b'{"run":"r"}'
#: Vertex's answer to another operation, kept among the responses by mistake of their file names.
NO_ANSWER = frozenset({"response_only/generateContent/google-vertex-embedding.json.2bf635.json"})
#: What cannot be asked of another vendor: the guard is Google's own.
STAYS = {"generateContent/026": "modelArmorConfig"}


def good() -> list[Exchange]:
    return [each for each in exchanges("generateContent") if each.status == 200 and each.name not in NO_ANSWER]


def streams() -> list[Exchange]:
    """Streams of events, and those of one JSON array."""
    return [each for each in good() if each.stream or each.body.startswith(b"[")]


def bodies() -> list[Exchange]:
    return [each for each in good() if not (each.stream or each.body.startswith(b"["))]


def chunks(exchange: Exchange) -> list[dict[str, Any]]:
    """Every object of a stream, taken out of it without the reader under test."""
    if exchange.body.startswith(b"["):
        return list(json.loads(exchange.body))
    lines = exchange.body.decode().splitlines()
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


def told(exchange: Exchange) -> list[dict[str, Any]]:
    return chunks(exchange) if exchange in streams() else [json.loads(exchange.body)]


def read(exchange: Exchange, cuts: list[int] | None = None) -> tuple[list[Delta], Failure | None]:
    return read_whole(OUTBOUND[GEMINI].stream_reader(ModelFacts()), exchange.body, cuts)


def asked(*, stream: bool = False, events: bool = True) -> Request:
    body = b'{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"thinkingConfig":{"includeThoughts":true}}}'
    passed = Passed(query=(("alt", "sse"),) if events else ())
    return msgspec.structs.replace(INBOUND[GEMINI].read_request(body, Target(model="m", stream=stream)), passed=passed)


def parts_of(exchange: Exchange) -> list[dict[str, Any]]:
    candidates = [chunk["candidates"][0] for chunk in told(exchange) if chunk.get("candidates")]
    return [part for each in candidates for part in each.get("content", {}).get("parts", [])]


def meant(exchange: Exchange) -> Content | None:
    """What the wire makes of it, streamed or not."""
    if exchange not in streams():
        return OUTBOUND[GEMINI].read_answer(exchange.body, want_content=True).content
    deltas, failure = read(exchange)
    assert failure is None, exchange.name
    return Content(text="".join(delta.text for delta in deltas), reasoning="".join(delta.reasoning for delta in deltas))


def test_every_answer_is_an_answer_and_says_what_the_vendor_said() -> None:
    assert (len(streams()), len(bodies())) == (20, 17)
    for exchange in good():
        parts, content = parts_of(exchange), meant(exchange)
        assert content is not None
        assert content.text == "".join(p.get("text", "") for p in parts if not p.get("thought")), exchange.name
        assert content.reasoning == "".join(p["text"] for p in parts if p.get("thought")), exchange.name


def test_every_function_call_keeps_its_arguments_byte_for_byte_and_its_signature() -> None:
    compared = signed = 0
    for exchange in good():
        parts = [part for part in parts_of(exchange) if "functionCall" in part]
        if any("willContinue" in part["functionCall"] for part in parts):
            continue  # put together from pieces: below
        calls: list[Any]
        if exchange in streams():
            calls = [piece for delta in read(exchange)[0] for piece in delta.tool_calls]
        else:
            content = meant(exchange)
            calls = [] if content is None else list(content.tool_calls)
        assert [call.name for call in calls] == [part["functionCall"]["name"] for part in parts], exchange.name
        for call, part in zip(calls, parts, strict=True):
            assert json.loads(call.arguments) == part["functionCall"].get("args", {}), exchange.name
            assert "args" not in part["functionCall"] or call.arguments.encode() in exchange.body, exchange.name
            assert call.signature == part.get("thoughtSignature", ""), exchange.name
            assert call.id == part["functionCall"].get("id", call.id)
            assert call.id
            compared, signed = compared + 1, signed + bool(call.signature)
    assert (compared, signed) >= (14, 10)


def test_arguments_that_streamed_in_pieces_are_put_together() -> None:
    exchange = next(each for each in streams() if "arguments-nested" in each.name)
    pieces = [piece for delta in read(exchange)[0] for piece in delta.tool_calls]
    assert [piece.name for piece in pieces] == ["cookRecipe", None]
    recipe = json.loads(pieces[1].arguments)["recipe"]
    assert (recipe["name"], len(recipe["ingredients"]), len(recipe["steps"])) == ("Lasagna", 10, 10)
    assert recipe["ingredients"][-1] == {"amount": "1/2 tsp", "name": "Pepper"}
    assert recipe["steps"][1] == "Cook lasagna noodles according to package directions, drain and set aside."


def test_every_proof_of_thinking_on_text_is_kept() -> None:
    found = 0
    for exchange in good():
        proofs = [
            p["thoughtSignature"] for p in parts_of(exchange) if "thoughtSignature" in p and "functionCall" not in p
        ]
        if exchange in streams():
            kept = [delta.signature for delta in read(exchange)[0] if delta.signature]
        else:
            content = meant(exchange)
            kept = [] if content is None else [thought.signature for thought in content.thoughts if thought.signature]
        assert kept == proofs, exchange.name
        found += len(proofs)
    assert found >= 6


def usage_of(exchange: Exchange) -> Usage | None:
    if exchange not in streams():
        return OUTBOUND[GEMINI].read_answer(exchange.body, want_content=False).usage
    seen = [delta.usage for delta in read(exchange)[0] if delta.usage]
    return seen[-1] if seen else None


def test_usage_equals_the_vendors_to_the_token() -> None:
    compared = 0
    for exchange in good():
        last, usage = told(exchange)[-1].get("usageMetadata", {}), usage_of(exchange)
        if "candidatesTokenCount" not in last and "thoughtsTokenCount" not in last and "promptTokenCount" not in last:
            assert usage is None, exchange.name
            continue
        assert usage is not None
        thought = last.get("thoughtsTokenCount", 0)
        assert usage.reasoning_tokens == thought, exchange.name
        assert usage.output_tokens == last.get("candidatesTokenCount", 0) + thought, exchange.name
        assert usage.cached_tokens == last.get("cachedContentTokenCount", 0), exchange.name
        assert json.loads(usage.raw) == last
        if "totalTokenCount" in last:  # the vendor's own sum
            assert usage.input_tokens + usage.output_tokens == last["totalTokenCount"], exchange.name
            compared += 1
    assert compared >= 30


def test_every_finish_has_a_meaning() -> None:
    words = {"STOP": {Finish.STOP, Finish.TOOL_CALLS}, "MAX_TOKENS": {Finish.LENGTH}, "SAFETY": {Finish.CONTENT_FILTER}}
    for exchange in good():
        last = told(exchange)[-1]
        finish: Finish | None
        if exchange in streams():
            finish = [delta.finish for delta in read(exchange)[0] if delta.finish][-1]
        else:
            finish = OUTBOUND[GEMINI].read_answer(exchange.body, want_content=False).finish
        if not last.get("candidates"):
            assert (finish, last["promptFeedback"]["blockReason"]) == (Finish.CONTENT_FILTER, "MODEL_ARMOR")
            continue
        assert finish in words[last["candidates"][0]["finishReason"]], exchange.name


def test_every_stream_is_relayed_byte_for_byte_but_for_the_record_in_its_last_chunk() -> None:
    for exchange in streams():
        events = not exchange.body.startswith(b"[")
        writer = INBOUND[GEMINI].stream_writer(asked(stream=True, events=events), run_id="r", created_s=1)
        deltas, _ = read(exchange)
        written = b"".join([writer.write(GEMINI, [delta]) for delta in deltas])
        assert not events or exchange.body.startswith(written), exchange.name
        written += writer.finish(RECORD)
        if events:
            assert written.replace(b',"lanewise":' + RECORD, b"") == exchange.body, exchange.name
        else:
            arrived = json.loads(written)
            assert arrived[-1].pop("lanewise") == {"run": "r"}
            assert arrived == json.loads(exchange.body), exchange.name


def test_a_stream_of_either_form_arrives_in_the_other() -> None:
    for exchange in streams():
        events = exchange.body.startswith(b"[")
        writer = INBOUND[GEMINI].stream_writer(asked(stream=True, events=events), run_id="r", created_s=1)
        written = writer.write(GEMINI, read(exchange)[0]) + writer.finish(RECORD)
        turned = Exchange(**{**vars_of(exchange), "body": written, "stream": events})
        arrived = chunks(turned)
        assert arrived[-1].pop("lanewise") == {"run": "r"}
        assert arrived == chunks(exchange), exchange.name


def vars_of(exchange: Exchange) -> dict[str, Any]:
    return {name: getattr(exchange, name) for name in exchange.__dataclass_fields__}


def test_every_whole_answer_is_handed_on_with_the_record_and_nothing_else() -> None:
    for exchange in bodies():
        answer = OUTBOUND[GEMINI].read_answer(exchange.body, want_content=True)
        generation = Generation(dialect=GEMINI, body=exchange.body, content=answer.content, finish=answer.finish)
        written = INBOUND[GEMINI].write_answer(generation, asked(), RECORD, run_id="r", created_s=1)
        assert written.replace(b',"lanewise":' + RECORD, b"") == exchange.body, exchange.name


def test_cutting_a_recorded_stream_anywhere_changes_nothing() -> None:
    random = Random(7)
    for exchange in streams():
        whole = read(exchange)
        for pieces in (2, 50):
            cuts = sorted(random.randrange(len(exchange.body)) for _ in range(pieces))
            assert read(exchange, cuts) == whole, exchange.name


def test_a_small_recorded_stream_of_each_form_survives_a_cut_at_every_byte() -> None:
    for array in (False, True):
        exchange = min((each for each in streams() if each.body.startswith(b"[") is array), key=lambda e: len(e.body))
        whole = read(exchange)
        for cut in range(len(exchange.body)):
            assert read(exchange, [cut]) == whole


def test_a_recorded_stream_cut_off_before_it_finishes_is_never_taken_for_whole() -> None:
    for exchange in streams():
        ends = exchange.body.index(b'"finishReason"')
        for end in {ends // 3, ends // 2, max(0, ends - 40), ends + 14}:
            deltas, failure = read_whole(OUTBOUND[GEMINI].stream_reader(ModelFacts()), exchange.body[:end])
            assert failure is not None, (exchange.name, end)
            assert failure.kind is FailureKind.CUT_STREAM
            assert not any(delta.finish for delta in deltas)


def requests() -> list[tuple[str, bytes]]:
    recorded = [(each.name, encoded(each.request)) for each in exchanges("generateContent") if each.request is not None]
    return [*recorded, *inbound_requests("enerateContent")]


def a_call(body: bytes, dialect: Dialect, facts: ModelFacts | None = None) -> Call:
    request = INBOUND[GEMINI].read_request(body, Target(model="m", stream=False))
    provider = ProviderPolicy(name="vendor", dialect=dialect, base_url="http://127.0.0.1/v1")
    deployment = Deployment(provider=provider, model="served", facts=facts or ModelFacts(thinking="budget"))
    return Call(request=request, deployment=deployment, stream=False, max_output_tokens=4_096)


def test_every_recorded_request_is_accepted_and_goes_out_with_the_closed_list_of_edits() -> None:
    assert len(requests()) >= 36
    for name, body in requests():
        made = a_call(body, GEMINI, ModelFacts(thinking="effort"))
        wire = OUTBOUND[GEMINI].write_call(made)
        before, after = members(body), members(wire.body)
        assert before.keys() ^ after.keys() <= {"generationConfig"}, name
        for key in before.keys() & after.keys() - {"generationConfig", "generation_config"}:
            assert body[slice(*before[key][1:])] == wire.body[slice(*after[key][1:])], (name, key)
        own = fields(json_of(body, "generationConfig"), "generationConfig")
        sent = fields(json_of(wire.body, "generationConfig"), "generationConfig")
        changed = {key for key in own.keys() | sent.keys() if own.get(key) != sent.get(key)}
        assert changed <= {"maxOutputTokens"}, name
        assert int(sent["maxOutputTokens"]) <= 4_096


def json_of(body: bytes, name: str) -> bytes:
    found = members(body)
    return body[slice(*found[name][1:])] if name in found else b"{}"


def test_every_recorded_request_can_be_said_to_anthropic_or_is_refused_for_a_named_reason() -> None:
    for name, body in requests():
        made = a_call(body, MESSAGES)
        if name in STAYS:
            with pytest.raises(InvalidRequest) as refused:
                INBOUND[GEMINI].read_conversation(made.request)
            assert refused.value.param == STAYS[name]
            continue
        translated = INBOUND[GEMINI].read_conversation(made.request)
        roles = [turn.role for turn in translated.conversation.turns]
        assert all(left != right for left, right in itertools.pairwise(roles)), name


def test_every_recorded_request_that_leaves_the_dialect_comes_back_with_the_same_meaning() -> None:
    """Said to Gemini anew, as a caller of another dialect would, and read again."""
    compared = 0
    for name, body in requests():
        if name in STAYS:
            continue
        made = a_call(body, GEMINI)
        once = INBOUND[GEMINI].read_conversation(made.request)
        wire = OUTBOUND[GEMINI].write_call(made, once)
        again = INBOUND[GEMINI].read_conversation(
            INBOUND[GEMINI].read_request(wire.body, Target(model="m", stream=False))
        )
        assert again.conversation == once.conversation, name
        compared += 1
    assert compared >= 35


def test_every_recorded_answer_reaches_callers_of_other_dialects_and_comes_back() -> None:
    chat = INBOUND[CHAT].read_request(b'{"model":"m","messages":[{"role":"user","content":"x"}]}')
    for exchange in bodies():
        answer = OUTBOUND[GEMINI].read_answer(exchange.body, want_content=True)
        content = answer.content
        assert content is not None
        generation = Generation(
            dialect=GEMINI, body=exchange.body, content=content, finish=answer.finish, usage=answer.usage
        )
        written = INBOUND[CHAT].write_answer(generation, chat, RECORD, run_id="r", created_s=1)
        again = OUTBOUND[CHAT].read_answer(written, want_content=True)
        assert again.content is not None
        assert (again.content.text, again.content.reasoning) == (content.text, content.reasoning), exchange.name
        calls = [(call.id, call.name, call.arguments) for call in content.tool_calls]
        assert [(call.id, call.name, call.arguments) for call in again.content.tool_calls] == calls
        assert again.finish is answer.finish, exchange.name
        if answer.usage is not None:
            assert again.usage is not None
            assert again.usage.output_tokens == answer.usage.output_tokens


@pytest.mark.parametrize(("api", "dialect"), [("chat", CHAT), ("messages", MESSAGES)])
def test_every_recorded_answer_of_another_vendor_reaches_a_gemini_caller(api: str, dialect: Dialect) -> None:
    compared = 0
    for exchange in exchanges(api):
        if exchange.status != 200 or exchange.stream:
            continue
        answer = OUTBOUND[dialect].read_answer(exchange.body, want_content=True)
        content = answer.content
        assert content is not None
        generation = Generation(
            dialect=dialect, body=exchange.body, content=content, finish=answer.finish, usage=answer.usage
        )
        written = INBOUND[GEMINI].write_answer(generation, asked(), RECORD, run_id="r", created_s=1)
        again = OUTBOUND[GEMINI].read_answer(written, want_content=True)
        assert again.content is not None
        assert again.content.text == content.text or content.refusal, exchange.name
        assert again.content.reasoning == content.reasoning, exchange.name
        calls = [(call.id or "call", call.name) for call in content.tool_calls]
        assert [
            (call.id if call.id in dict(calls) else "call", call.name) for call in again.content.tool_calls
        ] == calls
        compared += 1
    assert compared >= 20


@pytest.mark.parametrize(("api", "dialect"), [("chat", CHAT), ("messages", MESSAGES)])
@pytest.mark.parametrize("events", [True, False])
def test_every_recorded_stream_of_another_vendor_reaches_a_gemini_caller(
    api: str, dialect: Dialect, *, events: bool
) -> None:
    compared = 0
    for exchange in (each for each in exchanges(api) if each.status == 200 and each.stream):
        reader = OUTBOUND[dialect].stream_reader(ModelFacts())
        deltas, failure = read_whole(reader, exchange.body)
        if failure is not None:  # recordings that were written to be broken
            continue
        writer = INBOUND[GEMINI].stream_writer(asked(stream=True, events=events), run_id="r", created_s=1)
        written = writer.write(dialect, deltas) + writer.finish(RECORD)
        again, failure = read_whole(OUTBOUND[GEMINI].stream_reader(ModelFacts()), written)
        assert failure is None, exchange.name
        for field in ("text", "reasoning"):
            said = "".join(getattr(each, field) + (each.refusal if field == "text" else "") for each in deltas)
            assert "".join(getattr(each, field) for each in again) == said, exchange.name
        names = [piece.name for each in deltas for piece in each.tool_calls if piece.name]
        assert [piece.name for each in again for piece in each.tool_calls] == names, exchange.name
        compared += 1
    assert compared >= 15


def test_every_recorded_error_is_read() -> None:
    kinds = {400: FailureKind.VENDOR_ACCESS, 404: FailureKind.VENDOR_ACCESS}  # the 400s are keys that are not valid
    errors = [each for each in exchanges("generateContent") if each.status != 200]
    assert len(errors) >= 3
    for exchange in errors:
        failure = OUTBOUND[GEMINI].read_failure(exchange.status, exchange.headers, exchange.body)
        assert failure.kind is kinds[exchange.status], exchange.name
        assert failure.message in json.dumps(json.loads(exchange.body), ensure_ascii=False)


def test_the_quoted_overload_is_read() -> None:
    item = next(each for each in quoted_errors() if each["provider"] == "gemini")
    failure = OUTBOUND[GEMINI].read_failure(item["status"], {}, encoded(item["body"]))
    assert (failure.kind, failure.message) == (FailureKind.OVERLOADED, item["body"]["error"]["message"])
