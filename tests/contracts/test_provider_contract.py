"""What every Provider must do, in every dialect. A new implementation adds one line to `PROVIDERS`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from contracts.vendor_answers import (
    SAMPLES,
    TEXT,
    Asked,
    Sample,
    a_call,
    answers_as_asked,
    until_first_text,
    whole_answer,
)
from lanewise.core.answer import Delta, Finish, Generation
from lanewise.core.clock import SystemClock
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.protocols.provider import Provider
from lanewise.core.request import Dialect
from lanewise.providers.http import HttpProvider
from lanewise.providers.pools import Pools
from lanewise.wire import INBOUND, OUTBOUND
from patience import PATIENCE_S
from raw_vendor import Exchange, raw_vendor, unused_port


@asynccontextmanager
async def _http() -> AsyncIterator[Provider]:
    pools = Pools()
    try:
        yield HttpProvider(OUTBOUND, INBOUND, pools=pools, clock=SystemClock())
    finally:
        await pools.close()


PROVIDERS: dict[str, Callable[[], AbstractAsyncContextManager[Provider]]] = {HttpProvider.__name__: _http}


@pytest.mark.every_loop
class TestProvider:
    """One run of it per provider, dialect and event loop."""

    @pytest.fixture(params=PROVIDERS)
    async def provider(self, request: pytest.FixtureRequest) -> AsyncIterator[Provider]:
        async with PROVIDERS[request.param]() as provider:
            yield provider

    @pytest.fixture(params=sorted(OUTBOUND))
    def dialect(self, request: pytest.FixtureRequest) -> Dialect:
        return Dialect(request.param)

    @pytest.fixture
    def sample(self, dialect: Dialect) -> Sample:
        return SAMPLES[dialect]

    @pytest.fixture
    def ask(self, provider: Provider, dialect: Dialect) -> Callable[..., Asked]:
        def ask(address: str, *, stream: bool, idle_timeout_s: float = 20.0, text: str = "Hi") -> Asked:
            return Asked(provider, a_call(dialect, address, stream=stream, idle_timeout_s=idle_timeout_s, text=text))

        return ask

    async def test_a_whole_answer_is_given_with_its_bytes_its_meaning_and_its_usage(
        self, ask: Callable[..., Asked], sample: Sample
    ) -> None:
        async with raw_vendor(whole_answer(sample, {"x-request-id": "req-7"})) as vendor:
            asked = ask(vendor.address, stream=False)
            generation = await asked.answer()
        assert generation.failure is None
        assert generation.body == sample.whole
        assert generation.content is not None
        assert generation.content.text == TEXT
        assert generation.finish is Finish.STOP
        assert generation.served_model == asked.meter.served_model == "model-2026"
        assert generation.vendor_request_id == asked.meter.vendor_request_id == "req-7"
        assert generation.usage is not None
        assert (generation.usage.input_tokens, generation.usage.output_tokens) == (12, 7)
        assert asked.meter.usage == generation.usage
        assert asked.meter.output_chars == len(TEXT)
        assert asked.meter.first_output_s is not None
        assert asked.deltas == []

    @pytest.mark.parametrize("piece_bytes", [1, 7, 10_000])
    async def test_a_stream_is_relayed_event_by_event_however_the_network_cuts_it(
        self, ask: Callable[..., Asked], sample: Sample, piece_bytes: int
    ) -> None:
        whole = b"".join(sample.events)

        async def dribble(exchange: Exchange) -> None:
            await exchange.stream(**{"x-request-id": "req-8"})
            for start in range(0, len(whole), piece_bytes):
                await exchange.event(whole[start : start + piece_bytes])
            await exchange.end()

        async with raw_vendor(dribble) as vendor:
            asked = ask(vendor.address, stream=True)
            generation = await asked.answer()
        assert generation.failure is None
        assert asked.text == TEXT
        assert generation.content is not None
        assert generation.content.text == TEXT
        assert generation.finish is Finish.STOP
        # A terminal event that holds the whole answer passes by like any other; one that only ends the stream is the writer's to say.
        assert b"".join(delta.raw for delta in asked.deltas) in (whole, whole.removesuffix(sample.events[-1]))
        assert not any(delta.last for delta in asked.deltas)
        assert generation.usage is not None
        assert (generation.usage.input_tokens, generation.usage.output_tokens) == (12, 7)
        assert (asked.meter.output_chars, asked.meter.served_model) == (len(TEXT), "model-2026")
        assert generation.vendor_request_id == "req-8"

    async def test_the_terminal_event_ends_the_answer_though_the_connection_stays_open(
        self, ask: Callable[..., Asked], sample: Sample
    ) -> None:
        async def never_end(exchange: Exchange) -> None:
            await exchange.stream()
            await exchange.event(b"".join(sample.events))
            await (exchange.gone() if sample.terminal else exchange.end())

        async with raw_vendor(never_end) as vendor:
            generation = await ask(vendor.address, stream=True).answer()
        assert generation.failure is None
        assert generation.content is not None
        assert generation.content.text == TEXT

    @pytest.mark.parametrize("stream", [False, True])
    async def test_a_connection_is_used_again_after_a_good_answer(
        self, ask: Callable[..., Asked], sample: Sample, *, stream: bool
    ) -> None:
        async with raw_vendor(answers_as_asked(sample)) as vendor:
            for _ in range(3):
                assert (await ask(vendor.address, stream=stream).answer()).failure is None
            assert (len(vendor.requests), vendor.connections) == (3, 1)

    async def test_a_body_that_ends_a_moment_after_its_terminal_event_leaves_the_connection_to_the_next_call(
        self, ask: Callable[..., Asked], sample: Sample
    ) -> None:
        seen = asyncio.Event()

        async def end_late(exchange: Exchange) -> None:
            await exchange.stream()
            await exchange.event(b"".join(sample.events))
            await seen.wait()
            await exchange.end()

        async with raw_vendor(end_late) as vendor:
            for _ in range(2):
                asked = ask(vendor.address, stream=True)
                asked.first = seen
                assert (await asked.answer()).failure is None
            assert vendor.connections == 1

    async def test_a_stream_cut_before_its_terminal_event_is_a_failure_with_what_had_come(
        self, ask: Callable[..., Asked], sample: Sample
    ) -> None:
        async def cut(exchange: Exchange) -> None:
            await exchange.stream()
            await exchange.event(until_first_text(sample))
            await exchange.end()

        async with raw_vendor(cut) as vendor:
            generation = await ask(vendor.address, stream=True).answer()
        assert _kind(generation) is FailureKind.CUT_STREAM
        assert generation.content is not None
        assert generation.content.text == "Hello, "

    async def test_a_reset_in_the_middle_is_a_lost_connection(self, ask: Callable[..., Asked], sample: Sample) -> None:
        seen = asyncio.Event()

        async def reset(exchange: Exchange) -> None:
            await exchange.stream()
            await exchange.event(until_first_text(sample))
            await seen.wait()
            exchange.reset()

        async with raw_vendor(reset) as vendor:
            asked = ask(vendor.address, stream=True)
            asked.first = seen
            generation = await asked.answer()
        assert _kind(generation) is FailureKind.CONNECTION_LOST
        assert asked.text == "Hello, "

    @pytest.mark.parametrize("stream", [False, True])
    @pytest.mark.parametrize("how", ["close", "reset"])
    async def test_a_vendor_that_hangs_up_before_answering_is_a_lost_connection(
        self, ask: Callable[..., Asked], how: str, *, stream: bool
    ) -> None:
        async def hang_up(exchange: Exchange) -> None:
            getattr(exchange, how)()

        async with raw_vendor(hang_up) as vendor:
            assert _kind(await ask(vendor.address, stream=stream).answer()) is FailureKind.CONNECTION_LOST
            assert len(vendor.requests) == 1, "a call that may have been worked on is not made twice in silence"

    async def test_a_body_shorter_than_promised_is_a_lost_connection(
        self, ask: Callable[..., Asked], sample: Sample
    ) -> None:
        async def short(exchange: Exchange) -> None:
            await exchange.write(
                b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (len(sample.whole) + 9) + sample.whole
            )
            exchange.close()

        async with raw_vendor(short) as vendor:
            assert _kind(await ask(vendor.address, stream=False).answer()) is FailureKind.CONNECTION_LOST

    async def test_nobody_listening_is_unreachable(self, ask: Callable[..., Asked]) -> None:
        generation = await ask(f"http://127.0.0.1:{unused_port()}", stream=False).answer()
        assert _kind(generation) is FailureKind.UNREACHABLE

    @pytest.mark.parametrize("after", ["request", "head", "text"])
    async def test_silence_beyond_the_idle_limit_is_a_failure(
        self, ask: Callable[..., Asked], sample: Sample, after: str
    ) -> None:
        async def fall_silent(exchange: Exchange) -> None:
            if after != "request":
                await exchange.stream()
            if after == "text":
                await exchange.event(until_first_text(sample))
            await exchange.gone()

        async with raw_vendor(fall_silent) as vendor:
            asked = ask(vendor.address, stream=True, idle_timeout_s=0.1)
            assert _kind(await asked.answer()) is FailureKind.IDLE_TIMEOUT
            assert asked.text == ("Hello, " if after == "text" else "")

    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (400, FailureKind.BAD_REQUEST),
            (401, FailureKind.VENDOR_ACCESS),
            (404, FailureKind.VENDOR_ACCESS),
            (429, FailureKind.RATE_LIMITED),
            (500, FailureKind.SERVER_ERROR),
            (503, FailureKind.OVERLOADED),
        ],
    )
    async def test_a_vendor_s_error_is_a_value(
        self, ask: Callable[..., Asked], sample: Sample, status: int, kind: FailureKind
    ) -> None:
        async def refuse(exchange: Exchange) -> None:
            await exchange.whole(sample.error, status, **{"retry-after": "3", "x-request-id": "req-9"})

        async with raw_vendor(refuse) as vendor:
            for stream in (False, True):
                generation = await ask(vendor.address, stream=stream).answer()
                assert generation.failure is not None
                assert (generation.failure.kind, generation.failure.status) == (kind, status)
                assert "said so" in generation.failure.message
                assert generation.vendor_request_id == "req-9"
                if status == 429:
                    assert generation.failure.retry_after_s == 3

    async def test_an_error_event_ends_a_stream_as_a_failure(self, ask: Callable[..., Asked], sample: Sample) -> None:
        async def break_inside(exchange: Exchange) -> None:
            await exchange.stream()
            await exchange.event(until_first_text(sample))
            await exchange.event(sample.error_event)
            await exchange.end()

        async with raw_vendor(break_inside) as vendor:
            asked = ask(vendor.address, stream=True)
            failure = (await asked.answer()).failure
        assert failure is not None
        assert failure.transient
        assert "broken inside" in failure.message
        assert asked.text == "Hello, "

    async def test_a_whole_error_where_a_stream_was_asked_for_is_read(
        self, ask: Callable[..., Asked], sample: Sample
    ) -> None:
        async def answer_whole(exchange: Exchange) -> None:
            await exchange.whole(sample.error)

        async with raw_vendor(answer_whole) as vendor:
            failure = (await ask(vendor.address, stream=True).answer()).failure
        assert failure is not None
        assert "said so" in failure.message

    @pytest.mark.parametrize("stream", [False, True])
    async def test_bytes_that_are_no_answer_are_malformed(self, ask: Callable[..., Asked], *, stream: bool) -> None:
        async def babble(exchange: Exchange) -> None:
            if stream:
                await exchange.stream()
                await exchange.event(b'data: {"choices": [{"delta"\n\n')
                await exchange.end()
            else:
                await exchange.whole(b"<html>Welcome to the airport's network</html>")

        async with raw_vendor(babble) as vendor:
            assert _kind(await ask(vendor.address, stream=stream).answer()) is FailureKind.MALFORMED

    async def test_a_peer_that_does_not_speak_http_is_malformed(self, ask: Callable[..., Asked]) -> None:
        async def speak_otherwise(exchange: Exchange) -> None:
            await exchange.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
            await exchange.gone()

        async with raw_vendor(speak_otherwise) as vendor:
            assert _kind(await ask(vendor.address, stream=False).answer()) is FailureKind.MALFORMED

    async def test_a_redirect_is_a_failure_and_nothing_is_sent_after_it(
        self, ask: Callable[..., Asked], sample: Sample
    ) -> None:
        async with raw_vendor(answers_as_asked(sample)) as elsewhere:

            async def send_away(exchange: Exchange) -> None:
                await exchange.whole(b"", 307, location=elsewhere.address)

            async with raw_vendor(send_away) as vendor:
                failure = (await ask(vendor.address, stream=False).answer()).failure
            assert failure is not None
            assert failure.status == 307
            assert elsewhere.requests == []

    @pytest.mark.parametrize("when", ["before the head", "before the text", "in the middle"])
    async def test_cancelling_closes_the_connection_at_once(
        self, ask: Callable[..., Asked], sample: Sample, when: str
    ) -> None:
        arrived, left = asyncio.Event(), asyncio.Event()

        async def wait_to_be_left(exchange: Exchange) -> None:
            if when != "before the head":
                await exchange.stream()
            if when == "in the middle":
                await exchange.event(until_first_text(sample))
            arrived.set()
            await exchange.gone()
            left.set()

        async with raw_vendor(wait_to_be_left) as vendor:
            asked = ask(vendor.address, stream=True)
            call = asyncio.create_task(asked.answer())
            await arrived.wait()
            if when == "in the middle":
                await asked.first.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.wait_for(left.wait(), PATIENCE_S)
        assert asked.meter.output_chars == (len("Hello, ") if when == "in the middle" else 0)

    async def test_cancelling_a_whole_answer_closes_the_connection_too(
        self, ask: Callable[..., Asked], sample: Sample
    ) -> None:
        arrived, left = asyncio.Event(), asyncio.Event()

        async def half(exchange: Exchange) -> None:
            await exchange.write(
                b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(sample.whole) + sample.whole[:20]
            )
            arrived.set()
            await exchange.gone()
            left.set()

        async with raw_vendor(half) as vendor:
            call = asyncio.create_task(ask(vendor.address, stream=False).answer())
            await arrived.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.wait_for(left.wait(), PATIENCE_S)

    async def test_a_listener_s_own_error_propagates_and_closes_the_connection(
        self, ask: Callable[..., Asked], sample: Sample
    ) -> None:
        left = asyncio.Event()

        async def wait_to_be_left(exchange: Exchange) -> None:
            await exchange.stream()
            await exchange.event(until_first_text(sample))
            await exchange.gone()
            left.set()

        async def refuse(_: list[Delta]) -> None:
            raise ConnectionResetError("the caller is gone")

        async with raw_vendor(wait_to_be_left) as vendor:
            asked = ask(vendor.address, stream=True)
            asked.listener = refuse
            with pytest.raises(ConnectionResetError, match="the caller is gone"):
                await asked.answer()
            await asyncio.wait_for(left.wait(), PATIENCE_S)

    async def test_a_large_request_arriveswhole_answer(self, ask: Callable[..., Asked], sample: Sample) -> None:
        async with raw_vendor(answers_as_asked(sample)) as vendor:
            generation = await ask(vendor.address, stream=False, text="x" * 3_000_000).answer()
            assert generation.failure is None
            (request,) = vendor.requests
            assert request.body.count(b"x") >= 3_000_000


def _kind(generation: Generation) -> FailureKind | None:
    failure: Failure | None = generation.failure
    return None if failure is None else failure.kind
