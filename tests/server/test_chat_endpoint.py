"""What a caller sees on the socket: held status, heartbeats, errors in its dialect, and what happens when it leaves."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import msgspec
import pytest

from lanewise.core.answer import Delta, Finish, Generation, Meter
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.limiting import Limits
from lanewise.core.policy import Policy, ServerLimits, TenantPolicy
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.usage import Usage
from patience import PATIENCE_S
from serving import Served, serving
from walking import Script, answers, fails, hangs, lane, policy

ONE = lane("standard", "alpha/small")
KEY = {"authorization": "Bearer lw_acme"}
VENDOR_BODY = (
    b'{"id": "chatcmpl-1", "object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant",'
    b'"content":"Eight."},"finish_reason":"stop"}], "temperature": 1.10}'
)


def chunk(**delta: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    return (
        b"data: " + msgspec.json.encode({"id": "c", "object": "chat.completion.chunk", "choices": [choice]}) + b"\n\n"
    )


EI = Delta(raw=chunk(content="Ei"), text="Ei")


async def whole(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
    return Generation(
        dialect=call.deployment.provider.dialect,
        body=VENDOR_BODY,
        finish=Finish.STOP,
        usage=Usage(input_tokens=10, output_tokens=2),
        served_model="small",
    )


class Steps:
    """A stream whose pieces are released one by one by the test."""

    def __init__(self) -> None:
        self.go: asyncio.Queue[Delta | Failure | None] = asyncio.Queue()
        self.cancelled = asyncio.Event()

    async def __call__(self, call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        dialect = call.deployment.provider.dialect
        try:
            while isinstance(step := await self.go.get(), Delta):
                meter.output_chars += len(step.text)
                await on_deltas([step])
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return Generation(dialect=dialect, failure=step, usage=Usage(input_tokens=10, output_tokens=2))


def body(*, stream: bool = False, **more: Any) -> dict[str, Any]:
    return {"model": "auto", "messages": [{"role": "user", "content": "How many?"}], "stream": stream, **more}


async def post(at: Served, payload: Any, **headers: str) -> tuple[int, dict[str, Any], Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{at.url}/v1/chat/completions", json=payload, headers=KEY | headers) as response,
    ):
        told = await response.json() if response.content_type == "application/json" else {}
        return response.status, told, response.headers


async def test_a_whole_answer_keeps_the_vendor_s_bytes_and_says_what_lanewise_did() -> None:
    async with (
        serving(policy(ONE), {"alpha/small": [whole]}) as at,
        aiohttp.ClientSession() as session,
        session.post(f"{at.url}/v1/chat/completions", json=body(), headers=KEY) as response,
    ):
        raw, headers = await response.read(), response.headers

    assert raw.startswith(VENDOR_BODY[:-1])
    told = msgspec.json.decode(raw)["lanewise"]
    assert (told["lane"], told["outcome"], told["verdict"]) == ("standard", "success", "unchecked")
    assert told["cost_nanousd"] == 18_000
    assert headers["x-lanewise-run"] == told["run"] == at.walk.ledger.records[0].run_id
    assert headers["x-lanewise-lane"] == "standard"
    assert headers["x-lanewise-cost"] == "0.000018000"
    assert "upstream;dur=" in headers["server-timing"]


async def test_the_status_is_held_until_there_is_something_to_show() -> None:
    steps = Steps()
    async with serving(policy(ONE), {"alpha/small": [steps]}) as at, aiohttp.ClientSession() as session:
        asked = asyncio.create_task(
            session.post(f"{at.url}/v1/chat/completions", json=body(stream=True), headers=KEY).__aenter__()
        )
        await steps.go.put(Delta(raw=chunk(role="assistant")))
        done, _ = await asyncio.wait({asked}, timeout=0.2)
        assert not done

        await steps.go.put(Failure(kind=FailureKind.BAD_REQUEST, message="too long", status=400))
        response = await asked
        assert response.status == 400
        assert (await response.json())["error"]["message"] == "too long"


async def test_an_error_after_the_first_words_is_the_dialect_s_error_event() -> None:
    steps = Steps()
    async with serving(policy(ONE), {"alpha/small": [steps]}) as at, aiohttp.ClientSession() as session:
        await steps.go.put(Delta(raw=chunk(content="Ei"), text="Ei"))
        await steps.go.put(Failure(kind=FailureKind.CUT_STREAM, message="the stream ended too early"))
        async with session.post(f"{at.url}/v1/chat/completions", json=body(stream=True), headers=KEY) as response:
            events = (await response.read()).split(b"\n\n")

    assert response.status == 200
    assert events[0] == chunk(content="Ei")[:-2]
    error = msgspec.json.decode(events[1].removeprefix(b"data: "))["error"]
    assert "ended too early" in error["message"]
    assert b"[DONE]" not in b"".join(events)


async def test_a_good_stream_ends_with_the_run_s_record_and_then_the_terminal_event() -> None:
    steps = Steps()
    async with serving(policy(ONE), {"alpha/small": [steps]}) as at, aiohttp.ClientSession() as session:
        await steps.go.put(Delta(raw=chunk(content="Eight."), text="Eight."))
        await steps.go.put(None)
        async with session.post(f"{at.url}/v1/chat/completions", json=body(stream=True), headers=KEY) as response:
            raw = await response.read()
        assert response.headers["x-lanewise-run"] == at.walk.ledger.records[0].run_id

    comment = next(line for line in raw.splitlines() if line.startswith(b": lanewise "))
    assert msgspec.json.decode(comment.removeprefix(b": lanewise "))["outcome"] == "success"
    assert raw.endswith(b"data: [DONE]\n\n")


async def test_silent_thinking_is_told_by_comments_that_no_client_reads() -> None:
    steps = Steps()
    quick = lane("standard", "alpha/small", heartbeat_after_s=0.05, thinking_budget_tokens=8192)
    async with (
        serving(policy(quick), {"alpha/small": [steps]}) as at,
        aiohttp.ClientSession() as session,
        session.post(f"{at.url}/v1/chat/completions", json=body(stream=True), headers=KEY) as response,
    ):
        first = await response.content.readline()
        await steps.go.put(Delta(raw=chunk(reasoning_content="x" * 400), reasoning="x" * 400))
        await response.content.readuntil(b"\n\n")
        second = await response.content.readline()
        await steps.go.put(None)
        await response.read()

    assert first.startswith(b": thinking elapsed_s=")
    assert b"tokens=100 of=8192" in second


async def test_typed_progress_comes_on_opt_in_only() -> None:
    steps = Steps()
    async with serving(policy(ONE), {"alpha/small": [steps]}) as at, aiohttp.ClientSession() as session:
        headers = KEY | {"x-lanewise-progress": "events"}
        async with session.post(f"{at.url}/v1/chat/completions", json=body(stream=True), headers=headers) as response:
            routed = await response.content.readuntil(b"\n\n")
            await steps.go.put(Delta(raw=chunk(content="Eight."), text="Eight."))
            await steps.go.put(None)
            await response.read()

    assert b"routed" in routed
    assert b'"lane":"standard"' in routed


@pytest.mark.parametrize(("stream", "after_first_byte"), [(False, False), (True, False), (True, True)])
async def test_a_caller_who_leaves_cancels_the_call_upstream(*, stream: bool, after_first_byte: bool) -> None:
    steps = Steps()
    async with serving(policy(ONE), {"alpha/small": [steps]}) as at:
        reader, writer = await asyncio.open_connection("127.0.0.1", at.server.port)
        payload = msgspec.json.encode(body(stream=stream))
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer lw_acme\r\ncontent-length: {len(payload)}\r\n\r\n"
        writer.write(head.encode() + payload)
        if after_first_byte:
            await steps.go.put(Delta(raw=chunk(content="Ei"), text="Ei"))
            await reader.readuntil(b"Ei")
        while not at.walk.provider.calls:
            await asyncio.sleep(0.01)

        writer.close()
        await asyncio.wait_for(steps.cancelled.wait(), PATIENCE_S)
        while not at.walk.ledger.records:
            await asyncio.sleep(0.01)

    assert at.walk.ledger.records[0].outcome == "cancelled"
    assert at.walk.ledger.records[0].estimated


async def test_a_request_without_a_key_or_with_a_wrong_one_is_turned_away() -> None:
    async with serving(policy(ONE), {"alpha/small": [whole]}) as at, aiohttp.ClientSession() as session:
        for headers in ({}, {"authorization": "Bearer lw_stolen"}):
            async with session.post(f"{at.url}/v1/chat/completions", json=body(), headers=headers) as response:
                assert response.status == 401
                assert (await response.json())["error"]["type"] == "authentication_error"
        async with session.post(
            f"{at.url}/v1/chat/completions", json=body(), headers={"x-api-key": "lw_acme"}
        ) as response:
            assert response.status == 200

    assert len(at.walk.provider.calls) == 1


async def test_dev_needs_no_key_but_lets_no_other_site_s_page_in() -> None:
    async with serving(policy(ONE), {"alpha/small": [whole]}, dev=True) as at, aiohttp.ClientSession() as session:
        url = f"{at.url}/v1/chat/completions"
        async with session.post(url, json=body()) as response:
            assert response.status == 200
        async with session.post(url, json=body(), headers={"origin": "https://evil.example"}) as response:
            assert response.status == 403
        async with session.post(url, json=body(), headers={"host": "rebound.example"}) as response:
            assert response.status == 403


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"x-lanewise-lane": "fast"}, "no lane 'fast'"),
        ({"x-lanewise-latency": "soon"}, "interactive, can_wait"),
        ({"x-lanewise-tasks": "x"}, "Unknown header x-lanewise-tasks"),
        ({"x-lanewise-progress": "yes"}, "'events' or 'off'"),
        ({"x-lanewise-user": "u" * 201}, "1 to 200 characters"),
    ],
)
async def test_a_wrong_header_is_named_with_what_to_write(headers: dict[str, str], says: str) -> None:
    async with serving(policy(ONE), {"alpha/small": [whole]}) as at:
        status, told, _ = await post(at, body(), **headers)

    assert status in (400, 404)
    assert says in told["error"]["message"]
    assert at.walk.provider.calls == []


async def test_headers_say_who_and_what_for() -> None:
    async with serving(policy(ONE), {"alpha/small": [whole]}) as at:
        sent = {
            "x-lanewise-user": "ada",
            "x-lanewise-feature": "search",
            "x-lanewise-task": "sum",
            "x-request-id": "r-1",
        }
        await post(at, body(), **sent)

    record = at.walk.ledger.records[0]
    assert (record.user, record.feature, record.task, record.request_id) == ("ada", "search", "sum", "r-1")


async def test_a_body_over_the_limit_is_refused_before_it_is_read_whole() -> None:
    small = policy(ONE, server=ServerLimits(max_body_bytes=1_000))
    async with serving(small, {"alpha/small": [whole]}) as at:
        status, told, _ = await post(at, body(padding="x" * 2_000))

    assert status == 413
    assert "1,000 bytes" in told["error"]["message"]


async def test_bytes_in_flight_are_capped_over_all_requests() -> None:
    small = policy(ONE, server=ServerLimits(max_bytes_in_flight=3_000))
    steps = Steps()
    async with serving(small, {"alpha/small": [steps, whole]}) as at:
        first = asyncio.create_task(post(at, body(user="x" * 2_000)))
        while not at.walk.provider.calls:
            await asyncio.sleep(0.01)
        status, _, headers = await post(at, body(user="x" * 2_000))
        assert status == 503
        assert headers["retry-after"] == "1"

        await steps.go.put(Failure(kind=FailureKind.BAD_REQUEST, message="no", status=400))
        await first
        assert (await post(at, body(user="x" * 2_000)))[0] == 200


@pytest.mark.parametrize(
    ("kind", "status", "type_"),
    [
        (FailureKind.RATE_LIMITED, 429, "rate_limit_error"),
        (FailureKind.OVERLOADED, 503, "upstream_error"),
        (FailureKind.VENDOR_ACCESS, 502, "upstream_error"),
        (FailureKind.SERVER_ERROR, 503, "upstream_error"),
        (FailureKind.MALFORMED, 503, "upstream_error"),
        (FailureKind.IDLE_TIMEOUT, 504, "upstream_error"),
        (FailureKind.LATE_START, 504, "upstream_error"),
        (FailureKind.CONTENT_FILTER, 400, "invalid_request_error"),
    ],
)
async def test_each_failure_has_its_status(kind: FailureKind, status: int, type_: str) -> None:
    async with serving(policy(ONE), {"alpha/small": [fails(kind, retry_after_s=60)]}) as at:
        got, told, headers = await post(at, body())

    assert (got, told["error"]["type"]) == (status, type_)
    assert headers["retry-after"] == "60"


def filtered_after(*pieces: Delta) -> Script:
    async def script(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        generation = await whole(call, meter, on_deltas)
        if call.stream:
            await on_deltas(list(pieces))
        return msgspec.structs.replace(generation, finish=Finish.CONTENT_FILTER)

    return script


async def test_a_vendor_s_content_filter_is_a_typed_refusal_in_an_error_an_answer_and_a_stream() -> None:
    scripts: list[Script] = [fails(FailureKind.CONTENT_FILTER), filtered_after(), filtered_after(EI)]
    async with serving(policy(ONE), {"alpha/small": scripts}) as at, aiohttp.ClientSession() as session:
        status, error, _ = await post(at, body())
        _, answer, _ = await post(at, body())
        async with session.post(f"{at.url}/v1/chat/completions", json=body(stream=True), headers=KEY) as response:
            stream = await response.read()

    assert (status, error["error"]["code"]) == (400, "content_filter")
    comment = next(line for line in stream.splitlines() if line.startswith(b": lanewise "))
    for told in (error["lanewise"], answer["lanewise"], msgspec.json.decode(comment.removeprefix(b": lanewise "))):
        assert told["refusal"]["policy"] == "vendor_content_filter"
        assert set(told["refusal"]) == {"policy", "reason", "appeal"}
    assert [record.outcome for record in at.walk.ledger.records] == ["refused"] * 3


async def test_a_budget_that_no_period_makes_large_enough_tells_a_client_not_to_come_back() -> None:
    poor: Policy = policy(ONE, tenant=TenantPolicy(name="acme", daily_cap_nanousd=1))
    async with serving(poor, {"alpha/small": [whole]}) as at:
        status, told, headers = await post(at, body())

    assert (status, told["error"]["code"], headers["x-should-retry"]) == (429, "tenant.daily", "false")
    assert told["lanewise"]["refusal"]["policy"] == "tenant.daily"
    assert "retry-after" not in headers


async def test_a_fault_of_the_gateway_is_a_500_in_the_dialect() -> None:
    async def breaks(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        raise ZeroDivisionError

    async with serving(policy(ONE), {"alpha/small": [breaks]}) as at:
        status, told, _ = await post(at, body())

    assert (status, told["error"]["type"]) == (500, "internal_error")


async def test_a_drain_fails_readiness_and_ends_what_does_not_end_itself_with_an_error_event() -> None:
    steps = Steps()
    async with serving(policy(ONE), {"alpha/small": [steps]}, drain_s=0.2) as at, aiohttp.ClientSession() as session:
        await steps.go.put(Delta(raw=chunk(content="Ei"), text="Ei"))
        async with session.post(f"{at.url}/v1/chat/completions", json=body(stream=True), headers=KEY) as response:
            await response.content.readuntil(b"\n\n")
            at.server.stop()
            assert at.listeners.draining
            rest = await response.read()

    assert b"shutting down" in rest
    record = at.walk.ledger.records[0]
    assert (record.outcome, record.failure, record.status) == ("failure", FailureKind.SHUTDOWN, 503)


async def test_hanging_vendor_and_dead_client_leave_nothing_behind() -> None:
    async with serving(policy(ONE), {"alpha/small": [hangs]}) as at:
        _, writer = await asyncio.open_connection("127.0.0.1", at.server.port)
        payload = msgspec.json.encode(body())
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer lw_acme\r\n")
        writer.write(b"content-length: %d\r\n\r\n" % len(payload) + payload)
        while not at.walk.provider.calls:
            await asyncio.sleep(0.01)
        writer.transport.abort()
        while len(at.listeners):
            await asyncio.sleep(0.01)

    assert at.walk.ledger.records[0].status == 499


async def test_what_is_left_of_rates_is_in_the_headers_that_sdks_read_whole_or_streamed_or_refused() -> None:
    acme = TenantPolicy(
        name="acme", daily_cap_nanousd=None, limits=Limits(requests_per_minute=2, tokens_per_minute=100_000)
    )
    async with serving(policy(ONE, tenant=acme), {"alpha/small": [whole, answers()]}) as at:
        told = [await post(at, body()), await post(at, body(stream=True), accept="*/*"), await post(at, body())]
    assert [status for status, _, _ in told] == [200, 200, 429]
    assert [headers["x-ratelimit-remaining-requests"] for _, _, headers in told] == ["1", "0", "0"]
    assert {headers["x-ratelimit-limit-tokens"] for _, _, headers in told} == {"100000"}
    _, refusal, headers = told[-1]
    assert refusal["error"]["code"] == "tenant.rate"
    assert headers["x-ratelimit-reset-requests"] in ("59s", "1m0s")
    assert headers["retry-after"] in ("59", "60", "61")  # a minute after the first of the two, told in steps of 0.6 s
