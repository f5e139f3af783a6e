"""When a reply begins, what keeps it alive, and how it ends, message by message."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import msgspec
import pytest

from asgi_calls import Sent
from lanewise.core.answer import Delta, Generation
from lanewise.core.events import Degraded, Deltas, FellBack, Queued, Routed
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.plan import Timing
from lanewise.core.protocols.dialect import ErrorReport
from lanewise.core.request import Dialect, Hints
from lanewise.pipeline.gateway import Answer
from lanewise.server.dialects import Dialects
from lanewise.server.replies import StreamReply, WholeReply
from lanewise.wire import INBOUND
from lanewise.wire.beside import BESIDE
from patience import PATIENCE_S
from stores.samples import a_record
from walking import request

CHAT = Dialects(INBOUND, BESIDE)[Dialect.OPENAI_CHAT]
ROUTED = Routed(run_id="run_1", lane="reasoning", reason="default", heartbeat_after_s=3_600.0)
EIGHT = Deltas(dialect=Dialect.OPENAI_CHAT, deltas=[Delta(raw=b'data: {"choices":[]}\n\n', text="Eight.")])
SWITCHED = Degraded(reason="outage", from_="alpha/small", to="beta/large")
#: How long the lanes take; nothing is known of others.
USUAL = {"reasoning": Timing(p50_s=12.0, p95_s=41.0), "standard": Timing(p50_s=0.4, p95_s=1.25)}
EXPECTED = msgspec.structs.replace(ROUTED, expected=USUAL["reasoning"])
FASTER = Degraded(reason="degraded: overloaded", from_="reasoning", to="standard", lane="standard")
REPORT = ErrorReport(status=503, kind="unavailable", message="The gateway is shutting down")


def stream(sent: Sent, *, progress: bool = False) -> StreamReply:
    return StreamReply(sent, CHAT, request(stream=True, hints=Hints(progress=progress)), USUAL.get)


def answer(failure: Failure | None = None, body: bytes = b'{"choices":[]}') -> Answer:
    return Answer(generation=Generation(dialect=Dialect.OPENAI_CHAT, failure=failure, body=body), record=a_record())


OVERLOADED = answer(Failure(kind=FailureKind.OVERLOADED, message="no", retry_after_s=7.0))


async def test_a_whole_answer_is_one_response_with_the_run_s_headers() -> None:
    sent = Sent()
    reply = WholeReply(sent, CHAT, request(), USUAL.get)
    await reply.on_event(ROUTED)
    await reply.on_event(SWITCHED)
    assert sent.messages == []

    await reply.finish(answer())

    assert (sent.status, sent.whole, sent.json()["lanewise"]["run"]) == (200, True, "run_1")
    assert sent.headers["x-lanewise-run"] == "run_1"


@pytest.mark.parametrize("streams", [False, True])
async def test_a_failure_before_the_first_byte_is_an_http_error_with_the_run_s_headers(*, streams: bool) -> None:
    sent = Sent()
    reply = stream(sent) if streams else WholeReply(sent, CHAT, request(), USUAL.get)
    await reply.on_event(ROUTED)

    await reply.finish(OVERLOADED)

    assert (sent.status, sent.json()["error"]["type"], sent.whole) == (503, "upstream_error", True)
    assert (sent.headers["retry-after"], sent.headers["x-lanewise-cost"]) == ("7", "0.000300000")


async def test_a_refusal_before_anything_was_routed_is_an_http_error_too() -> None:
    sent = Sent()
    await stream(sent).fail(REPORT, [(b"retry-after", b"1")])
    assert (sent.status, sent.headers["retry-after"]) == (503, "1")


async def test_a_stream_begins_with_its_first_bytes_and_ends_with_the_record() -> None:
    sent = Sent()
    reply = stream(sent)
    await reply.on_event(ROUTED)
    await reply.on_event(Deltas(dialect=Dialect.OPENAI_CHAT, deltas=[Delta(usage_only=True, raw=b"hidden")]))
    assert sent.messages == []

    await reply.on_event(EIGHT)
    assert (sent.status, sent.whole) == (200, False)
    await reply.finish(answer())

    assert sent.headers["content-type"].startswith("text/event-stream")
    assert (sent.headers["x-lanewise-run"], sent.headers["x-lanewise-lane"]) == ("run_1", "reasoning")
    assert sent.whole
    assert sent.body.startswith(EIGHT.deltas[0].raw)
    assert sent.body.endswith(b"data: [DONE]\n\n")


async def test_a_failure_after_the_first_byte_is_the_dialect_s_error_event_and_the_end() -> None:
    sent = Sent()
    reply = stream(sent)
    for event in (ROUTED, EIGHT):
        await reply.on_event(event)
    await reply.finish(OVERLOADED)

    assert (sent.status, sent.whole) == (200, True)
    assert b'"error":' in sent.messages[-1]["body"]
    assert b"[DONE]" not in sent.body


async def test_a_downgrade_before_the_first_byte_is_in_the_headers() -> None:
    sent = Sent()
    reply = stream(sent)
    for event in (ROUTED, SWITCHED, EIGHT):
        await reply.on_event(event)
    reply.close()
    assert sent.headers["x-lanewise-degraded"] == "outage; from=alpha/small; to=beta/large"


async def test_typed_progress_names_each_event_as_it_happens_for_those_who_asked() -> None:
    sent = Sent()
    reply = stream(sent, progress=True)
    for event in (ROUTED, FellBack(deployment="alpha/small", next="beta/large", reason="overloaded"), SWITCHED):
        await reply.on_event(event)
    reply.close()

    events = [msgspec.json.decode(each.removeprefix(b"data: ")) for each in sent.body.split(b"\n\n") if each]
    assert [each["lanewise"]["event"] for each in events] == ["routed", "fallback", "degraded"]
    assert events[2]["lanewise"]["from"] == "alpha/small"


async def test_the_lane_that_answers_is_in_the_headers_of_a_stream_with_what_is_expected_of_it() -> None:
    sent = Sent()
    reply = stream(sent)
    for event in (EXPECTED, FASTER, EIGHT):
        await reply.on_event(event)
    await reply.finish(answer())
    assert (sent.headers["x-lanewise-lane"], sent.headers["x-lanewise-expected"]) == ("standard", "p50=0.40s, p95=1.2s")
    assert sent.headers["x-lanewise-degraded"] == "degraded: overloaded; from=reasoning; to=standard"
    assert b'"expected":{"p50_s":0.4,"p95_s":1.25}' in sent.body


async def test_after_a_wait_everybody_is_asked_anew_so_nobody_in_another_s_place_is_in_the_headers() -> None:
    sent = Sent()
    reply = stream(sent)
    for event in (EXPECTED, SWITCHED, FASTER, Queued(reason="overloaded", wait_s=2.0), EIGHT):
        await reply.on_event(event)
    reply.close()
    assert (sent.headers["x-lanewise-lane"], sent.headers["x-lanewise-expected"]) == (
        "reasoning",
        "p50=12.0s, p95=41.0s",
    )
    assert "x-lanewise-degraded" not in sent.headers


async def test_where_nobody_knows_how_long_a_lane_takes_nothing_is_said_of_it() -> None:
    sent = Sent()
    reply = stream(sent)
    for event in (ROUTED, msgspec.structs.replace(FASTER, to="small", lane="small"), EIGHT):
        await reply.on_event(event)
    await reply.finish(answer())
    assert "x-lanewise-expected" not in sent.headers
    assert b"expected" not in sent.body


async def test_a_whole_answer_says_what_was_expected_of_the_lane_when_it_was_asked_for() -> None:
    sent = Sent()
    reply = WholeReply(sent, CHAT, request(), USUAL.get)
    await reply.on_event(msgspec.structs.replace(EXPECTED, lane="standard", expected=Timing(p50_s=2.0, p95_s=3.0)))
    await reply.finish(answer())
    assert sent.headers["x-lanewise-expected"] == "p50=2.0s, p95=3.0s"
    assert sent.json()["lanewise"]["expected"] == {"p50_s": 2.0, "p95_s": 3.0}


async def test_a_whole_answer_of_a_faster_lane_says_what_is_expected_of_that_one() -> None:
    sent = Sent()
    reply = WholeReply(sent, CHAT, request(), USUAL.get)
    await reply.on_event(EXPECTED)
    await reply.finish(answer())  # its record is the standard lane's
    assert sent.headers["x-lanewise-expected"] == "p50=0.40s, p95=1.2s"


class Beats(Sent):
    """What a quiet reply sends; `beat` is set at each message."""

    def __init__(self) -> None:
        super().__init__()
        self.beat = asyncio.Event()

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        await super().__call__(message)
        self.beat.set()

    async def next(self) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            self.beat.clear()
            await self.beat.wait()
            return bytes(self.messages[-1].get("body", b""))


async def test_silence_is_broken_again_and_again_and_tells_how_far_thinking_has_come() -> None:
    sent = Beats()
    reply = stream(sent)
    quick = msgspec.structs.replace(ROUTED, heartbeat_after_s=0.02, thinks=True, thinking_budget_tokens=1_000)
    await reply.on_event(quick)
    while not sent.messages[1:]:
        await sent.next()
    assert sent.messages[1]["body"].startswith(b": thinking elapsed_s=")
    assert b"tokens" not in sent.messages[1]["body"]

    thought = Delta(raw=b"data: {}\n\n", reasoning="x" * 400)
    await reply.on_event(Deltas(dialect=Dialect.OPENAI_CHAT, deltas=[thought]))
    while b"tokens=100 of=1000" not in await sent.next():
        pass
    reply.close()


async def test_nothing_is_said_after_the_end() -> None:
    sent = Beats()
    reply = stream(sent)
    await reply.on_event(msgspec.structs.replace(ROUTED, heartbeat_after_s=0.001))
    await reply.on_event(EIGHT)
    await reply.finish(answer())
    said = len(sent.messages)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):  # fifty heartbeats' time
            await asyncio.get_running_loop().create_future()
    assert len(sent.messages) == said
    assert sent.whole


class SlowClient(Sent):
    """A client whose buffers are full until the test reads on."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = asyncio.Event()
        self.waiters = 0
        self.reads_on = asyncio.Event()

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            self.waiters += 1
            self.waiting.set()
            await self.reads_on.wait()
        await super().__call__(message)


async def test_a_sign_of_life_that_could_not_be_sent_in_time_is_not_sent_beside_the_end() -> None:
    sent = SlowClient()
    reply = stream(sent)
    await reply.on_event(msgspec.structs.replace(ROUTED, heartbeat_after_s=0.2))
    await sent.waiting.wait()

    ending = asyncio.create_task(reply.fail(REPORT, []))
    await asyncio.sleep(0)
    sent.reads_on.set()
    await ending

    assert [each["type"] for each in sent.messages] == ["http.response.start", "http.response.body"]
    assert b"shutting down" in sent.body
    assert sent.whole


async def test_signs_of_life_do_not_pile_up_before_a_client_that_does_not_read() -> None:
    sent = SlowClient()
    reply = stream(sent)
    await reply.on_event(msgspec.structs.replace(ROUTED, heartbeat_after_s=0.01))
    await sent.waiting.wait()
    await asyncio.sleep(0.2)  # twenty heartbeats' time
    waiters = sent.waiters
    sent.reads_on.set()
    reply.close()
    assert waiters == 1
