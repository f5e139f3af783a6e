"""What is left of a caller's rates, as SDKs read it."""

from __future__ import annotations

import pytest
from msgspec import structs

from asgi_calls import Sent
from lanewise.core.protocols.hot_state import Allowed, Standing
from lanewise.core.request import Dialect
from lanewise.server.rate_headers import rate_headers, reset_text
from lanewise.server.replies import StreamReply, WholeReply
from server.test_replies import CHAT, ROUTED, USUAL, answer
from walking import request

STANDING = Standing(requests=Allowed(60, 59, 1.0), tokens=Allowed(100_000, 99_000, 0.6))


def test_callers_of_openai_s_dialects_read_openai_s_names() -> None:
    assert dict(rate_headers(STANDING, Dialect.OPENAI_CHAT, 0.0)) == {
        b"x-ratelimit-limit-requests": b"60",
        b"x-ratelimit-remaining-requests": b"59",
        b"x-ratelimit-reset-requests": b"1s",
        b"x-ratelimit-limit-tokens": b"100000",
        b"x-ratelimit-remaining-tokens": b"99000",
        b"x-ratelimit-reset-tokens": b"600ms",
    }


def test_callers_of_anthropic_s_read_its_names_beside_them() -> None:
    sent = dict(rate_headers(STANDING, Dialect.ANTHROPIC_MESSAGES, 1_790_000_000.0))
    assert sent[b"anthropic-ratelimit-requests-limit"] == b"60"
    assert sent[b"anthropic-ratelimit-requests-remaining"] == b"59"
    assert sent[b"anthropic-ratelimit-requests-reset"] == b"2026-09-21T14:13:21Z"
    assert sent[b"x-ratelimit-limit-tokens"] == b"100000"


def test_a_rate_that_nobody_wrote_has_no_header() -> None:
    assert rate_headers(Standing(), Dialect.OPENAI_CHAT, 0.0) == []


def test_limits_that_a_process_holds_alone_say_so() -> None:
    assert rate_headers(Standing(alone=True), Dialect.GEMINI, 0.0) == [(b"x-lanewise-limits", b"alone")]


async def test_the_answer_s_own_field_says_so_too_whole_and_streamed() -> None:
    alone = structs.replace(ROUTED, standing=Standing(alone=True))
    for reply_of in (WholeReply, StreamReply):
        sent = Sent()
        reply = reply_of(sent, CHAT, request(stream=reply_of is StreamReply), USUAL.get)
        await reply.on_event(alone)
        await reply.finish(answer())
        assert sent.headers["x-lanewise-limits"] == "alone"
        assert b'"limits":"alone"' in sent.body


@pytest.mark.parametrize(
    ("reset_s", "text"), [(0.0, b"0ms"), (0.12, b"120ms"), (1.0, b"1s"), (59.6, b"1m0s"), (360.2, b"6m0s")]
)
def test_times_are_written_as_openai_writes_them(reset_s: float, text: bytes) -> None:
    assert reset_text(reset_s) == text
