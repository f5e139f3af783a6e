"""The one call to a vendor over HTTP, whatever its dialect: the codec knows the words, this file the connection."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec

from lanewise.core.answer import Delta, Finish, Generation, Meter
from lanewise.core.clock import Clock
from lanewise.core.conversation import Translated
from lanewise.core.errors import InvalidRequest
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.protocols.dialect import Hiding, Inbound, Outbound, StreamReader, WireCall
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.request import NOTHING_PASSED, Dialect
from lanewise.providers.complete_watch import AnswerComplete, CompleteWatch
from lanewise.providers.exchange import VendorBody, VendorResponse
from lanewise.providers.gathered import Gathered, count_content, says_nothing
from lanewise.providers.loop_watch import LoopSeen, LoopWatch
from lanewise.providers.pools import Pools
from lanewise.providers.reasoning_memory import ReasoningMemory, may_hold_proofs
from lanewise.providers.socket_failures import SOCKET_ERRORS, failure_of
from lanewise.providers.unstreamed import NOT_TOLD_APART, Begun, deltas_of, without_thinking
from lanewise.wire.adaptation import adapted
from lanewise.wire.limits import raised_cap
from lanewise.wire.quota import read_quota
from lanewise.wire.rates import rate_in

MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_ERROR_BYTES = 1024 * 1024
_AFTER_END_S = 0.1  # how long the end of the body may lag behind the terminal event before the connection is given up
_EMBEDDING_DIALECTS = frozenset({Dialect.OPENAI_CHAT, Dialect.OPENAI_RESPONSES})
_RATE_HEADER = "x-gemini-service-tier"  # Google says it there, others in the body
_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "apim-request-id")


class HttpProvider:
    """Makes calls in every dialect it has a codec for, for callers of every dialect that can be read."""

    def __init__(
        self,
        outbound: Mapping[Dialect, Outbound],
        inbound: Mapping[Dialect, Inbound],
        *,
        pools: Pools,
        clock: Clock,
        embeddings: Outbound | None = None,
        reasoning: ReasoningMemory | None = None,
    ) -> None:
        """`embeddings` speaks to vendors of OpenAI's dialects where vectors are asked for; `reasoning` keeps what vendors sign."""
        self._outbound = outbound
        self._inbound = inbound
        self._embeddings = embeddings
        self._reasoning = reasoning
        self._pools = pools
        self._clock = clock

    async def generate(self, call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        """Make the call. What the vendor or the network does wrong is a failure in the Generation; what `on_deltas` raises propagates."""
        deployment = call.deployment
        dialect = deployment.provider.dialect
        try:
            translated = self._translated(call)
            if self._reasoning is not None and call.request.continues and may_hold_proofs(call.request):
                call, translated = await self._reasoning.recalled(call, translated)
            wire = self._codec(call).write_call(call, translated)
        except InvalidRequest as error:
            failure = Failure(kind=FailureKind.UNTRANSLATABLE, message=error.message, param=error.param)
            return Generation(dialect=dialect, failure=failure)
        if wire.hiding is not None:
            on_deltas = _shown(wire.hiding, on_deltas)
        async with self._pools.of(deployment.provider) as pool:
            try:
                path, headers = with_passed(wire, call)
                response = await pool.post(pool.url(deployment.model, path), wire.body, headers, call.idle_timeout_s)
            except SOCKET_ERRORS as error:
                generation = Generation(dialect=dialect, failure=failure_of(error))
            else:
                try:
                    generation = await self._read(call, response, meter, on_deltas)
                finally:
                    response.close()  # nothing to do where the body was read to its end; else the vendor learns at once
        if self._reasoning is not None and {dialect, call.request.dialect} != {Dialect.OPENAI_CHAT}:
            self._reasoning.keep(call, generation)
        if wire.hiding is not None:
            body = wire.hiding.body(generation.body) if generation.body else b""
            generation = msgspec.structs.replace(generation, body=body, hides_thinking=True)
        dropped = wire.dropped + call.request.ignored + raised_cap(call)
        return msgspec.structs.replace(generation, dropped=dropped) if dropped else generation

    def _codec(self, call: Call) -> Outbound:
        """Who has the words for this call. Raises InvalidRequest where the vendor's dialect has none for it."""
        deployment, dialect = call.deployment, call.deployment.provider.dialect
        if not call.request.embeds:
            return self._outbound[dialect]
        if dialect not in _EMBEDDING_DIALECTS or self._embeddings is None:
            raise InvalidRequest(f"{deployment.name} gives no embeddings; ask a model that does", param="model")
        return self._embeddings

    def _translated(self, call: Call) -> Translated | None:
        """The request's meaning, where it has to be said in other words than the caller's. Raises InvalidRequest."""
        request = call.request
        if request.dialect is call.deployment.provider.dialect or request.embeds:
            return None
        return adapted(self._inbound[request.dialect].read_conversation(request), call.deployment)

    async def _read(self, call: Call, response: VendorResponse, meter: Meter, on_deltas: DeltaSink) -> Generation:
        dialect = call.deployment.provider.dialect
        headers = response.headers
        meter.vendor_request_id = next((headers[name] for name in _REQUEST_ID_HEADERS if name in headers), "")
        meter.quota = read_quota(headers)
        if not 200 <= response.status < 300:
            body, _ = await read_body(response, MAX_ERROR_BYTES)
            failure = self._outbound[dialect].read_failure(response.status, headers, body)
            return Generation(dialect=dialect, failure=failure, vendor_request_id=meter.vendor_request_id)
        meter.accepted = True
        read = self._stream(call, response, meter, on_deltas) if call.stream else self._whole(call, response, meter)
        generation = await read
        rate = rate_in(headers.get(_RATE_HEADER))
        if rate and generation.usage is not None:
            usage = msgspec.structs.replace(generation.usage, rate=rate)
            generation = msgspec.structs.replace(generation, usage=usage)
        return generation

    async def _whole(self, call: Call, response: VendorBody, meter: Meter) -> Generation:
        dialect = call.deployment.provider.dialect
        body, failure = await read_body(response, MAX_ANSWER_BYTES)
        if failure is not None:
            meter.output_chars = len(body)  # all that tells how much was generated
            return Generation(dialect=dialect, failure=failure, vendor_request_id=meter.vendor_request_id)
        answer = self._codec(call).read_answer(body, want_content=call.want_content)
        if answer.failure is None:
            meter.first_output_s = self._clock.monotonic_s()
        elif answer.failure.kind is FailureKind.MALFORMED:
            meter.output_chars = len(body)
        meter.usage, meter.served_model = answer.usage, answer.served_model
        if answer.content is not None:
            count_content(answer.content, meter)
        elif answer.usage is None:
            meter.output_chars = len(body)  # all that tells how much was generated
        return Generation(
            dialect=dialect,
            failure=answer.failure,
            body=body,
            content=answer.content,
            finish=answer.finish,
            empty=answer.empty,
            others=answer.others,
            usage=answer.usage,
            served_model=answer.served_model,
            vendor_request_id=meter.vendor_request_id,
        )

    async def _whole_shown(self, call: Call, body: Begun, meter: Meter, on_deltas: DeltaSink) -> Generation:
        """A whole answer, told like the end of a stream."""
        generation = await self._whole(msgspec.structs.replace(call, want_content=True), body, meter)
        if generation.failure is None:
            if call.request.choices > 1 or not (deltas := deltas_of(generation)):
                return msgspec.structs.replace(generation, body=b"", failure=NOT_TOLD_APART)
            await on_deltas(deltas)
        return msgspec.structs.replace(generation, body=b"")

    async def _stream(self, call: Call, response: VendorResponse, meter: Meter, on_deltas: DeltaSink) -> Generation:
        codec = self._outbound[call.deployment.provider.dialect]
        gathered = Gathered(meter, self._clock)
        begun = Begun(response)
        try:
            if await begun.is_whole():
                return await self._whole_shown(call, begun, meter, on_deltas)
        except SOCKET_ERRORS as error:
            return Generation(dialect=call.deployment.provider.dialect, failure=failure_of(error))
        if call.stop_loops:
            on_deltas = LoopWatch(on_deltas).relay
        if call.completion is not None:
            on_deltas = CompleteWatch(on_deltas, gathered, call.completion).relay
        ended_early = False
        try:
            failure = await _relay(begun, codec.stream_reader(call.deployment.facts), gathered, on_deltas)
        except LoopSeen as seen:
            failure = seen.failure
        except AnswerComplete:
            failure, ended_early, gathered.finish = None, True, Finish.STOP
        content = gathered.content()
        return Generation(
            dialect=call.deployment.provider.dialect,
            failure=failure,
            content=content,
            finish=gathered.finish,
            ended_early=ended_early,
            others=gathered.others,
            empty=failure is None and not gathered.media and says_nothing(content, gathered.finish, meter.usage),
            usage=meter.usage,
            served_model=meter.served_model,
            vendor_request_id=meter.vendor_request_id,
        )


async def _relay(
    response: VendorBody, reader: StreamReader, gathered: Gathered, on_deltas: DeltaSink
) -> Failure | None:
    """Bytes in, deltas out, until the terminal event, the end or a fault; what went wrong, if anything did."""
    received = 0
    while True:
        try:
            data = await response.read()
        except SOCKET_ERRORS as error:
            return _first_cause(reader.end(), failure_of(error))
        if not data:
            return reader.end()
        received += len(data)
        if received > MAX_ANSWER_BYTES:
            return _too_large(MAX_ANSWER_BYTES)
        deltas = reader.feed(data)
        ended = gathered.add(deltas)
        if ended:
            deltas = [delta for delta in deltas if not delta.last]
        if deltas:
            await on_deltas(deltas)
        if ended:
            failure = reader.end()
            if failure is None or failure.kind is not FailureKind.MALFORMED:
                await _finish_reading(response)
            return failure


def _shown(hiding: Hiding, on_deltas: DeltaSink) -> DeltaSink:
    """The sink, told in bytes that the caller is to see."""

    async def relay(deltas: list[Delta]) -> None:
        await on_deltas(without_thinking(deltas) if deltas[0].made else hiding.deltas(deltas))

    return relay


def with_passed(wire: WireCall, call: Call) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Path and headers, with what the caller sent beside the body: to a vendor of its own dialect, and to nobody else."""
    passed = call.request.passed
    if passed is NOTHING_PASSED or call.request.dialect is not call.deployment.provider.dialect:
        return wire.path, wire.headers
    path = wire.path
    for name, value in passed.query:
        if f"{name}=" not in path:
            path += f"{'&' if '?' in path else '?'}{name}={value}"
    return path, (*wire.headers, *passed.headers)


async def read_body(response: VendorBody, limit_bytes: int) -> tuple[bytes, Failure | None]:
    """The body as far as it came, and what cut it short."""
    blocks: list[bytes] = []
    received = 0
    while True:
        try:
            block = await response.read()
        except SOCKET_ERRORS as error:
            return b"".join(blocks), failure_of(error)
        if not block:
            return b"".join(blocks), None
        blocks.append(block)
        received += len(block)
        if received > limit_bytes:
            return b"".join(blocks), _too_large(limit_bytes)


async def _finish_reading(response: VendorBody) -> None:
    """Read the end of the body, so that the connection can be used again; it mostly came with the terminal event."""
    if response.ended:
        return
    try:
        async with asyncio.timeout(_AFTER_END_S):
            while await response.read():
                pass
    except SOCKET_ERRORS:
        return  # the answer is whole; only the connection is lost, and the caller of this closes it


def _first_cause(told: Failure | None, failure: Failure) -> Failure:
    """An error the vendor told in its stream explains the broken connection that followed it."""
    return told if told is not None and told.kind is not FailureKind.CUT_STREAM else failure


def _too_large(limit_bytes: int) -> Failure:
    return Failure(kind=FailureKind.MALFORMED, message=f"the answer is larger than {limit_bytes} bytes")
