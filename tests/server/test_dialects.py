"""What HTTP adds to a dialect's bodies: a request's name in the right header, the right content type."""

from __future__ import annotations

import msgspec
import pytest

from asgi_calls import Sent, scope
from lanewise.core.protocols.dialect import ErrorReport
from lanewise.core.request import Dialect, Passed
from lanewise.server.dialects import Dialects
from lanewise.wire import INBOUND
from lanewise.wire.beside import BESIDE
from walking import request

CHAT = INBOUND[Dialect.OPENAI_CHAT]
ALL = Dialects(dict.fromkeys(Dialect, CHAT), BESIDE)
REPORT = ErrorReport(status=429, kind="rate_limit_error", message="Later", request_id="run_1")


@pytest.mark.parametrize(
    ("dialect", "name"),
    [
        (Dialect.OPENAI_CHAT, "x-request-id"),
        (Dialect.OPENAI_RESPONSES, "x-request-id"),
        (Dialect.ANTHROPIC_MESSAGES, "request-id"),
        (Dialect.GEMINI, None),
    ],
)
async def test_an_error_names_its_request_where_the_dialect_s_sdk_looks(dialect: Dialect, name: str | None) -> None:
    sent = Sent()
    await ALL[dialect].send_error(sent, REPORT, [(b"retry-after", b"3")])

    assert (sent.status, sent.headers["retry-after"]) == (429, "3")
    named = {each: value for each, value in sent.headers.items() if each.endswith("request-id")}
    assert named == ({} if name is None else {name: "run_1"})


async def test_an_error_without_a_run_gets_an_id_of_its_own_and_none_is_empty() -> None:
    sent, unnamed = Sent(), msgspec.structs.replace(REPORT, request_id="")
    await (
        Dialects({Dialect.OPENAI_CHAT: CHAT}, BESIDE, new_id=lambda: "run_2")
        .of(scope("/"))
        .send_error(sent, unnamed, [])
    )
    assert sent.headers["x-request-id"] == "run_2"
    sent = Sent()
    await ALL[Dialect.OPENAI_CHAT].send_error(sent, unnamed, [])
    assert "x-request-id" not in sent.headers


def test_a_gemini_stream_is_an_array_for_those_who_did_not_ask_for_events() -> None:
    asked = request(stream=True, passed=Passed(query=(("alt", "sse"),)))
    assert ALL[Dialect.GEMINI].stream_type(request(stream=True)) == b"application/json"
    assert ALL[Dialect.GEMINI].stream_type(asked).startswith(b"text/event-stream")
    assert ALL[Dialect.OPENAI_CHAT].stream_type(request(stream=True)).startswith(b"text/event-stream")


def test_a_dialect_that_is_not_spoken_here_is_answered_in_openai_s() -> None:
    only = Dialects({Dialect.OPENAI_CHAT: CHAT}, BESIDE)
    assert list(only) == [Dialect.OPENAI_CHAT]
    assert only.of(scope("/v1/messages")).dialect is Dialect.OPENAI_CHAT
    assert ALL.of(scope("/v1/messages")).dialect is Dialect.ANTHROPIC_MESSAGES
