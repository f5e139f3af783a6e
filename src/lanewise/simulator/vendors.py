"""One simulated vendor at work: from a request on its chat path to a reply, an error or a fault, and into the books."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import msgspec

from lanewise.simulator.books import Books, CallRecord
from lanewise.simulator.exchange import Ask, Frame, RejectedError, Reply
from lanewise.simulator.faults import REFUSING, Fault, FaultBoard, FaultError, read_fault_header
from lanewise.simulator.generation import generate, refused
from lanewise.simulator.models import MODELS_BY_NAME, SimulatedModel, SimulatedVendor
from lanewise.simulator.pacing import ClientLeftError
from lanewise.simulator.playback import Connection, Names, Playback, Writer
from lanewise.simulator.vendor_errors import error_headers, vendor_error
from lanewise.simulator.wire_damage import Line

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_PREFIXES = {"openai": "chatcmpl-", "anthropic": "msg_", "gemini": ""}
_MOST_BODY_BYTES = 32 * 1024 * 1024
_MOST_LOGGED_BYTES = 32 * 1024
_SECRET_HEADERS = frozenset(
    {"authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie", "proxy-authorization"}
)


class Reader(Protocol):
    """A dialect's way of reading requests."""

    def read(self, body: dict[str, Any], account: str) -> Ask:
        """The ask in a request body; raises RejectedError."""


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """What the vendors of one simulator share. Clocks, ids and the seed come from outside."""

    books: Books
    faults: FaultBoard
    seed: int
    time_scale: float
    api_keys: frozenset[str]
    clock: Callable[[], float]
    new_id: Callable[[], str]


class Taken(NamedTuple):
    """A request that is let in: its body, whose it is, and what is to go wrong with it."""

    body: dict[str, Any]
    account: str
    fault: Fault | None


class _Came(NamedTuple):
    headers: Mapping[str, str]
    body: bytes
    target: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatEndpoint:
    """The ASGI endpoint of one vendor's chat path."""

    vendor: SimulatedVendor
    world: World
    reader: Reader
    writer: Writer
    author: Callable[[Ask, int], Reply] = generate
    """Who makes up the reply; the recorded vendor looks it up instead."""
    id_prefix: str = ""
    """What the ids of its responses begin with, where it is not what the dialect's usually do."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; every way it can end is in the books."""
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        request_id = f"req_{self.world.new_id()}"
        record = CallRecord(
            request_id=request_id,
            vendor=self.vendor.name,
            path=scope["path"],
            method=scope["method"],
            started_at=self.world.clock(),
            headers={name: value for name, value in headers.items() if name not in _SECRET_HEADERS},
        )
        self.world.books.open(record)
        connection = Connection(
            send=send, line=Line(scope), headers=response_headers(self.vendor, request_id), gone=asyncio.Event()
        )
        try:
            raw = await _read_body(receive)
            async with _watched(receive, connection.gone):
                with self.world.faults.present(self.vendor.name):
                    await self._answer(connection, record, _Came(headers, raw, target_of(scope)))
        except RejectedError as rejected:
            await self._refuse(connection, record, rejected)
        except ClientLeftError:
            record.leave(
                "after_first_byte" if connection.started else "before_first_byte",
                self.world.clock(),
                record.output_tokens,
            )
        finally:
            self.world.books.close(record, self.world.clock())

    async def _answer(self, connection: Connection, record: CallRecord, came: _Came) -> None:
        headers, raw, target = came
        account = authenticate(self.vendor, self.world.api_keys, headers)
        body = _decode(self.vendor, raw)
        record.body = {**body} if len(raw) <= _MOST_LOGGED_BYTES else {"truncated": True, "bytes": len(raw)}
        body |= target
        record.model, record.stream = str(body.get("model", "")), body.get("stream") is True
        fault = self._fault(headers, record.model)
        if fault:
            record.fault = fault.kind
            if await self._refused_by(fault, connection, record):
                return
        await self.respond(connection, record, Taken(body, account, fault))

    async def respond(self, connection: Connection, record: CallRecord, taken: Taken) -> None:
        """Answer a request that no fault refused."""
        body, account, fault = taken
        ask = self.reader.read(body, account)
        reply = altered(self.author(ask, self.world.seed), ask, fault)
        ask = replace(ask, model=_serving(ask.model, fault))
        await self._play(connection, record, (ask, reply), fault)

    async def _play(
        self, connection: Connection, record: CallRecord, exchange: tuple[Ask, Reply], fault: Fault | None
    ) -> None:
        ask, reply = exchange
        name = fault.served if fault and fault.kind == "wrong_model" and fault.served else ask.model.id
        prefix = self.id_prefix or _PREFIXES[ask.model.dialect]
        names = Names(response_id=prefix + self.world.new_id(), created=int(self.world.clock()), model=name)
        record.response_id = names.response_id
        playback = Playback(
            connection=connection,
            writer=self.writer,
            ask=ask,
            reply=reply,
            names=names,
            record=record,
            fault=fault,
            time_scale=self.world.time_scale,
        )
        try:
            await playback.play()
        finally:
            reached = playback.reached or Frame()
            if reached.output_tokens or record.completed:
                self.world.books.settle(record, ask.model, ask.usage, (reached.output_tokens, reached.reasoning_tokens))

    def _fault(self, headers: Mapping[str, str], model: str) -> Fault | None:
        asked = headers.get("x-sim-fault")
        if asked is None:
            return self.world.faults.take(self.vendor.name, model)
        try:
            return read_fault_header(asked)
        except FaultError as error:
            base = vendor_error(self.vendor.dialect, 400)
            raise RejectedError(400, f"x-sim-fault: {error}", kind=base.kind) from error

    async def _refused_by(self, fault: Fault, connection: Connection, record: CallRecord) -> bool:
        if fault.kind == "reset":
            await connection.reset()
            return True
        if fault.kind not in REFUSING:
            return False
        error = vendor_error(self.vendor.dialect, fault.code)
        payload = self.writer.error(error, record.request_id) if fault.body is None else fault.body
        record.status = fault.code
        own = {name.lower(): value for name, value in (fault.headers or {}).items()}
        headers = error_headers(self.vendor.dialect, fault.code, fault.retry_after) | own
        told = {name: value for name, value in headers.items() if value}
        await connection.json(fault.code, payload.encode() if isinstance(payload, str) else payload, told)
        return True

    async def _refuse(self, connection: Connection, record: CallRecord, rejected: RejectedError) -> None:
        record.status = rejected.status
        headers = error_headers(self.vendor.dialect, rejected.status, None)
        await connection.json(rejected.status, self.writer.error(rejected, record.request_id), headers)


def authenticate(vendor: SimulatedVendor, api_keys: frozenset[str], headers: Mapping[str, str]) -> str:
    """The account behind the request's key, as a hash; raises RejectedError without a usable one."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    key = bearer.strip() if scheme.lower() == "bearer" else ""
    if vendor.dialect == "anthropic":
        key = headers.get("x-api-key") or key
    elif vendor.dialect == "gemini":
        key = headers.get("x-goog-api-key") or key
    if not key or (api_keys and key not in api_keys):
        error = vendor_error(vendor.dialect, 401)
        if vendor.dialect == "gemini":
            raise _bad_google_key(key)
        if not key and vendor.dialect == "openai":
            message = "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth."
            raise RejectedError(401, message, kind=error.kind)
        raise error
    if vendor.dialect == "anthropic" and not headers.get("anthropic-version"):
        raise RejectedError(400, "anthropic-version: header is required", kind="invalid_request_error")
    return hashlib.blake2b(key.encode(), digest_size=8).hexdigest()


def _bad_google_key(key: str) -> RejectedError:
    if not key:
        return RejectedError(403, "Method doesn't allow unregistered callers.", kind="PERMISSION_DENIED")
    return RejectedError(
        400, "API key not valid. Please pass a valid API key.", kind="INVALID_ARGUMENT", code="API_KEY_INVALID"
    )


def target_of(scope: Scope) -> dict[str, Any]:
    """What Gemini's path says of a request, as members of its body: model, whether it streams, and how."""
    call = scope.get("path_params", {}).get("call")
    if call is None:
        return {}
    model, _, act = call.rpartition(":")
    return {"model": model, "stream": act == "streamGenerateContent", "events": b"alt=sse" in scope["query_string"]}


def response_headers(vendor: SimulatedVendor, request_id: str) -> dict[str, str]:
    """Headers every response of a vendor carries."""
    if vendor.dialect == "anthropic":
        limits = {
            f"anthropic-ratelimit-{what}-{key}": value
            for what, limit in (("requests", "20000"), ("input-tokens", "4000000"), ("output-tokens", "800000"))
            for key, value in (("limit", limit), ("remaining", str(int(limit) - 1)), ("reset", "2026-01-01T00:00:00Z"))
        }
        return {"x-simulated": "true", "request-id": request_id, **limits}
    if vendor.dialect == "gemini":
        return {"x-simulated": "true", "server": "simulated"}
    return {
        "x-simulated": "true",
        "x-request-id": request_id,
        "openai-processing-ms": "12",
        "openai-version": "2020-10-01",
        "openai-organization": "simulated",
        "x-ratelimit-limit-requests": "30000",
        "x-ratelimit-remaining-requests": "29999",
        "x-ratelimit-reset-requests": "2ms",
        "x-ratelimit-limit-tokens": "150000000",
        "x-ratelimit-remaining-tokens": "149999000",
        "x-ratelimit-reset-tokens": "0s",
    }


def altered(reply: Reply, ask: Ask, fault: Fault | None) -> Reply:
    """The reply as a fault leaves it."""
    if fault is None:
        return reply
    if fault.kind == "empty":
        return replace(reply, answer=(), tool_calls=(), finish="stop", stop_sequence=None)
    if fault.kind == "length":
        return replace(reply, answer=reply.answer[: len(reply.answer) // 2], tool_calls=(), finish="length")
    if fault.kind == "refusal":
        return refused(ask, reply)
    return reply


def _serving(model: SimulatedModel, fault: Fault | None) -> SimulatedModel:
    """The model that really answers; an unknown served name is charged as the model that was asked."""
    if fault is None or fault.kind != "wrong_model":
        return model
    if fault.served:
        return MODELS_BY_NAME.get((model.vendor, fault.served), model)
    return next((m for m in MODELS_BY_NAME.values() if m.vendor == model.vendor and m.id != model.id), model)


def _decode(vendor: SimulatedVendor, raw: bytes) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        kind = vendor_error(vendor.dialect, 400).kind
        message = "We could not parse the JSON body of your request."
        raise RejectedError(400, message, kind=kind) from error
    if not isinstance(body, dict):
        raise RejectedError(400, "The request body must be a JSON object.", kind=vendor_error(vendor.dialect, 400).kind)
    return body


async def _read_body(receive: Receive) -> bytes:
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeftError
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > _MOST_BODY_BYTES:
            raise RejectedError(413, "Request body too large.", kind="request_too_large")
        if not message.get("more_body"):
            return b"".join(chunks)


@asynccontextmanager
async def _watched(receive: Receive, gone: asyncio.Event) -> AsyncIterator[None]:
    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.set()

    watcher = asyncio.create_task(watch())
    try:
        yield
    finally:
        watcher.cancel()
