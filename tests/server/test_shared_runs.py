"""One `Idempotency-Key`, one run: asked again, asked at once, and when nobody is left to listen."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import aiohttp
import msgspec
import pytest

from lanewise.core.answer import Content, Delta, Finish, Generation, Meter
from lanewise.core.errors import InvalidRequest, StoreError
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.record import KeptAnswer
from lanewise.core.request import NOTHING_PASSED, Caller, Hints, Passed
from lanewise.core.scope import KeyScope
from lanewise.core.usage import Usage
from lanewise.server import recording
from lanewise.server.shared_runs import keyed_as
from serving import Served, serving
from walking import fails, lane, policy, request

ONE = lane("standard", "alpha/small")
WHOLE = (
    b'{"id":"chatcmpl-1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Eight."},'
    b'"finish_reason":"stop"}]}'
)
ACME = Caller(tenant="acme", key_id="key-1")
#: Every route that answers, with a body of its dialect; the last one streams.
ROUTES: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": ("/v1/chat/completions", {"model": "auto", "messages": [{"role": "user", "content": "How many?"}]}),
    "responses": ("/v1/responses", {"model": "auto", "input": "How many?"}),
    "messages": (
        "/v1/messages",
        {"model": "auto", "max_tokens": 99, "messages": [{"role": "user", "content": "How many?"}]},
    ),
    "gemini": ("/v1beta/models/auto:generateContent", {"contents": [{"parts": [{"text": "How many?"}]}]}),
}
STREAMS = {
    "chat": (ROUTES["chat"][0], {**ROUTES["chat"][1], "stream": True}),
    "responses": (ROUTES["responses"][0], {**ROUTES["responses"][1], "stream": True}),
    "messages": (ROUTES["messages"][0], {**ROUTES["messages"][1], "stream": True}),
    "gemini": ("/v1beta/models/auto:streamGenerateContent?alt=sse", ROUTES["gemini"][1]),
}


class Heard(NamedTuple):
    status: int
    idempotent: str | None
    run: str | None
    body: bytes


def chunk(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    whole = {"id": "c", "object": "chat.completion.chunk", "choices": [choice]}
    return b"data: " + msgspec.json.encode(whole) + b"\n\n"


class Vendor:
    """Answers when it is let; says what became of its calls."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.begun = asyncio.Semaphore(0)
        self.calls = self.cancelled = 0

    async def __call__(self, call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        self.calls += 1
        said = f"Eight, {self.calls}."
        try:
            if call.stream:
                await on_deltas([Delta(raw=chunk(said), text=said)])
            self.begun.release()
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if call.stream:
            await on_deltas([Delta(raw=chunk("", "stop"), finish=Finish.STOP)])
        return Generation(
            dialect=call.deployment.provider.dialect,
            body=WHOLE.replace(b"Eight.", said.encode()),
            content=Content(text=said),
            finish=Finish.STOP,
            usage=Usage(input_tokens=10, output_tokens=2),
        )


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def ready(vendor: Vendor) -> Vendor:
    """A vendor that answers at once."""
    vendor.go.set()
    return vendor


async def ask(at: Served, route: tuple[str, dict[str, Any]], *, key: str = "lw_acme", **headers: str) -> Heard:
    sent = {"authorization": f"Bearer {key}", "idempotency-key": "one", **headers}
    async with (
        aiohttp.ClientSession() as session,
        session.post(at.url + route[0], json=route[1], headers=sent) as response,
    ):
        told = response.headers
        return Heard(
            response.status,
            told.get("x-lanewise-idempotent"),
            told.get("x-lanewise-run"),
            await response.read(),
        )


@pytest.mark.parametrize(
    "route", [*ROUTES.values(), *STREAMS.values()], ids=[*ROUTES, *(f"{n} stream" for n in STREAMS)]
)
async def test_who_asks_again_gets_the_same_bytes_and_nothing_is_paid(
    ready: Vendor, route: tuple[str, dict[str, Any]]
) -> None:
    async with serving(policy(ONE), {"alpha/small": [ready]}) as at:
        first = await ask(at, route)
        again = await ask(at, route)
        assert len(at.walk.ledger.records) == ready.calls == 1
    assert first.status == again.status == 200
    assert first.idempotent is None
    assert again.idempotent == "replayed"
    assert again.body == first.body
    assert again.run == first.run
    assert b"Eight, 1." in first.body


async def test_the_answer_is_handed_to_the_ledger_with_its_row(ready: Vendor) -> None:
    async with serving(policy(ONE), {"alpha/small": [ready]}) as at:
        first = await ask(at, STREAMS["chat"])
        (record,), (kept,) = at.walk.ledger.records, at.walk.ledger.kept
    assert kept is not None
    assert (kept.run_id, kept.body, kept.status) == (record.run_id, first.body, 200)
    assert kept.expires_us - kept.created_us == 24 * 3600 * 1_000_000
    assert b"one" not in kept.name, "the key itself is not kept"


async def test_without_the_header_every_request_is_its_own(ready: Vendor) -> None:
    async with serving(policy(ONE), {"alpha/small": [ready]}) as at:
        for _ in range(2):
            async with (
                aiohttp.ClientSession(headers={"authorization": "Bearer lw_acme"}) as session,
                session.post(at.url + ROUTES["chat"][0], json=ROUTES["chat"][1]) as response,
            ):
                assert "x-lanewise-idempotent" not in response.headers
        assert at.walk.ledger.kept == [None, None]
    assert ready.calls == 2


@pytest.mark.parametrize("route", [ROUTES["chat"], STREAMS["chat"]], ids=["whole", "stream"])
async def test_twins_share_one_run(vendor: Vendor, route: tuple[str, dict[str, Any]]) -> None:
    async with serving(policy(ONE), {"alpha/small": [vendor]}) as at:
        leading = asyncio.create_task(ask(at, route))
        await vendor.begun.acquire()
        joining = [asyncio.create_task(ask(at, route)) for _ in range(5)]
        while sum(len(each.recording._read) for each in at.shared._live.values()) < 6:
            await asyncio.sleep(0)
        vendor.go.set()
        first, *others = await asyncio.gather(leading, *joining)
        assert len(at.walk.ledger.records) == vendor.calls == 1
        assert at.shared.counts == {"first": 1, "joined": 5, "replayed": 0, "refused": 0}
    assert first.idempotent is None
    assert {other.idempotent for other in others} == {"joined"}
    assert {other.body for other in others} == {first.body}


@pytest.mark.parametrize("late", [False, True], ids=["while it runs", "afterwards"])
@pytest.mark.parametrize("name", ROUTES)
async def test_another_request_under_the_same_key_is_told_so_in_its_dialect(
    vendor: Vendor, name: str, *, late: bool
) -> None:
    path, body = ROUTES[name]
    other = (path, {**body, "temperature": 0.5} if name != "gemini" else {**body, "generationConfig": {"topK": 3}})
    async with serving(policy(ONE), {"alpha/small": [vendor]}) as at:
        leading = asyncio.create_task(ask(at, ROUTES[name]))
        await vendor.begun.acquire()
        if late:
            vendor.go.set()
            await leading
        refused = await ask(at, other)
        vendor.go.set()
        assert (await leading).status == 200
    assert (refused.status, vendor.calls) == (422, 1)
    error = msgspec.json.decode(refused.body)["error"]
    assert "Idempotency-Key" in error["message"]
    assert ("status" in error) == (name == "gemini")


async def test_a_key_means_nothing_to_another_tenant_or_on_another_route(ready: Vendor) -> None:
    async with serving(policy(ONE), {"alpha/small": [ready]}) as at:
        mine = await ask(at, ROUTES["chat"])
        theirs = await ask(at, ROUTES["chat"], key="lw_globex")
        elsewhere = await ask(at, ROUTES["messages"])
    assert [each.idempotent for each in (mine, theirs, elsewhere)] == [None, None, None]
    assert mine.run != theirs.run != elsewhere.run
    assert ready.calls == 3


async def test_another_user_does_not_get_this_user_s_answer(ready: Vendor) -> None:
    async with serving(policy(ONE), {"alpha/small": [ready]}) as at:
        await ask(at, ROUTES["chat"], **{"x-lanewise-user": "ada"})
        refused = await ask(at, ROUTES["chat"], **{"x-lanewise-user": "bob"})
    assert refused.status == 422


@pytest.mark.parametrize("route", [ROUTES["chat"], STREAMS["chat"]], ids=["whole", "stream"])
async def test_a_run_goes_on_when_nobody_listens_and_its_answer_is_there_for_who_comes_back(
    vendor: Vendor, route: tuple[str, dict[str, Any]]
) -> None:
    async with serving(policy(ONE), {"alpha/small": [vendor]}) as at:
        leading = asyncio.create_task(ask(at, route))
        await vendor.begun.acquire()
        leading.cancel()
        await asyncio.gather(leading, return_exceptions=True)
        while any(each.recording._read for each in at.shared._live.values()):
            await asyncio.sleep(0)
        assert vendor.cancelled == 0
        vendor.go.set()
        while not at.walk.ledger.records:
            await asyncio.sleep(0)
        again = await ask(at, route)
        assert at.walk.ledger.records[0].outcome == "success"
    assert again.status == 200
    assert vendor.calls == 1


async def test_a_vendor_s_no_is_given_again_and_its_stumbling_is_not() -> None:
    async def refuses(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        failure = Failure(kind=FailureKind.BAD_REQUEST, message="too long", status=400)
        return Generation(dialect=call.deployment.provider.dialect, failure=failure)

    async with serving(policy(ONE), {"alpha/small": [refuses]}) as at:
        no = [await ask(at, ROUTES["chat"]) for _ in range(2)]
    assert [(each.status, each.idempotent) for each in no] == [(400, None), (400, "replayed")]
    assert no[0].body == no[1].body
    for kind in (FailureKind.SERVER_ERROR, FailureKind.RATE_LIMITED, FailureKind.VENDOR_ACCESS):
        async with serving(policy(ONE), {"alpha/small": [fails(kind)]}) as at:
            tries = [await ask(at, ROUTES["chat"]) for _ in range(2)]
            assert at.walk.ledger.kept == [None, None], kind
        assert [each.idempotent for each in tries] == [None, None], kind


async def test_a_stream_that_broke_off_is_asked_for_anew() -> None:
    async with serving(policy(ONE), {"alpha/small": [fails(FailureKind.CUT_STREAM, after_text="Ei")]}) as at:
        tries = [await ask(at, STREAMS["chat"]) for _ in range(2)]
    assert [each.idempotent for each in tries] == [None, None]


@pytest.mark.parametrize(("name", "why"), [*((name, "too long") for name in ROUTES), ("chat", "no room")])
async def test_an_answer_that_cannot_be_kept_is_given_and_never_paid_again_unawares(
    ready: Vendor, monkeypatch: pytest.MonkeyPatch, name: str, why: str
) -> None:
    path, body = STREAMS[name]
    other = (path, {**body, "temperature": 0.5} if name != "gemini" else {**body, "generationConfig": {"topK": 3}})
    async with serving(policy(ONE), {"alpha/small": [ready]}) as at:
        if why == "no room":
            at.remembered.room_bytes = 10
        else:
            monkeypatch.setattr(recording, "MOST_BYTES", 40)
        first = await ask(at, STREAMS[name])
        again = await ask(at, STREAMS[name])
        reused = await ask(at, other)
        assert at.shared.counts == {"first": 1, "joined": 0, "replayed": 0, "refused": 2}
    assert (first.status, again.status, reused.status, ready.calls) == (200, 410, 422, 1)
    assert b"Eight, 1." in first.body
    assert f"GET /v1/runs/{first.run} " in msgspec.json.decode(again.body)["error"]["message"]
    assert (b'"status":"FAILED_PRECONDITION"' in again.body) == (name == "gemini")
    assert b"idempotency_answer_gone" in again.body.lower()


async def test_where_it_cannot_be_known_whether_it_was_paid_nothing_is_asked(
    ready: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(name: bytes) -> KeptAnswer | None:
        raise StoreError("the disk is gone")

    async with serving(policy(ONE), {"alpha/small": [ready]}) as at:
        monkeypatch.setattr(at.remembered, "find", down)
        heard = await ask(at, ROUTES["chat"])
    assert (heard.status, ready.calls) == (503, 0)


async def test_a_row_that_could_not_be_kept_is_no_success(ready: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object) -> asyncio.Future[None]:
        future = asyncio.get_running_loop().create_future()
        future.set_exception(StoreError("the disk is full"))
        return future

    async with serving(policy(ONE), {"alpha/small": [ready]}) as at:
        monkeypatch.setattr(at.walk.ledger, "append", lost)
        heard = await ask(at, ROUTES["chat"])
    assert heard.status == 503
    assert b"Eight" not in heard.body


async def test_a_process_that_stops_ends_a_run_that_nobody_listens_to(vendor: Vendor) -> None:
    async with serving(policy(ONE), {"alpha/small": [vendor]}) as at:
        leading = asyncio.create_task(ask(at, ROUTES["chat"]))
        await vendor.begun.acquire()
        leading.cancel()
        await asyncio.gather(leading, return_exceptions=True)
    assert vendor.cancelled == 1
    assert [record.failure for record in at.walk.ledger.records] == ["shutdown"]


@pytest.mark.parametrize("key", ["", "x" * 256, "naïve", "a\tb"])
def test_what_is_no_key_is_named(key: str) -> None:
    with pytest.raises(InvalidRequest, match="1 to 255 printable ASCII"):
        keyed_as(key, "/v1/messages", request(), ACME)


def test_a_request_is_the_same_however_long_its_caller_still_waits() -> None:
    first, hurried = (keyed_as("k", "/r", request(hints=Hints(user="u", deadline_s=s)), ACME) for s in (60.0, 5.0))
    other = keyed_as("k", "/r", request(hints=Hints(user="v")), ACME)
    assert first == hurried
    assert first.name == other.name
    assert first.asked != other.asked


def test_what_goes_on_to_a_vendor_beside_the_body_is_part_of_the_request() -> None:
    passed = [NOTHING_PASSED, Passed(headers=(("anthropic-beta", "a"),)), Passed(query=(("beta", "true"),))]
    assert len({keyed_as("k", "/r", request(passed=each), ACME).asked for each in passed}) == 3


def test_a_user_s_key_means_nothing_to_another_key_of_the_tenant() -> None:
    callers = [ACME, *(Caller(tenant="acme", key_id="k", scope=KeyScope(user=user)) for user in ("ann", "bob"))]
    assert len({keyed_as("k", "/r", request(), each).name for each in callers}) == 3


def test_parts_of_a_key_cannot_be_shifted_into_one_another() -> None:
    names = {
        keyed_as(key, route, request(), Caller(tenant=tenant, key_id="k")).name
        for tenant, route, key in (("a", "b", "c"), ("ab", "", "c"), ("a", "bc", " "), ("a", "b", "cc"))
    }
    assert len(names) == 4
