"""Every kind of fault, observed on the socket or by the official SDK."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import anthropic
import openai
import pytest

from lanewise.simulator.faults import KINDS, Fault, FaultBoard, FaultError, read_fault, read_fault_header
from patience import PATIENCE_S
from simulator.simulated import RawAnswer, Vendors, asks, raw_call, read_all

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHAT = "/simopen/v1/chat/completions"
MESSAGES = "/simthropic/v1/messages"
OPEN_BODY = {"model": "sim-standard", "messages": asks("Tell me about garden fences, please"), "stream": True}
THROPIC_BODY = {"model": "sim-sonnet", "max_tokens": 200, "messages": asks("Tell me about fences"), "stream": True}


async def harmed(at: Vendors, fault: str, path: str = CHAT, **changes: Any) -> RawAnswer:
    body = (OPEN_BODY if path == CHAT else THROPIC_BODY) | changes
    async with raw_call(at.sim, path, body, fault) as reader:
        return await read_all(reader)


async def test_cut_ends_cleanly_without_the_terminal_event(at: Vendors) -> None:
    for path, terminal in ((CHAT, b"[DONE]"), (MESSAGES, b"message_stop")):
        answer = await harmed(at, "cut;after=2", path)
        assert answer.ending == "eof"
        assert answer.data.endswith(b"0\r\n\r\n")
        assert terminal not in answer.data
    assert (await harmed(at, "cut;after=2", MESSAGES)).data.count(b"text_delta") == 2


async def test_truncate_closes_in_the_middle_of_a_chunk(at: Vendors) -> None:
    answer = await harmed(at, "truncate;after=2")
    assert answer.ending == "eof"
    head, _, last = answer.data.rpartition(b"data: ")
    promised = int(head.rsplit(b"\r\n", 2)[-2], 16)
    assert 0 < len(b"data: " + last) < promised
    assert not answer.data.endswith(b"\r\n")


async def test_malformed_sends_a_chunk_that_is_no_json_and_goes_on(at: Vendors) -> None:
    answer = await harmed(at, "malformed;after=1")
    events = [line[6:] for line in answer.data.split(b"\n") if line.startswith(b"data: {")]
    broken = [event for event in events if not _is_json(event)]
    assert len(broken) == 1
    assert b"[DONE]" in answer.data


async def nothing_after(reader: asyncio.StreamReader, pieces: int) -> None:
    """So many pieces with content come, the role's empty one among them, and then nothing."""
    data = b""
    while data.count(b'"content":"') < pieces:
        data += await asyncio.wait_for(reader.read(65_536), PATIENCE_S)
    assert data.count(b'"content":"') == pieces
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.15)


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


async def test_reset_comes_before_any_byte(at: Vendors) -> None:
    answer = await harmed(at, "reset")
    assert (answer.data, answer.ending) == (b"", "reset")


async def test_reset_mid_comes_after_some(at: Vendors) -> None:
    for stream in (True, False):
        answer = await harmed(at, "reset_mid;after=2", stream=stream)
        assert answer.ending == "reset"
        assert b"200 OK" in answer.data
        assert b"[DONE]" not in answer.data


async def test_error_event_in_the_stream_is_the_dialects_own(at: Vendors) -> None:
    answer = await harmed(at, "error_event;after=1;code=529", MESSAGES)
    assert b'event: error\ndata: {"type":"error","error":{"details":null,"type":"overloaded_error"' in answer.data
    assert b"message_stop" not in answer.data
    stream = await at.open.chat.completions.create(
        model="sim-small",
        messages=asks("Hello there"),
        stream=True,
        extra_headers={"x-sim-fault": "error_event;after=1"},
    )
    with pytest.raises(openai.APIError, match="had an error while processing"):
        async for _ in stream:
            pass


async def test_faults_on_a_whole_answer(at: Vendors) -> None:
    cut = await harmed(at, "cut", stream=False)
    assert cut.data.endswith(b"0\r\n\r\n")
    truncated = await harmed(at, "truncate", stream=False)
    head, _, body = truncated.data.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length"))
    assert 0 < len(body) < length
    malformed = await harmed(at, "malformed", stream=False)
    assert not _is_json(malformed.data.partition(b"\r\n\r\n")[2])
    broken = await harmed(at, "error_event;code=503", stream=False)
    assert broken.data.startswith(b"HTTP/1.1 503")


@pytest.mark.parametrize("code", [400, 401, 403, 404, 408, 413, 429, 500, 502, 503, 529])
async def test_status_speaks_each_dialect(at: Vendors, code: int) -> None:
    extra = {"x-sim-fault": f"status;code={code};retry_after=2"}
    with pytest.raises(openai.APIStatusError) as said:
        await at.open.chat.completions.create(model="sim-small", messages=asks("Hi"), extra_headers=extra)
    assert said.value.status_code == code
    assert isinstance(said.value.body, dict)
    assert set(said.value.body) == {"message", "type", "param", "code"}
    assert said.value.response.headers["retry-after-ms"] == "2000"
    with pytest.raises(anthropic.APIStatusError) as spoken:
        await at.thropic.messages.create(model="sim-haiku", max_tokens=9, messages=asks("Hi"), extra_headers=extra)
    body: Any = spoken.value.body
    assert spoken.value.status_code == code
    assert set(body) == {"type", "error", "request_id"}
    assert body["request_id"] == spoken.value.request_id
    assert spoken.value.response.headers["retry-after"] == "2"


async def test_overloaded_and_rate_limited_have_their_names(at: Vendors) -> None:
    with pytest.raises(anthropic.APIStatusError) as said:
        await at.thropic.messages.create(
            model="sim-haiku", max_tokens=9, messages=asks("Hi"), extra_headers={"x-sim-fault": "status;code=529"}
        )
    assert said.value.body["error"]["type"] == "overloaded_error"  # type: ignore[index]
    with pytest.raises(openai.RateLimitError) as limited:
        await at.open.chat.completions.create(
            model="sim-small", messages=asks("Hi"), extra_headers={"x-sim-fault": "status;code=429"}
        )
    assert limited.value.code == "rate_limit_exceeded"
    assert limited.value.response.headers["retry-after"] == "1"


async def test_a_burst_hits_the_next_requests_only(at: Vendors) -> None:
    await at.fault(kind="burst", vendor="simopen", model="sim-small", count=2, code=503)
    statuses = []
    for model in ("sim-standard", "sim-small", "sim-small", "sim-small"):
        try:
            await at.open.chat.completions.create(model=model, messages=asks("Hi"))
            statuses.append(200)
        except openai.APIStatusError as error:
            statuses.append(error.status_code)
    assert statuses == [200, 503, 503, 200]
    assert (await at.page("faults"))["faults"] == []


async def test_empty_length_refusal_and_wrong_model(at: Vendors) -> None:
    async def call(fault: str) -> Any:
        return await at.open.chat.completions.create(
            model="sim-frontier", messages=asks("What is 2 + 2?"), extra_headers={"x-sim-fault": fault}
        )

    empty, cut, refused, other = [await call(kind) for kind in ("empty", "length", "refusal", "wrong_model")]
    assert (empty.choices[0].message.content, empty.choices[0].finish_reason) == ("", "stop")
    assert cut.choices[0].finish_reason == "length"
    assert refused.choices[0].finish_reason == "content_filter"
    assert other.model == "sim-small"
    assert (await call("wrong_model;served=sim-9")).model == "sim-9"
    answer = await at.thropic.messages.create(
        model="sim-haiku", max_tokens=90, messages=asks("Hi"), extra_headers={"x-sim-fault": "refusal"}
    )
    assert answer.stop_reason == "refusal"
    assert answer.stop_details is not None


async def test_slow_first_token_and_stall_keep_the_line_silent(at: Vendors) -> None:
    async with raw_call(at.sim, CHAT, OPEN_BODY, "slow_first_token;s=600") as reader:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.15)
    async with raw_call(at.sim, CHAT, OPEN_BODY, "stall;after=2;s=600") as reader:
        await nothing_after(reader, 3)
    finished = await harmed(at, "stall;after=2;s=0.01")
    assert b"[DONE]" in finished.data


async def test_slow_tokens_come_one_by_one_and_a_whole_answer_as_late_as_its_stream(at: Vendors) -> None:
    async with raw_call(at.sim, CHAT, OPEN_BODY, "slow_tokens;after=1;s=600") as reader:
        await nothing_after(reader, 2)
    async with raw_call(at.sim, CHAT, OPEN_BODY | {"stream": False}, "slow_tokens;after=1;s=600") as reader:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.15)
    for body in (OPEN_BODY, OPEN_BODY | {"stream": False}):
        async with raw_call(at.sim, CHAT, body, "slow_tokens;after=1000;s=600") as reader:
            assert (await read_all(reader)).data.startswith(b"HTTP/1.1 200")
    slow = await harmed(at, "slow_tokens;after=0;s=0.001", MESSAGES)
    assert b"message_stop" in slow.data


async def test_a_crowd_is_refused_while_it_is_too_large(at: Vendors) -> None:
    await at.fault(kind="crowd", vendor="simopen", count=1, code=429)
    await at.fault(kind="stall", vendor="simopen", s=600, times=1)

    async def asked() -> int:
        response = await at.open.chat.completions.with_raw_response.create(**OPEN_BODY)
        return int(response.status_code)

    await at.http.delete(f"{at.sim.base_url}/__log__")
    async with raw_call(at.sim, CHAT, OPEN_BODY) as reader:
        await nothing_after(reader, 4)
        with pytest.raises(openai.RateLimitError):
            await asked()
        await at.deep.chat.completions.create(model="sim-deep-standard", messages=asks("Hi"))
    while not any(row["fault"] == "stall" and row["client_left"] for row in (await at.page("log"))["requests"]):
        await asyncio.sleep(0.01)
    assert await asked() == 200
    async with at.http.delete(f"{at.sim.base_url}/__faults__") as response:
        assert (await response.json())["deleted"] == 1


async def test_a_header_can_be_left_out(at: Vendors) -> None:
    bare = {"kind": "status", "code": 429, "vendor": "simopen", "times": 1}
    await at.fault(**bare, headers={"Retry-After": "", "retry-after-ms": ""})
    with pytest.raises(openai.RateLimitError) as said:
        await at.open.chat.completions.create(model="sim-small", messages=asks("Hi"))
    assert not [name for name in said.value.response.headers if name.startswith("retry")]


async def test_a_fault_s_headers_can_be_said_in_a_header() -> None:
    assert read_fault_header('status;code=429;headers={"retry-after":""}').headers == {"retry-after": ""}
    with pytest.raises(FaultError, match="no JSON object"):
        read_fault_header("status;headers=retry-after")


async def test_faults_are_put_listed_and_ended_over_http(at: Vendors) -> None:
    name = await at.fault(kind="status", vendor="simdeep", code=502)
    assert [fault["id"] for fault in (await at.page("faults"))["faults"]] == [name]
    await at.open.chat.completions.create(model="sim-small", messages=asks("Hi"))
    with pytest.raises(openai.APIStatusError):
        await at.deep.chat.completions.create(model="sim-deep-standard", messages=asks("Hi"))
    async with at.http.delete(f"{at.sim.base_url}/__faults__/{name}") as response:
        assert response.status == 200
    await at.deep.chat.completions.create(model="sim-deep-standard", messages=asks("Hi"))
    async with at.http.post(f"{at.sim.base_url}/__faults__", json={"kind": "earthquake"}) as response:
        assert response.status == 400
        assert "stall" in (await response.json())["error"]
    async with raw_call(at.sim, CHAT, OPEN_BODY, "earthquake") as reader:
        assert (await read_all(reader)).data.startswith(b"HTTP/1.1 400")


async def test_faults_are_replaced_all_at_once(at: Vendors) -> None:
    async def put(what: Any) -> Any:
        async with at.http.put(f"{at.sim.base_url}/__faults__", json=what) as response:
            return response.status, await response.json()

    await put([{"kind": "status", "vendor": "simdeep", "code": 502}])
    with pytest.raises(openai.APIStatusError):
        await at.deep.chat.completions.create(model="sim-deep-standard", messages=asks("Hi"))
    for wrong in ({"kind": "reset"}, [{"kind": "earthquake"}], ["reset"]):
        assert (await put(wrong))[0] == 400
    status, told = await put([{"kind": "reset", "vendor": "nobody"}, {"kind": "cut", "vendor": "nobody"}])
    assert (status, [(each["kind"], each["hits"]) for each in told["ended"]]) == (200, [("status", 1)])
    assert [fault["kind"] for fault in (await at.page("faults"))["faults"]] == ["reset", "cut"]
    assert len((await put([]))[1]["ended"]) == 2


async def test_a_fault_ends_with_its_time_and_chance() -> None:
    now = [100.0]
    board = FaultBoard(lambda: now[0], seed=1)
    board.add(Fault(kind="reset", seconds=5))
    assert board.take("simopen", "sim-small") is not None
    now[0] = 106.0
    assert board.take("simopen", "sim-small") is None
    board.add(Fault(kind="reset", probability=0.25))
    hits = sum(board.take("simopen", "sim-small") is not None for _ in range(1_000))
    assert 200 < hits < 300


async def test_what_a_fault_cannot_be_is_said_by_name() -> None:
    assert read_fault_header("stall; after=2; s=0.5") == Fault(kind="stall", after=2, s=0.5)
    for wrong, says in (({"kind": "stall", "after": "x"}, "after"), ({"kind": "cut", "colour": 1}, "colour")):
        with pytest.raises(FaultError, match=says):
            read_fault(wrong)
    with pytest.raises(FaultError, match="code: 200"):
        read_fault({"kind": "status", "code": 200})
    assert all(read_fault({"kind": kind}).kind == kind for kind in KINDS)
