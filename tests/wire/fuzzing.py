"""Damaged bytes of every dialect for the pure wire code: seeds, ways to damage them, and what must hold whatever comes.

`tests/wire/test_fuzzing.py` does it for a moment, `python -m scripts.fuzz` for as long as it is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple

import msgspec

from contracts.vendor_answers import SAMPLES
from end_to_end.speaker import Wish
from end_to_end.speakers import SPEAKERS
from lanewise.core.answer import Delta, Generation
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import Deployment, ModelFacts, ProviderPolicy
from lanewise.core.protocols.dialect import ErrorReport
from lanewise.core.protocols.provider import Call
from lanewise.core.request import Dialect, Request, Target
from lanewise.wire import INBOUND, OUTBOUND

WISHES = (
    Wish(),
    Wish(thinks=True, tools=True, system="Be kind."),
    Wish(tools=True, choice="named", parallel=False, seed=7, stop="x", logprobs=True),
    Wish(schema={"type": "object", "properties": {"a": {"type": "integer"}}}, cap=1),
)
FACTS = (
    ModelFacts(),
    ModelFacts(thinking="budget", thinking_budget_tokens=(1_024, 9_000), cache_markers=True, sound=True),
    ModelFacts(thinking="adaptive", efforts=("low", "high"), sampling=False, json_schema=False, forced_tools=False),
    ModelFacts(thinking="effort", efforts=("low", "medium"), signed_calls=True, logprobs=False, schema_with_tools=False),
)  # fmt: skip
#: What JSON, events and dialects are made of: put in anywhere, they are more often understood than noise.
WORDS = (
    *(b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"null", b"true", b"-1", b"1e999", b"0.10", b"\n", b"\n\n", b"\r"),
    *(b"data: ", b"event: error\n", b"[DONE]", b'{"error":{}}', b"\xff", b"\xef\xbb\xbf", b"\\ud800", b"\x00", b"{}"),
    *(b'"type":', b'"text"', b'"content":', b'"role":', b'"index":9', b'"thinking"', b'"tool_use"', b'"lanewise":1'),
)  # fmt: skip


class Damage(NamedTuple):
    """One change: from a place on, so many bytes go, and others come."""

    place: int
    gone: int
    instead: bytes


class Case(NamedTuple):
    """What is damaged, and what it is taken for."""

    dialect: Dialect
    kind: str  # `request`, `stream`, `whole` or `error`
    body: bytes
    pieces: int = 1  # that a stream comes in


@lru_cache(maxsize=1)
def seeds() -> tuple[Case, ...]:
    return tuple(_seeds())


def _seeds() -> Iterator[Case]:
    for dialect, sample in SAMPLES.items():
        yield Case(dialect, "stream", b"".join(sample.events))
        yield Case(dialect, "stream", b"".join((*sample.events[:2], sample.error_event)))
        yield Case(dialect, "whole", sample.whole)
        yield Case(dialect, "error", sample.error)
        for wish in WISHES:
            speaker = SPEAKERS[dialect](wish)
            speaker.ask("Hello, wörld!")
            speaker.show("And this?")
            speaker.attach("And that?", "JVBERi0xLjQK")
            yield Case(dialect, "request", json.dumps(speaker.body("m", stream=True)).encode())


def drawn(random: Random) -> Case:
    """A seed, damaged a little."""
    seed = random.choice(seeds())
    damages = [
        Damage(random.randrange(len(seed.body) + 1), random.choice((0, 0, 1, 2, 8, 60)), _instead(random, seed.body))
        for _ in range(random.randint(1, 4))
    ]
    return damaged(seed, damages, pieces=random.choice((1, 2, 7)))


def _instead(random: Random, body: bytes) -> bytes:
    if random.random() < 0.2:  # something of its own, a second time
        start = random.randrange(len(body))
        return body[start : start + random.choice((3, 40, 300))]
    return b"".join(random.choices(WORDS, k=random.randint(0, 3)))


def damaged(seed: Case, damages: list[Damage], *, pieces: int = 1) -> Case:
    body = seed.body
    for place, gone, instead in damages:
        body = body[:place] + instead + body[place + gone :]
    return seed._replace(body=body, pieces=pieces)


def holds(case: Case) -> None:
    """Whatever the bytes are: a value, or a request that is refused in words. Raises what must never be raised."""
    {"request": _request, "stream": _stream, "whole": _whole, "error": _error}[case.kind](case)


def _request(case: Case) -> None:
    try:
        request = INBOUND[case.dialect].read_request(case.body, Target(model="m", stream=True))
    except InvalidRequest:
        return
    for facts in FACTS:
        for dialect, outbound in OUTBOUND.items():
            provider = ProviderPolicy(name="v", dialect=dialect, base_url="http://127.0.0.1/v1")
            deployment = Deployment(provider=provider, model="m", facts=facts)
            call = Call(request=request, deployment=deployment, stream=True, max_output_tokens=4_096, effort="high")
            try:
                meant = None if dialect is case.dialect else INBOUND[case.dialect].read_conversation(request)
                wire = outbound.write_call(call, meant)
            except InvalidRequest:
                continue
            assert isinstance(_json(wire.body), dict)


def _stream(case: Case) -> None:
    reader = OUTBOUND[case.dialect].stream_reader(ModelFacts())
    size = len(case.body) // case.pieces + 1
    deltas = [delta for at in range(0, len(case.body), size) for delta in reader.feed(case.body[at : at + size])]
    failure = reader.end()
    assert failure is None or failure.message
    assert b"".join(delta.raw for delta in deltas) in case.body or case.dialect is Dialect.OPENAI_RESPONSES
    for dialect, inbound in INBOUND.items():
        writer = inbound.stream_writer(_asked(dialect), run_id="run_1", created_s=1)
        written = writer.write(case.dialect, [delta for delta in deltas if not delta.last])
        written += writer.finish(b'{"a":1}') if failure is None else writer.error(_REPORT)
        if dialect is not case.dialect:
            _is_read(dialect, written, deltas, whole=failure is None)


def _is_read(dialect: Dialect, written: bytes, deltas: list[Delta], *, whole: bool) -> None:
    """What is written of damaged bytes is not damaged itself."""
    reader = OUTBOUND[dialect].stream_reader(ModelFacts())
    heard = reader.feed(written)
    failure = reader.end()
    said = "".join(delta.text + delta.refusal for delta in deltas)
    assert (failure is None) is whole or not any(delta.shows or delta.finish for delta in deltas), (dialect, failure)
    assert "".join(delta.text + delta.refusal for delta in heard) == said or failure is not None, dialect


def _whole(case: Case) -> None:
    answer = OUTBOUND[case.dialect].read_answer(case.body, want_content=True)
    lean = OUTBOUND[case.dialect].read_answer(case.body, want_content=False)
    assert lean.failure is None or answer.failure is not None  # it looks at less
    if answer.failure is not None:
        assert answer.failure.message
        return
    generation = Generation(
        dialect=case.dialect, body=case.body, content=answer.content, finish=answer.finish, usage=answer.usage
    )
    for dialect, inbound in INBOUND.items():
        body = inbound.write_answer(generation, _asked(dialect), b'{"a":1}', run_id="run_1", created_s=1)
        assert _json(body)["lanewise"] == {"a": 1}


def _json(body: bytes) -> Any:
    """What a lenient client makes of it: unknown members of a vendor's or a caller's own bytes go on as they are, whatever is in them."""
    return json.loads(body.decode("utf-8", "replace"), strict=False)


def _error(case: Case) -> None:
    for status in (400, 429, 500, 529):
        failure = OUTBOUND[case.dialect].read_failure(status, {"retry-after": "x"}, case.body)
        assert failure.kind


_REPORT = ErrorReport(status=502, kind="upstream_error", message="The vendor hung up", code="cut_stream")


@lru_cache(maxsize=4)
def _asked(dialect: Dialect) -> Request:
    speaker = SPEAKERS[dialect](Wish(thinks=True))
    speaker.ask("Hello")
    body = json.dumps(speaker.body("m", stream=True)).encode()
    request = INBOUND[dialect].read_request(body, Target(model="m", stream=True))
    return msgspec.structs.replace(request, passed=msgspec.structs.replace(request.passed, query=(("alt", "sse"),)))
